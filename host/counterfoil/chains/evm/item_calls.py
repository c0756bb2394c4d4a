"""What a call of a collection does.   ERC-721, ERC-1155"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from counterfoil.chains.evm.effects import Context, Effect, recipient_findings, token_change
from counterfoil.chains.evm.words import danger, short
from counterfoil.chains.family import Change, Finding


def _approve_all(c: Context) -> Effect:
    operator, approved = c.call.address("operator"), bool(c.call.arguments["approved"])
    change = token_change(c.chain, "permission", c.contract, None if approved else 0, operator)
    if not approved:
        sentence = f"Stop {short(operator)} from moving your items of the collection {short(c.contract)}"
        return _item_effect(c, "token_revoke", sentence, operator, changes=(change,), findings=[])
    finding = danger(
        "unlimited_allowance",
        f"{short(operator)} could take every item of the collection {short(c.contract)} that you have or will have.",
        "The permission has no limit and no end.",
        "Refuse, unless you want to trade the whole collection through it.",
    )
    sentence = f"Let {short(operator)} move all your items of the collection {short(c.contract)}, for ever"
    return _item_effect(c, "nft_approve_all", sentence, operator, changes=(change,), findings=[finding])


def _item_transfer(c: Context) -> Effect:
    owner, to = c.call.address("from"), c.call.address("to")
    if "items" in c.call.arguments:
        items, amounts = c.call.arguments["items"], c.call.arguments["amounts"]
        assert isinstance(items, list)
        assert isinstance(amounts, list)
        total = sum(n for n in amounts if isinstance(n, int))
        what = f"{len(items)} kinds of items"
    else:
        total = c.call.number("amount") if "amount" in c.call.arguments else 1
        what = f"item {c.call.number('item')}" + (f" ({total} pieces)" if total != 1 else "")
    mine = owner == c.account
    sentence = f"{'Send' if mine else 'Move'} {what} of the collection {short(c.contract)}" + (
        f" to {short(to)}" if mine else f" from {short(owner)} to {short(to)}"
    )
    direction = "out" if mine else "in"
    changes = (
        (token_change(c.chain, direction, c.contract, total, to if mine else owner),) if mine or to == c.account else ()
    )
    findings = list(recipient_findings(c.chain, c.account, to)) if mine else []
    return _item_effect(c, "nft_transfer", sentence, to, changes=changes, findings=findings)


def _item_effect(
    c: Context, act: str, sentence: str, to: str, *, changes: tuple[Change, ...], findings: list[Finding]
) -> Effect:
    """Items have no price in base units: a person decides."""
    details = (("Function", c.call.signature or ""), ("Collection", c.contract))
    return Effect(act, sentence, to, changes, priced=False, details=details, findings=tuple(findings))


ITEM_CALLS: Final[dict[str, Callable[[Context], Effect]]] = {
    "setApprovalForAll(address,bool)": _approve_all,
    "safeTransferFrom(address,address,uint256)": _item_transfer,
    "safeTransferFrom(address,address,uint256,bytes)": _item_transfer,
    "safeTransferFrom(address,address,uint256,uint256,bytes)": _item_transfer,
    "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)": _item_transfer,
}
