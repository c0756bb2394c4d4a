"""The home passkey: made in the wallet's own pages, asked for where administration is done.   DESIGN §6"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from counterfoil.crypto.hashes import framed_hash
from counterfoil.errors import InvalidMessage, NotFound, StateConflict
from counterfoil.store import key_slots, settings, vaults
from counterfoil.store.slot_wrap import SlotKind
from counterfoil.types import Origin
from counterfoil.wallet import enrol
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.decisions import Decision
from counterfoil.wallet.passkey_records import PasskeyRecord, home_passkeys, parse_passkey, passkey_record
from counterfoil.webauthn.options import PrfSalts, home_creation_options, request_options
from counterfoil.webauthn.origin import parse_extension_origin, rp_id_of
from counterfoil.webauthn.registration import ExpectedRegistration, verify_registration

UNLOCK_MS = 120_000
_CREATING = "home_passkeys_before_vault"
PRF_SALTS = PrfSalts(
    framed_hash("counterfoil/prf/1", b"this computer"),
    framed_hash("counterfoil/prf/1", b"co-signer"),
)
"""Two outputs of one touch: the first opens this agent's share, the second the co-signer's; neither sees the other's."""


@dataclass(frozen=True, slots=True)
class Creation:
    """Options for the page, and the id by which its answer comes back."""

    ceremony_id: str
    options: dict[str, Any]


def begin(wallet: Wallet, extension_origin: str) -> Creation:
    """Options for a new home passkey in this extension's own page. Raises InvalidEncoding for another caller."""
    parse_extension_origin(extension_origin)
    on_firefox = extension_origin.startswith("moz-extension:")
    challenge, user_id = wallet.rng(32), wallet.rng(64)
    known = waiting(wallet) + [p for vault in vaults.listed(wallet.db) for p in home_passkeys(wallet.db, vault.id)]
    options = home_creation_options(
        challenge=challenge,
        user_id=user_id,
        name="Counterfoil",
        prf_salts=None if on_firefox else PRF_SALTS,
        rp="localhost" if on_firefox else None,
        exclude=[passkey.credential_id for passkey in known],
    )
    ceremony_id = wallet.rng(16).hex()
    wallet.decisions.put(
        ceremony_id, Decision("create_home", challenge, {"origin": extension_origin, "user_id": user_id})
    )
    return Creation(ceremony_id, dict(options))


async def finish(
    wallet: Wallet, ceremony_id: str, response: dict[str, Any], name: str, *, can_unlock: bool
) -> PasskeyRecord:
    """Verify the new home passkey. Before there is a vault it waits to be bound into the vault's first ceremony;
    a vault that was made without one (in the terminal) puts its first on record of every party.

    Raises: AssertionRefused, Locked, StateConflict where a vault has one already (another one is an act of administration)
    """
    known = vaults.listed(wallet.db)
    if any(home_passkeys(wallet.db, vault.id) for vault in known):
        raise StateConflict("This wallet has its passkey already.", reason="has_vault")
    record = made(wallet, ceremony_id, response, name, can_unlock=can_unlock)
    if known:
        for vault in known:
            await enrol.enrol_first_home(wallet, vault, record)
    else:
        bodies = [other.as_dict() for other in waiting(wallet) if other.credential_id != record.credential_id]
        settings.put(wallet.db, _CREATING, [*bodies, record.as_dict()])
    wallet.events.state_changed()
    return record


def made(wallet: Wallet, ceremony_id: str, response: dict[str, Any], name: str, *, can_unlock: bool) -> PasskeyRecord:
    """The home passkey that answers ``begin``, verified and not yet on record. Raises AssertionRefused, StateConflict."""
    decision = wallet.decisions.take(ceremony_id, "create_home")
    origin: Origin = decision.data["origin"]
    passkey = verify_registration(
        response, expected=ExpectedRegistration(decision.challenge, frozenset({origin}), rp_id_of(origin))
    )
    return passkey_record(
        passkey,
        role="home",
        name=name,
        accounts=(),
        can_unlock=can_unlock,
        created_at=wallet.now(),
        user_handle=decision.data["user_id"],
    )


def waiting(wallet: Wallet) -> list[PasskeyRecord]:
    """Home passkeys made before there is a vault."""
    found = settings.get(wallet.db, _CREATING)
    if found is None:
        return []
    if not isinstance(found, list):
        raise InvalidMessage("The stored passkeys can't be read.")
    return [parse_passkey(body) for body in found]


def forget_waiting(wallet: Wallet) -> None:
    """They are on the vault's record now."""
    settings.put(wallet.db, _CREATING, [])


def home_request_options(
    wallet: Wallet,
    vault: str,
    challenge: bytes,
    timeout_ms: int,
    *,
    but: bytes | None = None,
    only: bytes | None = None,
) -> dict[str, Any]:
    """Options for any home passkey of a vault, ``but`` that one, or ``only`` this. Raises NotFound when there is none."""
    known = home_passkeys(wallet.db, vault)
    able = [one for one in known if one.credential_id != but and only in {None, one.credential_id}]
    return _options(able, challenge, timeout_ms, prf=False)


def slot_options(wallet: Wallet, passkey: PasskeyRecord) -> dict[str, Any]:
    """Options for the PRF outputs of one home passkey, of which key slots are made. Nothing is approved by it."""
    return _options([passkey], wallet.rng(32), UNLOCK_MS, prf=True)


def unlock_options(wallet: Wallet) -> str | None:
    """JSON text of the options whose PRF outputs unlock, or None where only a passphrase does."""
    able = {slot.credential_id for slot in key_slots.slots(wallet.db) if slot.kind is SlotKind.PRF}
    known = waiting(wallet) + [p for vault in vaults.listed(wallet.db) for p in home_passkeys(wallet.db, vault.id)]
    passkeys = [passkey for passkey in known if passkey.credential_id in able]
    if not passkeys:
        return None
    return json.dumps(_options(passkeys, wallet.rng(32), UNLOCK_MS, prf=True))


def _options(passkeys: list[PasskeyRecord], challenge: bytes, timeout_ms: int, *, prf: bool) -> dict[str, Any]:
    if not passkeys:
        raise NotFound("This wallet has no passkey of its own yet.")
    # One request has one RP id. Passkeys of Firefox and of Chromium can't answer the same one: Chromium's go first.
    of_chromium = [passkey for passkey in passkeys if passkey.rp_id != "localhost"]
    return dict(
        request_options(
            challenge=challenge,
            rp_id=None if of_chromium else "localhost",
            credential_ids=[passkey.credential_id for passkey in of_chromium or passkeys],
            prf_salts=PRF_SALTS if prf else None,
            timeout_ms=timeout_ms,
        )
    )
