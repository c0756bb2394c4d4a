from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.policy import Outcome, Outflow, Policy, decide

CHAIN = "eip155:1"
AMOUNTS = st.integers(0, 2**256 - 1)
FLOWS = st.lists(
    st.builds(Outflow, st.sampled_from(["native", "0xToken"]), st.none() | AMOUNTS, st.booleans()), max_size=4
)
LIMITS = st.dictionaries(st.sampled_from([f"{CHAIN}/native", f"{CHAIN}/0xToken", "eip155:10/native"]), AMOUNTS)


def decided(policy: Policy, flows: Any = (), **changes: Any) -> Outcome:
    arguments: dict[str, Any] = {
        "chain": CHAIN,
        "priced": True,
        "outflows": list(flows),
        "fee": Outflow("native", 1, False),
        "spent_today": {},
        "person_approved_here": False,
        "person_approved_at_requester": True,
    }
    return decide(policy, **{**arguments, **changes})


def test_with_no_limits_everything_takes_a_person() -> None:
    assert decided(Policy(shares_screen=False), [Outflow("native", 1, False)]) is Outcome.NEEDS_PERSON
    assert decided(Policy(shares_screen=False), [], fee=None) is Outcome.NEEDS_PERSON


def test_the_person_at_the_shared_screen_is_a_co_signers_person_too_and_nobody_elses() -> None:
    flows = [Outflow("native", 10**30, False)]
    assert decided(Policy(shares_screen=True), flows) is Outcome.GO
    assert decided(Policy(shares_screen=True), flows, person_approved_at_requester=False) is Outcome.NEEDS_PERSON
    assert decided(Policy(shares_screen=False), flows) is Outcome.NEEDS_PERSON
    assert decided(Policy(shares_screen=False), flows, person_approved_here=True) is Outcome.GO


@given(FLOWS, LIMITS, st.booleans(), st.booleans(), st.booleans())
def test_frozen_refuses_whoever_approved(flows: Any, limits: Any, screen: bool, here: bool, there: bool) -> None:
    policy = Policy(screen, limits, frozen=True)
    outcome = decided(policy, flows, person_approved_here=here, person_approved_at_requester=there)
    assert outcome is Outcome.REFUSE


@given(FLOWS, LIMITS, st.booleans(), AMOUNTS, AMOUNTS)
def test_without_a_person_only_what_is_priced_and_within_the_days_limits_goes(
    flows: list[Outflow], limits: dict[str, int], priced: bool, spent: int, fee: int
) -> None:
    outcome = decided(
        Policy(shares_screen=False, daily_limits=limits),
        flows,
        priced=priced,
        fee=Outflow("native", fee, False),
        spent_today={f"{CHAIN}/native": spent},
    )
    if outcome is not Outcome.GO:
        assert outcome is Outcome.NEEDS_PERSON
        return
    assert priced
    assert not any(flow.is_permission or flow.amount is None for flow in flows)
    native = spent + fee + sum(flow.amount or 0 for flow in flows if flow.asset == "native")
    token = sum(flow.amount or 0 for flow in flows if flow.asset == "0xToken")
    assert native <= limits.get(f"{CHAIN}/native", 0)
    assert token <= limits.get(f"{CHAIN}/0xToken", 0)


def test_a_limit_is_of_one_chain_and_one_asset_and_is_met_to_the_last_unit() -> None:
    policy = Policy(shares_screen=False, daily_limits={f"{CHAIN}/native": 11})
    assert decided(policy, [Outflow("native", 10, False)]) is Outcome.GO
    assert decided(policy, [Outflow("native", 11, False)]) is Outcome.NEEDS_PERSON
    assert decided(policy, [Outflow("native", 10, False)], chain="eip155:10") is Outcome.NEEDS_PERSON
    assert decided(policy, [Outflow("native", 5, False)] * 2) is Outcome.GO
    assert decided(policy, [Outflow("native", 5, False)] * 3) is Outcome.NEEDS_PERSON
    assert decided(policy, [Outflow("0xToken", 0, False)]) is Outcome.GO
    assert decided(policy, [Outflow("0xToken", 1, False)]) is Outcome.NEEDS_PERSON
