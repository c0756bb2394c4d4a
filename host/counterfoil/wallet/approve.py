"""The person approved in the window: consent of the others, fresh bytes, and then the touch.   DESIGN §5.4-5.5"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from counterfoil.chains.family import Kind, Summary
from counterfoil.errors import PageCannotAssert, RequestExpired, StateConflict, UserRejected, WalletError
from counterfoil.store import accounts, requests, slots, vaults
from counterfoil.store.requests import Request
from counterfoil.store.vaults import Vault
from counterfoil.types import Caip2, Party, RequestState
from counterfoil.wallet import agree_policy, connect, cosign, safe_create, set_policy, sign, site_acts
from counterfoil.wallet.ask import ask
from counterfoil.wallet.authorise import HOME, SITE, Approval, challenge_of, salted
from counterfoil.wallet.challenge import joint_nonce
from counterfoil.wallet.consents import Gathering
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.decisions import Decision
from counterfoil.wallet.end import stop
from counterfoil.wallet.home import home_request_options
from counterfoil.wallet.keep_record import catch_up
from counterfoil.wallet.passkey_records import PasskeyRecord, home_passkey, site_passkey
from counterfoil.wallet.paths import signing_paths
from counterfoil.wallet.policy_act import ADMINISTRATION
from counterfoil.wallet.ports import Body
from counterfoil.wallet.proposal import Proposal
from counterfoil.wallet.record_heads import RECORDS_BEHIND, record_heads
from counterfoil.wallet.renumber import next_slots, take_slot
from counterfoil.wallet.review import Reviewed, hold_slots, review
from counterfoil.wallet.safe_records import safe_on_record
from counterfoil.wallet.signers import choose_helpers
from counterfoil.wallet.steps import (
    ASSERT_HOME,
    ASSERT_SITE,
    CREATE_SITE,
    AssertHomePasskey,
    AssertSitePasskey,
    Done,
    Step,
    WaitForOthers,
)
from counterfoil.wallet.summary_json import decode_summary, encode_summary
from counterfoil.webauthn.options import request_options
from counterfoil.webauthn.response import read_credential_id

_INSTEAD = "The page could not use its passkey ({name}). Touch the passkey of Counterfoil instead."
OPEN = frozenset({RequestState.PROPOSED, RequestState.CONSENTED})


async def approve(wallet: Wallet, request_id: str, seq: int, account_ids: list[str]) -> Step:
    """The person said yes to the view with this ``seq``: what has to be touched next.

    Raises: StateConflict, RequestExpired, Locked, what the other parties refuse with
    """
    async with wallet.decisions.lock(request_id):
        request = requests.get(wallet.db, request_id)
        if request.state not in OPEN:
            return Done(request)
        if request.seq != seq:
            raise StateConflict("What you saw has changed; look again.", reason="seq")
        if wallet.now() >= request.expires_at:
            raise RequestExpired
        if request.kind == "connect":
            return await connect.approve(wallet, request, account_ids)
        if request.kind == safe_create.KIND:
            return await safe_create.approve(wallet, request)
        if request.kind in site_acts.KINDS:
            return site_acts.approve(wallet, request)
        if request.intent is not None:
            agree = agree_policy.agree if request.kind == ADMINISTRATION else cosign.agree
            return Done(agree(wallet, request))
        return await _approve_signing(wallet, request)


async def answer(  # noqa: PLR0911 - one for each kind of request
    wallet: Wallet,
    request_id: str,
    step: str,
    response: Mapping[str, Any] | None,
    failure: tuple[str, str] | None,
) -> Step:
    """The passkey's answer, or why there is none: what comes next.

    Raises: StateConflict, AssertionRefused, PageCannotAssert; a refused answer may be given again
    """
    async with wallet.decisions.lock(request_id):
        request = requests.get(wallet.db, request_id)
        if request.state not in OPEN:
            return Done(request)
        decision = wallet.decisions.take(request_id, step)
        if request.kind == "connect":
            return await connect.answer(wallet, request, decision, response, failure)
        if request.kind == ADMINISTRATION and response is not None:
            return await _administer(wallet, request, decision, response)
        if request.kind == safe_create.KIND:
            return await safe_create.answer(wallet, request, decision, response, failure)
        if response is None:
            return _fall_back(wallet, request, decision, failure)
        if "then" in decision.data:
            return await _renewed(wallet, request, decision, response)
        role = SITE if step == ASSERT_SITE else HOME
        approval = Approval(role, read_credential_id(response), response)
        try:
            approved = sign.accept(wallet, request, decision, approval)
        except WalletError:
            wallet.decisions.put(request_id, decision)
            raise
    return Done(await sign.run(wallet, approved))


async def _administer(wallet: Wallet, request: Request, decision: Decision, response: Mapping[str, Any]) -> Step:
    try:
        return await set_policy.carry_out(wallet, request, decision, response)
    except WalletError:
        wallet.decisions.put(request.id, decision)
        raise


async def _approve_signing(wallet: Wallet, request: Request) -> Step:
    """Ask everyone; go on at once where nobody has to think, else when the last one has agreed."""
    wallet.unlocked.key()
    gathering = wallet.consents.get(request.id)
    if gathering is None or (gathering.task is None and not gathering.is_complete):
        gathering = await _ask_everyone(wallet, request)
    if not gathering.is_complete:
        return WaitForOthers(request)
    return await _after_consents(wallet, request, wallet.consents.take(request.id))


async def _ask_everyone(wallet: Wallet, request: Request) -> Gathering:
    """The first round. Where one does not agree, this request's slot is free again."""
    if request.kind == ADMINISTRATION:
        gathering = wallet.consents.begin(request.id, None, *set_policy.question_of(wallet, request))
    else:
        gathering = await _begin_signing(wallet, request)
    try:
        await gathering.ask_all()
    except WalletError:
        wallet.consents.drop(request.id)
        slots.release(wallet.db, request.id)
        for party in gathering.parties:
            wallet.peers.tell(party.identity, "request_release", {"request_id": request.id})
        raise
    if not gathering.is_complete:
        wallet.consents.go_on(
            request.id,
            on_change=lambda: wallet.events.requests_changed(request.id),
            on_done=lambda: wallet.events.requests_changed(request.id),
            on_error=lambda error: _refused_elsewhere(wallet, request.id, error),
        )
        wallet.events.requests_changed(request.id)
    return gathering


async def _begin_signing(wallet: Wallet, request: Request) -> Gathering:
    proposal = proposal_of(wallet, request)
    helpers = choose_helpers(wallet, vaults.get(wallet.db, proposal.vault))
    reviewed = take_slot(wallet, request, proposal, await next_slots(wallet, proposal))

    async def question(party: Party) -> Body:
        return await _consent_of(wallet, reviewed.vault, party, reviewed.proposal)

    return wallet.consents.begin(request.id, reviewed, helpers, question)


def _refused_elsewhere(wallet: Wallet, request_id: str, error: WalletError) -> None:
    """A person on another device said no, or a check failed there: the page hears it as what it is."""
    to = RequestState.REFUSED if isinstance(error, UserRejected) else RequestState.FAILED
    with contextlib.suppress(StateConflict):
        stop(wallet, request_id, to, error)


async def _after_consents(wallet: Wallet, request: Request, gathering: Gathering) -> Step:
    if request.kind == ADMINISTRATION:
        return set_policy.ask_for_touch(wallet, request, gathering)
    reviewed = gathering.subject
    assert isinstance(reviewed, Reviewed)
    nonces = {reviewed.vault.my_index: wallet.rng(32), **gathering.nonces}
    request = requests.move(
        wallet.db,
        request.id,
        OPEN,
        RequestState.CONSENTED,
        now=wallet.now(),
        unsigned=reviewed.proposal.unsigned,
        consents={str(index): nonce.hex() for index, nonce in nonces.items()},
    )
    salty = reviewed.proposal.with_bytes(salted(reviewed, joint_nonce("request", list(nonces.items()))))
    final = await _freshen(wallet, salty)
    return _ask_for_touch(wallet, request, review(wallet, final), reviewed.intent, nonces)


async def _consent_of(wallet: Wallet, vault: Vault, party: Party, proposal: Proposal) -> Body:
    """Another party's answer to the intent. What it knows more than this device is learnt first."""

    async def ask_once() -> Body:
        body: Body = {"proposal": proposal.as_dict(), "records": record_heads(wallet.db, vault.id)}
        return await ask(wallet, party, "request_consent", body, expires_at=proposal.expires_at)

    try:
        return await ask_once()
    except StateConflict as error:
        if error.word != RECORDS_BEHIND:
            raise
    await catch_up(wallet, vault, party, expires_at=proposal.expires_at)
    return await ask_once()


async def _freshen(wallet: Wallet, proposal: Proposal) -> Proposal:
    """Volatile fields as the chain wants them now, the fee under the cap."""
    if not proposal.kind.is_transaction or proposal.parent:
        return proposal  # a child's fee was chosen against its parent's
    chain = wallet.networks.chain(Caip2(proposal.chain))
    client = wallet.networks.client(chain)
    fresh = await client.refresh(chain, proposal.account, proposal.kind, proposal.unsigned, proposal.fee_cap)
    return proposal.with_bytes(fresh)


def _ask_for_touch(
    wallet: Wallet, request: Request, reviewed: Reviewed, intent: bytes, nonces: Mapping[int, bytes]
) -> Step:
    challenge, nonce = challenge_of(reviewed, nonces)
    proposal = reviewed.proposal
    request = requests.change(
        wallet.db,
        request.id,
        {RequestState.CONSENTED},
        now=wallet.now(),
        unsigned=proposal.unsigned,
        slots=list(reviewed.slots),
        summary=encode_summary(_with_findings_of(request, reviewed.summary)),
        challenge=challenge,
        request_nonce=nonce,
    )
    hold_slots(wallet, reviewed)
    wallet.events.requests_changed(request.id)
    data = {"proposal": proposal, "intent": intent, "nonces": dict(nonces), "only": None}
    passkey = passkey_to_ask(wallet, proposal)
    if passkey is None or passkey.role != SITE:
        data["only"] = None if passkey is None else passkey.credential_id
        return _ask_home(wallet, request, challenge, data, "Touch the passkey of Counterfoil to approve.")
    return _ask_page(wallet, request, passkey, Decision(ASSERT_SITE, challenge, data))


def _ask_page(wallet: Wallet, request: Request, passkey: PasskeyRecord, decision: Decision) -> Step:
    wallet.decisions.put(request.id, decision)
    options = request_options(
        challenge=decision.challenge,
        rp_id=passkey.rp_id,
        credential_ids=[passkey.credential_id],
        timeout_ms=_milliseconds_left(wallet, request),
    )
    return AssertSitePasskey(request, dict(options), decision.challenge)


async def _renewed(wallet: Wallet, request: Request, decision: Decision, response: Mapping[str, Any]) -> Step:
    """The page's new passkey was made, or let in: from there on the request waits for its touch as before."""
    if decision.step == CREATE_SITE:
        return await connect.ask_to_enrol(wallet, request, decision, response)
    await connect.carry_out(wallet, request, decision, response)
    assert request.vault is not None
    passkey = site_passkey(wallet.db, request.vault, request.origin)
    assert passkey is not None
    return _ask_page(wallet, request, passkey, decision.data["then"])


def passkey_to_ask(wallet: Wallet, proposal: Proposal) -> PasskeyRecord | None:
    """A Safe's own passkey, whichever that is; else the site's; None: any of the wallet's own.

    Raises: PageCannotAssert where only the site's passkey would do and no page of it asks
    """
    at_site = site_passkey(wallet.db, proposal.vault, proposal.origin) if asked_by_page(wallet, proposal) else None
    safe = safe_on_record(wallet.db, proposal.vault, proposal.account)
    if safe is None:
        return at_site
    home = home_passkey(wallet.db, proposal.vault, safe.credential_id)
    for passkey in (home, at_site):
        if passkey is not None and passkey.credential_id == safe.credential_id:
            return passkey
    raise PageCannotAssert(
        "This Safe moves only by the passkey of its own site. Nothing was signed.", reason="other_passkey"
    )


def asked_by_page(wallet: Wallet, proposal: Proposal) -> bool:
    """Whether a page of the site waits for this, and can be asked for a touch."""
    return requests.get(wallet.db, proposal.request_id).tab is not None


def _with_findings_of(request: Request, summary: Summary) -> Summary:
    """What was found with the chain's facts stays said beside the fresh bytes."""
    return replace(summary, findings=decode_summary(request.summary).findings)


def _fall_back(wallet: Wallet, request: Request, decision: Decision, failure: tuple[str, str] | None) -> Step:
    """The page could not assert: say why, and offer the home passkey over the very same challenge.   DESIGN §5"""
    name = failure[0] if failure else "Unknown"
    if "then" in decision.data:  # no new passkey was made: the request waits for the old one again, or another way
        decision = decision.data["then"]
        return _ask_home(wallet, request, decision.challenge, decision.data, _INSTEAD.format(name=name))
    if decision.step != ASSERT_SITE:
        wallet.decisions.put(request.id, decision)
        raise PageCannotAssert("The passkey was not used. Nothing was signed.", reason="not_used")
    proposal: Proposal = decision.data["proposal"]
    if safe_on_record(wallet.db, proposal.vault, proposal.account) is not None:
        wallet.decisions.put(request.id, decision)
        raise PageCannotAssert(
            f"The page could not use its passkey ({name}), and no other moves this Safe. Nothing was signed.",
            reason="no_other_passkey",
        )
    return _ask_home(wallet, request, decision.challenge, decision.data, _INSTEAD.format(name=name))


def _ask_home(wallet: Wallet, request: Request, challenge: bytes, data: dict[str, Any], why: str) -> Step:
    assert request.vault is not None
    wallet.decisions.put(request.id, Decision(ASSERT_HOME, challenge, data))
    options = home_request_options(
        wallet, request.vault, challenge, _milliseconds_left(wallet, request), only=data["only"]
    )
    return AssertHomePasskey(request, options, why)


def proposal_of(wallet: Wallet, request: Request) -> Proposal:
    """The proposal that a kept request stands for."""
    assert request.vault is not None
    assert request.chain is not None
    assert request.account is not None
    assert request.unsigned is not None
    assert request.fee_cap is not None
    account = accounts.by_address(wallet.db, request.chain.split(":")[0], request.account)
    return Proposal(
        request_id=request.id,
        vault=request.vault,
        epoch=vaults.get(wallet.db, request.vault).epoch,
        chain=request.chain,
        paths=signing_paths(wallet, account, Kind(request.kind)),
        account=request.account,
        origin=request.origin,
        kind=Kind(request.kind),
        method=request.method,
        unsigned=request.unsigned,
        fee_cap=int(request.fee_cap),
        expires_at=request.expires_at,
        parent=request.parent_id or "",
    )


def _milliseconds_left(wallet: Wallet, request: Request) -> int:
    return max(1, request.expires_at - wallet.now()) * 1000
