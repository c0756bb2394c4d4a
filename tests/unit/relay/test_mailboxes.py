from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.errors import Refused
from counterfoil.relay.mailboxes import BOX_OVERHEAD_BYTES, Limits, Mailboxes

A, B = b"a" * 32, b"b" * 32


def drain(mailboxes: Mailboxes, mailbox: bytes) -> list[bytes]:
    found = []
    while (delivery := mailboxes.next_delivery(mailbox)) is not None:
        found.append(delivery.box)
    return found


def test_delivers_in_order_and_keeps_boxes_until_acknowledged():
    boxes = Mailboxes(Limits())
    for text in (b"1", b"2", b"3"):
        boxes.post(A, text, client=0, now=0)
    first = boxes.next_delivery(A)
    assert first.box == b"1"
    assert drain(boxes, A) == [b"2", b"3"]
    boxes.acknowledge(A, first.number)
    boxes.rewind(A)
    assert drain(boxes, A) == [b"2", b"3"]


def test_an_acknowledgement_does_not_remove_what_was_never_handed_out():
    boxes = Mailboxes(Limits())
    boxes.post(A, b"1", client=0, now=0)
    boxes.acknowledge(A, 2**63)
    assert drain(boxes, A) == [b"1"]


def test_numbers_are_never_used_twice_even_after_a_mailbox_emptied():
    boxes = Mailboxes(Limits())
    boxes.post(A, b"1", client=0, now=0)
    first = boxes.next_delivery(A)
    boxes.acknowledge(A, first.number)
    boxes.post(A, b"2", client=0, now=0)
    boxes.next_delivery(A)
    boxes.acknowledge(A, first.number)
    boxes.rewind(A)
    assert drain(boxes, A) == [b"2"]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(box_bytes=9), "too_large"),
        (Limits(mailbox_boxes=3), "mailbox_full"),
        (Limits(mailbox_bytes=3 * (10 + BOX_OVERHEAD_BYTES)), "mailbox_full"),
        (Limits(total_bytes=3 * (10 + BOX_OVERHEAD_BYTES)), "relay_full"),
    ],
)
def test_refuses_what_goes_beyond_a_limit_and_keeps_what_it_had(limits, reason):
    boxes = Mailboxes(limits)
    with pytest.raises(Refused) as refusal:
        for _ in range(4):
            boxes.post(A, b"x" * 10, client=0, now=0)
    assert refusal.value.word == reason
    assert len(drain(boxes, A)) == (0 if reason == "too_large" else 3)


def test_one_client_opens_only_so_many_mailboxes_and_gets_them_back_when_they_empty():
    boxes = Mailboxes(Limits(mailboxes_per_client=1))
    boxes.post(A, b"1", client="one", now=0)
    with pytest.raises(Refused) as refusal:
        boxes.post(B, b"1", client="one", now=0)
    assert refusal.value.word == "too_many_mailboxes"
    boxes.post(B, b"1", client="two", now=0)
    boxes.acknowledge(A, boxes.next_delivery(A).number)
    boxes.post(A, b"2", client="one", now=0)


def test_all_clients_together_open_only_so_many_mailboxes():
    boxes = Mailboxes(Limits(mailboxes=1))
    boxes.post(A, b"1", client="one", now=0)
    with pytest.raises(Refused, match="full"):
        boxes.post(B, b"1", client="two", now=0)


def test_forgets_what_is_too_old():
    boxes = Mailboxes(Limits(age_seconds=10))
    boxes.post(A, b"old", client=0, now=0)
    boxes.post(A, b"new", client=0, now=5)
    boxes.next_delivery(A)
    boxes.expire(11)
    assert drain(boxes, A) == [b"new"]
    boxes.expire(100)
    assert (len(boxes), boxes.total_bytes) == (0, 0)


def test_hands_out_no_more_than_the_window_without_an_acknowledgement():
    boxes = Mailboxes(Limits(window=2))
    for text in (b"1", b"2", b"3"):
        boxes.post(A, text, client=0, now=0)
    first = boxes.next_delivery(A)
    assert drain(boxes, A) == [b"2"]
    boxes.acknowledge(A, first.number)
    assert drain(boxes, A) == [b"3"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.sampled_from([A, B]), st.binary(max_size=20)),
        st.tuples(st.just("take"), st.sampled_from([A, B]), st.none()),
        st.tuples(st.just("ack"), st.sampled_from([A, B]), st.integers(0, 40)),
        st.tuples(st.just("rewind"), st.sampled_from([A, B]), st.none()),
        st.tuples(st.just("expire"), st.just(A), st.integers(0, 40)),
    ),
    max_size=60,
)


@given(STEPS)
def test_counts_its_bytes_right_whatever_happens(steps):
    boxes = Mailboxes(Limits(age_seconds=5, mailbox_boxes=8, window=3))
    held: dict[bytes, list[tuple[int, int]]] = {A: [], B: []}
    for now, (kind, mailbox, value) in enumerate(steps):
        match kind:
            case "post":
                try:
                    boxes.post(mailbox, value, client=0, now=now)
                except Refused:
                    continue
            case "take":
                boxes.next_delivery(mailbox)
            case "ack":
                boxes.acknowledge(mailbox, value)
            case "rewind":
                boxes.rewind(mailbox)
            case "expire":
                boxes.expire(now)
    total = 0
    for mailbox in held:
        boxes.rewind(mailbox)
        while (delivery := boxes.next_delivery(mailbox)) is not None:
            total += len(delivery.box) + BOX_OVERHEAD_BYTES
            boxes.acknowledge(mailbox, delivery.number)
    assert boxes.total_bytes == 0
    assert len(boxes) == 0
