from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.policy import Asked, Limit, Outcome, Outflow, Policy, covers, decide

CHAIN = "eip155:1"
SITE = "https://app.example"
ACCOUNT, FRIEND = "0xAccount", "0xFriend"
AMOUNTS = st.integers(0, 2**256 - 1)
ASSETS = st.sampled_from(["native", "0xToken"])
FLOWS = st.lists(st.builds(Outflow, ASSETS, st.none() | AMOUNTS, st.booleans()), max_size=4)
NARROW = {"account": ACCOUNT, "contact": FRIEND, "act": "native_transfer"}
LIMITS = st.lists(
    st.builds(
        Limit,
        st.sampled_from([SITE, "https://other.example"]),
        st.sampled_from([CHAIN, "eip155:10"]),
        ASSETS,
        AMOUNTS,
        st.sampled_from([None, ACCOUNT, "0xOther"]),
        st.sampled_from([None, FRIEND, "0xOther"]),
        st.sampled_from([None, "native_transfer", "token_transfer"]),
    ),
    max_size=4,
)


def native(per_day: int, **narrow: Any) -> Limit:
    return Limit(**{"site": SITE, "chain": CHAIN, "asset": "native", "per_day": per_day, **narrow})


def asked(flows: Any = (), **changes: Any) -> Asked:
    fields: dict[str, Any] = {
        "site": SITE,
        "chain": CHAIN,
        "account": ACCOUNT,
        "act": "native_transfer",
        "contacts": frozenset({FRIEND}),
        "priced": True,
        "outflows": list(flows),
        "fee": Outflow("native", 1, False),
    }
    return Asked(**{**fields, **changes})


def decided(policy: Policy, request: Asked, *, spent: int = 0, here: bool = False, there: bool = True) -> Outcome:
    return decide(
        policy,
        request,
        spent_today=dict.fromkeys(policy.limits, spent),
        person_approved_here=here,
        person_approved_at_requester=there,
    )


def unattended(*limits: Limit) -> Policy:
    return Policy(shares_screen=False, is_interactive=False, limits=limits)


def test_with_no_policy_set_everything_takes_a_person() -> None:
    for policy in (Policy(shares_screen=False), unattended(), Policy(False, True, (native(10**30),))):
        assert decided(policy, asked([Outflow("native", 1, False)])) is Outcome.NEEDS_PERSON
        assert decided(policy, asked(fee=None)) is Outcome.NEEDS_PERSON


def test_the_person_at_the_shared_screen_is_a_co_signers_person_too_and_nobody_elses() -> None:
    request = asked([Outflow("native", 10**30, False)])
    assert decided(Policy(shares_screen=True), request) is Outcome.GO
    assert decided(Policy(shares_screen=True), request, there=False) is Outcome.NEEDS_PERSON
    assert decided(Policy(shares_screen=False), request) is Outcome.NEEDS_PERSON
    assert decided(Policy(shares_screen=False), request, here=True) is Outcome.GO


@given(FLOWS, LIMITS, st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_frozen_refuses_whoever_approved(
    flows: Any, limits: Any, screen: bool, interactive: bool, here: bool, there: bool
) -> None:
    policy = Policy(screen, interactive, tuple(limits), frozen=True)
    assert decided(policy, asked(flows), here=here, there=there) is Outcome.REFUSE


@given(FLOWS, LIMITS, st.booleans(), AMOUNTS, AMOUNTS)
def test_without_a_person_only_what_is_priced_and_within_a_days_limit_goes(
    flows: list[Outflow], limits: list[Limit], priced: bool, spent: int, fee: int
) -> None:
    request = asked(flows, priced=priced, fee=Outflow("native", fee, False))
    outcome = decided(unattended(*limits), request, spent=spent)
    if outcome is not Outcome.GO:
        assert outcome is Outcome.NEEDS_PERSON
        return
    assert priced
    assert not any(flow.is_permission or flow.amount is None for flow in flows)
    for asset, extra in (("native", fee), ("0xToken", 0)):
        total = extra + sum(flow.amount or 0 for flow in flows if flow.asset == asset)
        if asset == "native" or any(flow.asset == asset for flow in flows):
            room = [limit.per_day for limit in limits if limit.asset == asset and covers(limit, request)]
            assert spent + total <= max(room)


def test_a_limit_is_met_to_the_last_unit_fee_and_all() -> None:
    policy = unattended(native(11))
    assert decided(policy, asked([Outflow("native", 10, False)])) is Outcome.GO
    assert decided(policy, asked([Outflow("native", 11, False)])) is Outcome.NEEDS_PERSON
    assert decided(policy, asked([Outflow("native", 5, False)] * 2)) is Outcome.GO
    assert decided(policy, asked([Outflow("native", 5, False)] * 3)) is Outcome.NEEDS_PERSON
    assert decided(policy, asked([Outflow("native", 10, False)]), spent=1) is Outcome.NEEDS_PERSON
    assert decided(policy, asked([Outflow("0xToken", 0, False)])) is Outcome.NEEDS_PERSON


@pytest.mark.parametrize(
    "changes",
    [
        {"site": "https://other.example"},
        {"chain": "eip155:10"},
        {"account": "0xOther"},
        {"act": "contract_call"},
        {"contacts": frozenset({"0xOther"})},
        {"contacts": frozenset({FRIEND, "0xOther"})},
        {"contacts": frozenset()},
        {"contacts": frozenset({""})},
    ],
)
def test_a_limit_counts_only_where_the_whole_request_lies_within_its_scope(changes: dict[str, Any]) -> None:
    policy = unattended(native(100, **NARROW))
    assert decided(policy, asked([Outflow("native", 1, False)])) is Outcome.GO
    assert decided(policy, asked([Outflow("native", 1, False)], **changes)) is Outcome.NEEDS_PERSON


def test_each_asset_needs_a_limit_of_its_own() -> None:
    flows = [Outflow("0xToken", 5, False)]
    assert decided(unattended(native(100)), asked(flows)) is Outcome.NEEDS_PERSON
    token = Limit(SITE, CHAIN, "0xToken", 5)
    assert decided(unattended(token), asked(flows)) is Outcome.NEEDS_PERSON
    assert decided(unattended(native(1), token), asked(flows)) is Outcome.GO


def test_a_limit_whose_spending_is_not_known_has_no_room() -> None:
    outcome = decide(
        unattended(native(100)),
        asked([Outflow("native", 1, False)]),
        spent_today={},
        person_approved_here=False,
        person_approved_at_requester=True,
    )
    assert outcome is Outcome.NEEDS_PERSON


def test_permissions_and_unlimited_amounts_take_a_person_whatever_the_limits() -> None:
    policy = unattended(native(2**256 - 1), Limit(SITE, CHAIN, "0xToken", 2**256 - 1))
    for flow in (Outflow("0xToken", 1, True), Outflow("0xToken", None, False), Outflow("native", None, True)):
        assert decided(policy, asked([flow])) is Outcome.NEEDS_PERSON
    assert decided(policy, asked([Outflow("native", 1, False)], priced=False)) is Outcome.NEEDS_PERSON
