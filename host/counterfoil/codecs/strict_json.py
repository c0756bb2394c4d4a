"""JSON as we accept it from anyone: one reading, bounded, no surprises.   RFC 8259, RFC 7493 (I-JSON)"""

from __future__ import annotations

import json
import re

from counterfoil.errors import InvalidFrame

TYPE_CHECKING = False  # as in typing, which would cost the stub a tenth of its start
if TYPE_CHECKING:
    from typing import Any, NoReturn

MAX_DEPTH = 32
MAX_SAFE_INTEGER = 2**53 - 1
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
"""A string, closed or cut off by the end, or one bracket; possessive, so that no text takes long."""


def parse_json(data: bytes | str, *, max_depth: int = MAX_DEPTH) -> Any:  # noqa: ANN401 - JSON is any
    """Parse JSON text that has exactly one reading.

    Standard: RFC 8259 with the I-JSON limits of RFC 7493
    In:       UTF-8 bytes or text; ``max_depth`` levels of nesting
    Out:      dict, list, str, int, bool or None
    Raises:   InvalidFrame(reason=encoding|syntax|depth|duplicate_key|surrogate|number)
    """
    text = _decode(data)
    check_depth(text, max_depth)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_pairs,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            parse_int=_safe_integer,
        )
    except json.JSONDecodeError as error:
        raise InvalidFrame("This is not JSON.", reason="syntax", offset=error.pos) from None
    if "\\u" in text or isinstance(data, str):
        _check_surrogates(value)
    return value


def encode_json(value: object) -> bytes:
    """Compact UTF-8 JSON. Raises ValueError on NaN and TypeError on what JSON cannot say."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _decode(data: bytes | str) -> str:
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        raise InvalidFrame("This is not UTF-8.", reason="encoding", offset=error.start) from None


def check_depth(text: str, limit: int = MAX_DEPTH) -> None:
    """Count brackets outside strings before parsing: the parser itself recurses. Raises InvalidFrame(reason=depth)."""
    depth = 0
    if text.count("[") + text.count("{") <= limit:
        return
    for found in _STRING_OR_BRACKET.finditer(text):
        bracket = found[0]
        if bracket in "[{":
            depth += 1
            if depth > limit:
                raise InvalidFrame("The message is nested too deeply.", reason="depth")
        elif bracket in "]}":
            depth -= 1


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise InvalidFrame("The message names a key twice.", reason="duplicate_key")
    return result


def _refuse_number(_text: str) -> NoReturn:
    raise InvalidFrame("Only whole numbers are accepted; amounts are strings.", reason="number")


def _safe_integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_SAFE_INTEGER:
        raise InvalidFrame("A number is too large for JSON; large amounts are strings.", reason="number")
    return int(text)


def _check_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InvalidFrame("The message contains half a character.", reason="surrogate") from None
