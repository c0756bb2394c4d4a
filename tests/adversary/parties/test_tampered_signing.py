"""Each field of everything that crosses on the way to a signature, altered: refused with a typed error, nothing signed."""

from __future__ import annotations

from typing import Any

import pytest

from counterfoil.agent.ceremony import hub
from counterfoil.errors import WalletError
from counterfoil.store import slots
from counterfoil.types import RequestState
from counterfoil.wallet.end import refuse
from counterfoil.wallet.steps import Done
from tests.adversary.bending import Path, bent, leaves, without
from tests.fakes.two_agent_person import CHAIN, Someone, outcome
from tests.fakes.two_agents import Crossing

DECIDED = {RequestState.FAILED, RequestState.PROPOSED, RequestState.CONSENTED}
IN_NOBODYS_WAY = {
    ("approval", "response", "authenticatorAttachment"),
    ("approval", "response", "clientExtensionResults"),
    ("approval", "response", "rawId"),
    ("approval", "response", "type"),
}
"""Said by the browser beside what the authenticator signed; nothing is decided by it."""
BELIEVED = ("heads", "restored")
"""A party that says of itself that it was restored is believed, and helps nobody until its keys are made anew."""


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "CEREMONY_SECONDS", 1)


async def recorded(someone: Someone, kind: str) -> dict[str, Any]:
    """What an honest request sends as its message of ``kind``."""
    someone.pair.wire.log.clear()
    request = await someone.decide(await someone.ask_to_sign())
    assert request.state is RequestState.FINAL
    return next(crossing.body for crossing in someone.pair.wire.log if crossing.kind == kind)


async def attempt(someone: Someone, kind: str, change: Any) -> None:
    """A request during which each message of ``kind`` is changed; checks that nothing at all came of it."""
    seen = []

    async def hook(crossing: Crossing) -> dict[str, Any] | None:
        if crossing.kind != kind:
            return None
        seen.append(kind)
        return change(crossing.body)

    someone.pair.wire.hook = hook
    request = await someone.ask_to_send()
    step = await outcome(someone.approve(request))
    if not isinstance(step, WalletError | Done):
        name, response = someone.touch(step)
        step = await outcome(someone.answer(step, response, name))
    someone.pair.wire.hook = no_change
    assert seen
    state = someone.at_device(request)
    assert state.state in DECIDED, state.state
    assert state.signed is None
    if state.state is RequestState.FAILED:
        assert state.error["code"] != 9000, state.error
    else:
        assert isinstance(step, WalletError)
        assert step.code != 9000, step.as_dict()
        refuse(someone.wallet, request.id)
    assert someone.pair.node.sent == []
    theirs = someone.pair.cosigner.db.all("SELECT state, signed FROM requests WHERE id = ?", (request.id,))
    assert all(row["signed"] is None and row["state"] in {"consented", "approved", "failed"} for row in theirs)


async def no_change(_crossing: Crossing) -> None:
    return None


async def every_field(someone: Someone, kind: str, inert: set[Path]) -> None:
    honest = await recorded(someone, kind)
    paths = [path for path in leaves(honest) if path not in inert]
    for path in paths:
        for change in (without,) if path == BELIEVED else (bent, without):
            try:
                await attempt(someone, kind, lambda body, path=path, change=change: change(body, path))
            except AssertionError as error:
                raise AssertionError(f"{change.__name__} {path}: {error}") from error
    assert slots.held(someone.pair.device.db, CHAIN, someone.address) == []
    request = await someone.decide(await someone.ask_to_send())
    assert request.state is RequestState.SENT, "an honest request afterwards"


async def test_no_field_of_what_is_asked_to_be_signed_can_be_altered(someone: Someone) -> None:
    await every_field(someone, "ceremony_join", IN_NOBODYS_WAY)


async def test_no_field_of_what_is_asked_consent_for_can_be_altered(someone: Someone) -> None:
    await every_field(someone, "request_consent", set())


async def test_a_helper_that_lies_about_its_nonce_gets_nothing(someone: Someone) -> None:
    await every_field(someone, "request_consent/answer", set())


async def test_a_join_that_is_not_the_invited_partys_ends_it(someone: Someone) -> None:
    await every_field(someone, "ceremony_join/answer", set())


async def test_joins_that_were_exchanged_on_the_way_end_it(someone: Someone) -> None:
    await every_field(someone, "ceremony_begin", set())
