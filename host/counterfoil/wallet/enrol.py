"""Putting a passkey on the record of every party, or marking it as removed there: approved by the home passkey.   DESIGN §6

The challenge binds the act, all its parameters and one fresh nonce of each party, so that no party
can be made to accept an old approval, and none has to believe another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counterfoil.errors import AssertionRefused, InvalidMessage, StateConflict
from counterfoil.store import passkey_counters, records, reshares, vaults
from counterfoil.store.records import Record
from counterfoil.store.vaults import Vault
from counterfoil.types import Party
from counterfoil.wallet.acts import act_of, check_act, check_approver
from counterfoil.wallet.ask import ask
from counterfoil.wallet.challenge import AdminContent, joint_nonce
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.nonces import read_nonce
from counterfoil.wallet.passkey_records import PasskeyRecord, home_passkey
from counterfoil.wallet.put_on_record import put_on_record
from counterfoil.wallet.record_wire import record_as_dict, signed_record
from counterfoil.wallet.signers import other_agents
from counterfoil.webauthn.assertion import ExpectedAssertion, verify_assertion
from counterfoil.webauthn.response import read_credential_id

FIRST = {"first_home_passkey": True}
"""The evidence of a first home passkey: that there was none, which every party knows for itself."""
MAX_LIFE_SECONDS = 60 * 60
MAX_VERSION = 2**31
FIRST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Act:
    """An act that waits for the home passkey: its content, who takes part, and the record it makes."""

    content: AdminContent
    nonces: dict[int, bytes]
    others: tuple[Party, ...]
    passkey: PasskeyRecord
    version: int


async def prepare(wallet: Wallet, vault_id: str, passkey: PasskeyRecord, *, expires_at: int) -> Act:
    """Ask every other agent of the vault for a nonce, and fix what the home passkey will sign.

    Raises: PartyUnavailable: a passkey that one party does not know would be refused by it later; what ``check_act`` raises
    """
    vault = vaults.get(wallet.db, vault_id)
    reshares.refuse_during(wallet.db, vault.id)
    check_act(wallet.db, vault.id, passkey)
    others = other_agents(vault)
    nonces = {vault.my_index: wallet.rng(32)}
    known = records.current(wallet.db, vault.id, passkey.kind, passkey.subject)
    versions = [0 if known is None else known.version]
    body = {"vault": vault.id, "kind": passkey.kind.value, "subject": passkey.subject}
    for party in others:
        answer = await ask(wallet, party, "admin_nonce", body, expires_at=expires_at)
        nonces[party.index] = read_nonce(answer.get("nonce"))
        versions.append(_read_version(answer.get("version")))
    # Where an earlier enrolment stopped half-way one party knows more than the others: go on from there.
    version = 1 + max(versions)
    content = admin_content(vault, passkey, version, nonces, expires_at)
    return Act(content, nonces, others, passkey, version)


def _read_version(value: object) -> int:
    if type(value) is not int or not 0 <= value < MAX_VERSION:
        raise InvalidMessage("A version is a whole number.", reason="version")
    return value


def admin_content(
    vault: Vault, passkey: PasskeyRecord, version: int, nonces: Mapping[int, bytes], expires_at: int
) -> AdminContent:
    """The content that the home passkey's challenge is made of."""
    return AdminContent(
        vault=vault.id,
        epoch=vault.epoch,
        act=act_of(passkey).value,
        parameters={"passkey": passkey.as_dict(), "version": version},
        nonce=joint_nonce("admin", list(nonces.items())),
        expires_at=expires_at,
    )


async def carry_out(wallet: Wallet, act: Act, response: Mapping[str, Any]) -> Record:
    """Check the home passkey's answer, sign the record, and have every party keep it.

    Raises: AssertionRefused; what a party refuses with. Nothing is kept here before every party keeps it.
    """
    record, _ = approved_record(wallet, act, response)
    for party in act.others:
        body = {"record": record_as_dict(record)}
        await ask(wallet, party, "record_put", body, expires_at=act.content.expires_at)
    put_on_record(wallet, record, act.passkey)
    return record


def approved_record(wallet: Wallet, act: Act, response: Mapping[str, Any]) -> tuple[Record, bytes]:
    """(the signed record with its approval, the home passkey that approved it). Raises AssertionRefused."""
    approver = verify_home(wallet, act.content, response)
    check_approver(act.passkey, approver)
    vault = vaults.get(wallet.db, act.content.vault)
    evidence = {
        "response": dict(response),
        "nonces": {str(index): nonce.hex() for index, nonce in act.nonces.items()},
        "expires_at": act.content.expires_at,
    }
    return signed_record(wallet, vault, act.passkey, act.version, evidence), approver


async def enrol_first_home(wallet: Wallet, vault: Vault, passkey: PasskeyRecord) -> None:
    """The first home passkey of a vault that was made without one. Every party has to be unlocked for it.

    Raises: Locked, StateConflict where any party has a home passkey on record, revoked ones included
    """
    wallet.unlocked.key()
    reshares.refuse_during(wallet.db, vault.id)
    record = signed_record(wallet, vault, passkey, 1, FIRST)
    check_first(wallet, record, passkey)
    for party in other_agents(vault):
        body = {"record": record_as_dict(record)}
        await ask(wallet, party, "record_put", body, expires_at=wallet.now() + FIRST_SECONDS)
    put_on_record(wallet, record, passkey)


def check_first(wallet: Wallet, record: Record, passkey: PasskeyRecord) -> None:
    """Only while nobody could approve it: there is no home passkey on record, and there never was one."""
    if passkey.role != "home" or record.version != 1:
        raise InvalidMessage("This is not a wallet's first passkey.")
    if records.all_current(wallet.db, record.vault, records.RecordKind.HOME_PASSKEY):
        raise StateConflict("This wallet has its passkey already.", reason="has_home_passkey")
    wallet.unlocked.key()


def verify_home_then(wallet: Wallet, content: AdminContent, response: Mapping[str, Any]) -> None:
    """A home passkey on record once approved exactly this act; when does not matter, and its counter has moved on since.

    Raises: AssertionRefused
    """
    passkey = home_passkey(wallet.db, content.vault, read_credential_id(response))
    if passkey is None:
        raise AssertionRefused("This is not a passkey of this wallet.", reason="CREDENTIAL")
    verify_assertion(
        response,
        expected=ExpectedAssertion(
            challenge=content.challenge(),
            origin=passkey.origin,
            rp_id=passkey.rp_id,
            credential_id=passkey.credential_id,
            public_key=passkey.public_key,
            sign_count=0,
            backup_eligible=passkey.backup_eligible,
            user_handle=passkey.user_handle,
        ),
        now=content.expires_at - 1,
        expires_at=content.expires_at,
    )


def verify_home(wallet: Wallet, content: AdminContent, response: Mapping[str, Any]) -> bytes:
    """A home passkey on this party's own record approved exactly this act: its credential id.

    Raises: AssertionRefused
    """
    now = wallet.now()
    if content.expires_at > now + MAX_LIFE_SECONDS:
        raise AssertionRefused("An approval lives an hour at most.", reason="EXPIRED")
    credential_id = read_credential_id(response)
    passkey = home_passkey(wallet.db, content.vault, credential_id)
    if passkey is None:
        raise AssertionRefused("This is not a passkey of this wallet.", reason="CREDENTIAL")
    verified = verify_assertion(
        response,
        expected=ExpectedAssertion(
            challenge=content.challenge(),
            origin=passkey.origin,
            rp_id=passkey.rp_id,
            credential_id=credential_id,
            public_key=passkey.public_key,
            sign_count=max(passkey.sign_count, passkey_counters.last(wallet.db, credential_id)),
            backup_eligible=passkey.backup_eligible,
            user_handle=passkey.user_handle,
        ),
        now=now,
        expires_at=content.expires_at,
    )
    passkey_counters.advance(wallet.db, credential_id, verified.sign_count, now, backed_up=verified.backed_up)
    return credential_id
