"""What the chain's facts and the clock add to a summary. Never part of what is signed, never a reason to price anything."""

from __future__ import annotations

from counterfoil.chains.evm.facts import Facts
from counterfoil.chains.evm.node_errors import would_fail
from counterfoil.chains.evm.sign_in_refusals import sign_in_findings
from counterfoil.chains.evm.summary import read_unsigned, summarize
from counterfoil.chains.evm.text import visible
from counterfoil.chains.evm.transaction import Transaction
from counterfoil.chains.evm.words import amount_text, caution, danger, info, short, token_of, worst_first
from counterfoil.chains.family import Chain, Finding, Kind

FAR = 30 * 24 * 3600


def weigh(
    chain: Chain, account: str, kind: Kind, unsigned: bytes, *, facts: Facts | None, now: int
) -> tuple[Finding, ...]:
    """Findings about ``unsigned`` that need facts or the time (``now``, unix seconds).

    Raises: InvalidTransaction
    """
    findings: list[Finding] = []
    if kind is Kind.TRANSACTION and facts is not None:
        tx = read_unsigned(chain, unsigned)
        findings += _money(chain, tx, facts) + _target(chain, tx, facts)
        findings += [would_fail(facts.revert)] if facts.revert is not None else []
    if kind is Kind.MESSAGE:
        findings += sign_in_findings(unsigned, now)
    findings += _deadlines(chain, account, kind, unsigned, now)
    return worst_first(findings)


def _money(chain: Chain, tx: Transaction, facts: Facts) -> list[Finding]:
    native, findings = chain.native, []
    needed = tx.value + tx.fee_cap
    if needed > facts.balance:
        missing = amount_text(needed - facts.balance, native.decimals, native.symbol)
        findings.append(
            danger(
                "insufficient_funds", f"The account may have {missing} too little.", "The network would refuse this."
            )
        )
    usual = facts.gas_price if facts.base_fee is None else 2 * facts.base_fee + facts.priority_fee
    if tx.max_fee > 3 * max(usual, 1):
        findings.append(
            caution(
                "fee_above_usual", "The site asks for a much higher fee than usual now.", "It has set the price itself."
            )
        )
    if facts.base_fee is not None and tx.max_fee < facts.base_fee:
        findings.append(
            caution("fee_too_low", "The fee is too low for now.", "The transaction may wait for a long time.")
        )
    if tx.nonce > facts.nonce:
        findings.append(
            caution(
                "nonce_gap",
                f"This waits for {tx.nonce - facts.nonce} others of this account.",
                "Transactions of an account are done in the order of their numbers.",
            )
        )
    return findings


def _target(chain: Chain, tx: Transaction, facts: Facts) -> list[Finding]:
    findings: list[Finding] = []
    if tx.to is not None and tx.data and not facts.target_has_code:
        findings.append(
            danger(
                "no_contract",
                "There is no contract at this address.",
                "The call would do nothing, and anything sent may be lost.",
            )
        )
    if tx.to is not None and not tx.data and facts.target_has_code:
        findings.append(
            info("to_contract", "The recipient is a contract.", "It decides what happens with what it gets.")
        )
    claim = facts.token
    if claim is not None and token_of(chain, claim.address) is None:
        named = f"“{visible(claim.name)[:60]}” ({visible(claim.symbol)[:20]}, {claim.decimals} decimals)"
        findings.append(
            caution(
                "token_claims",
                f"The contract {short(claim.address)} calls itself {named}.",
                "Anyone can write any name there. Counterfoil has not checked it.",
            )
        )
    return findings


def _deadlines(chain: Chain, account: str, kind: Kind, unsigned: bytes, now: int) -> list[Finding]:
    ends = [change.expires_at for change in summarize(chain, account, kind, unsigned).changes if change.expires_at]
    if any(end > now + FAR for end in ends):
        return [caution("far_deadline", f"This permission lasts {(max(ends) - now) // 86400} days.")]
    if any(end < now for end in ends):
        return [info("past_deadline", "This permission has ended already.")]
    return []
