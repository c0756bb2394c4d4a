"""Typed data: from a page's JSON to one canonical text, its tree for the screen and its digest.   EIP-712"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.chains.evm.eip712 import Normal, Schema, hash_struct, read_schema, read_value, split_array
from counterfoil.chains.evm.request import check_account
from counterfoil.chains.evm.text import visible
from counterfoil.codecs.canonical import Canonical, encode_canonical, parse_canonical
from counterfoil.codecs.strict_json import parse_json
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InputError, InvalidEncoding, InvalidFrame, InvalidTransaction
from counterfoil.types import Digest32

DOMAIN: Final = "EIP712Domain"
_DOMAIN_TYPES: Final = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
    "salt": "bytes32",
}
_MAX_TEXT: Final = 131_072


@dataclass(frozen=True, slots=True)
class TypedData:
    """Typed data whose every value was read once, strictly, into normal form (see ``eip712.Normal``)."""

    schema: Schema
    domain_schema: Schema
    domain: dict[str, Normal]
    message: dict[str, Normal]

    @property
    def primary_type(self) -> str:
        """The struct that is signed."""
        return self.schema.primary

    @property
    def verifying_contract(self) -> str | None:
        """The contract that the domain names."""
        value = self.domain.get("verifyingContract")
        return str(value) if value is not None else None

    @property
    def chain_id(self) -> int | None:
        """The chain that the domain names."""
        value = self.domain.get("chainId")
        return int(str(value)) if value is not None else None


def read_typed_data(chain_id: int, account: str, params: object) -> TypedData:
    """The parameters of ``eth_signTypedData_v4``: an account, then typed data as an object or as JSON text.

    Standard: EIP-712, ``eth_signTypedData``
    Raises:   InputError, InvalidAddress, InvalidFrame
    """
    if not isinstance(params, list) or len(params) != 2:
        raise InputError("The request needs an account and typed data.", reason="params")
    check_account(params[0], account)
    data = params[1]
    if isinstance(data, str):
        if len(data) > _MAX_TEXT:
            raise InputError("The typed data is too long.", reason="too_long")
        data = parse_json(data)
    typed = _read(data)
    if len(encode_typed_data(typed)) > _MAX_TEXT:
        raise InputError("The typed data is too long.", reason="too_long")
    if typed.chain_id not in {None, chain_id}:
        raise InputError(
            "The typed data is meant for another chain than the one this site is connected to.",
            remedy="Switch the site to that chain and ask again.",
            reason="wrong_chain",
        )
    return typed


def encode_typed_data(typed: TypedData) -> bytes:
    """The canonical bytes: only what is hashed, every value in its one normal form."""
    structs = {**typed.schema.types, **typed.domain_schema.types}
    types: dict[str, Canonical] = {
        name: [{"name": member, "type": kind} for member, kind in members] for name, members in structs.items()
    }
    return encode_canonical(
        {
            "types": types,
            "primaryType": typed.primary_type,
            "domain": _canonical(typed.domain),
            "message": _canonical(typed.message),
        }
    )


def parse_typed_data(chain_id: int, unsigned: bytes) -> TypedData:
    """Canonical bytes, all of them, for this chain.

    Raises: InvalidTransaction
    """
    if len(unsigned) > _MAX_TEXT:
        raise InvalidTransaction("The typed data is too long.", reason="too_long")
    try:
        typed = _read(parse_canonical(unsigned))
    except (InvalidFrame, InvalidEncoding, InputError) as error:
        raise InvalidTransaction(error.message, reason=error.word) from None
    if encode_typed_data(typed) != unsigned:
        raise InvalidTransaction("The typed data is not in canonical form.", reason="not_canonical")
    if typed.chain_id not in {None, chain_id}:
        raise InvalidTransaction("The typed data is meant for another chain.", reason="wrong_chain")
    return typed


def digest_typed_data(typed: TypedData) -> Digest32:
    """keccak256(0x19 0x01 ‖ domainSeparator ‖ hashStruct(message)). Standard: EIP-712"""
    domain = hash_struct(typed.domain_schema, DOMAIN, typed.domain)
    return Digest32(keccak256(b"\x19\x01" + domain + hash_struct(typed.schema, typed.primary_type, typed.message)))


def tree(typed: TypedData) -> str:
    """Everything that is hashed, one value a line, indented; text from the page in quotes, nothing hidden in it."""
    lines = [typed.primary_type]
    lines += _branches(typed.schema, typed.primary_type, typed.message, 1)
    lines.append("For")
    lines += _branches(typed.domain_schema, DOMAIN, typed.domain, 1)
    return "\n".join(lines)


def _branches(schema: Schema, kind: str, value: Normal, depth: int) -> list[str]:
    """The lines below a struct or an array."""
    if isinstance(value, dict):
        items = [(name, member, value[name]) for name, member in schema.types[kind]]
    else:
        assert isinstance(value, list)
        inner = (split_array(kind) or ("", ""))[0]
        items = [(str(number), inner, item) for number, item in enumerate(value, 1)]
    indent = "  " * depth
    lines: list[str] = [] if items else [f"{indent}(none)"]
    for name, member, item in items:
        if isinstance(item, dict | list):
            lines += [f"{indent}{name}:", *_branches(schema, member, item, depth + 1)]
        else:
            lines.append(f"{indent}{name}: {_leaf(member, item)}")
    return lines


def _leaf(kind: str, value: bool | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"“{visible(value)}”" if kind == "string" else value


def _read(data: object) -> TypedData:
    if not isinstance(data, dict) or not {"types", "primaryType", "domain", "message"} <= data.keys():
        raise InputError("Typed data has types, primaryType, domain and message.", reason="typed_data")
    if data["primaryType"] == DOMAIN:
        raise InputError("The domain alone is not a message.", reason="typed_data")
    domain_schema = read_schema(DOMAIN, data["types"])
    _check_domain(domain_schema, data["domain"])
    schema = read_schema(data["primaryType"], data["types"])
    if DOMAIN in schema.types:
        raise InputError("A message can't contain the domain's type.", reason="typed_data")
    domain = read_value(domain_schema, DOMAIN, data["domain"], "domain")
    message = read_value(schema, schema.primary, data["message"], "message")
    assert isinstance(domain, dict)
    assert isinstance(message, dict)
    return TypedData(schema, domain_schema, domain, message)


def _check_domain(schema: Schema, domain: object) -> None:
    """Only the standard's members, in the standard's order, and exactly those that the domain has.

    Libraries disagree about every other form: some hash the type's members, some the value's.
    """
    members = schema.types[DOMAIN]
    order = [name for name in _DOMAIN_TYPES if name in dict(members)]
    if [name for name, _ in members] != order or any(_DOMAIN_TYPES[name] != kind for name, kind in members):
        raise InputError("The domain's type is not written as EIP-712 says.", reason="typed_data")
    if not isinstance(domain, dict) or domain.keys() != set(order):
        raise InputError("The domain and its type don't have the same members.", reason="typed_data")


def _canonical(value: Normal) -> Canonical:
    if isinstance(value, dict):
        return {name: _canonical(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return value
