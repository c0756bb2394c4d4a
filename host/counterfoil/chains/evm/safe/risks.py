"""What a person should weigh about a Safe's request, beyond its bytes: the chain's facts and the time."""

from __future__ import annotations

from counterfoil.chains.evm.node_errors import would_fail
from counterfoil.chains.evm.risks import weigh
from counterfoil.chains.evm.safe.facts import ActFacts
from counterfoil.chains.evm.safe.requests import SafeAct, parse_safe_act, parse_safe_message
from counterfoil.chains.evm.summary import chain_number
from counterfoil.chains.evm.words import amount_text, caution, danger, info, short, worst_first
from counterfoil.chains.family import Chain, Finding, Kind


def weigh_act(
    chain: Chain, account: str, kind: Kind, unsigned: bytes, *, facts: object, now: int
) -> tuple[Finding, ...]:
    """Findings about a Safe's act or message.

    Raises: InvalidTransaction
    """
    if kind is Kind.SAFE_MESSAGE:
        message = parse_safe_message(unsigned, chain_number(chain))
        return weigh(chain, account, message.kind, message.content, facts=None, now=now)
    act = parse_safe_act(unsigned, chain_number(chain))
    if not isinstance(facts, ActFacts):
        return ()
    return worst_first([*_money(chain, act, facts), *_targets(act, facts), *_trial(facts)])


def _money(chain: Chain, act: SafeAct, facts: ActFacts) -> list[Finding]:
    native, findings = chain.native, []
    if act.gas_limit * act.max_fee > facts.paying.balance:
        missing = amount_text(act.gas_limit * act.max_fee - facts.paying.balance, native.decimals, native.symbol)
        findings.append(
            danger(
                "insufficient_funds",
                f"The account that pays the fee, {short(act.payer)}, may have {missing} too little.",
                "The network would refuse this.",
            )
        )
    return findings


def _targets(act: SafeAct, facts: ActFacts) -> list[Finding]:
    found: list[Finding] = []
    for call, has_code in zip(act.calls, facts.targets_have_code, strict=False):
        if call.data and not has_code:
            found.append(
                danger(
                    "no_contract",
                    "There is no contract at this address.",
                    "The call would do nothing, and anything sent may be lost.",
                )
            )
        if not call.data and has_code:
            found.append(
                info("to_contract", "The recipient is a contract.", "It decides what happens with what it gets.")
            )
    return found


def _trial(facts: ActFacts) -> list[Finding]:
    if facts.revert is not None:
        return [would_fail(facts.revert)]
    if facts.simulated:
        return []
    return [
        caution(
            "not_simulated",
            "Counterfoil could not try these calls beforehand.",
            "If one of them fails, none happens, and the fee is lost.",
        )
    ]
