"""What a call of a token does.   ERC-20, ERC-2612"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from counterfoil.chains.evm.effects import Context, Effect, recipient_findings, token_change
from counterfoil.chains.evm.words import (
    UNLIMITED,
    caution,
    danger,
    short,
    token_amount,
    token_name,
    token_of,
    unknown_token,
    unlimited_allowance,
    whose_token,
)
from counterfoil.chains.family import Change, Finding


def _token_transfer(c: Context) -> Effect:
    to, amount = c.call.address("to"), c.call.number("amount")
    token = token_of(c.chain, c.contract)
    findings = list(recipient_findings(c.chain, c.account, to))
    if to == c.contract:
        findings.append(
            danger(
                "to_token_contract",
                "This sends the tokens to the token's own contract.",
                "They would be lost for ever.",
            )
        )
    return _token_effect(
        c,
        "token_transfer",
        f"Send {token_amount(token, amount)} to {short(to)}",
        to,
        changes=(token_change(c.chain, "out", c.contract, amount, to),),
        findings=findings,
    )


def _token_transfer_from(c: Context) -> Effect:
    owner, to, amount = c.call.address("from"), c.call.address("to"), c.call.number("amount")
    token = token_of(c.chain, c.contract)
    what = token_amount(token, amount) if token else f"item or amount {amount} of an unknown token"
    if owner == c.account:
        change = token_change(c.chain, "out", c.contract, amount, to)
        findings = list(recipient_findings(c.chain, c.account, to))
        return _token_effect(
            c, "token_transfer", f"Send {what} to {short(to)}", to, changes=(change,), findings=findings
        )
    changes = (token_change(c.chain, "in", c.contract, amount, owner),) if to == c.account else ()
    sentence = f"Move {what} from {short(owner)} to {short(to)}"
    findings = [caution("others_tokens", f"This moves tokens of {short(owner)}, not yours.")]
    return _token_effect(c, "token_transfer_from", sentence, to, changes=changes, findings=findings, priced=False)


def _approve(c: Context) -> Effect:
    spender, amount = c.call.address("spender"), c.call.number("amount")
    if amount == 0:
        return _revoke(c, spender)
    return _allowance(c, spender, amount)


def _revoke(c: Context, spender: str) -> Effect:
    whose = whose_token(token_of(c.chain, c.contract), c.contract)
    sentence = f"Stop {short(spender)} from spending {whose}"
    change = token_change(c.chain, "permission", c.contract, 0, spender)
    return _token_effect(c, "token_revoke", sentence, spender, changes=(change,))


def _increase(c: Context) -> Effect:
    return _allowance(c, c.call.address("spender"), c.call.number("amount"), more=" more")


def _decrease(c: Context) -> Effect:
    spender, amount = c.call.address("spender"), c.call.number("amount")
    token = token_of(c.chain, c.contract)
    sentence = f"Let {short(spender)} spend {token_amount(token, amount)} less than before"
    change = token_change(c.chain, "permission", c.contract, 0, spender)
    return _token_effect(c, "token_revoke", sentence, spender, changes=(change,))


def _allowance(c: Context, spender: str, amount: int, *, more: str = "") -> Effect:
    """Let a spender take tokens. From 2^255 on, the amount means: any."""
    token = token_of(c.chain, c.contract)
    if amount >= UNLIMITED:
        whose = whose_token(token, c.contract)
        sentence = f"Let {short(spender)} spend any amount of {whose}, for ever"
        change = token_change(c.chain, "permission", c.contract, None, spender)
        return _token_effect(
            c, "token_approve", sentence, spender, changes=(change,), findings=[unlimited_allowance(spender, whose)]
        )
    what = (
        token_amount(token, amount)
        if token
        else f"up to {amount} base units (or item {amount}) of {token_name(token, c.contract)}"
    )
    sentence = f"Let {short(spender)} spend {what}{more}"
    change = token_change(c.chain, "permission", c.contract, amount, spender)
    return _token_effect(c, "token_approve", sentence, spender, changes=(change,))


def _submit_permit(c: Context) -> Effect:
    """Hand in a permission that its owner signed before: for the account it works like an approval."""
    owner, spender = c.call.address("owner"), c.call.address("spender")
    token = token_of(c.chain, c.contract)
    if "amount" in c.call.arguments:
        amount = c.call.number("amount")
    else:
        amount = 2**256 - 1 if c.call.arguments["allowed"] else 0
    if owner == c.account:
        return _allowance(c, spender, amount)
    sentence = f"Hand in a permission of {short(owner)} over {token_name(token, c.contract)} for {short(spender)}"
    return _token_effect(c, "contract_call", sentence, c.contract, changes=(), priced=False)


def _token_effect(
    c: Context,
    act: str,
    sentence: str,
    to: str,
    *,
    changes: tuple[Change, ...],
    findings: list[Finding] | None = None,
    priced: bool = True,
) -> Effect:
    known = token_of(c.chain, c.contract) is not None
    findings = [*(findings or []), *([] if known else [unknown_token(c.contract)])]
    details = (("Function", c.call.signature or ""), ("Token", c.contract))
    return Effect(act, sentence, to, changes, priced and known, details, tuple(findings))


TOKEN_CALLS: Final[dict[str, Callable[[Context], Effect]]] = {
    "transfer(address,uint256)": _token_transfer,
    "transferFrom(address,address,uint256)": _token_transfer_from,
    "approve(address,uint256)": _approve,
    "increaseAllowance(address,uint256)": _increase,
    "decreaseAllowance(address,uint256)": _decrease,
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)": _submit_permit,
    "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)": _submit_permit,
}
