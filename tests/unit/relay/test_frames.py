from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.errors import InvalidFrame
from counterfoil.relay.frames import (
    Ack,
    Delivery,
    Failed,
    Post,
    Posted,
    Subscribe,
    Unsubscribe,
    Welcome,
    encode_client_frame,
    encode_relay_frame,
    parse_client_frame,
    parse_relay_frame,
)

MAILBOXES = st.binary(min_size=32, max_size=32)
REFS = st.integers(0, 2**32 - 1)
NUMBERS = st.integers(0, 2**64 - 1)
CLIENT_FRAMES = st.one_of(
    st.builds(Post, REFS, MAILBOXES, st.binary(max_size=64)),
    st.builds(Ack, MAILBOXES, NUMBERS),
    st.builds(Subscribe, MAILBOXES),
    st.builds(Unsubscribe, MAILBOXES),
)
RELAY_FRAMES = st.one_of(
    st.builds(Delivery, MAILBOXES, NUMBERS, st.binary(max_size=64)),
    st.builds(Posted, REFS),
    st.builds(Welcome, MAILBOXES),
    st.builds(Failed, st.sampled_from(["mailbox_full", "too_large"]), st.none() | REFS),
    st.builds(Unsubscribe, MAILBOXES),
)


@given(CLIENT_FRAMES)
def test_reads_back_what_a_client_writes(frame):
    assert parse_client_frame(encode_client_frame(frame)) == frame


@given(RELAY_FRAMES)
def test_reads_back_what_a_relay_writes(frame):
    assert parse_relay_frame(encode_relay_frame(frame)) == frame


@given(st.binary(max_size=80) | st.text(max_size=80))
def test_whatever_arrives_is_read_or_refused_with_a_typed_error(data):
    for parse in (parse_client_frame, parse_relay_frame):
        with suppress(InvalidFrame):
            parse(data)


@given(CLIENT_FRAMES, st.data())
def test_a_cut_frame_is_read_or_refused(frame, data):
    encoded = encode_client_frame(frame)
    with suppress(InvalidFrame):
        parse_client_frame(encoded[: data.draw(st.integers(0, len(encoded)))])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"type":"subscribe"}',
        '{"type":"subscribe","mailbox":"00"}',
        '{"type":"subscribe","mailbox":"' + "AB" * 32 + '"}',
        '{"type":"subscribe","mailbox":"' + "ab" * 32 + '","more":1}',
        '{"type":"subscribe","type":"subscribe","mailbox":"' + "ab" * 32 + '"}',
        '{"type":"shout","mailbox":"' + "ab" * 32 + '"}',
        '{"type":["subscribe"],"mailbox":"' + "ab" * 32 + '"}',
        "[" * 500,
        '{"type":"' + "x" * 2000 + '"}',
    ],
)
def test_refuses_a_control_message_of_another_form(text):
    with pytest.raises(InvalidFrame):
        parse_client_frame(text)
