"""Someone who owns the relay, and in the worst case has seen the code, can prevent a pairing and no more."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from counterfoil.crypto.hashes import framed_hash
from counterfoil.devices import pairing_sides
from counterfoil.devices.channel import Ephemeral
from counterfoil.devices.envelope import open_envelope, seal_envelope
from counterfoil.devices.pairing import host_pairing, join_pairing, offer_pairing
from counterfoil.devices.pairing_exchange import Introduction, Opening, Role, open_introduction
from counterfoil.devices.relay_client import RelayClient
from counterfoil.errors import PairingRefused, PartyUnavailable
from counterfoil.relay.server import serve
from counterfoil.types import PartyKind
from tests.adversary.channel.hostile_relay import HostileMailboxes
from tests.unit.devices.scene import PATIENT, identity, stream
from tests.unit.devices.test_pairing import LAPTOP, NOW, PHONE, Person, now

EARLY = "counterfoil/pairing-box/1"


async def pair(relay: HostileMailboxes, prepare=lambda _code: None):
    """Both results, and what the two persons saw."""
    ann, ben = Person(), Person()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(await serve(mailboxes=relay))
        one, two = [await stack.enter_async_context(RelayClient(server.url, patience=PATIENT)) for _ in range(2)]
        offer = offer_pairing(LAPTOP, server.url, now=NOW)
        prepare(offer.code)
        host = asyncio.create_task(host_pairing(offer, one, ann, now=now))
        join = asyncio.create_task(join_pairing(offer.code, PHONE, ben, relay=two, now=now, answer_seconds=0.3))
        _, waiting = await asyncio.wait({host, join}, timeout=0.8)
        for task in waiting:
            task.cancel()
        results = await asyncio.gather(host, join, return_exceptions=True)
    return results, ann.shown, ben.shown


@pytest.mark.parametrize("victim", range(6))
async def test_an_altered_box_never_pairs_the_two_differently(victim):
    relay = HostileMailboxes()
    count = -1

    def alter(mailbox, box):
        nonlocal count
        count += 1
        return [(mailbox, box[:-1] + bytes([box[-1] ^ 1]) if count == victim else box)]

    relay.tamper = alter
    (one, two), _, _ = await pair(relay)
    for result in (one, two):
        assert isinstance(result, PartyUnavailable | PairingRefused | asyncio.CancelledError) or result.link_secret
    paired = [result for result in (one, two) if hasattr(result, "link_secret")]
    assert len(paired) < 2


async def test_replayed_and_reflected_boxes_do_not_disturb_a_pairing():
    relay = HostileMailboxes()

    def noisy(mailbox, box):
        others = [(other, box) for other in relay.known if other != mailbox]
        return [(mailbox, box), (mailbox, box), *others, (mailbox, b"junk")]

    relay.tamper = noisy
    (one, two), _, _ = await pair(relay)
    assert one.link_secret == two.link_secret


class Middle:
    """A relay that knows the code and puts itself between: it opens every early box and may write another."""

    def __init__(self, relay: HostileMailboxes) -> None:
        self.relay = relay
        self.code = None
        self.salts = stream("middle")
        self.change = lambda kind, body: body

    def prepare(self, code) -> None:
        self.code = code
        self.relay.tamper = self.tamper

    def tamper(self, mailbox, box):
        text = open_envelope(box, tag=EARLY, secret=self.code.secret, receiver=mailbox)
        if text is None:
            return [(mailbox, box)]
        body = self.change(text[:1], text[1:], mailbox == self.host_mailbox)
        return [(mailbox, self.seal(mailbox, text[:1] + body))]

    def seal(self, mailbox, text):
        return seal_envelope(text, tag=EARLY, secret=self.code.secret, receiver=mailbox, salt=self.salts(32))

    @property
    def host_mailbox(self):
        return pairing_sides._Side(self.code, None, None).host_mailbox

    def joiner_mailbox(self, commitment):
        return framed_hash("counterfoil/pairing-mailbox/1", self.code.secret, self.code.key_hash, b"joiner", commitment)


def other_opening(role: Role, code, person: Introduction) -> Opening:
    return open_introduction(person, role, Ephemeral(b"m" * 32).public, code.relay_url, stream("middle opening"))


async def test_another_introduction_than_the_committed_one_is_refused():
    middle = Middle(HostileMailboxes())
    thief = Introduction(identity("thief"), "Phone", PartyKind.DEVICE)

    def change(kind, body, to_host):
        if kind == b"\x02" and to_host:
            return other_opening(Role.JOINER, middle.code, thief).encode()
        return body

    middle.change = change
    (one, two), shown_host, shown_joiner = await pair(middle.relay, middle.prepare)
    assert (one.word, two.word) == ("commitment", "refused_there")
    assert shown_host == shown_joiner == []


async def test_a_host_that_is_not_the_one_of_the_code_is_refused_by_the_joiner_alone():
    middle = Middle(HostileMailboxes())
    fake = None

    def change(kind, body, to_host):
        nonlocal fake
        fake = fake or other_opening(
            Role.HOST, middle.code, Introduction(identity("thief"), "Laptop", PartyKind.DEVICE)
        )
        if not to_host:
            return fake.commitment if kind == b"\x01" else fake.encode() if kind == b"\x02" else body
        return body

    middle.change = change
    (one, two), _, shown_joiner = await pair(middle.relay, middle.prepare)
    assert two.word == "key_hash"
    assert shown_joiner == []
    assert not hasattr(one, "link_secret")


async def test_a_false_joiner_is_told_from_the_true_one_by_the_words():
    """It replaces the joiner towards the host, and cannot be the host towards the joiner: the words differ or nobody asks."""
    middle = Middle(HostileMailboxes())
    thief = Introduction(identity("thief"), "Ada's phone", PartyKind.COSIGNER)
    true_commitment = None

    def tamper(mailbox, box):
        nonlocal true_commitment
        text = open_envelope(box, tag=EARLY, secret=middle.code.secret, receiver=mailbox)
        false = other_opening(Role.JOINER, middle.code, thief)
        if text is None:
            return [(mailbox, box)]
        if mailbox == middle.host_mailbox and text[:1] == b"\x01":
            true_commitment = text[1:]
            return [(mailbox, middle.seal(mailbox, b"\x01" + false.commitment))]
        if mailbox == middle.host_mailbox and text[:1] == b"\x02":
            return [(mailbox, middle.seal(mailbox, b"\x02" + false.encode()))]
        if mailbox == middle.joiner_mailbox(false.commitment):
            target = middle.joiner_mailbox(true_commitment)
            return [(target, middle.seal(target, text))]
        return [(mailbox, box)]

    middle.code = None

    def prepare(code):
        middle.code = code
        middle.relay.tamper = tamper

    results, shown_host, shown_joiner = await pair(middle.relay, prepare)
    assert shown_host[0][0] != shown_joiner[0][0]
    assert shown_host[0][1] == "Ada's phone"
    assert not any(hasattr(result, "link_secret") for result in results)


async def test_a_relay_without_the_code_sees_no_name_and_no_key():
    relay = HostileMailboxes()
    await pair(relay)
    seen = b"".join(mailbox + box for mailbox, box in relay.record)
    for thing in (b"Laptop", b"phone", LAPTOP.identity.public, LAPTOP.identity.public.hex().encode()):
        assert thing not in seen


async def test_a_confirmation_of_another_key_is_refused(monkeypatch):
    real = pairing_sides.Agreement.confirm
    monkeypatch.setattr(
        pairing_sides.Agreement, "confirm", lambda self: bytes(64) if self._role is Role.HOST else real(self)
    )
    (one, two), _, _ = await pair(HostileMailboxes())
    assert two.word == "confirmation"
    assert not hasattr(two, "link_secret")
    assert one is not None


def test_roles_and_salts_are_part_of_the_commitment():
    opening = Opening(Role.HOST, b"s" * 32, b"text")
    others = {replace(opening, role=Role.JOINER).commitment, replace(opening, salt=b"t" * 32).commitment}
    assert opening.commitment not in others
    assert len(others) == 2
