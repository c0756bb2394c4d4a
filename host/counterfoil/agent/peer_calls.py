"""What a peer may ask of this agent: one table, each row a use case that checks for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from counterfoil.agent.ceremony.orders import KEYGEN, RESHARE, Invitation, parse_invitation
from counterfoil.agent.ceremony.participation import Participations
from counterfoil.agent.peers import PeerLinks
from counterfoil.errors import InvalidMessage, UnknownMethod
from counterfoil.wallet import cosign, hear_change, join, join_reshare, join_vault, keep_record, reshare_commit, settle
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.join import Joining
from counterfoil.wallet.keep_record import AdminNonces

Body = dict[str, Any]
_OF_A_CEREMONY = frozenset({"ceremony_begin", "ceremony_box", "ceremony_end"})
_OF_A_RESHARE: dict[str, Callable[[Wallet, bytes, Body], Body | None]] = {
    "reshare_ack": reshare_commit.acknowledge,
    "reshare_commit": reshare_commit.accept_commit,
    "reshare_forget": reshare_commit.accept_forget,
    "reshare_status": reshare_commit.status,
}

_OF_A_CHANGE: dict[str, Callable[[Wallet, bytes, Body], Body | None]] = {
    "change_look": hear_change.look,
    "change_ready": hear_change.is_ready,
    "change_keep": hear_change.keep_it,
    "change_agreed": hear_change.agreed,
    "change_off": hear_change.called_off,
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
        if kind in _OF_A_CHANGE or kind == "change_hear":
            return self._change(sender, kind, body)
        return await self._use_case(sender, kind, body)

    async def _use_case(self, sender: bytes, kind: str, body: Body) -> Body:
        match kind:
            case "request_drop":
                cosign.drop(self._wallet, sender, body)
            case "request_release":
                cosign.let_go(self._wallet, sender, body)
            case "record_put":
                keep_record.accept_record(self._wallet, self._nonces, sender, body)
            case "vault_ready":
                join_vault.make_ready(self._wallet, sender, body)
            case "vault_discard":
                join_vault.discard(self._wallet, sender, body)
            case _:
                return await self._answered(sender, kind, body)
        return {}

    async def _answered(self, sender: bytes, kind: str, body: Body) -> Body:
        """What has more to say than that it is done."""
        match kind:
            case "request_consent":
                return cosign.consent(self._wallet, sender, body)
            case "request_settle":
                return settle.answer(self._wallet, sender, body)
            case "admin_nonce":
                return keep_record.begin_act(self._wallet, self._nonces, sender, body)
            case "records_get":
                return keep_record.give_records(self._wallet, sender, body)
            case "ceremony_join":
                return {"join": await self._join(sender, body)}
        return self._of_a_reshare(sender, kind, body)

    def _of_a_reshare(self, sender: bytes, kind: str, body: Body) -> Body:
        if kind == "reshare_nonce":
            return join_reshare.give_nonce(self._wallet, self._nonces, sender, body)
        if kind not in _OF_A_RESHARE:
            raise UnknownMethod(method=kind)
        return _OF_A_RESHARE[kind](self._wallet, sender, body) or {}

    def _change(self, sender: bytes, kind: str, body: Body) -> Body:
        if kind == "change_hear":
            return hear_change.hear(self._wallet, self._nonces, sender, body)
        return _OF_A_CHANGE[kind](self._wallet, sender, body) or {}

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
        if invitation.ceremony == KEYGEN:
            return join_vault.join_keygen(self._wallet, sender, value, me)
        if invitation.ceremony == RESHARE:
            return join_reshare.join_reshare(self._wallet, self._nonces, sender, value, body)
        if "reshare_check" in body:
            return join_reshare.join_check(self._wallet, sender, value, body)
        if "check" in body:
            return join_vault.join_check(self._wallet, sender, value, body)
        return join.join_signing(self._wallet, sender, value, body)
