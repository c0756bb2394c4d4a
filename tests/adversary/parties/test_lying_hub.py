"""A requester that shows one thing and asks for another: the co-signer computes everything for itself."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from counterfoil.chains.evm.transaction import Transaction, encode_unsigned, parse_unsigned
from counterfoil.errors import (
    AssertionRefused,
    InvalidMessage,
    NotFound,
    NotPermitted,
    Poisoned,
    PolicyRefused,
    RequestExpired,
    SlotHeld,
    StateConflict,
    UnsafeToSign,
)
from counterfoil.store import poison, requests, slots
from counterfoil.types import RequestState
from counterfoil.wallet.proposal import Proposal
from tests.adversary.parties.hostile import OTHER_SITE, Hostile, as_text
from tests.fakes.authenticator import FakeAuthenticator, Twist
from tests.fakes.two_agent_person import CHAIN, SITE, Someone


@pytest.fixture
def hostile(someone: Someone) -> Hostile:
    return Hostile(someone)


def changed(proposal: Proposal, **fields: Any) -> Proposal:
    """Other bytes: some fields of the transaction replaced."""
    tx: Transaction = parse_unsigned(proposal.unsigned)
    return proposal.with_bytes(encode_unsigned(dataclasses.replace(tx, **fields)))


def nothing_was_lent(someone: Someone, request_id: str) -> bool:
    """No worker of the co-signer got its share for this."""
    state = requests.get(someone.pair.cosigner.db, request_id).state
    return state in {RequestState.CONSENTED, RequestState.FAILED} and someone.pair.cosigner.pool.started == []


async def test_the_measure_an_honest_join_is_taken(hostile: Hostile) -> None:
    answer = await hostile.consent_and_join(await hostile.proposal())
    assert answer["join"]


async def test_bytes_that_do_something_else_than_was_consented_to_are_refused(hostile: Hostile) -> None:
    shown = await hostile.proposal()
    for other in (changed(shown, value=2 * 10**18), changed(shown, to=bytes(20)), changed(shown, nonce=1)):
        with pytest.raises(PolicyRefused) as caught:
            await hostile.consent_and_join(shown, other)
        assert caught.value.word == "intent"
    assert nothing_was_lent(hostile.someone, shown.request_id)


async def test_fees_may_move_under_the_cap_and_not_above_it(hostile: Hostile) -> None:
    shown = await hostile.proposal()
    gas = parse_unsigned(shown.unsigned).gas_limit
    with pytest.raises(PolicyRefused) as caught:
        await hostile.consent_and_join(shown, changed(shown, max_fee=shown.fee_cap // gas + 1))
    assert caught.value.word == "fee_cap"
    assert nothing_was_lent(hostile.someone, shown.request_id)
    assert (await hostile.consent_and_join(shown, changed(shown, max_fee=shown.fee_cap // gas)))["join"]


@pytest.mark.parametrize(
    "lie",
    [
        {"fee_cap": 10**21},
        {"expires_at": 1_800_003_000},
        {"origin": OTHER_SITE},
        {"method": "eth_signTransaction"},
    ],
    ids=lambda lie: next(iter(lie)),
)
async def test_terms_can_not_be_changed_between_consent_and_join(hostile: Hostile, lie: dict[str, Any]) -> None:
    shown = await hostile.proposal()
    with pytest.raises(StateConflict) as caught:
        await hostile.consent_and_join(shown, dataclasses.replace(shown, **lie))
    assert caught.value.word == "terms"
    assert nothing_was_lent(hostile.someone, shown.request_id)


async def test_an_old_touch_does_not_serve_again(hostile: Hostile) -> None:
    someone = hostile.someone
    before = await someone.decide(await someone.ask_to_sign("Hello"))
    shown = await hostile.proposal()
    await hostile.consent(shown)
    with pytest.raises(AssertionRefused) as caught:
        await hostile.join(shown, someone.at_device(before).assertion)
    assert caught.value.word == "CHALLENGE"
    assert nothing_was_lent_since(someone, shown.request_id)


def nothing_was_lent_since(someone: Someone, request_id: str) -> bool:
    return requests.get(someone.pair.cosigner.db, request_id).state is RequestState.CONSENTED


async def test_a_touch_of_the_same_bytes_under_an_older_nonce_does_not_serve(hostile: Hostile) -> None:
    shown = await hostile.proposal()
    await hostile.consent(shown)
    touched = hostile.touched(hostile.challenge(shown))
    await hostile.consent(shown)
    with pytest.raises(AssertionRefused) as caught:
        await hostile.join(shown, touched)
    assert caught.value.word == "CHALLENGE"
    assert nothing_was_lent(hostile.someone, shown.request_id)


@pytest.mark.parametrize(
    ("twist", "reason"),
    [
        (Twist(origin="https://app.example.evil"), "ORIGIN"),
        (Twist(origin=OTHER_SITE), "ORIGIN"),
        (Twist(cross_origin=True), "CROSS_ORIGIN"),
        (Twist(rp_id="evil.example"), "RP_ID"),
        (Twist(user_verified=False), "FLAGS"),
        (Twist(user_present=False), "FLAGS"),
        (Twist(bad_signature=True), "SIGNATURE"),
        (Twist(type="webauthn.create"), "TYPE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_touch_that_breaks_a_rule_does_not_serve(hostile: Hostile, twist: Twist, reason: str) -> None:
    shown = await hostile.proposal()
    with pytest.raises(AssertionRefused) as caught:
        await hostile.consent_and_join(shown, twist=twist)
    assert caught.value.word == reason
    assert nothing_was_lent(hostile.someone, shown.request_id)


async def test_a_passkey_that_counts_backwards_does_not_serve(hostile: Hostile) -> None:
    someone = hostile.someone
    await someone.decide(await someone.ask_to_sign())
    shown = await hostile.proposal()
    with pytest.raises(AssertionRefused) as caught:
        await hostile.consent_and_join(shown, twist=Twist(counter=1))
    assert caught.value.word == "COUNTER"


async def test_the_passkey_of_another_site_does_not_serve(hostile: Hostile) -> None:
    someone = hostile.someone
    await someone.connect(OTHER_SITE)
    shown = await hostile.proposal()
    await hostile.consent(shown)
    other = FakeAuthenticator(b"site")
    other.credentials = someone.site.credentials[1:]
    with pytest.raises(AssertionRefused) as caught:
        await hostile.join(shown, hostile.touched(hostile.challenge(shown), other, origin=OTHER_SITE))
    assert caught.value.word == "CREDENTIAL"


async def test_a_passkey_that_is_on_nobodys_record_does_not_serve(hostile: Hostile) -> None:
    shown = await hostile.proposal()
    await hostile.consent(shown)
    stranger = FakeAuthenticator(b"stranger")
    options = {"rp": {"id": "app.example"}, "user": {"id": "AAAA"}, "challenge": "AAAA"}
    stranger.create({**options, "authenticatorSelection": {"residentKey": "required"}}, origin=SITE)
    for role in ("site", "home"):
        with pytest.raises(AssertionRefused) as caught:
            await hostile.join(shown, hostile.touched(hostile.challenge(shown), stranger, role=role))
        assert caught.value.word == "CREDENTIAL"
    with pytest.raises(StateConflict):
        await hostile.join(shown, hostile.touched(hostile.challenge(shown), role="guardian"))


async def test_a_home_passkey_can_not_pass_as_the_sites_nor_the_sites_as_a_home_one(hostile: Hostile) -> None:
    shown = await hostile.proposal()
    await hostile.consent(shown)
    challenge = hostile.challenge(shown)
    for approval in (
        hostile.touched(challenge, role="home"),
        hostile.touched(challenge, hostile.someone.home, role="site"),
    ):
        with pytest.raises(AssertionRefused) as caught:
            await hostile.join(shown, approval)
        assert caught.value.word == "CREDENTIAL"


async def test_another_digest_for_a_nonce_that_was_signed_is_never_consented_to(hostile: Hostile) -> None:
    someone = hostile.someone
    first = await someone.decide(await someone.ask_to_send())
    assert first.state is RequestState.SENT
    second = changed(await hostile.proposal(wei=5), nonce=0)
    with pytest.raises(SlotHeld):
        await hostile.consent(second)
    with pytest.raises(NotFound):
        requests.get(someone.pair.cosigner.db, second.request_id)
    (hold,) = slots.holders(someone.pair.cosigner.db, CHAIN, someone.address, "nonce:0")
    assert hold.request_id == first.id and hold.is_released


async def test_two_requests_at_once_can_not_have_the_same_nonce_signed_twice(hostile: Hostile) -> None:
    """The older one, which nobody touched yet, loses its consent to the newer one."""
    older, newer = await hostile.proposal(wei=1), await hostile.proposal(wei=2)
    await hostile.consent(older)
    older_nonce = hostile.their_nonce
    await hostile.consent(newer)
    newer_nonce, hostile.their_nonce = hostile.their_nonce, older_nonce
    with pytest.raises(StateConflict):
        await hostile.join(older, hostile.touched(hostile.challenge(older)))
    hostile.their_nonce = newer_nonce
    assert (await hostile.join(newer, hostile.touched(hostile.challenge(newer))))["join"]
    with pytest.raises(SlotHeld):
        await hostile.consent(await hostile.proposal(wei=3))


async def test_one_consent_is_good_for_one_signature(hostile: Hostile) -> None:
    shown = await hostile.proposal()
    await hostile.consent(shown)
    approval = hostile.touched(hostile.challenge(shown))
    answers = await asyncio.gather(*(hostile.join(shown, approval) for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [dict, StateConflict, StateConflict]
    with pytest.raises(StateConflict):
        await hostile.consent(shown)


async def test_a_finished_request_can_not_be_signed_once_more(hostile: Hostile) -> None:
    someone = hostile.someone
    request = await someone.decide(await someone.ask_to_send())
    (body,) = [crossing.body for crossing in someone.pair.wire.log if crossing.kind == "ceremony_join"]
    with pytest.raises(StateConflict):
        await someone.pair.device.links.call(someone.pair.cosigner.identity.public, "ceremony_join", body)
    assert someone.at_cosigner(request).state is RequestState.SIGNED


async def test_nothing_is_signed_after_its_time(hostile: Hostile) -> None:
    shown = await hostile.proposal()
    await hostile.consent(shown)
    approval = hostile.touched(hostile.challenge(shown))
    hostile.someone.pair.clock.now = shown.expires_at
    with pytest.raises(RequestExpired):
        await hostile.join(shown, approval)
    with pytest.raises(RequestExpired):
        await hostile.consent(shown)


async def test_a_consent_is_not_given_for_more_than_an_hour(hostile: Hostile) -> None:
    shown = await hostile.proposal()
    with pytest.raises(PolicyRefused):
        await hostile.consent(dataclasses.replace(shown, expires_at=shown.expires_at + 7200))


async def test_another_epoch_is_refused(hostile: Hostile) -> None:
    shown = await hostile.proposal()
    with pytest.raises(StateConflict) as caught:
        await hostile.consent(dataclasses.replace(shown, epoch=1))
    assert caught.value.word == "epoch"


async def test_an_account_of_another_key_is_refused(hostile: Hostile) -> None:
    shown = await hostile.proposal()
    for lie in (
        {"paths": ["44/60/0/0/1"]},
        {"account": "0x" + "11" * 20},
        {"paths": ["44'/60'/0'/0/0"]},
        {"paths": [""]},
    ):
        with pytest.raises((StateConflict, InvalidMessage, ValueError)):
            await hostile.consent(dataclasses.replace(shown, **lie))


async def test_who_is_no_party_of_the_vault_gets_neither_consent_nor_signature(hostile: Hostile) -> None:
    someone, shown = hostile.someone, await hostile.proposal()
    calls, stranger = someone.pair.cosigner.calls, b"\x09" * 32
    body = {"proposal": shown.as_dict(), "records": hostile.heads()}
    with pytest.raises(NotPermitted):
        await calls.serve(stranger, "request_consent", body)
    await hostile.consent(shown)
    approval = hostile.touched(hostile.challenge(shown))
    await hostile.join(shown, approval)
    join = next(crossing.body for crossing in someone.pair.wire.log if crossing.kind == "ceremony_join")
    with pytest.raises((InvalidMessage, NotFound)):
        await calls.serve(stranger, "ceremony_join", join)  # it can't sign the head of its log as another does
    with pytest.raises(NotPermitted):
        await calls.serve(stranger, "request_drop", {"request_id": shown.request_id})
    ceremony = {"ceremony_id": join["invitation"]["ceremony_id"]}
    with pytest.raises(NotFound):
        await calls.serve(stranger, "ceremony_end", ceremony)


async def test_a_bare_digest_dressed_as_a_text_is_refused(hostile: Hostile) -> None:
    shown = as_text(await hostile.proposal(), b"exactly thirty-two bytes of text")
    with pytest.raises(UnsafeToSign):
        await hostile.consent(shown)


async def test_a_bare_digest_without_its_bytes_is_refused(hostile: Hostile) -> None:
    someone, shown = hostile.someone, await hostile.proposal()
    call, cosigner = someone.pair.device.links.call, someone.pair.cosigner.identity.public
    await hostile.consent(shown)
    approval = hostile.touched(hostile.challenge(shown))
    with pytest.raises(InvalidMessage):
        await hostile.join(shown, approval, proposal={"digest": "ab" * 32})
    with pytest.raises(InvalidMessage):
        await hostile.join(shown, approval, proposal=None)
    with pytest.raises(StateConflict):
        await hostile.join(shown, approval, check=someone.vault.id)
    with pytest.raises(InvalidMessage):
        await call(cosigner, "ceremony_join", {"digest": "ab" * 32, "me": 2})
    assert nothing_was_lent(someone, shown.request_id)


async def test_a_session_of_other_parties_or_of_another_content_is_refused(hostile: Hostile) -> None:
    someone, shown = hostile.someone, await hostile.proposal()
    await hostile.consent(shown)
    approval = hostile.touched(hostile.challenge(shown))
    await hostile.join(shown, approval)
    honest = next(c.body["invitation"] for c in someone.pair.wire.log if c.kind == "ceremony_join")
    other = await hostile.proposal(wei=7)
    with pytest.raises(SlotHeld):
        await hostile.consent(other)
    third = {**honest["parties"][0], "index": 3}
    lies = (
        {"threshold": 3},
        {"epoch": 1},
        {"parties": [honest["parties"][1], third]},
        {"parties": [*honest["parties"], {**third, "identity": "A" * 43}]},
        {"parties": honest["parties"][1:]},
        {"context": {**honest["context"], "digest": "00" * 32}},
        {"context": {**honest["context"], "position": 1}},
        {"context": {**honest["context"], "path": "44/60/0/0/1"}},
        {"ceremony": "keygen"},
        {"ceremony": "reshare"},
    )
    fresh = Hostile(someone)
    text = as_text(shown, b"a text has no nonce to hold")
    text = dataclasses.replace(text, request_id="ab" * 16)
    await fresh.consent(text)
    for lie in lies:
        with pytest.raises((StateConflict, InvalidMessage)):
            await fresh.join(text, fresh.touched(fresh.challenge(text)), invitation={**honest, **lie})


async def test_a_quarantined_party_gets_no_share(hostile: Hostile) -> None:
    someone, shown = hostile.someone, await hostile.proposal()
    poison.mark(someone.pair.cosigner.db, someone.vault.id, 0, 1, 1)
    with pytest.raises(Poisoned) as caught:
        await hostile.consent_and_join(shown)
    assert caught.value.culprits == (1,)
    assert nothing_was_lent(someone, shown.request_id)
