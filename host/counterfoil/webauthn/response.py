"""Members of the JSON that ``PublicKeyCredential.toJSON()`` gives, read one by one.   WebAuthn L3 §5.1.6

Members that we don't use are left alone: browsers add new ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from counterfoil.codecs.base64url import parse_base64url
from counterfoil.errors import InvalidEncoding
from counterfoil.webauthn.refusal import Check, refusal

MAX_MEMBER = 24_000


def read_object(parent: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The member as an object. Raises AssertionRefused(reason=ENCODING)."""
    value = parent.get(name)
    if not isinstance(value, Mapping):
        raise refusal(Check.ENCODING)
    return value


def read_bytes(parent: Mapping[str, object], name: str) -> bytes:
    """The bytes of a base64url member. Raises AssertionRefused(reason=ENCODING)."""
    value = parent.get(name)
    if not isinstance(value, str) or len(value) > MAX_MEMBER:
        raise refusal(Check.ENCODING)
    try:
        return parse_base64url(value)
    except InvalidEncoding:
        raise refusal(Check.ENCODING) from None


def read_optional_bytes(parent: Mapping[str, object], name: str) -> bytes | None:
    """As ``read_bytes``; absent and null give None."""
    return None if parent.get(name) is None else read_bytes(parent, name)


def read_credential_id(response: Mapping[str, object]) -> bytes:
    """The id of a public-key credential, said twice and the same both times.

    Raises: AssertionRefused(reason=ENCODING|TYPE|CREDENTIAL)
    """
    if not isinstance(response, Mapping):
        raise refusal(Check.ENCODING)
    raw_id = read_bytes(response, "rawId")
    if response.get("type") != "public-key":
        raise refusal(Check.TYPE)
    if read_bytes(response, "id") != raw_id:
        raise refusal(Check.CREDENTIAL)
    return raw_id
