"""Bringing two parties to one view of a request that was cut off.   DESIGN §5.7

A party may have released its last message while the requester died, or fell silent, before it released its own: then
the requester knows of no signature and the helper holds the slot. Or the helper has the finished bytes and the
requester has not. The requester asks until it knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.chains.family import Kind
from counterfoil.chains.registry import family_of
from counterfoil.errors import InvalidMessage, InvalidTransaction, NotFound, NotPermitted, StateConflict
from counterfoil.store import log, requests, unsettled, vaults
from counterfoil.store.request_states import HOLDING
from counterfoil.store.requests import Request
from counterfoil.types import Caip2, Party, RequestState
from counterfoil.wallet.ask import ask
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.cosign import end_unreleased, party_of
from counterfoil.wallet.end import told
from counterfoil.wallet.ports import Body

ANSWER_SECONDS = 3


def answer(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> Body:
    """The helper's side: end it if that is still possible; else say that it is held, and give the bytes if they are here.

    Raises: NotPermitted
    """
    try:
        request = requests.get(wallet.db, str(body.get("request_id")))
    except NotFound:
        return {"held": False, "signed": ""}
    requester = party_of(vaults.get(wallet.db, request.vault or ""), sender)
    if (request.consents or {}).get("requester") != requester.index:
        raise NotPermitted("This is not a request of that device.")
    end_unreleased(wallet, request.id, StateConflict("The requesting device ended it.", reason="ended"))
    request = requests.get(wallet.db, request.id)
    return {"held": request.state in HOLDING, "signed": (request.signed or b"").hex()}


async def settle(wallet: Wallet, request_id: str) -> None:
    """The requester's side: ask everyone who helped. Where one does not answer, it stays to be asked about.

    Raises: PartyUnavailable, Retry, InvalidMessage
    """
    request = requests.get(wallet.db, request_id)
    is_held = False
    for party in _helpers(wallet, request):
        said = await ask(
            wallet, party, "request_settle", {"request_id": request.id}, expires_at=wallet.now() + ANSWER_SECONDS
        )
        if said.get("held") is not True:
            continue
        is_held = True
        if said.get("signed") and request.state is RequestState.RELEASED:
            _adopt(wallet, request, said["signed"])
            return
    _conclude(wallet, request, is_held=is_held)


def _helpers(wallet: Wallet, request: Request) -> list[Party]:
    vault = vaults.get(wallet.db, request.vault or "")
    helped = {str(index) for index in request.consents or {}}
    return [party for party in vault.parties if str(party.index) in helped and party.index != vault.my_index]


def _conclude(wallet: Wallet, request: Request, *, is_held: bool) -> None:
    if is_held:
        unsettled.mark_held(wallet.db, request.id)
        log.append(wallet.db, "request_held_elsewhere", {"request": request.id}, wallet.now())
        wallet.events.requests_changed(request.id)
    elif request.state is not RequestState.RELEASED:
        unsettled.forget(wallet.db, request.id)
    else:
        unsettled.mark_held(wallet.db, request.id)  # by this device itself: nothing more to ask


def _adopt(wallet: Wallet, request: Request, signed_hex: object) -> None:
    """The helper finished it: these are the bytes that were approved here, so they are sent. Raises InvalidMessage."""
    try:
        signed = bytes.fromhex(str(signed_hex))
        chain = wallet.networks.chain(Caip2(request.chain or ""))
        family = family_of(chain)
        is_this = family.is_finished(chain, request.account or "", Kind(request.kind), request.unsigned or b"", signed)
    except (ValueError, InvalidTransaction):
        raise InvalidMessage("The other device's bytes can't be read.", reason="signed") from None
    if not is_this:
        raise InvalidMessage("The other device's bytes are not those that were approved.", reason="signed")
    with wallet.db.durable():
        requests.move(
            wallet.db,
            request.id,
            {RequestState.RELEASED},
            RequestState.SIGNED,
            now=wallet.now(),
            signed=signed,
            transaction_id=family.transaction_id(chain, signed),
            error=None,
        )
    unsettled.forget(wallet.db, request.id)
    log.append(wallet.db, "request_finished_elsewhere", {"request": request.id}, wallet.now())
    told(wallet, request.id)
