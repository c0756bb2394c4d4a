"""What a peer may ask of this agent: one table, each row a use case that checks for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from counterfoil.agent.ceremony.orders import KEYGEN, RESHARE, Invitation, parse_invitation
from counterfoil.agent.ceremony.participation import Participations
from counterfoil.agent.peers import PeerLinks
from counterfoil.errors import InvalidMessage, UnknownMethod
from counterfoil.wallet import (
    agree_policy,
    cosign,
    hear_change,
    join,
    join_reshare,
    join_vault,
    keep_record,
    reshare_commit,
    settle,
)
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.join import Joining
from counterfoil.wallet.keep_record import AdminNonces
from counterfoil.wallet.witness import hear, refuse_restored, say

Body = dict[str, Any]
_OF_A_CEREMONY = frozenset({"ceremony_begin", "ceremony_box", "ceremony_end"})
_NOT_WHILE_RESTORED = frozenset(
    {"request_consent", "policy_consent", "admin_nonce", "record_put", "change_hear", "change_keep"}
)
_ROWS: dict[str, Callable[[Wallet, bytes, Body], Body | None]] = {
    "request_consent": cosign.consent,
    "request_drop": cosign.drop,
    "request_moved": cosign.hear_of_move,
    "request_release": cosign.let_go,
    "request_settle": settle.answer,
    "policy_consent": agree_policy.consent,
    "records_get": keep_record.give_records,
    "vault_ready": join_vault.make_ready,
    "vault_discard": join_vault.discard,
    "reshare_ack": reshare_commit.acknowledge,
    "reshare_commit": reshare_commit.accept_commit,
    "reshare_forget": reshare_commit.accept_forget,
    "reshare_status": reshare_commit.status,
    "change_look": hear_change.look,
    "change_ready": hear_change.is_ready,
    "change_keep": hear_change.keep_it,
    "change_agreed": hear_change.agreed,
    "change_off": hear_change.called_off,
}
_ROWS_WITH_NONCES: dict[str, Callable[[Wallet, AdminNonces, bytes, Body], Body | None]] = {
    "admin_nonce": keep_record.begin_act,
    "record_put": keep_record.accept_record,
    "reshare_nonce": join_reshare.give_nonce,
    "change_hear": hear_change.hear,
}


class PeerCalls:
    """Serves the links. Notes of a running ceremony are queued before anything is awaited: order is kept."""

    def __init__(self, wallet: Wallet, participations: Participations, links: PeerLinks) -> None:
        self._wallet = wallet
        self._participations = participations
        self._links = links
        self._nonces = AdminNonces()

    async def serve(self, sender: bytes, kind: str, body: Body) -> Body | None:
        """Raises UnknownMethod, and what the use case raises."""
        if kind in _OF_A_CEREMONY:
            self._participations.take(sender, kind, body)
            return None
        if kind == "ceremony_join":
            hear(self._wallet, sender, body.get("heads"))
            return {"join": await self._join(sender, body), "heads": say(self._wallet, sender)}
        if kind in _NOT_WHILE_RESTORED:
            refuse_restored(self._wallet, sender)
        if kind in _ROWS_WITH_NONCES:
            return _ROWS_WITH_NONCES[kind](self._wallet, self._nonces, sender, body) or {}
        if kind not in _ROWS:
            raise UnknownMethod(method=kind)
        return _ROWS[kind](self._wallet, sender, body) or {}

    async def _join(self, sender: bytes, body: Body) -> str:
        invitation = parse_invitation(body.get("invitation"))
        me = body.get("me")
        if type(me) is not int or invitation.party(me).identity != self._wallet.identity.public:
            raise InvalidMessage("This device is not the party it is invited as.")
        joining = self._joining(sender, invitation, me, body)
        return await self._participations.join(
            sender, invitation, me, joining, lambda kind, note: self._links.notify(sender, kind, note)
        )

    def _joining(self, sender: bytes, invitation: Invitation, me: int, body: Body) -> Joining:
        value = invitation.as_dict()
        if invitation.ceremony == RESHARE:
            return join_reshare.join_reshare(self._wallet, self._nonces, sender, value, body)
        if "reshare_check" in body:
            return join_reshare.join_check(self._wallet, sender, value, body)
        refuse_restored(self._wallet, sender)  # a new set of shares is the way out of it
        if invitation.ceremony == KEYGEN:
            return join_vault.join_keygen(self._wallet, sender, value, me)
        if "check" in body:
            return join_vault.join_check(self._wallet, sender, value, body)
        return join.join_signing(self._wallet, sender, value, body)
