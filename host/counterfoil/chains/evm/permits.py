"""Typed data that gives something away, recognised by its shape rather than by its sender.

A contract acts on the struct alone, so a name in the domain proves nothing and the members decide.
Shapes: ERC-2612 and DAI permits, ERC-3009, Permit2, orders of Seaport's and CoW's kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from counterfoil.chains.evm.address import ZERO, read_address
from counterfoil.chains.evm.effects import Effect, token_change
from counterfoil.chains.evm.eip712 import Normal
from counterfoil.chains.evm.typed_data import TypedData
from counterfoil.chains.evm.words import (
    UNLIMITED,
    amount_text,
    caution,
    danger,
    short,
    token_amount,
    token_of,
    unknown_token,
    unlimited_allowance,
    whose_token,
)
from counterfoil.chains.family import Chain, Change, Finding

NEVER: Final = 2**40
"""A time after the year 36,000 means: no end."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One typed message for one account."""

    chain: Chain
    account: str
    typed: TypedData

    @property
    def message(self) -> Mapping[str, Normal]:
        """The values that are signed."""
        return self.typed.message


@dataclass(frozen=True, slots=True)
class Grant:
    """One token that a spender may take."""

    token: str
    amount: int | None
    expires_at: int | None


def effect_of_typed_data(chain: Chain, account: str, typed: TypedData) -> Effect:
    """What a signature over ``typed`` allows, as far as its shape tells. Total."""
    reading = Reading(chain, account, typed)
    members = dict(typed.schema.types[typed.primary_type])
    for shape, read in _SHAPES:
        if shape.items() <= members.items():
            try:
                return read(reading)
            except (KeyError, TypeError, ValueError):  # the shape's inner structs are not what they are elsewhere
                break
    return _unknown(reading)


def _unknown(r: Reading) -> Effect:
    contract = r.typed.verifying_contract
    name = r.typed.domain.get("name")
    who = f" for {short(contract)}" if contract else ""
    findings = [
        caution(
            "unknown_typed_data",
            "Counterfoil can show this data, but does not know what a signature over it allows.",
            "Contracts can act on such signatures later, without asking again.",
            "Approve only if you trust this site with what it says.",
        )
    ]
    details = [("Primary type", r.typed.primary_type)]
    if isinstance(name, str):
        details.append(("Says it is for", name))
    return Effect(
        "sign_typed_data", f"Sign “{r.typed.primary_type}”{who}", contract, (), False, tuple(details), tuple(findings)
    )


def _permit(r: Reading) -> Effect:
    amount = _int(r.message["value"])
    return _grants(r, str(r.message["spender"]), [_grant(_contract(r), amount, _int(r.message["deadline"]), UNLIMITED)])


def _dai_permit(r: Reading) -> Effect:
    spender, token = str(r.message["spender"]), _contract(r)
    if not r.message["allowed"]:
        sentence = f"Stop {short(spender)} from spending {whose_token(token_of(r.chain, token), token)}"
        return Effect("token_permit", sentence, spender, (token_change(r.chain, "permission", token, 0, spender),))
    expiry = _int(r.message["expiry"]) or NEVER  # zero means never here
    return _grants(r, spender, [_grant(token, None, expiry, UNLIMITED)])


def _permit2(r: Reading) -> Effect:
    details = r.message["details"]
    items = details if isinstance(details, list) else [details]
    grants = [
        _grant(_address(d["token"]), _int(d["amount"]), _int(d["expiration"]), 2**159) for d in map(_struct, items)
    ]
    return _grants(r, str(r.message["spender"]), grants)


def _permit2_transfer(r: Reading) -> Effect:
    permitted = r.message["permitted"]
    items = permitted if isinstance(permitted, list) else [permitted]
    deadline = _int(r.message["deadline"])
    grants = [_grant(_address(p["token"]), _int(p["amount"]), deadline, UNLIMITED) for p in map(_struct, items)]
    return _grants(r, str(r.message["spender"]), grants)


def _authorization(r: Reading) -> Effect:
    """ERC-3009: whoever holds this signature can make the transfer."""
    token, to = _contract(r), str(r.message["to"])
    amount, until = _int(r.message["value"]), _int(r.message["validBefore"])
    known = token_of(r.chain, token)
    findings = [
        caution("signed_transfer", "Whoever gets this signature can make this payment at any time until it ends.")
    ]
    change = token_change(r.chain, "out", token, amount, to, expires_at=_expiry(until))
    findings += _deadline_findings([Grant(token, amount, _expiry(until))]) + _token_findings(r, [token])
    sentence = f"Send {token_amount(known, amount)} to {short(to)}, by a signature"
    return Effect("token_permit", sentence, to, (change,), known is not None, _rows(r), tuple(findings))


def _seaport(r: Reading) -> Effect:
    changes = [_order_change(r, "out", item) for item in map(_struct, _list(r.message["offer"]))]
    wanted = [item for item in map(_struct, _list(r.message["consideration"])) if item["recipient"] == r.account]
    changes += [_order_change(r, "in", item) for item in wanted]
    findings = [
        danger(
            "marketplace_order",
            "This offers what you hold for sale.",
            "Anyone can take it at this price, once this is signed, without asking you again.",
            "Check what you get for it.",
        )
    ]
    if not wanted:
        findings.append(danger("nothing_in_return", "You would get nothing for it."))
    given = len(changes) - len(wanted)
    sentence = f"Offer {given} {'thing' if given == 1 else 'things'} that you hold for sale"
    return Effect(
        "sign_typed_data", sentence, r.typed.verifying_contract, tuple(changes), False, _rows(r), tuple(findings)
    )


def _swap_order(r: Reading) -> Effect:
    sell, buy, to = (_address(r.message[name]) for name in ("sellToken", "buyToken", "receiver"))
    given = _int(r.message["sellAmount"]) + _int(r.message.get("feeAmount", "0"))
    got = _int(r.message["buyAmount"])
    changes = [token_change(r.chain, "out", sell, given, None, expires_at=_expiry(_int(r.message["validTo"])))]
    findings = _token_findings(r, [sell, buy])
    if to in {r.account, ZERO}:
        changes.append(token_change(r.chain, "in", buy, got, None))
    else:
        findings.append(danger("other_receiver", f"What you buy would go to {short(to)}, not to you."))
    findings.append(caution("swap_order", "Anyone can carry out this order until it ends, without asking you again."))
    sold, bought = token_amount(token_of(r.chain, sell), given), token_amount(token_of(r.chain, buy), got)
    sentence = f"Offer {sold} for at least {bought}"
    return Effect(
        "sign_typed_data", sentence, r.typed.verifying_contract, tuple(changes), False, _rows(r), tuple(findings)
    )


def _order_change(r: Reading, direction: str, item: Mapping[str, Normal]) -> Change:
    """Item types of Seaport: 0 is the coin, 1 a token, above that items of a collection."""
    amount = max(_int(item["startAmount"]), _int(item["endAmount"]))
    if direction == "in":
        amount = min(_int(item["startAmount"]), _int(item["endAmount"]))
    if _int(item["itemType"]) == 0:
        native = r.chain.native
        return Change(direction, "native", amount, native.symbol, native.decimals, None, native.name)
    return token_change(r.chain, direction, _address(item["token"]), amount, None)


def _grants(r: Reading, spender: str, grants: Sequence[Grant]) -> Effect:
    names = [whose_token(token_of(r.chain, grant.token), grant.token) for grant in grants]
    changes = tuple(
        token_change(r.chain, "permission", g.token, g.amount, spender, expires_at=g.expires_at) for g in grants
    )
    findings = _token_findings(r, [grant.token for grant in grants])
    findings += [unlimited_allowance(spender, n) for n, g in zip(names, grants, strict=True) if g.amount is None]
    findings += _deadline_findings(grants)
    findings.append(
        caution(
            "token_permit",
            "This is a permission by signature: it costs no fee and shows on no chain until it is used.",
            f"{short(spender)} can use it without asking again.",
        )
    )
    what = ", ".join(_grant_text(r.chain, g, n) for g, n in zip(grants, names, strict=True)) or "nothing"
    ever = ", for ever" if grants and all(g.amount is None and g.expires_at is None for g in grants) else ""
    known = bool(grants) and all(token_of(r.chain, grant.token) for grant in grants)
    sentence = f"Let {short(spender)} spend {what}{ever}"
    return Effect("token_permit", sentence, spender, changes, known, _rows(r), tuple(findings))


def _grant(token: str, amount: int | None, until: int, unlimited_from: int) -> Grant:
    unlimited = amount is None or amount >= unlimited_from
    return Grant(token, None if unlimited else amount, _expiry(until))


def _grant_text(chain: Chain, grant: Grant, name: str) -> str:
    if grant.amount is None:
        return f"any amount of {name}"
    token = token_of(chain, grant.token)
    return amount_text(grant.amount, token.decimals, token.symbol) if token else f"{grant.amount} base units of {name}"


def _expiry(until: int) -> int | None:
    return None if until >= NEVER else until


def _deadline_findings(grants: Sequence[Grant]) -> list[Finding]:
    if any(grant.expires_at is None for grant in grants):
        return [caution("no_deadline", "This permission never ends by itself.")]
    return []


def _token_findings(r: Reading, tokens: Sequence[str]) -> list[Finding]:
    return [unknown_token(token) for token in tokens if token_of(r.chain, token) is None]


def _rows(r: Reading) -> tuple[tuple[str, str], ...]:
    contract = r.typed.verifying_contract
    return (("Primary type", r.typed.primary_type), *((("Contract", contract),) if contract else ()))


def _contract(r: Reading) -> str:
    if r.typed.verifying_contract is None:
        raise KeyError("verifyingContract")
    return r.typed.verifying_contract


def _int(value: Normal) -> int:
    if not isinstance(value, str):
        raise TypeError
    return int(value)


def _address(value: Normal) -> str:
    return read_address(value)  # raises a ValueError


def _struct(value: Normal) -> Mapping[str, Normal]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _list(value: Normal) -> list[Normal]:
    if not isinstance(value, list):
        raise TypeError
    return value


_PERMIT2_BATCHES: Final = ("PermitDetails", "PermitDetails[]")
_PERMITTED: Final = ("TokenPermissions", "TokenPermissions[]")
_SHAPES: Final[tuple[tuple[Mapping[str, str], Callable[[Reading], Effect]], ...]] = (
    ({"owner": "address", "spender": "address", "value": "uint256", "deadline": "uint256"}, _permit),
    ({"holder": "address", "spender": "address", "expiry": "uint256", "allowed": "bool"}, _dai_permit),
    *(({"details": kind, "spender": "address", "sigDeadline": "uint256"}, _permit2) for kind in _PERMIT2_BATCHES),
    *(({"permitted": kind, "spender": "address", "deadline": "uint256"}, _permit2_transfer) for kind in _PERMITTED),
    (
        {"from": "address", "to": "address", "value": "uint256", "validAfter": "uint256", "validBefore": "uint256"},
        _authorization,
    ),
    ({"offer": "OfferItem[]", "consideration": "ConsiderationItem[]"}, _seaport),
    ({"sellToken": "address", "buyToken": "address", "receiver": "address", "sellAmount": "uint256"}, _swap_order),
)
