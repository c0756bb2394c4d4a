"""Putting a passkey on record: every field altered, approvals used again, parties that were not told."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from counterfoil.errors import AssertionRefused, InvalidMessage, NotFound, NotPermitted, StateConflict, WalletError
from counterfoil.store import records, requests
from counterfoil.store.records import RecordKind
from counterfoil.types import RequestState
from counterfoil.wallet import connect
from counterfoil.wallet.passkey_records import home_passkeys, site_passkey
from counterfoil.wallet.propose import Caller
from counterfoil.wallet.record_heads import record_heads
from counterfoil.wallet.record_wire import parse_record, record_as_dict, signed_record
from counterfoil.wallet.steps import AssertHomePasskey, Done
from tests.adversary.bending import bent, leaves, without
from tests.adversary.parties.hostile import OTHER_SITE
from tests.fakes.two_agent_person import SITE, Someone, outcome
from tests.fakes.two_agents import Crossing, Pair

NEW = OTHER_SITE
UNSIGNED = {
    ("record", "evidence", "response", "authenticatorAttachment"),
    ("record", "evidence", "response", "clientExtensionResults"),
    ("record", "evidence", "response", "rawId"),
    ("record", "evidence", "response", "response", "userHandle"),
    ("record", "evidence", "response", "type"),
}


async def up_to_the_touch(someone: Someone, origin: Any = NEW) -> tuple[AssertHomePasskey, dict[str, Any]]:
    """A new site's passkey is made; the home passkey has answered, and its answer is not yet handed in."""
    request = connect.propose_connection(someone.wallet, Caller(origin, None, {}, None), "eth_requestAccounts", "{}")
    step = await someone.approve(request)
    name, response = someone.touch(step)
    step = await someone.answer(step, response, name)
    assert isinstance(step, AssertHomePasskey)
    return step, someone.touch(step)[1]


async def put(someone: Someone, body: dict[str, Any]) -> None:
    pair = someone.pair
    await pair.device.links.call(pair.cosigner.identity.public, "record_put", body)


async def held_back(someone: Someone) -> dict[str, Any]:
    """An honest ``record_put`` that the co-signer never got."""
    step, response = await up_to_the_touch(someone)
    caught: list[dict[str, Any]] = []

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "record_put":
            caught.append(crossing.body)
            raise NotPermitted("held back")

    someone.pair.wire.hook = hook
    assert isinstance(await outcome(someone.answer(step, response, "assert_home_passkey")), NotPermitted)
    someone.pair.wire.hook = _no_change
    return caught[0]


async def _no_change(_crossing: Crossing) -> None:
    return None


def known(someone: Someone, origin: str = NEW) -> list[bool]:
    """Whether device and co-signer have a passkey of the site on record."""
    return [site_passkey(agent.db, someone.vault.id, origin) is not None for agent in someone.pair.both]


async def test_both_parties_know_a_new_sites_passkey_or_neither_does(someone: Someone) -> None:
    await someone.connect(NEW)
    assert known(someone) == [True, True]
    heads = [record_heads(agent.db, someone.vault.id) for agent in someone.pair.both]
    assert heads[0] == heads[1]


async def test_no_field_of_a_record_or_of_its_approval_can_be_altered(someone: Someone) -> None:
    honest = await held_back(someone)
    calls = someone.pair.cosigner.calls
    given = dict(calls._nonces._given)
    for path in (path for path in leaves(honest) if path not in UNSIGNED):
        for change in (bent, without):
            calls._nonces._given.update(given)
            try:
                with pytest.raises(WalletError):
                    await put(someone, change(honest, path))
            except BaseException as error:
                raise AssertionError(f"{change.__name__} {path}") from error
            assert known(someone) == [False, False], path
    calls._nonces._given.update(given)
    await outcome(put(someone, honest))
    assert someone.pair.mistakes() == []


async def test_a_device_that_signs_the_altered_record_anew_still_lacks_the_touch(someone: Someone) -> None:
    """The device's own signature is no approval: what counts is what the home passkey was touched for."""
    honest = parse_record((await held_back(someone))["record"])
    passkey = site_passkey(someone.pair.device.db, someone.vault.id, SITE)
    assert passkey is not None
    lies = (
        dataclasses.replace(passkey, origin=NEW, rp_id="other.example"),
        dataclasses.replace(passkey, accounts=("0x" + "11" * 20,)),
        dataclasses.replace(passkey, role="home"),
        dataclasses.replace(passkey, is_revoked=True),
    )
    given = dict(someone.pair.cosigner.calls._nonces._given)
    for lie in lies:
        someone.pair.cosigner.calls._nonces._given.update(given)
        record = signed_record(someone.wallet, someone.vault, lie, 2, honest.evidence)
        with pytest.raises((AssertionRefused, InvalidMessage)):
            await put(someone, {"record": record_as_dict(record)})


async def test_an_approval_serves_once(someone: Someone) -> None:
    await someone.connect(NEW)
    body = next(c.body for c in someone.pair.wire.log if c.kind == "record_put")
    with pytest.raises(StateConflict) as caught:
        await put(someone, body)
    assert caught.value.word == "nonce"


async def test_an_approval_is_void_once_another_act_was_begun(someone: Someone) -> None:
    body = await held_back(someone)
    await up_to_the_touch(someone, "https://third.example")
    with pytest.raises(StateConflict) as caught:
        await put(someone, body)
    assert caught.value.word == "nonce"


async def test_an_approval_ends_with_its_time(someone: Someone) -> None:
    body = await held_back(someone)
    someone.pair.clock.now = body["record"]["evidence"]["expires_at"]
    with pytest.raises(AssertionRefused) as caught:
        await put(someone, body)
    assert caught.value.word == "EXPIRED"


async def test_a_record_of_another_vault_is_refused(someone: Someone, tmp_path: Path) -> None:
    body = await held_back(someone)
    stranger = Someone(Pair.at(tmp_path / "other"))
    await stranger.make_home_passkey()
    await stranger.make_vault()
    with pytest.raises(NotFound):
        await put(stranger, body)
    ours = record_as_dict(
        dataclasses.replace(
            parse_record(body["record"]), vault=stranger.vault.id, signer=stranger.wallet.identity.public
        )
    )
    with pytest.raises(InvalidMessage):
        await put(stranger, {"record": ours})
    assert known(stranger) == [False, False]
    await stranger.pair.close()


async def test_strangers_neither_begin_an_act_nor_put_records(someone: Someone) -> None:
    body = await held_back(someone)
    calls, stranger = someone.pair.cosigner.calls, b"\x09" * 32
    with pytest.raises(NotPermitted):
        await calls.serve(stranger, "admin_nonce", {"vault": someone.vault.id, "kind": "site_passkey", "subject": NEW})
    with pytest.raises(InvalidMessage):
        await calls.serve(stranger, "record_put", body)
    with pytest.raises(NotPermitted):
        await calls.serve(stranger, "records_get", {"vault": someone.vault.id, "records": []})
    with pytest.raises(NotFound):
        await calls.serve(stranger, "admin_nonce", {"vault": "00" * 16, "kind": "site_passkey", "subject": NEW})
    with pytest.raises(InvalidMessage):
        await put(someone, {})


async def test_no_home_passkey_can_be_put_in_place_of_the_first(someone: Someone) -> None:
    passkey = records.all_current(someone.pair.device.db, someone.vault.id, RecordKind.HOME_PASSKEY)[0]
    record = parse_record({**record_as_dict(passkey), "evidence": {"first_home_passkey": True}})
    for version in (1, 2):
        forged = signed_record(someone.wallet, someone.vault, _home(someone), version, record.evidence)
        with pytest.raises((StateConflict, InvalidMessage)):
            await put(someone, {"record": record_as_dict(forged)})


def _home(someone: Someone) -> Any:
    return dataclasses.replace(home_passkeys(someone.pair.device.db, someone.vault.id)[0], credential_id=b"another")


# ── parties that know different things ────────────────────────────────────────────────────────────


async def lost_at_the_device(someone: Someone) -> None:
    """The device dies between the co-signer's keeping of a record and its own."""
    step, response = await up_to_the_touch(someone)

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "record_put/answer":
            raise NotPermitted("killed here")

    someone.pair.wire.hook = hook
    await outcome(someone.answer(step, response, "assert_home_passkey"))
    someone.pair.wire.hook = _no_change
    assert known(someone) == [False, True]


async def test_a_device_that_lost_its_own_record_learns_it_again_before_it_signs(someone: Someone) -> None:
    await lost_at_the_device(someone)
    request = await someone.decide(await someone.ask_to_send())
    assert request.state is RequestState.SENT
    assert known(someone) == [True, True]


async def test_a_half_made_enrolment_can_be_made_anew(someone: Someone) -> None:
    await lost_at_the_device(someone)
    request = await someone.connect(NEW)
    assert request.state is RequestState.FINAL
    assert known(someone) == [True, True]
    heads = [record_heads(agent.db, someone.vault.id) for agent in someone.pair.both]
    assert heads[0] == heads[1]


async def test_a_requester_that_hides_what_it_knows_is_refused(someone: Someone) -> None:
    """Neither side signs while the other has not heard of a change."""
    request = await someone.ask_to_send()

    def reply_with(change: Any) -> Any:
        async def hook(crossing: Crossing) -> dict[str, Any] | None:
            if crossing.kind in {"request_consent", "ceremony_join"}:
                return {**crossing.body, "records": change(crossing.body["records"])}
            return None

        return hook

    someone.pair.wire.hook = reply_with(lambda heads: heads[1:])
    answer = await outcome(someone.approve(request))
    assert (type(answer), answer.word) == (StateConflict, "records_behind")
    someone.pair.wire.hook = reply_with(lambda heads: [[k, s, v + 1] for k, s, v in heads])
    answer = await outcome(someone.approve(request))
    assert (type(answer), answer.word) == (StateConflict, "records_missing")
    someone.pair.wire.hook = _no_change
    assert not isinstance(await someone.approve(request), Done)
    assert requests.get(someone.pair.cosigner.db, request.id).state is RequestState.CONSENTED


async def test_records_of_others_are_not_taken_on_a_peers_word(someone: Someone) -> None:
    """What the co-signer hands over counts only where this device signed it."""
    await lost_at_the_device(someone)

    async def hook(crossing: Crossing) -> dict[str, Any] | None:
        if crossing.kind != "records_get/answer":
            return None
        record = parse_record(crossing.body["records"][0])
        forged = dataclasses.replace(record, body={**record.body, "name": "forged"})
        resigned = dataclasses.replace(record, signer=someone.pair.cosigner.identity.public)
        return {"records": [record_as_dict(resigned), record_as_dict(forged)]}

    someone.pair.wire.hook = hook
    answer = await outcome(someone.approve(await someone.ask_to_send()))
    assert (type(answer), answer.word) == (InvalidMessage, "record_signature")
    assert known(someone) == [False, True]
