from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.permissions import METHODS, Grant, Need, Verdict, decide

SHOWN = "0x" + "aB" * 20
HIDDEN = "0x" + "cd" * 20
GRANT = Grant("https://app.example", (SHOWN,), 1)
SIGNING = {name for name, need in METHODS.items() if need is Need.ACCOUNT}
OWN = {name for name, need in METHODS.items() if need is Need.NOTHING}


@pytest.mark.parametrize("method", sorted(SIGNING))
def test_signing_is_asked_for_only_by_a_connected_site_for_an_account_it_sees(method: str) -> None:
    assert decide(method, is_read_only=False, grant=GRANT, account=SHOWN) is Verdict.ASK
    assert decide(method, is_read_only=False, grant=GRANT, account=SHOWN.lower()) is Verdict.ASK
    for grant, account in ((None, SHOWN), (GRANT, HIDDEN), (GRANT, None), (None, None), (Grant("x", (), 1), SHOWN)):
        assert decide(method, is_read_only=False, grant=grant, account=account) is Verdict.REFUSE


@pytest.mark.parametrize("grant", [None, GRANT], ids=["stranger", "connected"])
@pytest.mark.parametrize("method", sorted(OWN))
def test_what_says_nothing_of_the_person_is_answered_to_anyone(method: str, grant: Grant | None) -> None:
    assert decide(method, is_read_only=False, grant=grant, account=None) is Verdict.ALLOW


def test_connecting_opens_the_window_unless_the_site_is_connected() -> None:
    assert decide("eth_requestAccounts", is_read_only=False, grant=None, account=None) is Verdict.ASK
    assert decide("eth_requestAccounts", is_read_only=False, grant=GRANT, account=None) is Verdict.ALLOW
    for grant in (None, GRANT):
        assert decide("wallet_requestPermissions", is_read_only=False, grant=grant, account=None) is Verdict.ASK


def test_eth_sign_is_refused_to_everyone() -> None:
    for grant in (None, GRANT):
        assert decide("eth_sign", is_read_only=False, grant=grant, account=SHOWN) is Verdict.REFUSE


def test_reading_the_chain_takes_a_connection_and_the_familys_list() -> None:
    assert decide("eth_call", is_read_only=True, grant=GRANT, account=None) is Verdict.ALLOW
    assert decide("eth_call", is_read_only=True, grant=None, account=None) is Verdict.REFUSE
    for grant in (None, GRANT):
        assert decide("eth_made_up", is_read_only=False, grant=grant, account=None) is Verdict.UNSUPPORTED


@given(st.sampled_from([*METHODS, "eth_call", "made_up", ""]), st.booleans(), st.sampled_from([None, SHOWN, HIDDEN]))
def test_nothing_but_reading_is_allowed_without_asking_for_anyone(
    method: str, reads: bool, account: str | None
) -> None:
    """ALLOW never lets anything be signed, whatever else is true."""
    for grant in (None, GRANT):
        verdict = decide(method, is_read_only=reads, grant=grant, account=account)
        if verdict is Verdict.ALLOW:
            assert method not in SIGNING and method != "eth_sign"
