"""What a transaction does, by what it calls."""

from __future__ import annotations

from typing import Final

from counterfoil.chains.evm.address import encode_address
from counterfoil.chains.evm.calls import parse_call
from counterfoil.chains.evm.effects import Context, Effect, native_change, recipient_findings
from counterfoil.chains.evm.item_calls import ITEM_CALLS
from counterfoil.chains.evm.token_calls import TOKEN_CALLS
from counterfoil.chains.evm.transaction import Transaction
from counterfoil.chains.evm.words import amount_text, caution, danger, info, short
from counterfoil.chains.family import NOTHING, Chain

_READERS: Final = {**TOKEN_CALLS, **ITEM_CALLS}


def effect_of(chain: Chain, account: str, tx: Transaction) -> Effect:
    """The effect of a transaction from ``account``. Total."""
    if tx.to is None:
        return _creation(chain, tx)
    target = encode_address(tx.to)
    if not tx.data:
        return _nothing(tx.nonce) if target == account and not tx.value else _transfer(chain, account, target, tx.value)
    call = parse_call(tx.data)
    context = Context(chain, account, target, call)
    effect = _READERS.get(call.signature or "", _unknown)(context)
    return _with_value(chain, target, tx.value, effect)


def _transfer(chain: Chain, account: str, target: str, value: int) -> Effect:
    native = chain.native
    findings = recipient_findings(chain, account, target)
    return Effect(
        act="native_transfer",
        sentence=f"Send {amount_text(value, native.decimals, native.symbol)} to {short(target)}",
        to=target,
        changes=(native_change(chain, value, target),) if target != account else (),
        priced=True,
        findings=findings,
    )


def _nothing(nonce: int) -> Effect:
    """Nothing to oneself: the way to call off a transaction that waits in the same place."""
    return Effect(act=NOTHING, sentence=f"Do nothing but use up number {nonce}", to=None, priced=True)


def _creation(chain: Chain, tx: Transaction) -> Effect:
    paid = amount_text(tx.value, chain.native.decimals, chain.native.symbol)
    return Effect(
        act="contract_create",
        sentence="Create a new contract" + (f" and give it {paid}" if tx.value else ""),
        to=None,
        changes=(native_change(chain, tx.value, None),) if tx.value else (),
        details=(("Code", f"{len(tx.data)} bytes"),),
        findings=(
            info("contract_create", "This puts a new program on the chain.", "Its address is known once it is mined."),
        ),
    )


def _unknown(c: Context) -> Effect:
    selector = "0x" + c.call.selector.hex()
    findings = [
        caution(
            "unknown_contract",
            f"Counterfoil does not know what {short(c.contract)} does with this call.",
            "The contract can do anything that you allowed it before, and keep what you send with the call.",
            "Approve only if you trust this site with what it says.",
        )
    ]
    if c.call.malformed:
        findings.append(
            danger(
                "malformed_call",
                f"This looks like {c.call.malformed.split('(')[0]}, but is not written as it should be.",
                "Different programs may read it differently.",
                "Refuse, unless you know why.",
            )
        )
    return Effect(
        act="contract_call",
        sentence=f"Call {selector} of the contract {short(c.contract)}",
        to=c.contract,
        details=(("Function", f"unknown ({selector})"),),
        findings=tuple(findings),
    )


def _with_value(chain: Chain, target: str, value: int, effect: Effect) -> Effect:
    """Coins sent along with a call: always an effect of their own, and unusual for a token."""
    if not value:
        return effect
    paid = amount_text(value, chain.native.decimals, chain.native.symbol)
    findings = effect.findings
    if effect.act != "contract_call":
        findings += (
            caution("value_with_token_call", f"{paid} go to the token's contract as well.", "That is unusual."),
        )
    return Effect(
        effect.act,
        f"{effect.sentence}, and send it {paid}",
        effect.to,
        (native_change(chain, value, target), *effect.changes),
        priced=False,
        details=effect.details,
        findings=findings,
    )
