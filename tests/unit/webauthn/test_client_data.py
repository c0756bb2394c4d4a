"""Client data: read, never matched."""

from __future__ import annotations

import pytest

from counterfoil.webauthn.client_data import parse_client_data
from tests.unit.webauthn.scene import refused

GOOD = b'{"type":"webauthn.get","challenge":"AAEC","origin":"https://app.example","crossOrigin":false}'


def test_reads_every_member_and_keeps_the_bytes():
    data = parse_client_data(GOOD)
    assert (data.type, data.challenge, data.origin) == ("webauthn.get", b"\0\1\2", "https://app.example")
    assert (data.cross_origin, data.top_origin, data.raw) == (False, None, GOOD)


def test_reads_any_order_and_white_space():
    raw = b' {"origin": "https://app.example",\n "challenge": "AAEC", "type": "webauthn.get"} '
    assert parse_client_data(raw).challenge == b"\0\1\2"


def test_reads_a_top_origin():
    raw = GOOD[:-6] + b'true,"topOrigin":"https://top.example"}'
    data = parse_client_data(raw)
    assert (data.cross_origin, data.top_origin) == (True, "https://top.example")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xef\xbb\xbf" + GOOD,
        GOOD + b"x",
        GOOD[:-1],
        GOOD.replace(b"app", b"\xff\xfe"),
        GOOD.replace(b"app", b"\\ud800"),
        GOOD.replace(b'"type"', b'"origin"'),
        GOOD[:-1] + b',"origin":"https://evil.example"}',
        GOOD[:-1] + b',"\\u006frigin":"https://evil.example"}',
        GOOD.replace(b"false", b"0"),
        GOOD.replace(b"false", b'"false"'),
        GOOD.replace(b"false", b"null"),
        GOOD.replace(b'"webauthn.get"', b"1"),
        GOOD.replace(b'"https://app.example"', b'["https://app.example"]'),
        GOOD.replace(b"AAEC", b"AAEC===="),
        GOOD.replace(b"AAEC", b"AAF"),
        GOOD.replace(b"AAEC", b"AA/+"),
        GOOD.replace(b'"AAEC"', b"null"),
        GOOD[:-1] + b',"topOrigin":null}',
        GOOD[:-1] + b',"topOrigin":7}',
        GOOD[:-1] + b',"x":' + b"[" * 40 + b"]" * 40 + b"}",
        GOOD[:-1] + b',"x":"' + b"a" * 8192 + b'"}',
    ],
)
def test_refuses_what_has_not_exactly_one_reading(raw):
    with refused("ENCODING"):
        parse_client_data(raw)
