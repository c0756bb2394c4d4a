"""How two paired devices agree on the keys of a session. Pure; randomness is an argument.

The device with the smaller identity key offers, the other answers; either may knock to be offered a session.
Every step is an envelope under the link's secret in the receiver's rendezvous mailbox, so the relay sees no key:

knock  = 00
offer  = 01 ‖ join(1), signed over the link's context
answer = 02 ‖ nonce of the offer ‖ join(2), signed over the context and the offer

Both then send a sealed hello that signs the session id: an old offer whose key leaked opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.identity import Identity, verify_signature
from counterfoil.devices.channel import Ephemeral, SessionKeys
from counterfoil.devices.envelope import SALT_BYTES, open_envelope, seal_envelope
from counterfoil.devices.joins import JOIN_BYTES, SignedJoin, encode_join, parse_join, sign_join, verify_join
from counterfoil.errors import InputError, InvalidMessage

RandomBytes: TypeAlias = Callable[[int], bytes]
_ENVELOPE = "counterfoil/rendezvous-box/1"
_CONFIRM = "counterfoil/link-confirm/1"
_OFFERER, _ANSWERER = 1, 2


@dataclass(frozen=True, slots=True)
class PeerKeys:
    """What pairing leaves of the other device: its pinned identity and the secret that finds it."""

    identity: bytes
    link_secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.identity) != 32 or len(self.link_secret) != 32:
            raise InvalidMessage("A peer's identity and secret have 32 bytes.", reason="length")


@dataclass(frozen=True, slots=True)
class Knock:
    """Please offer me a session."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The offerer's join."""

    join: SignedJoin


@dataclass(frozen=True, slots=True)
class Reply:
    """The answerer's join, for the offer with this nonce."""

    offer_nonce: bytes
    join: SignedJoin


Step: TypeAlias = Knock | Offer | Reply


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """The keys of a session and where its boxes go."""

    keys: SessionKeys
    own_index: int
    own_mailbox: bytes
    peer_mailbox: bytes

    @property
    def peer_index(self) -> int:
        """1 for the one that offered, 2 for the one that answered."""
        return _ANSWERER if self.own_index == _OFFERER else _OFFERER


class Handshake:
    """One side of the agreement between ``me`` and ``peer``; holds the one offer that is open."""

    def __init__(self, me: Identity, peer: PeerKeys, random_bytes: RandomBytes) -> None:
        if me.public == peer.identity:
            raise InvalidMessage("A device has no link to itself.", reason="identity")
        self._me = me
        self._peer = peer
        self._random = random_bytes
        self.is_offerer = me.public < peer.identity
        ends = sorted((me.public, peer.identity))
        self._context = framed_hash("counterfoil/link/1", peer.link_secret, *ends)
        self.own_mailbox = self._rendezvous(me.public)
        self.peer_mailbox = self._rendezvous(peer.identity)
        self._open_offer: tuple[Ephemeral, SignedJoin] | None = None

    def knock(self) -> bytes:
        """The box that asks the other side for an offer."""
        return self._seal(b"\x00")

    def offer(self) -> bytes:
        """The box of a new offer; an earlier one is void."""
        ephemeral, join = self._join(_OFFERER, self._context)
        self._open_offer = (ephemeral, join)
        return self._seal(b"\x01" + encode_join(join))

    def read(self, box: bytes) -> Step | None:
        """The authentic step in a box of our rendezvous mailbox, or None."""
        text = open_envelope(box, tag=_ENVELOPE, secret=self._peer.link_secret, receiver=self._me.public)
        if text is None:
            return None
        try:
            return self._parse(text)
        except InputError:
            return None

    def answer(self, offer: Offer) -> tuple[bytes, SessionPlan]:
        """The box that answers an authentic offer, and the session it makes."""
        ephemeral, join = self._join(_ANSWERER, self._answer_context(offer.join))
        plan = self._plan(_ANSWERER, ephemeral, offer.join, join)
        return self._seal(b"\x02" + offer.join.nonce + encode_join(join)), plan

    def accept(self, reply: Reply) -> SessionPlan | None:
        """The session of our open offer, or None when the reply is to another one."""
        if self._open_offer is None or self._open_offer[1].nonce != reply.offer_nonce:
            return None
        ephemeral, own = self._open_offer
        self._open_offer = None
        return self._plan(_OFFERER, ephemeral, own, reply.join)

    def confirm(self, plan: SessionPlan) -> bytes:
        """Our signature over the session."""
        return self._me.sign(_CONFIRM, bytes([plan.own_index]), plan.keys.session_id)

    def verify_confirm(self, plan: SessionPlan, signature: bytes) -> None:
        """Check the peer's signature over the session. Raises: InvalidMessage(reason=signature)"""
        verify_signature(self._peer.identity, signature, _CONFIRM, bytes([plan.peer_index]), plan.keys.session_id)

    def _parse(self, text: bytes) -> Step | None:
        if text == b"\x00" and self.is_offerer:
            return Knock()
        if text[:1] == b"\x01" and len(text) == 1 + JOIN_BYTES and not self.is_offerer:
            join = parse_join(text[1:])
            self._verify(join, _OFFERER, self._context)
            return Offer(join)
        if text[:1] == b"\x02" and len(text) == 33 + JOIN_BYTES and self._open_offer is not None:
            join = parse_join(text[33:])
            self._verify(join, _ANSWERER, self._answer_context(self._open_offer[1]))
            return Reply(text[1:33], join)
        return None

    def _verify(self, join: SignedJoin, index: int, context: bytes) -> None:
        if join.index != index:
            raise InvalidMessage("The join is for the other side.", reason="index")
        verify_join(join, identity=self._peer.identity, session_context=context)

    def _join(self, index: int, context: bytes) -> tuple[Ephemeral, SignedJoin]:
        ephemeral = Ephemeral(self._random(32))
        nonce = self._random(32)
        join = sign_join(self._me, index=index, nonce=nonce, ephemeral=ephemeral.public, session_context=context)
        return ephemeral, join

    def _answer_context(self, offer: SignedJoin) -> bytes:
        return framed_hash("counterfoil/link-answer/1", self._context, encode_join(offer))

    def _plan(self, index: int, ephemeral: Ephemeral, offer: SignedJoin, answer: SignedJoin) -> SessionPlan:
        joins = (offer, answer)
        session_id = framed_hash("counterfoil/link-session/1", self._context, *(encode_join(join) for join in joins))
        keys = SessionKeys(index, ephemeral, joins, session_id)
        peer = _ANSWERER if index == _OFFERER else _OFFERER
        return SessionPlan(keys, index, keys.export(peer, f"mailbox {index}"), keys.export(peer, f"mailbox {peer}"))

    def _rendezvous(self, receiver: bytes) -> bytes:
        return framed_hash("counterfoil/rendezvous/1", self._peer.link_secret, receiver)

    def _seal(self, text: bytes) -> bytes:
        return seal_envelope(
            text,
            tag=_ENVELOPE,
            secret=self._peer.link_secret,
            receiver=self._peer.identity,
            salt=self._random(SALT_BYTES),
        )
