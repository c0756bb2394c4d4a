"""What a Safe's bytes do, in words: its own calls, who pays, and what a first act sets up."""

from __future__ import annotations

import dataclasses
from typing import Final

from counterfoil.chains.evm.address import address_bytes, encode_address
from counterfoil.chains.evm.call_effects import effect_of
from counterfoil.chains.evm.calls import parse_call
from counterfoil.chains.evm.effects import Effect
from counterfoil.chains.evm.refusals import refuse_transaction
from counterfoil.chains.evm.safe.acts import read_act
from counterfoil.chains.evm.safe.multi_send import Item
from counterfoil.chains.evm.safe.requests import SafeAct, SafeMessage
from counterfoil.chains.evm.safe.slow_lock import DELAY
from counterfoil.chains.evm.transaction import DYNAMIC_FEE, Transaction
from counterfoil.chains.evm.words import amount_text, caution, danger, info, short, worst_first
from counterfoil.chains.family import Chain, Change, Finding, Summary

MAX_IN_SENTENCE: Final = 3


def summarize_act(chain: Chain, act: SafeAct) -> Summary:
    """What an act does, for its Safe. Total over everything that parses."""
    effects = [effect_of(chain, act.account.address, _as_transaction(act, call)) for call in act.calls]
    changes = tuple(change for effect in effects for change in effect.changes)
    findings = [finding for effect in effects for finding in effect.findings]
    findings += [*_setup_findings(act), *_fee_findings(chain, act), _who_pays(act)]
    refusals = [found for call in act.calls if (found := refuse_call(act, call)) is not None]
    return Summary(
        act=_act_word(act, effects),
        sentence=_sentence(effects),
        changes=changes,
        to=effects[0].to if len(effects) == 1 else None,
        fee_cap=act.gas_limit * act.max_fee,
        priced=bool(effects) and all(effect.priced for effect in effects) and not _is_open(changes),
        details=_details(chain, act, effects),
        findings=worst_first(findings),
        refusal=refusals[0] if refusals else None,
    )


def summarize_vouching(message: SafeMessage, content: Summary) -> Summary:
    """A message's summary as its content would have it, with what is particular about a Safe."""
    how = (
        "ERC-1271" if message.standing.safe and message.standing.signer else "ERC-6492 (the account stands nowhere yet)"
    )
    return dataclasses.replace(
        content,
        details=(*content.details, ("Signed by", f"Safe {message.account.address}"), ("Checked by", how)),
        findings=worst_first(
            [
                *content.findings,
                info(
                    "safe_message",
                    "Your Safe vouches for this text.",
                    "Whoever checks the signature learns your passkey's public key and the site it was touched on.",
                ),
            ]
        ),
    )


def refuse_call(act: SafeAct, call: Item) -> Finding | None:
    """Why a Safe never makes this call for who asks: it would change who controls the Safe, or how."""
    found = refuse_transaction(_as_transaction(act, call), parse_call(call.data))
    if found is not None:
        return found
    safe = act.account.address
    to_itself = call.to == address_bytes(safe) and (call.data or call.value)
    to_lock = call.to == address_bytes(act.lock)
    if to_itself or to_lock:
        return danger(
            "safe_changes_itself",
            "Counterfoil never lets a site change who controls your Safe.",
            "This call speaks to the Safe itself or to its lock: it could hand over everything in it.",
            "Nothing was signed. Leave this site.",
        )
    return None


def _as_transaction(act: SafeAct, call: Item) -> Transaction:
    """The call as the account's own transaction, so that the same readers put it into words."""
    return dataclasses.replace(act.template(), to=call.to, value=call.value, data=call.data)


def _act_word(act: SafeAct, effects: list[Effect]) -> str:
    """As for any account where there is one call; policies know no other words."""
    if len(effects) == 1 and act.tx.nonce:
        return effects[0].act
    return "safe_first_act" if act.tx.nonce == 0 else "safe_batch"


def _sentence(effects: list[Effect]) -> str:
    if not effects:
        return "Set up your Safe on this network"
    if len(effects) == 1:
        return effects[0].sentence
    named = "; ".join(effect.sentence for effect in effects[:MAX_IN_SENTENCE])
    more = "" if len(effects) <= MAX_IN_SENTENCE else f"; and {len(effects) - MAX_IN_SENTENCE} more"
    return f"{len(effects)} steps at once, all or none: {named}{more}"


def _setup_findings(act: SafeAct) -> list[Finding]:
    findings: list[Finding] = []
    if act.tx.nonce == 0:
        days = DELAY // (24 * 3600)
        findings.append(
            info(
                "safe_first_act",
                f"This first act creates your Safe on this network and sets up its {days}-day lock.",
                f"If the Safe's passkey is ever lost, your vault can put a new one in its place after {days} days."
                " Only the Safe itself can stop that.",
            )
        )
    for call in act.calls:
        read = read_act(act.account.address, call)
        if read.changes_account and refuse_call(act, call) is None:
            findings.append(
                caution(
                    "looks_like_control",
                    f"A call to {short(encode_address(call.to))} looks like one that changes who controls a contract.",
                    "It is not your Safe's own lock.",
                )
            )
    return findings


def _who_pays(act: SafeAct) -> Finding:
    return info(
        "vault_pays",
        f"Your vault account {short(act.payer)} pays the fee.",
        "The network shows the two addresses together, so that anyone can tell that they are one person's.",
    )


def _fee_findings(chain: Chain, act: SafeAct) -> list[Finding]:
    cap = act.gas_limit * act.max_fee
    if chain.high_fee is None or cap < chain.high_fee:
        return []
    fee = amount_text(cap, chain.native.decimals, chain.native.symbol)
    return [caution("high_fee", f"The fee can be as high as {fee}.", "That is much more than usual on this chain.")]


def _details(chain: Chain, act: SafeAct, effects: list[Effect]) -> tuple[tuple[str, str], ...]:
    native = chain.native
    rows = [row for effect in effects for row in effect.details]
    if len(effects) > 1:
        rows += [(f"Step {number}", effect.sentence) for number, effect in enumerate(effects, 1)]
    rows += [
        ("Safe", act.account.address),
        ("Fee paid by", f"{act.payer} (your vault account)"),
        ("Highest fee", amount_text(act.gas_limit * act.max_fee, native.decimals, native.symbol)),
        ("Safe nonce", str(act.tx.nonce)),
        ("Payer's nonce", str(act.payer_nonce)),
        ("Gas limit", str(act.gas_limit)),
        ("Highest price of gas", amount_text(act.max_fee, 9, "gwei")),
    ]
    if act.type == DYNAMIC_FEE:
        rows.append(("Tip", amount_text(act.priority_fee, 9, "gwei")))
    rows.append(("Chain", f"{chain.name} ({act.tx.chain_id})"))
    if act.tx.nonce == 0:
        rows += [
            ("Slow lock", act.lock),
            ("Lock's delay", f"{DELAY // 86400} days"),
            ("Passkey's contract", act.account.signer),
        ]
    rows += [
        (f"Data of step {number}", "0x" + call.data.hex()) for number, call in enumerate(act.calls, 1) if call.data
    ]
    return tuple(rows)


def _is_open(changes: tuple[Change, ...]) -> bool:
    return any(change.amount is None for change in changes)
