"""Acts of administration on passkeys, as the wallet's own page asks for them: options first, then the home passkey's answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counterfoil.errors import InvalidMessage, NotFound, WalletError
from counterfoil.store import records, settings, vaults
from counterfoil.store.changes import Change
from counterfoil.store.records import RecordKind
from counterfoil.store.vaults import Vault
from counterfoil.wallet import enrol, home
from counterfoil.wallet.acts import NEEDS_PERSON, act_of
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.decisions import Decision
from counterfoil.wallet.enrol import Act
from counterfoil.wallet.passkey_records import PasskeyRecord, home_passkey, home_passkeys, read_passkey
from counterfoil.wallet.propose_change import propose

TOUCH_SECONDS = 5 * 60
_STEP = "assert_admin"
_NAMES = "passkey_name/"
MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class AdminStep:
    """What a home passkey is to be touched for; ``needs_person`` where the touch alone is not enough."""

    step_id: str
    options: dict[str, Any]
    why: str
    needs_person: bool


async def add_home(
    wallet: Wallet, ceremony_id: str, response: dict[str, Any], name: str, *, can_unlock: bool
) -> AdminStep:
    """Another home passkey was made: one that is on record already has to let it in.

    Raises: AssertionRefused, Locked, NotFound where there is no vault or no home passkey yet, what ``prepare`` raises
    """
    wallet.unlocked.key()
    vault = _vault(wallet)
    passkey = home.made(wallet, ceremony_id, response, name, can_unlock=can_unlock)
    why = "Touch a home passkey that you had before, to let the new one in."
    return await _ask(wallet, vault, passkey, why)


async def remove(wallet: Wallet, credential_id: bytes) -> AdminStep:
    """Take a passkey off the record: a home passkey by another one that stays, a site's by any home passkey.

    Raises: NotFound, Locked, StateConflict(reason=last_home_passkey|last_key_slot|removed)
    """
    wallet.unlocked.key()
    vault, passkey = find(wallet, credential_id)
    if passkey.role == "home":
        why = f"Touch another home passkey, one that stays, to remove “{shown_name(wallet, passkey)}”."
    else:
        why = f"Touch your home passkey to remove the passkey of {passkey.origin}."
    return await _ask(wallet, vault, passkey.revoked(), why)


async def approve(wallet: Wallet, step_id: str, response: Mapping[str, Any]) -> Change | None:
    """The home passkey's answer: the change that waits or was kept, None where the touch alone was enough.

    Raises: StateConflict, AssertionRefused, PartyUnavailable; a refused answer may be given again
    """
    decision = wallet.decisions.take(step_id, _STEP)
    act: Act = decision.data["act"]
    try:
        if act_of(act.passkey) in NEEDS_PERSON:
            return await propose(wallet, act, response)
        await enrol.carry_out(wallet, act, response)
    except WalletError:
        wallet.decisions.put(step_id, decision)
        raise
    return None


def find(wallet: Wallet, credential_id: bytes) -> tuple[Vault, PasskeyRecord]:
    """The vault and record of a passkey that was not removed. Raises NotFound."""
    for vault, passkey in on_record(wallet):
        if passkey.credential_id == credential_id:
            return vault, passkey
    raise NotFound("There is no such passkey on record.")


def on_record(wallet: Wallet) -> list[tuple[Vault, PasskeyRecord]]:
    """Passkeys of all vaults that were not removed, home passkeys first, older ones first."""
    found = [
        (vault, passkey)
        for vault in vaults.listed(wallet.db)
        for kind in (RecordKind.HOME_PASSKEY, RecordKind.SITE_PASSKEY)
        for record in records.all_current(wallet.db, vault.id, kind)
        if not (passkey := read_passkey(record)).is_revoked
    ]
    return sorted(found, key=lambda row: (row[1].role != "home", row[1].created_at, row[1].origin))


def rename(wallet: Wallet, credential_id: bytes, name: str) -> None:
    """Another name for a passkey, on this computer only. Raises NotFound, InvalidMessage."""
    find(wallet, credential_id)
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise InvalidMessage("A name has 1 to 64 characters.", reason="name")
    settings.put(wallet.db, _NAMES + credential_id.hex(), name.strip())
    wallet.events.state_changed()


def shown_name(wallet: Wallet, passkey: PasskeyRecord) -> str:
    """The person's own name for it, else the one that it was made with."""
    return str(settings.get(wallet.db, _NAMES + passkey.credential_id.hex(), passkey.name))


def _vault(wallet: Wallet) -> Vault:
    """The vault that home passkeys are on record for."""
    for vault in vaults.listed(wallet.db):
        if home_passkeys(wallet.db, vault.id):
            return vault
    raise NotFound("There is no vault with a home passkey yet.", remedy="Finish the set-up first.")


async def _ask(wallet: Wallet, vault: Vault, passkey: PasskeyRecord, why: str) -> AdminStep:
    act = await enrol.prepare(wallet, vault.id, passkey, expires_at=wallet.now() + TOUCH_SECONDS)
    challenge = act.content.challenge()
    is_removal = home_passkey(wallet.db, vault.id, passkey.credential_id) is not None
    options = home.home_request_options(
        wallet, vault.id, challenge, TOUCH_SECONDS * 1000, but=passkey.credential_id if is_removal else None
    )
    step_id = wallet.rng(16).hex()
    wallet.decisions.put(step_id, Decision(_STEP, challenge, {"act": act}))
    return AdminStep(step_id, options, why, act_of(passkey) in NEEDS_PERSON)
