from __future__ import annotations

import asyncio
import io
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.codecs.frames import FrameBuffer, encode_frame, parse_frame, read_body, read_body_async
from counterfoil.codecs.strict_json import parse_json
from counterfoil.errors import FrameTooLarge, InvalidFrame

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=5)


def dribble(data: bytes, step: int):
    source = io.BytesIO(data)
    return lambda n: source.read(min(n, step))


@given(OBJECTS, st.integers(1, 9))
def test_a_frame_read_in_small_pieces_is_what_was_written(message, step):
    body = read_body(dribble(encode_frame(message), step))
    assert body is not None
    assert parse_frame(body) == message


@given(st.lists(OBJECTS, max_size=5), st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_the_buffer_gives_the_same_frames_however_the_bytes_are_cut(messages, cuts):
    data = b"".join(encode_frame(message) for message in messages)
    buffer, found, turn = FrameBuffer(limit=1 << 20), [], 0
    while data:
        size = cuts[turn % len(cuts)]
        found += [parse_frame(body) for body in buffer.feed(data[:size])]
        data, turn = data[size:], turn + 1
    buffer.finish()
    assert found == messages


@given(st.binary(max_size=200))
def test_any_bytes_give_a_body_or_a_typed_error(data):
    try:
        body = read_body(io.BytesIO(data).read, limit=150)
        if body is not None:
            parse_frame(body)
    except (FrameTooLarge, InvalidFrame):
        pass


@given(st.binary(max_size=200))
async def test_the_asynchronous_reader_agrees_with_the_other(data):
    def outcome_of(error):
        return type(error), error.word

    try:
        expected = read_body(io.BytesIO(data).read, limit=150)
    except (FrameTooLarge, InvalidFrame) as error:
        expected = outcome_of(error)
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    try:
        found = await read_body_async(reader, limit=150)
    except (FrameTooLarge, InvalidFrame) as error:
        found = outcome_of(error)
    assert found == expected


def test_the_end_between_frames_is_the_end_and_within_one_is_an_error():
    assert read_body(io.BytesIO(b"").read) is None
    whole = encode_frame({"a": 1})
    for cut in range(1, len(whole)):
        with pytest.raises(InvalidFrame) as caught:
            read_body(io.BytesIO(whole[:cut]).read)
        assert caught.value.word == "truncated"


def test_a_frame_of_the_limit_passes_and_one_byte_more_does_not():
    body = json.dumps({"a": "x" * 91}).encode()
    assert len(body) == 100
    assert read_body(io.BytesIO(struct.pack("=I", 100) + body).read, limit=100) == body
    with pytest.raises(FrameTooLarge) as caught:
        read_body(io.BytesIO(struct.pack("=I", 101)).read, limit=100)
    assert caught.value.details == {"size": 101, "limit": 100}
    with pytest.raises(FrameTooLarge):
        encode_frame({"a": "x" * 100}, limit=100)


def test_a_header_alone_makes_nobody_set_memory_aside():
    asked = []

    def read(n):
        asked.append(n)
        return struct.pack("=I", 8 << 20) if len(asked) == 1 else b""

    with pytest.raises(InvalidFrame):
        read_body(read)
    assert max(asked) <= 65536


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "syntax"),
        (b"{", "syntax"),
        (b"\xff\xfe", "encoding"),
        (b"\xef\xbb\xbf{}", "syntax"),
        (b"[1]", "not_an_object"),
        (b"7", "not_an_object"),
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'{"a":{"b":1,"b":1}}', "duplicate_key"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"\\udc00":1}', "surrogate"),
        (b'{"a":1.5}', "number"),
        (b'{"a":NaN}', "number"),
        (b'{"a":-Infinity}', "number"),
        (b'{"a":9007199254740992}', "number"),
        (b'{"a":' + b"9" * 5000 + b"}", "number"),
        (b'{"a":' + b"[" * 33 + b"]" * 33 + b"}", "depth"),
        (b'{"a":' + b"[" * 200_000, "depth"),
        (b'{"a":"' + b"[" * 100 + b'\\"' + b"{" * 100, "syntax"),
    ],
)
def test_refuses_json_with_more_than_one_reading(body, reason):
    with pytest.raises(InvalidFrame) as caught:
        parse_frame(body)
    assert caught.value.word == reason


def test_brackets_within_text_are_not_nesting():
    assert parse_frame(json.dumps({"a": "[{" * 500 + '"\\'}).encode()) == {"a": "[{" * 500 + '"\\'}


def depth_of(value) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(JSON, st.integers(0, 4))
def test_the_nesting_that_is_counted_is_the_nesting_that_is_there(value, limit):
    text = json.dumps(value)
    if depth_of(value) <= limit:
        assert parse_json(text, max_depth=limit) == value
    else:
        with pytest.raises(InvalidFrame) as caught:
            parse_json(text, max_depth=limit)
        assert caught.value.word == "depth"
