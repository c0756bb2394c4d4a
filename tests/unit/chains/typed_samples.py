"""Typed data that the tests share, and a generator of arbitrary, valid typed data."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from counterfoil.chains.evm.address import encode_address
from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.family import Chain
from tests.unit.chains.evm_samples import ACCOUNT, ETHEREUM, SPENDER, USDC

DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


def typed(primary: str, types: dict[str, str], message: dict[str, Any], *, contract: str = USDC) -> dict[str, Any]:
    """Typed data from short types: ``{"Permit": "owner address, spender address"}``."""
    full: dict[str, Any] = {
        name: [dict(zip(("name", "type"), member.split(), strict=True)) for member in text.split(", ")]
        for name, text in types.items()
    }
    domain = {"name": "Test", "version": "1", "chainId": 1, "verifyingContract": contract}
    return {"types": {"EIP712Domain": DOMAIN, **full}, "primaryType": primary, "domain": domain, "message": message}


def permit(value: int = 10**6, deadline: int = 1_800_000_000, contract: str = USDC) -> dict[str, Any]:
    types = {"Permit": "owner address, spender address, value uint256, nonce uint256, deadline uint256"}
    message = {"owner": ACCOUNT, "spender": SPENDER, "value": str(value), "nonce": 0, "deadline": str(deadline)}
    return typed("Permit", types, message, contract=contract)


MAIL = typed(
    "Mail",
    {
        "Person": "name string, wallets address[]",
        "Mail": "from Person, to Person[2], contents string, tag bytes32, raw bytes, ok bool, score int64, deep uint8[][2]",
    },
    {
        "from": {"name": "Cow", "wallets": [ACCOUNT, SPENDER.lower()]},
        "to": [{"name": "Bob", "wallets": [ACCOUNT]}, {"name": "Ann", "wallets": []}],
        "contents": "Hello, Bob! “quoted”",
        "tag": "0x" + "ab" * 32,
        "raw": "0xDEADbeef",
        "ok": True,
        "score": "-42",
        "deep": [[1, "2", "0x3"], []],
    },
)


def read(data: object, chain: Chain = ETHEREUM) -> Any:
    return FAMILY.read_request(chain, ACCOUNT, "eth_signTypedData_v4", [ACCOUNT, data])[1]


def unsigned_of(data: object, chain: Chain = ETHEREUM) -> bytes:
    kind, intent = FAMILY.read_request(chain, ACCOUNT, "eth_signTypedData_v4", [ACCOUNT, data])
    return FAMILY.prepare(chain, ACCOUNT, kind, intent, None)


def changed(data: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with the value at ``a.b.c`` replaced; ``...`` deletes it."""
    result = copy.deepcopy(data)
    *way, last = path.split(".")
    place = result
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return result


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ATOMS = {
    "string": _texts,
    "bool": st.booleans(),
    "address": st.binary(min_size=20, max_size=20).map(encode_address),
    "bytes": st.binary(max_size=40).map(lambda b: "0x" + b.hex()),
    "bytes32": st.binary(min_size=32, max_size=32).map(lambda b: "0x" + b.hex()),
    "bytes1": st.binary(min_size=1, max_size=1).map(lambda b: "0x" + b.hex()),
    "uint256": st.integers(0, 2**256 - 1).map(str),
    "uint8": st.integers(0, 255),
    "int256": st.integers(-(2**255), 2**255 - 1).map(str),
    "int8": st.integers(-128, 127),
}


@st.composite
def any_typed_data(draw: st.DrawFn) -> dict[str, Any]:
    """Up to three structs, each of atoms, arrays and the structs before it."""
    types: dict[str, Any] = {"EIP712Domain": DOMAIN}
    makers: dict[str, Any] = dict(ATOMS)
    name = "Inner"
    for name in ["Inner", "Middle", "Outer"][: draw(st.integers(1, 3))]:
        members, values = [], {}
        for number in range(draw(st.integers(1, 3))):
            base = draw(st.sampled_from(sorted(makers)))
            suffix = draw(st.sampled_from(["", "", "[]", "[2]", "[][1]"]))
            maker = makers[base]
            for part in suffix.replace("][", "] [").split():
                fixed = part.strip("[]")
                maker = st.lists(maker, min_size=int(fixed or 0), max_size=int(fixed or 2))
            members.append({"name": f"m{number}", "type": base + suffix})
            values[f"m{number}"] = maker
        types[name] = members
        makers[name] = st.fixed_dictionaries(values)
    domain = {"name": draw(_texts), "version": "1", "chainId": 1, "verifyingContract": USDC}
    return {"types": types, "primaryType": name, "domain": domain, "message": draw(makers[name])}
