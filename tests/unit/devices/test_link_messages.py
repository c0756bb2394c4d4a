from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil import errors
from counterfoil.codecs.strict_json import MAX_SAFE_INTEGER, encode_json
from counterfoil.devices.link_messages import (
    MAX_MESSAGE_BYTES,
    Answer,
    Bye,
    Call,
    Failure,
    Hello,
    HelloRefused,
    Note,
    Ready,
    encode_message,
    parse_error,
    parse_message,
)
from counterfoil.errors import Ban, Bug, InputError, InvalidMessage, PartyRefused, PolicyRefused, WalletError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(st.text(max_size=8), VALUES, max_size=3)
NUMBERS = st.integers(0, MAX_SAFE_INTEGER)
KINDS = st.from_regex(r"[a-z][a-z0-9_.]{0,20}", fullmatch=True)
MESSAGES = st.one_of(
    st.builds(Hello, st.binary(min_size=16, max_size=16), st.binary(min_size=64, max_size=64), BODIES),
    st.builds(Call, NUMBERS, KINDS, BODIES),
    st.builds(Note, KINDS, BODIES),
    st.builds(Answer, NUMBERS, BODIES),
    st.just(Bye()),
    st.just(Ready()),
)
KNOWN = sorted(
    {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, WalletError)}
    - {Bug, WalletError},
    key=lambda kind: kind.code,
)


@given(MESSAGES)
def test_reads_back_what_it_writes(message):
    assert parse_message(encode_message(message)) == message


@given(st.binary(max_size=200) | BODIES.map(encode_json))
def test_whatever_arrives_is_read_or_refused_with_a_typed_error(data):
    with suppress(InputError):
        parse_message(data)


@given(MESSAGES, st.sampled_from(["type", "id", "kind", "body", "hello", "error", "more"]), VALUES)
def test_a_message_with_a_field_replaced_is_read_or_refused(message, field, value):
    from counterfoil.codecs.strict_json import parse_json

    fields = {**parse_json(encode_message(message)), field: value}
    with suppress(InputError):
        assert encode_message(parse_message(encode_json(fields))) == encode_json(fields) or field == "error"


@pytest.mark.parametrize("body", [{"x": 1.5}, {"x": b""}, {"x": "\ud800"}, {"x": 2**60}, {"x": object()}])
def test_refuses_to_send_what_the_other_side_could_not_read(body):
    with pytest.raises(InvalidMessage):
        encode_message(Call(1, "x", body))


def test_refuses_to_send_what_fits_in_no_box():
    with pytest.raises(InvalidMessage) as refusal:
        encode_message(Call(1, "x", {"x": "y" * MAX_MESSAGE_BYTES}))
    assert refusal.value.word == "too_large"


@pytest.mark.parametrize("kind", ["", "X", "a b", "a" * 65])
def test_refuses_a_kind_that_is_no_word(kind):
    with pytest.raises(InvalidMessage):
        encode_message(Call(1, kind, {}))


@pytest.mark.parametrize("kind", KNOWN, ids=lambda kind: kind.__name__)
def test_every_error_of_ours_comes_back_as_its_own_class(kind):
    sent = kind("What happened.", remedy="Do this.", limit=3, names=["a"])
    got = parse_message(encode_message(Failure(7, sent))).error
    assert type(got) is kind
    assert (got.message, got.remedy, got.word) == (sent.message, sent.remedy, sent.word)
    assert got.details == {"limit": 3, "names": ["a"], "said_by": "peer"}


@pytest.mark.parametrize("code", [None, "2006", 424242, 9000, True, [2006]])
def test_an_unknown_error_is_a_refusal(code):
    assert type(parse_error({"code": code, "message": "x"})) is PartyRefused


@given(BODIES)
def test_any_object_is_some_error(fields):
    assert isinstance(parse_error(fields), WalletError)


def test_what_the_other_side_says_is_cut_cleaned_and_marked():
    error = parse_error(
        {
            "code": PolicyRefused.code,
            "reason": "no spaces allowed",
            "message": "a\u202eb\n" + "x" * 9999,
            "remedy": 7,
            "details": {
                "said_by": "me",
                "deep": {"a": 1},
                "long": "x" * 999,
                "no word": 1,
                "message": "m",
                "ok": [1, 2],
            },
        }
    )
    assert error.word == PolicyRefused.reason
    assert error.message.startswith("abx")
    assert len(error.message) <= 300
    assert error.details == {"ok": [1, 2], "said_by": "peer"}


def test_culprits_survive_the_way():
    got = parse_message(encode_message(HelloRefused(Ban(culprits=[2])))).error
    assert got.culprits == (2,)
