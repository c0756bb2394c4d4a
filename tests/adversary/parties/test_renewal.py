"""A page, a browser or a person deletes a site's passkey: nothing is lost, the home passkey lets a new one in."""

from __future__ import annotations

from typing import Any

import pytest

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.errors import AssertionRefused, NotFound, StateConflict
from counterfoil.store import requests
from counterfoil.types import RequestState
from counterfoil.wallet import approve
from counterfoil.wallet.passkey_records import site_passkey
from counterfoil.wallet.renew import renew
from counterfoil.wallet.steps import AssertHomePasskey, AssertSitePasskey, CreateSitePasskey, Done
from tests.fakes.authenticator import HONEST, FakeAuthenticator, NotAllowedError
from tests.fakes.two_agent_person import SITE, Someone


async def deleted(someone: Someone) -> tuple[requests.Request, bytes]:
    """A payment waits for its touch, and the page's passkey is gone."""
    old = someone.site.credentials[0].id
    someone.site = FakeAuthenticator(b"made anew")
    step = await someone.approve(await someone.ask_to_send())
    assert isinstance(step, AssertSitePasskey)
    with pytest.raises(NotAllowedError):
        someone.touch(step)
    return step.request, old


async def test_the_page_makes_a_new_one_and_the_payment_goes_on(someone: Someone) -> None:
    request, old = await deleted(someone)
    create = await renew(someone.wallet, request.id)
    assert isinstance(create, CreateSitePasskey)
    assert [one["id"] for one in create.options["excludeCredentials"]] == [encode_base64url(old)]
    step: Any = create
    kinds = []
    while not isinstance(step, Done):
        kinds.append(type(step))
        name, response = someone.touch(step)
        step = await someone.answer(step, response, name)
    assert kinds == [CreateSitePasskey, AssertHomePasskey, AssertSitePasskey]
    assert requests.get(someone.pair.device.db, request.id).state is RequestState.SENT
    for agent in someone.pair.both:
        known = site_passkey(agent.db, someone.vault.id, SITE)
        assert known is not None
        assert known.credential_id == someone.site.credentials[0].id != old


async def test_a_passkey_that_is_still_there_is_not_made_twice(someone: Someone) -> None:
    step = await someone.approve(await someone.ask_to_send())
    create = await renew(someone.wallet, step.request.id)
    with pytest.raises(NotAllowedError):
        someone.touch(create)


async def test_the_old_one_approves_nothing_once_a_new_one_is_in(someone: Someone) -> None:
    request, old = await deleted(someone)
    step: Any = await renew(someone.wallet, request.id)
    for _ in range(2):
        name, response = someone.touch(step)
        step = await someone.answer(step, response, name)
    assert isinstance(step, AssertSitePasskey)
    name, response = someone.touch(step)
    stale = {**response, "id": encode_base64url(old), "rawId": encode_base64url(old)}
    with pytest.raises(AssertionRefused):
        await someone.answer(step, stale, name)


async def test_without_the_home_passkey_no_new_one_comes_in(someone: Someone) -> None:
    """The page's touch cannot stand in for it: the request is not signed, and the old passkey stays on record."""
    request, old = await deleted(someone)
    step: Any = await renew(someone.wallet, request.id)
    name, response = someone.touch(step)
    step = await someone.answer(step, response, name)
    assert isinstance(step, AssertHomePasskey)
    fake = someone.site.get(
        {**step.options, "rpId": "app.example", "allowCredentials": []} | _any(someone), origin=SITE
    )
    with pytest.raises(AssertionRefused):
        await someone.answer(step, fake, "assert_home_passkey")
    for agent in someone.pair.both:
        known = site_passkey(agent.db, someone.vault.id, SITE)
        assert known is not None
        assert known.credential_id == old
    name, response = someone.touch(step, HONEST)
    assert isinstance(await someone.answer(step, response, name), AssertSitePasskey)


def _any(someone: Someone) -> dict[str, Any]:
    return {"allowCredentials": [{"type": "public-key", "id": encode_base64url(someone.site.credentials[0].id)}]}


async def test_if_no_new_one_is_made_the_home_passkey_can_still_approve(someone: Someone) -> None:
    request, _ = await deleted(someone)
    await renew(someone.wallet, request.id)
    failure = ("NotAllowedError", "nobody")
    step: Any = await approve.answer(someone.wallet, request.id, "create_site_passkey", None, failure)
    assert isinstance(step, AssertHomePasskey)
    name, response = someone.touch(step)
    assert isinstance(await someone.answer(step, response, name), Done)
    assert requests.get(someone.pair.device.db, request.id).state is RequestState.SENT


async def test_only_a_request_that_waits_for_its_page_can_renew(someone: Someone) -> None:
    request = await someone.ask_to_send()
    with pytest.raises(StateConflict):
        await renew(someone.wallet, request.id)
    with pytest.raises(NotFound):
        await renew(someone.wallet, "00" * 16)
