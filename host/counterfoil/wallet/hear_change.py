"""The other parties' side of a change that waits: hear of it, say how it stands, keep it when its time has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.errors import InvalidMessage, NotPermitted, StateConflict
from counterfoil.store import changes, vaults
from counterfoil.store.changes import Change, ChangeState
from counterfoil.types import Party
from counterfoil.wallet.acts import NEEDS_PERSON, act_of
from counterfoil.wallet.changes import call_off, check_still_fits, hold, keep, may_keep, note_consents
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.cosign import party_of
from counterfoil.wallet.keep_record import AdminNonces, check_approval, read_signed
from counterfoil.wallet.nonces import read_by_party

SIGNATURE_LENGTH = 64


def hear(wallet: Wallet, nonces: AdminNonces, sender: bytes, body: Mapping[str, Any]) -> dict[str, Any]:
    """Another party proposes a change: check everything now, and let it wait for its person or its day.

    Raises: InvalidMessage, StateConflict, AssertionRefused
    """
    record, vault, passkey = read_signed(wallet, sender, body)
    if act_of(passkey) not in NEEDS_PERSON:
        raise InvalidMessage("This needs no person.")
    approver = check_approval(wallet, nonces, record, vault, passkey)
    change = hold(wallet, record, initiator=party_of(vault, sender).index, approver=approver)
    return {"ready_at": change.ready_at}


def look(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> dict[str, Any]:
    """How a change stands here, and this party's own consent. Raises NotFound, NotPermitted."""
    change, _ = _known(wallet, sender, body)
    own = change.consents.get(vaults.get(wallet.db, change.vault).my_index)
    return {"state": change.state.value, "consent": None if own is None else own.hex()}


def is_ready(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> None:
    """Whether it would be put on record here now. Raises what ``_ready`` raises."""
    _ready(wallet, sender, body)


def _ready(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> Change:
    """The change, if it may be put on record here now. Raises StateConflict(reason=waits), InvalidMessage."""
    change, party = _known(wallet, sender, body)
    if party.index != change.initiator:
        raise NotPermitted("This is not a change of that device.")
    if change.state is not ChangeState.WAITING:
        raise StateConflict("This change is over.", reason="change_over")
    change = note_consents(wallet, change, read_by_party(body.get("consents"), _signature))
    if not may_keep(wallet, change):
        raise StateConflict("Nobody agreed yet, and the day is not over.", reason="waits")
    check_still_fits(wallet, change)
    return change


def keep_it(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> None:
    """Put it on record. Once kept, asked again changes nothing. Raises what ``_ready`` and ``keep`` raise."""
    change, _ = _known(wallet, sender, body)
    if change.state is not ChangeState.KEPT:
        keep(wallet, _ready(wallet, sender, body))


def agreed(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> None:
    """Another device's person agreed. Raises NotFound, NotPermitted, InvalidMessage."""
    change, party = _known(wallet, sender, body)
    note_consents(wallet, change, {party.index: _signature(body.get("consent"))})


def called_off(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> None:
    """Another party called it off. Raises NotFound, NotPermitted."""
    call_off(wallet, _known(wallet, sender, body)[0])


def read_look(value: Mapping[str, Any]) -> tuple[ChangeState, bytes | None]:
    """What ``look`` answered. Raises InvalidMessage."""
    try:
        state = ChangeState(str(value.get("state")))
    except ValueError:
        raise InvalidMessage("The state of a change can't be read.", reason="change_state") from None
    return state, None if value.get("consent") is None else _signature(value["consent"])


def _known(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> tuple[Change, Party]:
    change = changes.get(wallet.db, str(body.get("change")))
    return change, party_of(vaults.get(wallet.db, change.vault), sender)


def _signature(value: object) -> bytes:
    try:
        signature = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        signature = b""
    if len(signature) != SIGNATURE_LENGTH:
        raise InvalidMessage("A consent is a signature in hex.", reason="consents")
    return signature
