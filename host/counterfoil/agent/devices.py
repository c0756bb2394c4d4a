"""Pairing with another agent from this one's side."""

from __future__ import annotations

import time

from counterfoil.agent.peers import PeerLinks
from counterfoil.crypto.identity import Identity
from counterfoil.devices.pairing import join_pairing
from counterfoil.devices.pairing_exchange import Introduction
from counterfoil.errors import NotPermitted
from counterfoil.store import peers
from counterfoil.store.db import Database
from counterfoil.store.peers import Peer
from counterfoil.types import PartyKind


class Devices:
    """Implements ``dispatch.context.Devices``. Only a co-signer joins without a person: its person is next to it."""

    def __init__(self, db: Database, identity: Identity, links: PeerLinks, *, is_cosigner: bool) -> None:
        self._db = db
        self._identity = identity
        self._links = links
        self._is_cosigner = is_cosigner

    async def join(self, code: str) -> Peer:
        """Pair with the agent that shows ``code``. Raises NotPermitted, PairingRefused, RequestExpired."""
        if not self._is_cosigner:
            raise NotPermitted("This device is not a co-signer.")
        me = Introduction(self._identity, "Co-signer on this computer", PartyKind.COSIGNER)
        paired = await join_pairing(code, me, _yes)
        peer = Peer(
            identity=paired.identity,
            name=paired.name,
            kind=paired.kind,
            relay_url=paired.relay_url,
            link_secret=paired.link_secret,
            paired_at=int(time.time()),
        )
        peers.add(self._db, peer)
        await self._links.add(peer)
        return peer

    async def reach(self, identity: bytes, relay_url: str) -> None:
        """A peer is found at another relay now. Raises NotFound."""
        known = peers.get(self._db, identity)
        if known.relay_url != relay_url:
            peers.reach_at(self._db, identity, relay_url=relay_url, socket_path=known.socket_path)
            await self._links.add(peers.get(self._db, identity))

    def is_near(self, identity: bytes) -> bool:
        """Whether a link stands."""
        return self._links.is_near(identity)


async def _yes(_words: tuple[str, ...], _name: str) -> bool:
    return True
