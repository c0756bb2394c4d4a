"""Types of typed data, their values read strictly, and the hash of both.   EIP-712

Our own, because what is hashed must be the very values that are shown: every value is read once into
one normal form, and display, storage and hash all take that form. eth-account, MetaMask's library
and ethers judge it in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from counterfoil.chains.evm.address import read_address
from counterfoil.chains.evm.values import read_data
from counterfoil.codecs.abi import Value, encode_word, integer_range, is_dynamic
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InputError, InvalidEncoding

Types: TypeAlias = "Mapping[str, tuple[tuple[str, str], ...]]"
"""Struct name → its members as (name, type), in order."""

Normal: TypeAlias = "bool | str | list[Normal] | dict[str, Normal]"
"""Integers in decimal, bytes in lower-case 0x-hex, addresses with checksum, structs as objects of exactly their members."""

MAX_STRUCTS: Final = 64
MAX_MEMBERS: Final = 128
MAX_DEPTH: Final = 16

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,127}\Z")
_TYPE = re.compile(r"([A-Za-z_$][A-Za-z0-9_$]{0,127})((?:\[(?:[1-9][0-9]{0,3})?\]){0,4})\Z")
_LAST_ARRAY = re.compile(r"(.*)\[(\d*)\]\Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,77})\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,64}\Z")
_RESERVED = re.compile(r"(u?int\d*|bytes\d*|address|bool|string|function|u?fixed.*)\Z")


@dataclass(frozen=True, slots=True)
class Schema:
    """The structs that ``primary`` needs, and no others."""

    primary: str
    types: Types


def read_schema(primary: object, types: object) -> Schema:
    """The struct types reachable from ``primary``, each member of a known type.

    Standard: EIP-712 "Definition of typed structured data 𝕊"
    Raises:   InputError(reason=typed_data)
    """
    if not isinstance(primary, str) or not isinstance(types, Mapping) or len(types) > MAX_STRUCTS:
        raise _wrong("The types are not written as EIP-712 says.")
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    waiting = [primary]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        if not _NAME.match(name) or _RESERVED.match(name) or name not in types:
            raise _wrong(f"The type “{name[:60]}” is not defined.")
        found[name] = _read_members(types[name])
        waiting += [base for _, kind in found[name] if not is_atom(base := base_type(kind))]
    return Schema(primary, dict(sorted(found.items())))


def base_type(kind: str) -> str:
    """``Person[2][]`` → ``Person``. Raises InputError."""
    match = _TYPE.match(kind)
    if not match:
        raise _wrong(f"“{kind[:60]}” is not a type.")
    return match[1]


def is_atom(kind: str) -> bool:
    """Whether a type without brackets is one of the ABI's rather than a struct."""
    if not _RESERVED.match(kind):
        return False
    try:
        is_dynamic(kind)
    except InvalidEncoding:
        raise _wrong(f"“{kind[:60]}” is not a type of EIP-712.") from None
    return True


def split_array(kind: str) -> tuple[str, str] | None:
    """``uint8[2][]`` → (``uint8[2]``, length or empty); None for what is no array."""
    match = _LAST_ARRAY.match(kind)
    return (match[1], match[2]) if match else None


def read_value(schema: Schema, kind: str, value: object, where: str, depth: int = 0) -> Normal:
    """``value`` in its normal form. Members that the type does not name are dropped: they are not hashed either.

    Raises: InputError(reason=typed_data)
    """
    if depth > MAX_DEPTH:
        raise _wrong("The data is nested too deeply.")
    if array := split_array(kind):
        if not isinstance(value, list) or (array[1] and len(value) != int(array[1])):
            raise _wrong(f"“{where}” is not a {kind}.")
        return [read_value(schema, array[0], item, where, depth + 1) for item in value]
    if kind in schema.types:
        if not isinstance(value, dict):
            raise _wrong(f"“{where}” is not an object.")
        result: dict[str, Normal] = {}
        for name, member in schema.types[kind]:
            if value.get(name) is None:
                raise _wrong(f"“{name}” is missing.")
            result[name] = read_value(schema, member, value[name], name, depth + 1)
        return result
    return _read_atom(kind, value, where)


def hash_struct(schema: Schema, name: str, value: Mapping[str, Normal]) -> bytes:
    """hashStruct(s) = keccak256(typeHash ‖ encodeData(s)), of values in normal form.

    Standard: EIP-712 "Definition of hashStruct"
    """
    words = [keccak256(encode_type(schema, name).encode())]
    words += [_encode_value(schema, kind, value[member]) for member, kind in schema.types[name]]
    return keccak256(b"".join(words))


def encode_type(schema: Schema, name: str) -> str:
    """``Mail(Person from,…)Person(…)``. Standard: EIP-712 "Definition of encodeType" """
    needed, waiting = {name}, [name]
    while waiting:
        bases = {base_type(kind) for _, kind in schema.types[waiting.pop()]}
        fresh = {base for base in bases if base in schema.types} - needed
        needed |= fresh
        waiting += fresh
    order = [name, *sorted(needed - {name})]
    return "".join(f"{n}({','.join(f'{kind} {member}' for member, kind in schema.types[n])})" for n in order)


def _encode_value(schema: Schema, kind: str, value: Normal) -> bytes:
    if (array := split_array(kind)) and isinstance(value, list):
        return keccak256(b"".join(_encode_value(schema, array[0], item) for item in value))
    if isinstance(value, dict):
        return hash_struct(schema, kind, value)
    if kind == "string":
        return keccak256(str(value).encode())
    if kind == "bytes":
        return keccak256(bytes.fromhex(str(value)[2:]))
    return encode_word(kind, _abi_value(kind, value))


def _abi_value(kind: str, value: Normal) -> Value:
    if isinstance(value, bool):
        return value
    if kind == "address" or kind.startswith("bytes"):
        return bytes.fromhex(str(value)[2:])
    return int(str(value))


def _read_members(members: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(members, list) or len(members) > MAX_MEMBERS:
        raise _wrong("The types are not written as EIP-712 says.")
    read = []
    for member in members:
        if not isinstance(member, dict) or member.keys() != {"name", "type"}:
            raise _wrong("A member of a type has a name and a type, nothing else.")
        name, kind = member["name"], member["type"]
        if not isinstance(name, str) or not _NAME.match(name) or not isinstance(kind, str):
            raise _wrong("A member of a type has no valid name.")
        base_type(kind)
        read.append((name, kind))
    if len({name for name, _ in read}) != len(read):
        raise _wrong("A type names a member twice.")
    return tuple(read)


def _read_atom(kind: str, value: object, where: str) -> Normal:
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "string" and isinstance(value, str):
        if any(0xD800 <= ord(char) < 0xE000 for char in value):
            raise _wrong(f"“{where}” contains half a character.")
        return value
    try:
        if kind == "address":
            return read_address(value)
        if kind.startswith("bytes"):
            return _read_bytes(kind, value, where)
    except InputError:
        raise _wrong(f"“{where}” is not a value of type {kind}.") from None
    bounds = integer_range(kind)
    number = _integer(value)
    if bounds is None or number is None or not bounds[0] <= number <= bounds[1]:
        raise _wrong(f"“{where}” is not a value of type {kind}.")
    return str(number)


def _read_bytes(kind: str, value: object, where: str) -> str:
    raw = read_data(value, where)
    if kind != "bytes" and len(raw) != int(kind[5:]):
        raise _wrong(f"“{where}” is not a value of type {kind}.")
    return "0x" + raw.hex()


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and _DECIMAL.match(value):
        return int(value)
    if isinstance(value, str) and _HEX.match(value):
        return int(value, 16)
    return None


def _wrong(sentence: str) -> InputError:
    return InputError(sentence, reason="typed_data")
