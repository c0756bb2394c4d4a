from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.secp256k1 import N
from counterfoil.errors import InputError
from counterfoil.threshold.session import Join, Session, pair_sid
from counterfoil.threshold.transcript import Transcript
from tests.fakes.ceremony import session_of


def join(index: int, fill: int | None = None) -> Join:
    byte = bytes([index % 251 + 1 if fill is None else fill])
    return Join(index, byte * 32, byte * 32, byte * 32)


def session(*indices: int, threshold: int = 2, me: int | None = None) -> Session:
    joins = tuple(join(index) for index in indices)
    return Session("sign", "00", 0, threshold, joins, indices[0] if me is None else me, b"")


@pytest.mark.parametrize("index", [0, -1, 17, N, N + 1])
def test_refuses_party_numbers_that_are_zero_or_could_wrap(index):
    with pytest.raises(InputError):
        join(index)


@pytest.mark.parametrize(
    ("indices", "threshold", "me"),
    [
        ((1,), 1, 1), ((1,), 2, 1), ((1, 2), 1, 1), ((1, 2), 0, 1), ((1, 2), 3, 1), ((1, 1), 2, 1),
        ((2, 1), 2, 1), ((1, 2), 2, 3), ((1, 2, 2), 2, 1),
    ],
)  # fmt: skip
def test_refuses_sets_that_make_no_sense(indices, threshold, me):
    with pytest.raises(InputError):
        session(*indices, threshold=threshold, me=me)


@given(st.lists(st.integers(-2, 20), max_size=20), st.integers(-1, 20), st.integers(-1, 20))
def test_any_set_is_either_sound_or_refused(indices, threshold, me):
    try:
        made = session(*indices, threshold=threshold, me=me) if indices else None
    except InputError:
        return
    if made:
        assert 2 <= made.threshold <= len(made.indices) <= 16
        assert list(made.indices) == sorted(set(made.indices))
        assert made.me in made.indices
        assert len(made.peers) == len(made.indices) - 1


@pytest.mark.parametrize(
    "changes", [{"epoch": -1}, {"epoch": 2**32}, {"vault": ""}, {"vault": "a" * 65}, {"vault": "é"}]
)
def test_refuses_an_epoch_or_vault_that_could_not_be_stored(changes):
    with pytest.raises(InputError):
        dataclasses.replace(session(1, 2), **changes)


@pytest.mark.parametrize("field", ["identity", "nonce", "ephemeral"])
def test_refuses_two_parties_that_share_a_key_or_nonce(field):
    joins = (join(1), dataclasses.replace(join(2), **{field: join(1).nonce}))
    with pytest.raises(InputError):
        Session("sign", "00", 0, 2, joins, 1, b"")


@pytest.mark.parametrize("field", ["identity", "nonce", "ephemeral"])
def test_refuses_join_fields_of_another_length(field):
    with pytest.raises(InputError):
        dataclasses.replace(join(1), **{field: bytes(31)})


def test_the_session_id_depends_on_everything_but_who_asks():
    base = session_of((1, 2, 3), 1, threshold=2)
    assert dataclasses.replace(base, me=2).sid == base.sid
    changed_join = dataclasses.replace(base.joins[0], nonce=bytes(32))
    variants = [
        dataclasses.replace(base, ceremony="keygen"),
        dataclasses.replace(base, vault="11"),
        dataclasses.replace(base, epoch=1),
        dataclasses.replace(base, threshold=3),
        dataclasses.replace(base, context=b"x"),
        dataclasses.replace(base, joins=base.joins[:2]),
        dataclasses.replace(base, joins=(changed_join, *base.joins[1:])),
        dataclasses.replace(base, joins=(dataclasses.replace(base.joins[0], ephemeral=bytes(32)), *base.joins[1:])),
        dataclasses.replace(base, joins=(dataclasses.replace(base.joins[0], identity=bytes(32)), *base.joins[1:])),
    ]
    assert len({base.sid, *(variant.sid for variant in variants)}) == len(variants) + 1


def test_a_pair_has_an_id_for_each_direction():
    assert pair_sid(bytes(32), 1, 2) != pair_sid(bytes(32), 2, 1)


tags = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=8)
parts = st.lists(st.binary(max_size=6), max_size=4)


@given(tags, parts, tags, parts)
def test_framed_hashes_of_different_inputs_differ(tag, items, other_tag, other_items):
    same = (tag, items) == (other_tag, other_items)
    assert (framed_hash(tag, *items) == framed_hash(other_tag, *other_items)) == same


@given(st.lists(st.binary(max_size=5), min_size=1, max_size=4), st.data())
def test_moving_a_border_between_parts_changes_the_framed_hash(items, data):
    joined = b"".join(items)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(joined)), max_size=4)))
    moved = [joined[a:b] for a, b in zip([0, *cuts], [*cuts, len(joined)], strict=True)]
    assert (framed_hash("t", *moved) == framed_hash("t", *items)) == (moved == items)


def test_transcripts_compare_rounds_senders_and_bodies_whatever_the_order():
    one, two, three = Transcript(b"s"), Transcript(b"s"), Transcript(b"s")
    for transcript, order in ((one, (1, 2)), (two, (2, 1))):
        for sender in order:
            transcript.add(1, sender, bytes([sender]))
    three.add(1, 1, b"\x02")
    three.add(1, 2, b"\x01")
    assert one.digest(1) == two.digest(1) != three.digest(1)
    two.add(2, 1, b"later")
    assert one.digest(1) == two.digest(1)
    assert one.digest(2) != two.digest(2)
