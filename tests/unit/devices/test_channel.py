from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.devices import channel
from counterfoil.devices.channel import Drop, Dropped, Ephemeral, Opened, SessionKeys
from counterfoil.devices.envelope import open_envelope, seal_envelope
from counterfoil.errors import InvalidMessage, Retry
from tests.unit.devices.scene import joined, session


def test_each_reads_what_the_other_sealed_in_order_with_the_broadcast_mark():
    parties = session(3)
    for sender in parties:
        for receiver in parties:
            if sender != receiver:
                for number, broadcast in enumerate((False, True)):
                    box = parties[sender].seal(receiver, bytes([number]), broadcast=broadcast)
                    payload, mark = parties[receiver].open(sender, box)
                    assert (payload, mark) == (bytes([number]), broadcast)


def test_drops_a_replay_and_goes_on():
    parties = session()
    first, second = parties[1].seal(2, b"1"), parties[1].seal(2, b"2")
    assert parties[2].open(1, first) == Opened(b"1", False)
    assert parties[2].open(1, first) == Dropped(Drop.REPLAYED)
    assert parties[2].open(1, second) == Opened(b"2", False)


def test_drops_a_box_that_overtook_another_and_still_takes_the_right_one():
    parties = session()
    first, second = parties[1].seal(2, b"1"), parties[1].seal(2, b"2")
    assert parties[2].open(1, second) == Dropped(Drop.OUT_OF_ORDER)
    assert parties[2].open(1, first) == Opened(b"1", False)
    assert parties[2].open(1, second) == Opened(b"2", False)


def test_drops_a_reflected_box():
    parties = session()
    box = parties[1].seal(2, b"mine")
    assert parties[1].open(2, box) == Dropped(Drop.UNAUTHENTIC)


def test_drops_a_box_for_another_party_and_one_of_another_sender():
    parties = session(3)
    box = parties[1].seal(2, b"for two")
    assert parties[3].open(1, box) == Dropped(Drop.UNAUTHENTIC)
    assert parties[2].open(3, box) == Dropped(Drop.UNAUTHENTIC)
    assert parties[2].open(9, box) == Dropped(Drop.UNKNOWN_SENDER)
    assert parties[2].open(1, box) == Opened(b"for two", False)


@pytest.mark.parametrize("other", [{"seed": "b"}, {"session_id": b"other"}])
def test_drops_a_box_of_another_session(other):
    box = session(**other)[1].seal(2, b"old")
    assert session()[2].open(1, box) == Dropped(Drop.UNAUTHENTIC)


@given(st.data())
def test_drops_a_box_with_any_bit_changed_and_nothing_is_lost(data):
    parties = session()
    box = parties[1].seal(2, b"payload", broadcast=True)
    place = data.draw(st.integers(0, 8 * len(box) - 1))
    damaged = bytearray(box)
    damaged[place // 8] ^= 1 << (place % 8)
    assert isinstance(parties[2].open(1, bytes(damaged)), Dropped)
    assert parties[2].open(1, box) == Opened(b"payload", True)


@given(st.binary(max_size=120))
def test_whatever_arrives_is_dropped(data):
    parties = session()
    assert isinstance(parties[2].open(1, data), Dropped)
    assert parties[2].open(1, parties[1].seal(2, b"x")) == Opened(b"x", False)


def test_no_key_and_nonce_are_ever_used_twice(monkeypatch):
    used: list[tuple[bytes, bytes]] = []
    real = channel.ChaCha20Poly1305

    class Watched:
        def __init__(self, key):
            self.key, self.real = key, real(key)

        def encrypt(self, nonce, data, context):
            used.append((self.key, nonce))
            return self.real.encrypt(nonce, data, context)

    monkeypatch.setattr(channel, "ChaCha20Poly1305", Watched)
    for seed in ("a", "b"):
        parties = session(3, seed)
        for _ in range(5):
            for sender, keys in parties.items():
                for receiver in parties.keys() - {sender}:
                    keys.seal(receiver, b"same")
    assert len(set(used)) == len(used) == 2 * 5 * 6
    assert len({key for key, _ in used}) == 2 * 6  # one for each direction of each pair of each session


def test_a_key_wears_out_before_its_counter_does(monkeypatch):
    monkeypatch.setattr(channel, "MAX_BOXES", 2)
    keys = session()[1]
    keys.seal(2, b"")
    keys.seal(2, b"")
    with pytest.raises(Retry) as worn:
        keys.seal(2, b"")
    assert worn.value.word == "session_worn_out"
    assert channel.MAX_BOXES <= 2**32


def test_a_closed_session_seals_and_opens_nothing():
    parties = session()
    box = parties[1].seal(2, b"x")
    parties[2].close()
    assert parties[2].open(1, box) == Dropped(Drop.CLOSED)
    for use in (lambda: parties[2].seal(1, b""), lambda: parties[2].export(1, "x")):
        with pytest.raises(Retry):
            use()


def test_an_ephemeral_key_agrees_once():
    entries = joined(2)
    joins = [join for _, join in entries]
    SessionKeys(1, entries[0][0], joins, b"sid")
    with pytest.raises(Retry):
        SessionKeys(1, entries[0][0], joins, b"sid")


@pytest.mark.parametrize("point", [bytes(32), (1).to_bytes(32, "little"), b"\xec" + b"\xff" * 30 + b"\x7f"])
def test_refuses_a_key_that_gives_a_known_secret(point):
    with pytest.raises(InvalidMessage) as refusal:
        Ephemeral(b"k" * 32).agree({7: point})
    assert refusal.value.details == {"party": 7}


def test_refuses_joins_that_are_not_all_different_or_do_not_hold_this_party():
    entries = joined(3)
    (key, one), (_, two), _ = entries
    for joins in ([one], [one, one], [one, two, two], [two, entries[2][1]]):
        with pytest.raises(InvalidMessage):
            SessionKeys(1, key, joins, b"sid")
    with pytest.raises(InvalidMessage):
        SessionKeys(2, key, [one, two], b"sid")


def test_exports_are_the_same_on_both_sides_and_differ_by_label_and_pair():
    parties = session(3)
    assert parties[1].export(2, "a") == parties[2].export(1, "a")
    values = {
        parties[1].export(2, "a"),
        parties[1].export(2, "b"),
        parties[1].export(3, "a"),
        parties[2].export(3, "a"),
    }
    assert len(values) == 4


def test_shows_and_gives_away_nothing_secret():
    entries = joined(2)
    keys = session()[1]
    assert "ChaCha" not in repr(keys)
    for thing in (keys, entries[0][0]):
        with pytest.raises(TypeError):
            pickle.dumps(thing)


ENVELOPE = {"tag": "test/1", "secret": b"s" * 32, "receiver": b"me"}


@given(st.binary(max_size=100), st.binary(min_size=32, max_size=32))
def test_an_envelope_opens_for_its_receiver_secret_and_tag_only(text, salt):
    box = seal_envelope(text, salt=salt, **ENVELOPE)
    assert open_envelope(box, **ENVELOPE) == text
    for other in ({"tag": "test/2"}, {"secret": b"t" * 32}, {"receiver": b"you"}):
        assert open_envelope(box, **{**ENVELOPE, **other}) is None
    assert open_envelope(box[:-1], **ENVELOPE) is None


@given(st.binary(max_size=120))
def test_an_envelope_that_nobody_sealed_does_not_open(box):
    assert open_envelope(box, **ENVELOPE) is None
