"""A passkey authenticator with its person, played through Chromium's DevTools protocol.

One authenticator belongs to one page: it dies with the page, survives navigation, and holds at most three discoverable
credentials. PRF secrets never leave it: after ``credentials()`` and ``add()`` elsewhere a credential signs but has no
PRF, so run flows that need PRF in one tab. Attach before the page asks: with none, a request never settles.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from playwright.sync_api import CDPSession, Page

Credential = dict[str, Any]
Spoiling = Literal["isBogusSignature", "isBadUV", "isBadUP"]


class Authenticator:
    """Built in, with user verification and PRF; its person touches at once unless told to wait."""

    def __init__(self, page: Page, credentials: Iterable[Credential] = (), *, prf: bool = True) -> None:
        self.page = page
        self.created: list[Credential] = []
        self.asserted: list[Credential] = []
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.on("WebAuthn.credentialAdded", lambda event: self.created.append(event["credential"]))
        self._session.on("WebAuthn.credentialAsserted", lambda event: self.asserted.append(event["credential"]))
        self._session.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            "hasPrf": prf,
        }
        added = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id: str = added["authenticatorId"]
        for credential in credentials:
            self.add(credential)

    @property
    def touches(self) -> int:
        """How often the person touched it: credentials made and assertions given. Those of ``add`` don't count."""
        return len(self.created) + len(self.asserted)

    def credentials(self) -> list[Credential]:
        """All credentials with private keys and counters, for ``add`` on another page."""
        return list(self._send("getCredentials")["credentials"])

    def add(self, credential: Credential) -> None:
        """Put a credential of another page in."""
        before = len(self.created)
        self._send("addCredential", credential=credential)
        del self.created[before:]  # Chromium may report it as an event; nobody touched anything

    def remove(self, credential_id: str) -> None:
        """Lose one passkey."""
        self._send("removeCredential", credentialId=credential_id)

    def clear(self) -> None:
        """Lose all passkeys."""
        self._send("clearCredentials")

    def spoil(self, *ways: Spoiling) -> None:
        """Answer from now on with a bogus signature, without user verification or without presence; none: honest."""
        bits = {way: way in ways for way in ("isBogusSignature", "isBadUV", "isBadUP")}
        self._send("setResponseOverrideBits", **bits)

    def keep_waiting(self, waits: bool = True) -> None:
        """The person doesn't touch: a request hangs to its timeout, and touching later does not release it."""
        self._send("setAutomaticPresenceSimulation", enabled=not waits)

    def detach(self) -> None:
        """Take it from the page; requests then never settle."""
        self._session.detach()

    def _send(self, method: str, **arguments: Any) -> dict[str, Any]:
        return self._session.send(f"WebAuthn.{method}", {"authenticatorId": self.id, **arguments})
