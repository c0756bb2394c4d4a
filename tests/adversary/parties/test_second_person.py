"""A person on the other device: asked by their own device, answered later, believed by nobody else."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from typing import Any

import pytest

from counterfoil.chains.evm.transaction import encode_unsigned, parse_unsigned
from counterfoil.errors import (
    AssertionRefused,
    Locked,
    PartyUnavailable,
    PolicyRefused,
    RequestExpired,
    SlotHeld,
    StateConflict,
    UserRejected,
)
from counterfoil.policy import Limit
from counterfoil.store import records, requests, slots, spending
from counterfoil.store.requests import NewRequest
from counterfoil.types import RequestState
from counterfoil.wallet import approve as approving
from counterfoil.wallet import consents, cosign, end
from counterfoil.wallet.passkey_records import parse_passkey, site_passkey
from counterfoil.wallet.policy_records import PolicyRecord
from counterfoil.wallet.record_wire import signed_record
from counterfoil.wallet.steps import Done, WaitForOthers
from counterfoil.wallet.waiting import awaiting_person
from tests.fakes.two_agent_person import CHAIN, FRIEND, SITE, Someone, outcome
from tests.fakes.two_agents import Crossing, Lost

ETHER = 10**18


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Word of a move is what is waited for; asking again by itself comes only where a test loses that word."""
    monkeypatch.setattr(consents, "ASK_AGAIN_SECONDS", 0.05)


@pytest.fixture
def apart(someone: Someone) -> Someone:
    """The second agent is a device of its own: its person does not sit at the asking window."""
    someone.pair.cosigner.wallet.role = "device"
    return someone


def there(someone: Someone, request: Any) -> Any:
    return someone.at_cosigner(request)


async def agree_there(someone: Someone, request: Any) -> None:
    """The person at the second device says yes, to what it shows."""
    wallet = someone.pair.cosigner.wallet
    shown = requests.get(wallet.db, request.id)
    assert isinstance(await approving.approve(wallet, request.id, shown.seq, []), Done)


async def until(someone: Someone, request: Any, done: Any) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110 - it is two agents that have to have moved
            await asyncio.sleep(0)


async def finish(someone: Someone, request: Any) -> Any:
    """All consents are in: the window goes on by itself, to the touch and the end."""
    gathering = someone.wallet.consents.get(request.id)
    await until(someone, request, lambda: gathering.is_complete and gathering.task is None)
    return await someone.decide(request)


def allow(someone: Someone, *limits: Limit, interactive: bool = False) -> None:
    """Both parties have this policy of the second device on record."""
    party = someone.pair.cosigner.identity.public
    record = PolicyRecord(party, interactive, limits)
    for agent in someone.pair.both:
        made = signed_record(someone.wallet, someone.vault, record, 1 + _version(agent, record), None)
        records.put(agent.db, made)


def _version(agent: Any, record: PolicyRecord) -> int:
    vault = agent.db.one("SELECT id FROM vaults")["id"]
    known = records.current(agent.db, vault, record.kind, record.subject)
    return 0 if known is None else known.version


def native(per_day: int, **narrow: Any) -> Limit:
    return Limit(**{"site": SITE, "chain": CHAIN, "asset": "native", "per_day": per_day, **narrow})


async def test_the_request_waits_for_the_person_on_the_other_device_and_then_goes_on(apart: Someone) -> None:
    request = await apart.ask_to_send()
    assert isinstance(await apart.approve(request), WaitForOthers)
    assert there(apart, request).state is RequestState.PROPOSED
    assert "1 ETH" in there(apart, request).summary["sentence"]
    assert slots.held(apart.pair.cosigner.db, CHAIN, apart.address) == []
    await agree_there(apart, request)
    assert (await finish(apart, request)).state is RequestState.SENT
    assert there(apart, request).state is RequestState.SIGNED


async def test_nothing_goes_on_while_the_other_person_has_not_answered(apart: Someone) -> None:
    request = await apart.ask_to_send()
    await apart.approve(request)
    for _ in range(3):
        assert isinstance(await apart.approve(request), WaitForOthers)
    assert apart.at_device(request).state is RequestState.PROPOSED
    assert apart.pair.node.sent == []


async def test_a_no_on_the_other_device_ends_the_request_everywhere(apart: Someone) -> None:
    request = await apart.ask_to_send()
    await apart.approve(request)
    end.refuse(apart.pair.cosigner.wallet, request.id)
    await until(apart, request, lambda: apart.at_device(request).state is RequestState.REFUSED)
    assert apart.at_device(request).error["code"] == UserRejected.code
    assert slots.held(apart.pair.device.db, CHAIN, apart.address) == []


async def test_taking_it_back_in_the_asking_window_ends_it_on_the_other_device(apart: Someone) -> None:
    request = await apart.ask_to_send()
    await apart.approve(request)
    end.refuse(apart.wallet, request.id)
    await until(apart, request, lambda: there(apart, request).state is RequestState.FAILED)
    assert isinstance(await outcome(agree_there(apart, request)), AssertionError | StateConflict | None)
    assert there(apart, request).state is RequestState.FAILED


async def test_consent_survives_lost_words_and_links_that_drop(apart: Someone) -> None:
    request = await apart.ask_to_send()
    await apart.approve(request)
    apart.pair.wire.hook = _lose("request_moved")
    await agree_there(apart, request)
    assert (await finish(apart, request)).state is RequestState.SENT


def _lose(kind: str) -> Any:
    async def hook(crossing: Crossing) -> None:
        if crossing.kind == kind:
            raise Lost

    return hook


async def test_a_device_that_sleeps_is_asked_again(apart: Someone) -> None:
    request = await apart.ask_to_send()
    await apart.approve(request)
    slept: list[str] = []

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "request_consent" and len(slept) < 3:
            slept.append(crossing.kind)
            raise PartyUnavailable

    apart.pair.wire.hook = hook
    await until(apart, request, lambda: apart.wallet.consents.get(request.id).states == {2: "asleep"})
    await agree_there(apart, request)
    assert (await finish(apart, request)).state is RequestState.SENT


async def test_an_asking_device_that_died_asks_anew_and_the_given_consent_still_counts(apart: Someone) -> None:
    request = await apart.ask_to_send()
    await apart.approve(request)
    await agree_there(apart, request)
    apart.wallet.consents.drop(request.id)  # memory only: as after a restart
    assert (await apart.decide(request)).state is RequestState.SENT


async def test_a_device_that_pretends_consent_is_not_believed_by_the_one_whose_person_was_not_asked(
    apart: Someone,
) -> None:
    """The asking device is another's: it makes up the nonce and says that everyone agreed."""
    request = await apart.ask_to_send()
    step = await apart.approve(request)
    gathering = apart.wallet.consents.get(request.id)
    gathering.nonces[2] = b"\x05" * 32
    step = await apart.approve(request)
    name, response = apart.touch(step)
    ended = (await apart.answer(step, response, name)).request
    assert ended.state is RequestState.FAILED
    assert there(apart, request).state in {RequestState.PROPOSED, RequestState.FAILED}
    assert apart.pair.node.sent == []


async def test_what_was_agreed_to_can_not_be_exchanged_afterwards(apart: Someone) -> None:
    request = await apart.ask_to_send()
    await apart.approve(request)
    await agree_there(apart, request)
    other = await apart.ask_to_send(2 * ETHER)

    async def hook(crossing: Crossing) -> dict[str, Any] | None:
        if crossing.kind == "request_consent":
            swapped = {**crossing.body["proposal"], "unsigned": apart.at_device(other).unsigned.hex()}
            return {**crossing.body, "proposal": swapped}
        return None

    apart.wallet.consents.drop(request.id)
    apart.pair.wire.hook = hook
    answer = await outcome(apart.approve(request))
    assert (type(answer), answer.word) == (PolicyRefused, "intent")


async def test_a_locked_device_shows_the_request_and_agrees_only_once_unlocked(apart: Someone) -> None:
    request = await apart.ask_to_send()
    apart.pair.cosigner.wallet.unlocked.lock()
    assert isinstance(await apart.approve(request), WaitForOthers)
    with pytest.raises(Locked):
        await agree_there(apart, request)
    assert there(apart, request).state is RequestState.PROPOSED


async def test_consent_ends_with_the_request(apart: Someone) -> None:
    request = await apart.ask_to_send()
    await apart.approve(request)
    apart.pair.clock.now = request.expires_at
    with pytest.raises(RequestExpired):
        await agree_there(apart, request)


async def test_two_devices_that_ask_at_once_for_one_nonce_get_one_signature(apart: Someone) -> None:
    """The second device's own request stands before the first asks: the lower number goes first."""
    request = await apart.ask_to_send()
    own = requests.insert(apart.pair.cosigner.db, _of_the_other_device(apart, request))
    slots.reserve(
        apart.pair.cosigner.db,
        own.id,
        chain=CHAIN,
        account=apart.address,
        slots=request.slots,
        digests=[b"\x01" * 32],
        now=apart.pair.clock(),
    )
    await apart.approve(request)
    await agree_there(apart, request)
    assert (await finish(apart, request)).state is RequestState.SENT
    with pytest.raises(SlotHeld):
        slots.reserve(
            apart.pair.cosigner.db,
            own.id,
            chain=CHAIN,
            account=apart.address,
            slots=request.slots,
            digests=[b"\x01" * 32],
            now=apart.pair.clock(),
        )


async def test_the_device_that_goes_second_is_refused_the_nonce(apart: Someone) -> None:
    """The same from the other side: the first device holds the nonce for its own and lends it to nobody."""
    own = await apart.ask_to_send()
    await apart.approve(own)
    theirs = await apart.ask_to_send(2 * ETHER)
    body = {
        "proposal": {
            **approving.proposal_of(apart.wallet, theirs).as_dict(),
            "unsigned": apart.at_device(own).unsigned.hex(),
            "request_id": "ab" * 16,
        },
        "records": [
            [record.kind.value, record.subject, record.version]
            for record in records.all_current(apart.pair.device.db, apart.vault.id)
        ],
    }
    assert cosign.consent(apart.wallet, apart.pair.cosigner.identity.public, body) == cosign.WAITING
    waiting = requests.get(apart.pair.device.db, "ab" * 16)
    changed = apart.at_device(theirs).unsigned
    requests.change(
        apart.pair.device.db,
        waiting.id,
        {RequestState.PROPOSED},
        now=apart.pair.clock(),
        unsigned=_nonce_of(own, changed),
    )
    with pytest.raises(SlotHeld):
        await approving.approve(apart.wallet, waiting.id, requests.get(apart.pair.device.db, waiting.id).seq, [])


def _nonce_of(own: Any, other: bytes) -> bytes:
    """Other bytes that want the same nonce: the second request was prepared with the next one."""
    return encode_unsigned(replace(parse_unsigned(other), nonce=parse_unsigned(own.unsigned).nonce))


def _of_the_other_device(someone: Someone, request: Any) -> Any:
    plain = NewRequest(**{field.name: getattr(request, field.name) for field in fields(NewRequest)})
    return replace(plain, id="cd" * 16, client_key=None, profile_id=None)


# ── what goes unasked ─────────────────────────────────────────────────────────────────────────────


async def test_within_its_limit_the_other_device_goes_ahead_by_itself(apart: Someone) -> None:
    allow(apart, native(2 * ETHER))
    assert (await apart.decide(await apart.ask_to_send())).state is RequestState.SENT


async def test_beyond_the_days_limit_its_person_is_asked(apart: Someone) -> None:
    allow(apart, native(int(2.5 * ETHER)))
    for _ in range(2):
        assert (await apart.decide(await apart.ask_to_send())).state is RequestState.SENT
        apart.pair.node.facts_now = _next(apart)
    assert isinstance(await apart.approve(await apart.ask_to_send()), WaitForOthers)


def _next(someone: Someone) -> Any:
    now = someone.pair.node.facts_now
    return replace(now, nonce=now.nonce + 1)


@pytest.mark.parametrize(
    "limit",
    [
        native(9 * ETHER, site="https://other.example"),
        native(9 * ETHER, chain="eip155:10"),
        native(9 * ETHER, account="0x" + "11" * 20),
        native(9 * ETHER, contact="0x" + "22" * 20),
        native(9 * ETHER, act="token_transfer"),
    ],
    ids=["site", "chain", "account", "contact", "act"],
)
async def test_a_limit_counts_within_its_scope_alone(apart: Someone, limit: Limit) -> None:
    allow(apart, limit)
    assert isinstance(await apart.approve(await apart.ask_to_send()), WaitForOthers)


async def test_a_limit_for_one_contact_lets_that_one_be_paid(apart: Someone) -> None:
    allow(apart, native(2 * ETHER, contact=FRIEND, act="native_transfer", account=apart.address))
    assert (await apart.decide(await apart.ask_to_send())).state is RequestState.SENT


async def test_an_interactive_party_is_asked_whatever_its_limits(apart: Someone) -> None:
    allow(apart, native(9 * ETHER), interactive=True)
    assert isinstance(await apart.approve(await apart.ask_to_send()), WaitForOthers)


async def test_limits_are_looked_at_once_more_when_it_signs(apart: Someone) -> None:
    """Two requests that each fit were consented to at once; together they do not."""
    allow(apart, native(int(1.5 * ETHER)))
    first = await apart.ask_to_send()
    step = await apart.approve(first)
    budget = spending.Budget(apart.vault.id, CHAIN, apart.address, "native", SITE, FRIEND, "native_transfer")
    spending.add(apart.pair.cosigner.db, budget, "another request", ETHER, apart.pair.clock())
    name, response = apart.touch(step)
    ended = (await apart.answer(step, response, name)).request
    assert ended.state is RequestState.FAILED
    assert ended.error["reason"] == "needs_person"


async def test_a_day_that_counts_as_spent_leaves_nothing(apart: Someone) -> None:
    allow(apart, native(9 * ETHER))
    spending.close_day(apart.pair.cosigner.db, apart.vault.id, apart.pair.clock())
    assert isinstance(await apart.approve(await apart.ask_to_send()), WaitForOthers)


async def test_unasked_only_where_the_site_itself_proved_that_it_asks(apart: Someone) -> None:
    """The page could not use its passkey; the home passkey approves, and the origin is only claimed."""
    allow(apart, native(9 * ETHER))
    request = await apart.ask_to_send()
    step = await apart.approve(request)
    step = await approving.answer(apart.wallet, request.id, "assert_site_passkey", None, ("NotAllowedError", ""))
    name, response = apart.touch(step)
    ended = (await apart.answer(step, response, name)).request
    assert ended.state is RequestState.FAILED
    assert ended.error["reason"] == "origin_unproven"


async def test_a_text_always_takes_the_person(apart: Someone) -> None:
    allow(apart, native(9 * ETHER))
    assert isinstance(await apart.approve(await apart.ask_to_sign()), WaitForOthers)


# ── whose window opens ────────────────────────────────────────────────────────────────────────────


async def test_a_request_is_decided_in_the_browser_it_came_from_or_in_any_where_it_came_from_none(
    apart: Someone,
) -> None:
    db = apart.pair.device.db
    own = requests.insert(db, replace(_of_the_other_device(apart, await apart.ask_to_send()), id="ab" * 16))
    for profile in ("first", "second"):
        db.execute(
            "INSERT INTO profiles (id, name, browser, token_hash, extension_id, created_at) VALUES (?, 'x', 'x', ?, 'x', 1)",
            (profile, profile.encode().ljust(32)),
        )
    page = requests.insert(db, replace(_of_the_other_device(apart, own), id="ef" * 16, profile_id="first"))
    seen = {profile: [r.id for r in awaiting_person(db, profile)] for profile in (None, "first", "second")}
    assert page.id in seen[None] and page.id in seen["first"] and page.id not in seen["second"]
    assert all(own.id in ids for ids in seen.values())


async def test_what_another_device_asks_waits_in_every_browser_here_until_it_was_agreed_to(apart: Someone) -> None:
    request = await apart.ask_to_send()
    await apart.approve(request)
    db = apart.pair.cosigner.db
    assert [r.id for r in awaiting_person(db, "any profile")] == [request.id]
    await agree_there(apart, request)
    assert awaiting_person(db, "any profile") == []


async def test_a_passkey_counts_from_its_registration_on(apart: Someone) -> None:
    """A copy taken at the creation shows the very counter of the creation: that is no first use."""
    passkey = site_passkey(apart.pair.device.db, apart.vault.id, SITE)
    assert passkey is not None
    assert parse_passkey(replace(passkey, sign_count=7).as_dict()).sign_count == 7
    made = signed_record(apart.wallet, apart.vault, replace(passkey, sign_count=1000), 2, None)
    for agent in apart.pair.both:
        records.put(agent.db, made)
    request = await apart.ask_to_send()
    await apart.approve(request)
    await agree_there(apart, request)
    with pytest.raises(AssertionRefused) as caught:
        await finish(apart, request)
    assert caught.value.word == "COUNTER"
