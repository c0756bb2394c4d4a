"""A device that was put back to an older copy learns again what the others know, before its shares are made anew.   DESIGN §8

It takes no peer's word: a record counts where the home passkey approved exactly it, whenever that was, or where this
device signed it itself. Which version is the newest nobody can hide for long: no shares are made while the parties know
different things.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from counterfoil.errors import InvalidMessage
from counterfoil.store import records
from counterfoil.store.records import Record, RecordKind
from counterfoil.store.vaults import Vault
from counterfoil.wallet.ask import ask
from counterfoil.wallet.challenge import AdminContent
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.enrol import admin_content, verify_home_then
from counterfoil.wallet.nonces import read_nonces
from counterfoil.wallet.passkey_records import parse_passkey
from counterfoil.wallet.policy_act import parse_act
from counterfoil.wallet.record_heads import record_heads
from counterfoil.wallet.record_wire import parse_record, verify_signed
from counterfoil.wallet.safe_create import check_new_safe, keep_safe, safe_content
from counterfoil.wallet.safe_records import parse_safe
from counterfoil.wallet.set_policy import content_of
from counterfoil.wallet.signers import other_agents
from counterfoil.wallet.witness import is_restored

_SECONDS = 30


async def resync(wallet: Wallet, vault: Vault) -> int:
    """Ask every other agent for what this one lost; the number of records learnt. Does nothing on a device that is whole.

    Raises: what ``ask`` raises, InvalidMessage, AssertionRefused
    """
    if not is_restored(wallet):
        return 0
    learnt = 0
    for party in other_agents(vault):
        body = {"vault": vault.id, "records": record_heads(wallet.db, vault.id)}
        answer = await ask(wallet, party, "records_get", body, expires_at=wallet.now() + _SECONDS)
        found = [parse_record(value) for value in answer.get("records") or []]
        for record in sorted(found, key=_order):
            _check(wallet, vault, record)
            if record.kind is RecordKind.SAFE:
                learnt += keep_safe(wallet, record, check_new_safe(wallet, vault, record))
            else:
                learnt += records.put(wallet.db, record)
    return learnt


def _order(record: Record) -> tuple[bool, bool]:
    """Home passkeys first, for they approve the rest; Safes last, for their passkeys come before them."""
    return record.kind is not RecordKind.HOME_PASSKEY, record.kind is RecordKind.SAFE


def _check(wallet: Wallet, vault: Vault, record: Record) -> None:
    signers = {party.identity for party in vault.parties}
    if record.vault != vault.id or record.signer not in signers or record.epoch > vault.epoch:
        raise InvalidMessage("The record is not of this vault's parties.")
    verify_signed(record)
    if record.signer == wallet.identity.public:
        return
    content, response = _approval_of(record, vault)
    verify_home_then(wallet, content, response)


def _approval_of(record: Record, vault: Vault) -> tuple[AdminContent, dict[str, Any]]:
    """What the home passkey has to have signed for this very record. Raises InvalidMessage."""
    then = replace(vault, epoch=record.epoch)
    match record.kind, record.evidence:
        case RecordKind.SITE_PASSKEY, {"response": dict(response), "nonces": nonces, "expires_at": int(expires_at)}:
            passkey = parse_passkey(record.body)
            if (record.kind, record.subject) == (passkey.kind, passkey.subject):
                return admin_content(then, passkey, record.version, read_nonces(nonces), expires_at), response
        case RecordKind.SAFE, {"response": dict(response), "nonces": nonces, "expires_at": int(expires_at)}:
            safe = parse_safe(record.body)
            if record.subject == safe.subject:
                return safe_content(then, safe, read_nonces(nonces), expires_at), response
        case RecordKind.POLICY, {"response": dict(response), "nonces": nonces, "act": value}:
            act = parse_act(value)
            said = act.parameters if isinstance(act.parameters, dict) else {}
            fits = (act.vault, act.epoch, said.get("version")) == (record.vault, record.epoch, record.version)
            if fits and said.get("policy") == record.body and record.body.get("party") == record.subject:
                return content_of(act, read_nonces(nonces)), response
    raise InvalidMessage("The record comes without its approval.")
