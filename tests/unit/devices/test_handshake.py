from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.devices.channel import Opened
from counterfoil.devices.handshake import Handshake, Knock, Offer, PeerKeys, Reply
from counterfoil.errors import InvalidMessage
from tests.unit.devices.scene import SECRET, identity, stream


def pair(secret: bytes = SECRET, seed: str = "") -> tuple[Handshake, Handshake]:
    """The one that offers, then the one that answers."""
    ann, ben = identity("ann"), identity("ben")
    both = (
        Handshake(ann, PeerKeys(ben.public, secret), stream("ann" + seed)),
        Handshake(ben, PeerKeys(ann.public, secret), stream("ben" + seed)),
    )
    return both if both[0].is_offerer else (both[1], both[0])


def test_both_come_to_the_same_keys_and_mailboxes():
    offerer, answerer = pair()
    assert isinstance(offerer.read(answerer.knock()), Knock)
    answer, theirs = answerer.answer(answerer.read(offerer.offer()))
    ours = offerer.accept(offerer.read(answer))
    assert (ours.own_mailbox, ours.peer_mailbox) == (theirs.peer_mailbox, theirs.own_mailbox)
    assert offerer.own_mailbox == answerer.peer_mailbox
    assert theirs.keys.open(1, ours.keys.seal(2, b"hi")) == Opened(b"hi", False)
    offerer.verify_confirm(ours, answerer.confirm(theirs))
    answerer.verify_confirm(theirs, offerer.confirm(ours))
    with pytest.raises(InvalidMessage):
        answerer.verify_confirm(theirs, answerer.confirm(theirs))


def test_every_session_has_its_own_mailboxes():
    offerer, answerer = pair()
    seen = set()
    for _ in range(2):
        _, plan = answerer.answer(answerer.read(offerer.offer()))
        seen |= {plan.own_mailbox, plan.peer_mailbox}
    assert len(seen) == 4
    assert not seen & {offerer.own_mailbox, answerer.own_mailbox}


def test_a_reply_to_an_earlier_offer_makes_no_session():
    offerer, answerer = pair()
    old, _ = answerer.answer(answerer.read(offerer.offer()))
    offerer.offer()
    step = offerer.read(old)
    assert step is None or offerer.accept(step) is None


def test_a_reply_is_accepted_once():
    offerer, answerer = pair()
    answer, _ = answerer.answer(answerer.read(offerer.offer()))
    step = offerer.read(answer)
    assert offerer.accept(step) is not None
    assert offerer.accept(step) is None
    assert offerer.read(answer) is None


def test_steps_are_for_the_other_side_only():
    offerer, answerer = pair()
    offer = offerer.offer()
    answer, _ = answerer.answer(answerer.read(offer))
    assert offerer.read(offer) is None
    assert answerer.read(answer) is None
    assert answerer.read(answerer.knock()) is None


def test_a_device_with_another_link_secret_is_not_understood():
    offerer, answerer = pair()
    other_offerer, _ = pair(secret=b"t" * 32)
    assert answerer.read(other_offerer.offer()) is None
    assert isinstance(answerer.read(offerer.offer()), Offer)


def test_the_link_secret_alone_does_not_make_a_peer():
    """Someone who learnt the secret but not the identity key can knock, and no more."""
    offerer, answerer = pair()
    thief = identity("thief")
    claimed = Handshake(thief, PeerKeys(identity("ben").public, SECRET), stream("thief"))
    claimed.is_offerer = True
    for box in (claimed.offer(),):
        assert answerer.read(box) is None or not isinstance(answerer.read(box), Offer | Reply)
    assert isinstance(answerer.read(offerer.offer()), Offer)


@settings(max_examples=60)
@given(st.data())
def test_a_step_with_any_bit_changed_is_not_read(data):
    offerer, answerer = pair()
    box = bytearray(offerer.offer())
    place = data.draw(st.integers(0, 8 * len(box) - 1))
    box[place // 8] ^= 1 << (place % 8)
    assert answerer.read(bytes(box)) is None


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_whatever_arrives_is_not_read(box):
    offerer, answerer = pair()
    assert offerer.read(box) is None
    assert answerer.read(box) is None


def test_a_device_has_no_link_to_itself():
    ann = identity("ann")
    with pytest.raises(InvalidMessage):
        Handshake(ann, PeerKeys(ann.public, SECRET), stream(""))


def test_the_link_secret_is_not_shown():
    keys = PeerKeys(identity("ann").public, SECRET)
    assert repr(SECRET) not in repr(keys)
    for wrong in ((b"", SECRET), (keys.identity, b"")):
        with pytest.raises(InvalidMessage):
            PeerKeys(*wrong)
