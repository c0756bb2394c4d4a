"""One site, one passkey, one request: what the tests of this folder start from."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import pytest

from counterfoil.errors import AssertionRefused
from counterfoil.webauthn.assertion import ExpectedAssertion, Verified, verify_assertion
from counterfoil.webauthn.options import request_options, site_creation_options
from counterfoil.webauthn.registration import ExpectedRegistration, Passkey, verify_registration
from tests.fakes.authenticator import HONEST, FakeAuthenticator, Twist

ORIGIN = "https://app.example"
RP_ID = "app.example"
CHALLENGE = bytes(range(32))
NOW, EXPIRES = 1_800_000_000, 1_800_000_060


class Scene:
    """``register`` and ``touch`` make answers; ``enrol`` and ``assert_`` also verify them against what was asked."""

    def __init__(self, origin: str = ORIGIN, rp_id: str | None = RP_ID, **kind: Any) -> None:
        self.authenticator = FakeAuthenticator(**kind)
        self.origin, self.rp_id = origin, rp_id
        self.rp = rp_id or origin

    def register(self, twist: Twist = HONEST) -> dict[str, Any]:
        options = site_creation_options(challenge=CHALLENGE, rp_id=self.rp, vault_name="Mine", user_id=bytes(64))
        if self.rp_id is None:
            del options["rp"]["id"]  # type: ignore[union-attr,arg-type,index]
        return self.authenticator.create(options, origin=self.origin, twist=twist)

    def expected_registration(self) -> ExpectedRegistration:
        return ExpectedRegistration(challenge=CHALLENGE, origins=frozenset({self.origin}), rp_id=self.rp)

    def enrol(self, twist: Twist = HONEST) -> Passkey:
        return verify_registration(self.register(twist), expected=self.expected_registration())

    def touch(self, passkey: Passkey, twist: Twist = HONEST) -> dict[str, Any]:
        options = request_options(
            challenge=CHALLENGE, rp_id=self.rp_id, credential_ids=[passkey.credential_id], timeout_ms=60_000
        )
        return self.authenticator.get(options, origin=self.origin, twist=twist)

    def expected(self, passkey: Passkey, **changes: Any) -> ExpectedAssertion:
        members = {
            "challenge": CHALLENGE,
            "origin": self.origin,
            "rp_id": self.rp,
            "credential_id": passkey.credential_id,
            "public_key": passkey.public_key,
            "sign_count": passkey.sign_count,
            "backup_eligible": passkey.backup_eligible,
        }
        return ExpectedAssertion(**(members | changes))

    def assert_(self, twist: Twist = HONEST, *, now: int = NOW, **changes: Any) -> Verified:
        passkey = self.enrol()
        answer = self.touch(passkey, twist)
        return verify_assertion(answer, expected=self.expected(passkey, **changes), now=now, expires_at=EXPIRES)


@contextmanager
def refused(check: str):
    """Refused, and for this reason."""
    with pytest.raises(AssertionRefused) as caught:
        yield
    assert caught.value.word == check
    assert "secret" not in str(caught.value)
