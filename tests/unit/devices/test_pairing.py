from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.codecs.canonical import encode_canonical
from counterfoil.devices.link import Link
from counterfoil.devices.pairing import PairingOffer, host_pairing, join_pairing, offer_pairing
from counterfoil.devices.pairing_exchange import Introduction, parse_introduction
from counterfoil.devices.relay_client import RelayClient
from counterfoil.errors import InvalidMessage, PairingRefused, PartyUnavailable, RelayUnreachable, RequestExpired
from counterfoil.relay.server import RelayServer, serve
from counterfoil.types import PartyKind
from tests.unit.devices.scene import PATIENT, QUICK, identity

NOW = 1_800_000_000
LAPTOP = Introduction(identity("laptop"), "Laptop", PartyKind.DEVICE, b"p" * 32)
PHONE = Introduction(identity("phone"), "Ada's phone", PartyKind.COSIGNER)


class Person:
    """Says yes or no, and remembers what was shown."""

    def __init__(self, answer: bool = True) -> None:
        self.answer = answer
        self.shown: list[tuple[tuple[str, ...], str]] = []
        self.asked = asyncio.Event()
        self.decided = asyncio.Event()
        self.decided.set()

    async def __call__(self, words, name):
        self.shown.append((words, name))
        self.asked.set()
        await self.decided.wait()
        return self.answer


def now() -> int:
    return NOW


@asynccontextmanager
async def offered(**options) -> AsyncIterator[tuple[RelayServer, RelayClient, PairingOffer]]:
    async with await serve() as server, RelayClient(server.url, patience=PATIENT) as relay:
        yield server, relay, offer_pairing(LAPTOP, server.url, now=NOW, **options)


async def both(host, join):
    return await asyncio.gather(host, join, return_exceptions=True)


async def test_both_learn_the_same_and_see_the_same_words():
    ann, ben = Person(), Person()
    async with offered() as (server, relay, offer):
        one, two = await both(
            host_pairing(offer, relay, ann, now=now), join_pairing(offer.code.text, PHONE, ben, now=now)
        )
        assert one.link_secret == two.link_secret
        assert (one.identity, one.name, one.kind, one.passkey_hash) == (
            PHONE.identity.public,
            "Ada's phone",
            PartyKind.COSIGNER,
            None,
        )
        assert (two.identity, two.name, two.kind, two.passkey_hash) == (
            LAPTOP.identity.public,
            "Laptop",
            PartyKind.DEVICE,
            b"p" * 32,
        )
        assert one.relay_url == two.relay_url == server.url
        assert len(one.words) == 4
        assert ann.shown == [(one.words, "Ada's phone")]
        assert ben.shown == [(one.words, "Laptop")]
        assert repr(one.link_secret) not in repr(one)


async def test_what_was_paired_can_be_linked():
    async with offered() as (server, relay, offer):
        one, two = await both(
            host_pairing(offer, relay, Person(), now=now), join_pairing(offer.code, PHONE, Person(), now=now)
        )

        async def echo(_kind, body):
            return body

        async with RelayClient(server.url, patience=PATIENT) as other:
            laptop = Link(LAPTOP.identity, one.keys, relay, echo, pace=QUICK)
            phone = Link(PHONE.identity, two.keys, other, echo, pace=QUICK)
            async with laptop, phone:
                assert await phone.call("x", {"a": 1}, 10) == {"a": 1}


async def test_every_pairing_has_other_words_and_another_secret():
    seen = set()
    for _ in range(2):
        async with offered() as (_, relay, offer):
            one, _ = await both(
                host_pairing(offer, relay, Person(), now=now), join_pairing(offer.code, PHONE, Person(), now=now)
            )
            seen |= {one.words, one.link_secret}
    assert len(seen) == 4


@pytest.mark.parametrize(("host", "joiner"), [(False, True), (True, False), (False, False)])
async def test_either_person_can_refuse(host, joiner):
    async with offered() as (_, relay, offer):
        one, two = await both(
            host_pairing(offer, relay, Person(host), now=now),
            join_pairing(offer.code, PHONE, Person(joiner), now=now),
        )
    assert isinstance(one, PairingRefused)
    assert isinstance(two, PairingRefused)
    assert one.word == "refused_there" if host else "refused_" in one.word
    assert two.word == "refused_there" if joiner else "refused_" in two.word


async def test_a_refusal_ends_the_question_on_the_other_screen():
    waiting = Person()
    waiting.decided.clear()
    async with offered() as (_, relay, offer):
        one, two = await both(
            host_pairing(offer, relay, waiting, now=now), join_pairing(offer.code, PHONE, Person(False), now=now)
        )
    assert (one.word, two.word) == ("refused_there", "refused_here")


async def test_neither_is_paired_before_both_said_yes():
    ann, ben = Person(), Person()
    ann.decided.clear()
    async with offered() as (_, relay, offer):
        host = asyncio.create_task(host_pairing(offer, relay, ann, now=now))
        join = asyncio.create_task(join_pairing(offer.code, PHONE, ben, now=now))
        await ann.asked.wait()
        await ben.asked.wait()
        done, _ = await asyncio.wait({host, join}, timeout=0.05)
        assert not done
        ann.decided.set()
        await asyncio.gather(host, join)


async def test_one_side_cancelled_ends_the_other():
    ann, ben = Person(), Person()
    ann.decided.clear()
    ben.decided.clear()
    async with offered() as (_, relay, offer):
        host = asyncio.create_task(host_pairing(offer, relay, ann, now=now))
        join = asyncio.create_task(join_pairing(offer.code, PHONE, ben, now=now))
        await ann.asked.wait()
        await ben.asked.wait()
        host.cancel()
        with pytest.raises(PairingRefused) as refusal:
            await join
        assert refusal.value.word == "refused_there"


async def test_a_code_is_good_once_on_both_sides():
    async with offered() as (_, relay, offer):
        await both(host_pairing(offer, relay, Person(), now=now), join_pairing(offer.code, PHONE, Person(), now=now))
        for _ in range(2):
            with pytest.raises(PairingRefused) as refusal:
                await join_pairing(offer.code, PHONE, Person(), now=now)
            assert refusal.value.word == "used"
        with pytest.raises(PairingRefused) as refusal:
            await host_pairing(offer, relay, Person(), now=now)
        assert refusal.value.word == "used"


async def test_a_second_device_with_the_same_code_comes_too_late():
    ann, ben = Person(), Person()
    ann.decided.clear()
    async with offered() as (server, relay, offer):
        host = asyncio.create_task(host_pairing(offer, relay, ann, now=now))
        join = asyncio.create_task(join_pairing(offer.code, PHONE, ben, now=now))
        await ann.asked.wait()
        thief = Introduction(identity("thief"), "Phone", PartyKind.DEVICE)
        async with RelayClient(server.url, patience=PATIENT) as other:
            with pytest.raises(PairingRefused) as refusal:
                await join_pairing(offer.code, thief, Person(), relay=other, now=now)
        assert refusal.value.word == "used"
        ann.decided.set()
        assert (await host).identity == PHONE.identity.public
        await join


async def test_an_expired_code_is_refused_on_both_sides():
    async with offered(lifetime_seconds=0) as (_, relay, offer):
        for side in (
            host_pairing(offer, relay, Person(), now=now),
            join_pairing(offer.code, PHONE, Person(), now=now),
        ):
            with pytest.raises(RequestExpired):
                await side


async def test_a_host_stops_waiting_when_its_code_expires():
    async with offered() as (_, relay, offer):
        with pytest.raises(RequestExpired):
            await host_pairing(offer, relay, Person(), now=lambda: offer.code.expires_at - 0.05)


async def test_a_person_who_never_answers_lets_the_code_expire():
    sleepy = Person()
    sleepy.decided.clear()
    async with offered() as (_, relay, offer):
        late = lambda: offer.code.expires_at - 0.5  # noqa: E731
        one, two = await both(
            host_pairing(offer, relay, sleepy, now=late), join_pairing(offer.code, PHONE, Person(), now=late)
        )
    assert isinstance(one, RequestExpired)
    assert isinstance(two, RequestExpired | PairingRefused)


async def test_nobody_behind_a_code_is_an_unavailable_party():
    async with offered() as (_, _, offer):
        with pytest.raises(PartyUnavailable):
            await join_pairing(offer.code, PHONE, Person(), now=now, answer_seconds=0.1)


async def test_no_relay_behind_a_code_is_said():
    async with await serve() as server:
        offer = offer_pairing(LAPTOP, server.url, now=NOW)
    async with RelayClient(server.url, patience=PATIENT) as relay:
        relay._patience = type(PATIENT)(connect_seconds=0.05)
        with pytest.raises(RelayUnreachable):
            await join_pairing(offer.code, PHONE, Person(), relay=relay, now=now)


async def test_a_device_is_not_paired_with_itself():
    async with offered() as (_, relay, offer):
        one, two = await both(
            host_pairing(offer, relay, Person(), now=now), join_pairing(offer.code, LAPTOP, Person(), now=now)
        )
    assert {type(one), type(two)} == {PairingRefused}


@pytest.mark.parametrize("name", ["", " x", "x" * 41, "a\nb", "a\u202eb", "a\u200bb"])
async def test_refuses_a_name_that_could_deceive(name):
    async with offered() as (_, _, offer):
        with pytest.raises(InvalidMessage):
            await join_pairing(offer.code, Introduction(identity("x"), name, PartyKind.DEVICE), Person(), now=now)


GOOD = {
    "identity": "11" * 32,
    "ephemeral": "22" * 32,
    "name": "Phone",
    "kind": "device",
    "relay": "ws://127.0.0.1:1/v1",
    "passkey": None,
}


@given(
    st.sampled_from([*GOOD, "more"]),
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=70) | st.lists(st.none(), max_size=2),
)
def test_an_introduction_with_a_field_replaced_is_read_or_refused(field, value):
    try:
        assert parse_introduction(encode_canonical({**GOOD, field: value})).name
    except PairingRefused as refusal:
        assert refusal.word == "introduction"


@given(st.binary(max_size=100))
def test_whatever_arrives_as_an_introduction_is_refused(data):
    with pytest.raises(PairingRefused):
        parse_introduction(data)
