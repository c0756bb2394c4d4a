"""The other parties' side of an enrolment: keep a record only where the home passkey approved it.   DESIGN §6, §7.2"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.errors import InvalidMessage, NotPermitted, StateConflict
from counterfoil.store import records, reshares, vaults
from counterfoil.store.records import Record, RecordKind
from counterfoil.store.vaults import Vault
from counterfoil.types import Party
from counterfoil.wallet import agree_policy
from counterfoil.wallet.acts import NEEDS_PERSON, act_of, check_act, check_approver
from counterfoil.wallet.ask import ask
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.enrol import FIRST, admin_content, check_first, verify_home
from counterfoil.wallet.nonces import read_nonces
from counterfoil.wallet.passkey_records import PasskeyRecord, parse_passkey
from counterfoil.wallet.put_on_record import put_on_record
from counterfoil.wallet.record_heads import newer_than, read_heads, record_heads
from counterfoil.wallet.record_wire import parse_record, record_as_dict, verify_signed
from counterfoil.wallet.safe_create import check_new_safe, keep_safe, safe_content
from counterfoil.wallet.safe_records import parse_safe
from counterfoil.wallet.signers import other_agents


class AdminNonces:
    """Nonces this party gave for acts of administration: one at a time for each vault, each for one act."""

    def __init__(self) -> None:
        self._given: dict[str, bytes] = {}

    def give(self, vault: str, nonce: bytes) -> bytes:
        """Remember and return ``nonce``; an earlier one is void."""
        self._given[vault] = nonce
        return nonce

    def spend(self, vault: str, nonce: bytes) -> None:
        """Raises StateConflict for a nonce that was not given, or was spent."""
        if self._given.get(vault) != nonce:
            raise StateConflict("This approval is not for the act that was begun here.", reason="nonce")
        del self._given[vault]


def begin_act(wallet: Wallet, nonces: AdminNonces, sender: bytes, body: Mapping[str, Any]) -> dict[str, Any]:
    """A nonce for one act of administration, and the version of the record it is about as known here.

    Raises: NotFound, NotPermitted, InvalidMessage
    """
    vault = _vault_of(wallet, sender, body)
    match body.get("kind"), body.get("subject"):
        case (RecordKind.SITE_PASSKEY.value | RecordKind.HOME_PASSKEY.value | RecordKind.SAFE.value) as kind, str(
            subject
        ):
            known = records.current(wallet.db, vault.id, RecordKind(kind), subject)
        case _:
            raise InvalidMessage("Only passkeys are put on record this way.")
    return {
        "nonce": nonces.give(vault.id, wallet.rng(32)).hex(),
        "version": 0 if known is None else known.version,
    }


def accept_record(wallet: Wallet, nonces: AdminNonces, sender: bytes, body: Mapping[str, Any]) -> None:
    """Another party asks to keep a record: check its signature, and the home passkey's approval, for ourselves.

    Raises: InvalidMessage, StateConflict, AssertionRefused
    """
    policy = parse_record(body.get("record"))
    if policy.kind is RecordKind.POLICY:
        agree_policy.accept_policy(wallet, policy, sender)
        return
    record, vault = _read_record(wallet, sender, body)
    if record.kind is RecordKind.SAFE:
        _accept_safe(wallet, nonces, record, vault)
        return
    passkey = parse_passkey(record.body)
    if record.evidence == FIRST and record.epoch == vault.epoch and record.subject == passkey.subject:
        check_first(wallet, record, passkey)
    elif act_of(passkey) in NEEDS_PERSON:
        raise InvalidMessage("Only a site's passkey is put on record this way.")
    else:
        check_approval(wallet, nonces, record, vault, passkey)
    put_on_record(wallet, record, passkey)


def read_signed(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> tuple[Record, Vault, PasskeyRecord]:
    """A passkey's record that its sender, a party of its vault, signed. Raises InvalidMessage, NotFound."""
    record, vault = _read_record(wallet, sender, body)
    return record, vault, parse_passkey(record.body)


def _read_record(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> tuple[Record, Vault]:
    record = parse_record(body.get("record"))
    vault = vaults.get(wallet.db, record.vault)
    if record.signer != sender or sender not in {party.identity for party in vault.parties}:
        raise InvalidMessage("The record is not signed by a party of this vault.")
    verify_signed(record)
    reshares.refuse_during(wallet.db, vault.id)
    return record, vault


def _accept_safe(wallet: Wallet, nonces: AdminNonces, record: Record, vault: Vault) -> None:
    safe = check_new_safe(wallet, vault, record)
    given, expires_at, response = _spend_evidence(nonces, record, vault)
    verify_home(wallet, safe_content(vault, safe, given, expires_at), response)
    keep_safe(wallet, record, safe)


def check_approval(wallet: Wallet, nonces: AdminNonces, record: Record, vault: Vault, passkey: PasskeyRecord) -> bytes:
    """The home passkey that approved exactly this, with a nonce that was given here for it: its credential id.

    Raises: InvalidMessage, StateConflict, AssertionRefused
    """
    if (record.kind, record.subject) != (passkey.kind, passkey.subject):
        raise InvalidMessage("The record is not about this passkey.")
    check_act(wallet.db, vault.id, passkey)
    given, expires_at, response = _spend_evidence(nonces, record, vault)
    approver = verify_home(wallet, admin_content(vault, passkey, record.version, given, expires_at), response)
    check_approver(passkey, approver)
    return approver


def _spend_evidence(nonces: AdminNonces, record: Record, vault: Vault) -> tuple[dict[int, bytes], int, dict[str, Any]]:
    given, expires_at, response = _read_evidence(record.evidence)
    if record.epoch != vault.epoch or set(given) != {vault.my_index, *(p.index for p in other_agents(vault))}:
        raise StateConflict("The record is of another epoch or other parties.", reason="epoch")
    nonces.spend(vault.id, given[vault.my_index])
    return given, expires_at, response


def give_records(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> dict[str, Any]:
    """The records that the asking party lacks. Raises NotFound, NotPermitted, InvalidMessage."""
    vault = _vault_of(wallet, sender, body)
    lacking = newer_than(wallet.db, vault.id, read_heads(body.get("records")))
    return {"records": [record_as_dict(record) for record in lacking]}


async def catch_up(wallet: Wallet, vault: Vault, party: Party, *, expires_at: int) -> None:
    """Ask a party for what it knows more. Records that this device made and lost in a crash are its own word, so
    its signature is enough; one of any other signer would need an approval that was given for us, and is left out.

    Raises: what ``ask`` raises, InvalidMessage, StateConflict
    """
    heads = record_heads(wallet.db, vault.id)
    answer = await ask(wallet, party, "records_get", {"vault": vault.id, "records": heads}, expires_at=expires_at)
    found = answer.get("records")
    for value in found if isinstance(found, list) else []:
        record = parse_record(value)
        if record.vault == vault.id and record.epoch == vault.epoch and record.signer == wallet.identity.public:
            verify_signed(record)
            if record.kind is RecordKind.SAFE:
                keep_safe(wallet, record, parse_safe(record.body))
            else:
                put_on_record(wallet, record, parse_passkey(record.body))


def _vault_of(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> Vault:
    vault = vaults.get(wallet.db, str(body.get("vault")))
    if sender not in {party.identity for party in vault.parties}:
        raise NotPermitted("This device is no party of that vault.")
    return vault


def _read_evidence(value: Any) -> tuple[dict[int, bytes], int, dict[str, Any]]:  # noqa: ANN401 - from another agent
    match value:
        case {"response": dict(response), "nonces": nonces, "expires_at": int(expires_at), **rest} if (
            not rest and type(expires_at) is int
        ):
            return read_nonces(nonces), expires_at, response
    raise InvalidMessage("The record comes without its approval.")
