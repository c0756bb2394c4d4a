"""Links to the paired agents, and the relay clients under them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from counterfoil.crypto.identity import Identity
from counterfoil.devices.handshake import PeerKeys
from counterfoil.devices.link import Link
from counterfoil.devices.relay_client import RelayClient
from counterfoil.errors import PartyUnavailable, WalletError
from counterfoil.store.peers import Peer

CALL_SECONDS = 20.0
_LOG = logging.getLogger(__name__)

Body = dict[str, Any]
Serve = Callable[[bytes, str, Body], Awaitable[Body | None]]


class PeerLinks:
    """Implements ``wallet.ports.Peers``. ``serve`` answers what peers ask; ``hello`` and ``on_hello`` open each link."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._links: dict[bytes, Link] = {}
        self._relays: dict[str, RelayClient] = {}
        self._telling: set[asyncio.Task[None]] = set()
        self.serve: Serve = _nobody
        self.hello: Callable[[bytes], Body] = lambda _peer: {}
        self.on_hello: Callable[[bytes, Body], None] = _refuse
        self.on_report: Callable[[bytes, Body], None] = lambda _sender, _body: None
        self.on_lost: Callable[[bytes], None] = lambda _identity: None

    async def add(self, peer: Peer) -> None:
        """Look for this peer from now on; an older link to it ends."""
        await self.remove(peer.identity)
        relay = self._relays.get(peer.relay_url)
        if relay is None:
            relay = await RelayClient(peer.relay_url).__aenter__()
            self._relays[peer.relay_url] = relay
        link = Link(
            self._identity,
            PeerKeys(peer.identity, peer.link_secret),
            relay,
            lambda kind, body: self._answer(peer.identity, kind, body),
            hello=lambda: self.hello(peer.identity),
            on_hello=lambda said: self.on_hello(peer.identity, said),
        )
        self._links[peer.identity] = await link.__aenter__()

    async def remove(self, identity: bytes) -> None:
        """End the link to a peer; what waits for it hears that at once."""
        link = self._links.pop(identity, None)
        if link is not None:
            self.on_lost(identity)
            await link.close()

    async def call(self, identity: bytes, kind: str, body: Body) -> Body:
        """Ask and wait. Raises the other side's typed error, PartyUnavailable, Retry."""
        return await self._link(identity).call(kind, body, CALL_SECONDS)

    async def notify(self, identity: bytes, kind: str, body: Body) -> None:
        """Say something that needs no answer, in order with everything else said."""
        await self._link(identity).notify(kind, body)

    def tell(self, identity: bytes, kind: str, body: Body) -> None:
        """``notify`` without waiting; it is lost where there is nobody."""
        task = asyncio.create_task(self._tell(identity, kind, body))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def is_near(self, identity: bytes) -> bool:
        """Whether a link to it stands now."""
        link = self._links.get(identity)
        return link is not None and link.is_connected

    async def ready(self, identity: bytes, seconds: float) -> None:
        """Wait for the link to stand. Raises PartyUnavailable."""
        await self._link(identity).ready(seconds)

    async def close(self) -> None:
        """End every link and connection."""
        for identity in list(self._links):
            await self.remove(identity)
        for relay in self._relays.values():
            await relay.__aexit__(None, None, None)
        self._relays.clear()

    async def _tell(self, identity: bytes, kind: str, body: Body) -> None:
        with contextlib.suppress(WalletError):
            await self.notify(identity, kind, body)

    def _link(self, identity: bytes) -> Link:
        link = self._links.get(identity)
        if link is None:
            raise PartyUnavailable("This device is not paired.")
        return link

    async def _answer(self, sender: bytes, kind: str, body: Body) -> Body | None:
        if kind == "ceremony_report":
            self.on_report(sender, body)
            return None
        return await self.serve(sender, kind, body)


def _refuse(_peer: bytes, _said: Body) -> None:
    raise PartyUnavailable("This device is still starting.")


async def _nobody(_sender: bytes, _kind: str, _body: Body) -> Body | None:
    raise PartyUnavailable("This device is still starting.")
