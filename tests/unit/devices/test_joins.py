from __future__ import annotations

import copy
import pickle
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.crypto.identity import Identity, verify_identity, verify_signature
from counterfoil.devices.joins import JOIN_BYTES, encode_join, parse_join, sign_join, verify_join
from counterfoil.errors import InvalidMessage
from tests.unit.devices.scene import CONTEXT, identity, joined


def test_accepts_the_join_of_the_pinned_identity_for_this_context():
    _, join = joined(1)[0]
    verify_join(parse_join(encode_join(join)), identity=identity("party 1").public, session_context=CONTEXT)


@pytest.mark.parametrize("field", ["index", "identity", "nonce", "ephemeral", "signature"])
def test_refuses_a_join_with_any_field_altered(field):
    _, join = joined(1)[0]
    value = getattr(join, field)
    altered = replace(join, **{field: 2 if field == "index" else bytes([value[0] ^ 1]) + value[1:]})
    with pytest.raises(InvalidMessage):
        verify_join(altered, identity=identity("party 1").public, session_context=CONTEXT)


def test_refuses_a_join_for_another_context_or_of_another_device():
    _, join = joined(1)[0]
    with pytest.raises(InvalidMessage):
        verify_join(join, identity=join.identity, session_context=b"another")
    with pytest.raises(InvalidMessage):
        verify_join(join, identity=identity("someone else").public, session_context=CONTEXT)


@given(st.binary(max_size=2 * JOIN_BYTES))
def test_whatever_arrives_as_a_join_is_read_or_refused(data):
    with suppress(InvalidMessage):
        assert encode_join(parse_join(data)) == data


@given(st.binary(min_size=JOIN_BYTES, max_size=JOIN_BYTES))
def test_reads_and_writes_the_same_162_bytes(data):
    with suppress(InvalidMessage):
        assert encode_join(parse_join(data)) == data


@pytest.mark.parametrize("index", [0, -1, 2**16])
def test_refuses_an_index_out_of_range(index):
    with pytest.raises(InvalidMessage):
        sign_join(identity("a"), index=index, nonce=bytes(32), ephemeral=bytes(32), session_context=b"")


def test_a_signature_counts_under_its_own_tag_and_parts_only():
    me = identity("me")
    signature = me.sign("one", b"ab", b"c")
    verify_signature(me.public, signature, "one", b"ab", b"c")
    for tag, parts in (("two", (b"ab", b"c")), ("one", (b"a", b"bc")), ("one", (b"abc",))):
        with pytest.raises(InvalidMessage):
            verify_signature(me.public, signature, tag, *parts)


def test_a_transcript_is_confirmed_by_its_identity_only():
    me = identity("me")
    verify_identity(me.public, b"transcript", me.sign_transcript(b"transcript"))
    for public, text in ((identity("you").public, b"transcript"), (me.public, b"other")):
        with pytest.raises(InvalidMessage):
            verify_identity(public, text, me.sign_transcript(b"transcript"))


@given(st.binary(max_size=64), st.binary(max_size=128))
def test_odd_keys_and_signatures_are_refused_with_a_typed_error(public, signature):
    with pytest.raises(InvalidMessage):
        verify_signature(public, signature, "tag", b"text")


def test_an_identity_shows_and_gives_away_nothing_secret():
    seed = b"\x5a" * 32
    me = Identity(seed)
    assert seed.hex() not in repr(me)
    for leak in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(me)
    with pytest.raises(InvalidMessage):
        Identity(b"short")
