"""What comes from other agents: read whole or refused with an error of ours, whatever it is."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.agent.ceremony.orders import parse_invitation
from counterfoil.agent.ceremony.participation import read_report
from counterfoil.chains.family import Kind
from counterfoil.errors import WalletError
from counterfoil.wallet.create import read_context
from counterfoil.wallet.join import read_approval
from counterfoil.wallet.nonces import read_nonce, read_nonces
from counterfoil.wallet.parties import parse_party
from counterfoil.wallet.passkey_records import parse_passkey
from counterfoil.wallet.proposal import Proposal, parse_proposal
from counterfoil.wallet.record_heads import read_heads
from counterfoil.wallet.record_wire import parse_record

ID = "ab" * 16
KEY = "pQECAyYgASFYIGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWIlggT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
PROPOSAL = Proposal(
    ID, ID, 0, "eip155:1", ("44/60/0/0/0",), "0x" + "11" * 20, "https://app.example", Kind.TRANSACTION,
    "eth_sendTransaction", b"\x02", 10**18, 1_800_000_000,
).as_dict()  # fmt: skip
PARTY = {"index": 1, "name": "This computer", "kind": "device", "identity": "A" * 43}
PASSKEY = {
    "role": "site", "credential_id": "AAAA", "public_key": KEY, "rp_id": "app.example", "origin": "https://app.example",
    "aaguid": "00" * 16, "backup_eligible": False, "backed_up": False, "transports": ["internal"], "name": "x",
    "accounts": [], "can_unlock": False, "created_at": 1, "is_revoked": False, "user_handle": "AAAA", "sign_count": 0,
}  # fmt: skip
RECORD = {
    "vault": ID, "kind": "site_passkey", "subject": "https://app.example", "version": 1, "epoch": 0, "body": PASSKEY,
    "signer": "00" * 32, "signature": "00" * 64, "evidence": {},
}  # fmt: skip
INVITATION = {
    "ceremony_id": ID, "ceremony": "sign", "vault": ID, "epoch": 0, "threshold": 2,
    "parties": [PARTY, {**PARTY, "index": 2, "identity": "B" * 42 + "A"}], "context": {"a": 1},
}  # fmt: skip
APPROVAL = {"role": "site", "credential_id": "00", "response": {}}
CONTEXT = {"purpose": "keygen", "name": "Savings", "home_passkeys": [{**PASSKEY, "role": "home"}]}
READERS: list[tuple[Callable[[Any], Any], Any]] = [
    (parse_proposal, PROPOSAL),
    (parse_party, PARTY),
    (parse_passkey, PASSKEY),
    (parse_record, RECORD),
    (parse_invitation, INVITATION),
    (read_approval, APPROVAL),
    (read_context, CONTEXT),
    (read_nonce, "00" * 32),
    (read_nonces, {"1": "00" * 32, "2": "11" * 32}),
    (read_heads, [["site_passkey", "https://app.example", 1]]),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
each = pytest.mark.parametrize(("read", "good"), READERS, ids=[read.__name__ for read, _ in READERS])


@each
def test_reads_what_is_well_formed(read: Callable[[Any], Any], good: Any) -> None:
    read(good)


@each
@given(value=JSON)
def test_anything_else_is_an_error_of_ours(read: Callable[[Any], Any], good: Any, value: Any) -> None:
    with suppress(WalletError):
        read(value)


@each
@given(data=st.data(), value=JSON)
def test_any_member_may_be_anything(read: Callable[[Any], Any], good: Any, data: st.DataObject, value: Any) -> None:
    if not isinstance(good, dict):
        return
    twin = copy.deepcopy(good)
    twin[data.draw(st.sampled_from(sorted(good)))] = value
    with suppress(WalletError):
        read(twin)


@each
def test_a_missing_or_an_added_member_is_refused(read: Callable[[Any], Any], good: Any) -> None:
    if not isinstance(good, dict) or read is read_nonces:
        return
    for name in good:
        with pytest.raises(WalletError):
            read({key: value for key, value in good.items() if key != name})
    with pytest.raises(WalletError):
        read({**good, "more": 1})


@pytest.mark.parametrize("name", ["epoch", "expires_at"])
@pytest.mark.parametrize("value", [-1, True, 1.0, "1", 2**53, None])
def test_a_proposals_numbers_are_whole_and_not_negative(name: str, value: Any) -> None:
    with pytest.raises(WalletError):
        parse_proposal({**PROPOSAL, name: value})


@pytest.mark.parametrize("cap", ["", "-1", "01", "1.5", "1e3", " 1", "١", "9" * 79])
def test_a_fee_cap_has_one_spelling(cap: str) -> None:
    with pytest.raises(WalletError):
        parse_proposal({**PROPOSAL, "fee_cap": cap})


@pytest.mark.parametrize("version", [0, -1, True, 1.5, "1", 2**53, None])
def test_a_records_version_counts_from_one(version: Any) -> None:
    with pytest.raises(WalletError):
        parse_record({**RECORD, "version": version})


def test_a_proposal_survives_its_way() -> None:
    assert parse_proposal(PROPOSAL).as_dict() == PROPOSAL


@given(st.dictionaries(st.sampled_from(["what", "to", "box", "round", "of", "error"]), JSON))
def test_a_report_is_a_happening_or_an_error_and_never_a_crash(body: dict[str, Any]) -> None:
    read_report(body)
