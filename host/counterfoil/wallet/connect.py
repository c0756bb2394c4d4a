"""Connecting a site: choose accounts, make the site's own passkey, and have every party put it on record.   DESIGN §6"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.errors import InvalidMessage, NotPermitted, PageCannotAssert, RecoveryUnproven, WalletError
from counterfoil.store import accounts, log, requests, sites, vaults
from counterfoil.store.accounts import Account
from counterfoil.store.request_states import PENDING
from counterfoil.store.requests import NewRequest, Request
from counterfoil.types import RequestId, RequestState
from counterfoil.wallet import enrol
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.decisions import Decision
from counterfoil.wallet.end import told
from counterfoil.wallet.home import home_request_options
from counterfoil.wallet.passkey_records import PasskeyRecord, passkey_record, site_passkey
from counterfoil.wallet.propose import Caller, life_seconds, refuse_flood
from counterfoil.wallet.put_on_chain import chain_id_of
from counterfoil.wallet.receive import may_receive
from counterfoil.wallet.safe_records import safe_on_record
from counterfoil.wallet.spelling import as_pages_see
from counterfoil.wallet.steps import (
    ASSERT_HOME,
    CREATE_SITE,
    AssertHomePasskey,
    CreateSitePasskey,
    Done,
    Step,
)
from counterfoil.webauthn.options import site_creation_options
from counterfoil.webauthn.origin import can_assert, rp_id_of
from counterfoil.webauthn.registration import ExpectedRegistration, verify_registration


def propose_connection(wallet: Wallet, caller: Caller, method: str, payload: str) -> Request:
    """A request to connect, or the one this call (or this site, still waiting) made before. Raises RateLimited."""
    for waiting in requests.pending(wallet.db):
        if waiting.kind == "connect" and waiting.origin == caller.origin:
            return waiting
    refuse_flood(wallet, caller.origin)
    now = wallet.now()
    new = NewRequest(
        id=RequestId(wallet.rng(16).hex()),
        origin=caller.origin,
        kind="connect",
        method=method,
        payload=payload,
        created_at=now,
        expires_at=now + life_seconds(wallet),
        client_key=caller.client_key,
        profile_id=caller.profile_id,
        tab=caller.tab,
    )
    request, _ = requests.insert_or_attach(wallet.db, new)
    wallet.events.requests_changed(request.id)
    return request


def choices(wallet: Wallet, origin: str) -> list[Account]:
    """Accounts that a site may be shown: those whose vault may receive; a Safe only where its passkey can be asked,
    and where it may receive itself."""
    ready = {vault.id for vault in vaults.listed(wallet.db) if vaults.receive_ready(vault)}
    chain = wallet.networks.chain(chain_id_of(wallet, origin))
    return [
        account
        for account in accounts.listed(wallet.db)
        if account.vault in ready and may_receive(wallet, account, chain) and _is_for(wallet, account, origin)
    ]


def _is_for(wallet: Wallet, account: Account, origin: str) -> bool:
    """A Safe of a site's passkey is for that site only."""
    if account.kind != accounts.SAFE:
        return True
    safe = safe_on_record(wallet.db, account.vault, account.address)
    return safe is not None and (safe.passkey_role == "home" or safe.passkey_origin == origin)


async def approve(wallet: Wallet, request: Request, account_ids: list[str]) -> Step:
    """The person chose accounts. A site that has its passkey is connected at once; another makes one first."""
    chosen = [account for account in choices(wallet, request.origin) if account.id in account_ids]
    if not choices(wallet, request.origin):
        raise RecoveryUnproven
    if not chosen or len({account.vault for account in chosen}) != 1:
        raise InvalidMessage("Choose at least one account, all of one vault.")
    vault = vaults.get(wallet.db, chosen[0].vault)
    known = site_passkey(wallet.db, vault.id, request.origin)
    addresses = tuple(account.address for account in chosen)
    by_site = tuple(account.address for account in chosen if account.kind == accounts.VAULT)
    if not can_assert(request.origin) or not by_site:
        return _grant(wallet, request, addresses)  # a Safe is moved by its own passkey, which is on record already
    if known is not None:
        if set(by_site) <= set(known.accounts):
            return _grant(wallet, request, addresses)
        return await _ask_home(
            wallet, request, vault.id, known.with_accounts(tuple({*known.accounts, *by_site})), addresses
        )
    wallet.unlocked.key()
    return ask_to_create(wallet, request, vault.id, addresses, by_site=by_site)


def ask_to_create(
    wallet: Wallet,
    request: Request,
    vault_id: str,
    addresses: tuple[str, ...],
    *,
    by_site: tuple[str, ...] | None = None,
    exclude: tuple[bytes, ...] = (),
    then: Decision | None = None,
) -> Step:
    """Have the page make a passkey of its own, unless it still has one of ``exclude``. ``then``: what goes on after it.

    In:     ``by_site``: the accounts that it may approve for, where they are not all of ``addresses``
    """
    vault = vaults.get(wallet.db, vault_id)
    challenge, user_id = wallet.rng(32), wallet.rng(64)
    rp_id = rp_id_of(request.origin)
    options = site_creation_options(
        challenge=challenge, rp_id=rp_id, vault_name=vault.name, user_id=user_id, exclude=exclude
    )
    data = {
        "vault": vault.id,
        "addresses": addresses,
        "by_site": addresses if by_site is None else by_site,
        "name": f"{vault.name} on {rp_id}",
        "user_id": user_id,
        "then": then,
    }
    wallet.decisions.put(request.id, Decision(CREATE_SITE, challenge, data))
    return CreateSitePasskey(request, dict(options))


async def answer(
    wallet: Wallet,
    request: Request,
    decision: Decision,
    response: Mapping[str, Any] | None,
    failure: tuple[str, str] | None,
) -> Step:
    """A passkey was made, or the home passkey was touched for it. Raises PageCannotAssert, AssertionRefused."""
    if response is None:
        wallet.decisions.put(request.id, decision)
        name = failure[0] if failure else "Unknown"
        raise PageCannotAssert(f"The passkey was not made ({name}). Nothing was connected.", reason="not_used")
    if decision.step == CREATE_SITE:
        return await ask_to_enrol(wallet, request, decision, response)
    await carry_out(wallet, request, decision, response)
    return _grant(wallet, request, decision.data["addresses"])


async def ask_to_enrol(wallet: Wallet, request: Request, decision: Decision, response: Mapping[str, Any]) -> Step:
    """The page made its passkey: verify it, and ask the home passkey to let it approve. Raises AssertionRefused."""
    expected = ExpectedRegistration(decision.challenge, frozenset({request.origin}), rp_id_of(request.origin))
    data = decision.data
    passkey = passkey_record(
        verify_registration(response, expected=expected),
        role="site",
        name=data["name"],
        accounts=data["by_site"],
        can_unlock=False,
        created_at=wallet.now(),
        user_handle=data["user_id"],
    )
    return await _ask_home(wallet, request, data["vault"], passkey, data["addresses"], then=data["then"])


async def carry_out(wallet: Wallet, request: Request, decision: Decision, response: Mapping[str, Any]) -> None:
    """The home passkey answered: every party puts the site's passkey on record. A refused answer may be given again."""
    act: enrol.Act = decision.data["act"]
    try:
        await enrol.carry_out(wallet, act, response)
    except WalletError:
        wallet.decisions.put(request.id, decision)
        raise


async def _ask_home(
    wallet: Wallet,
    request: Request,
    vault: str,
    passkey: PasskeyRecord,
    addresses: tuple[str, ...],
    *,
    then: Decision | None = None,
) -> Step:
    act = await enrol.prepare(wallet, vault, passkey, expires_at=request.expires_at)
    data = {"act": act, "addresses": addresses, "then": then}
    wallet.decisions.put(request.id, Decision(ASSERT_HOME, act.content.challenge(), data))
    options = home_request_options(
        wallet, vault, act.content.challenge(), max(1, request.expires_at - wallet.now()) * 1000
    )
    why = "Touch the passkey of Counterfoil to let this site's new passkey approve its own requests."
    return AssertHomePasskey(request, options, why)


def _grant(wallet: Wallet, request: Request, addresses: tuple[str, ...]) -> Step:
    now = wallet.now()
    with wallet.db.transaction():
        requests.move(wallet.db, request.id, PENDING, RequestState.APPROVED, now=now)
        ended = requests.move(
            wallet.db, request.id, {RequestState.APPROVED}, RequestState.FINAL, now=now, result=list(addresses)
        )
        sites.grant(wallet.db, request.origin, addresses, now)
        log.append(wallet.db, "site_connected", {"origin": request.origin, "accounts": list(addresses)}, now)
    told(wallet, request.id)
    wallet.events.provider(request.origin, "accountsChanged", as_pages_see(addresses))
    return Done(ended)


def revoke(wallet: Wallet, origin: str) -> None:
    """The site sees nothing any more; its passkey stays on record and approves nothing without a request."""
    if sites.permission(wallet.db, origin) is None:
        raise NotPermitted("This site is not connected.")
    with wallet.db.transaction():
        sites.revoke(wallet.db, origin)
        log.append(wallet.db, "site_revoked", {"origin": origin}, wallet.now())
    wallet.subscriptions.end_origin(origin)
    wallet.events.provider(origin, "accountsChanged", [])
    wallet.events.state_changed()
