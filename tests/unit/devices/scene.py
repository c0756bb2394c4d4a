"""Two paired devices on a relay of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from counterfoil.crypto.identity import Identity
from counterfoil.devices.channel import Ephemeral, SessionKeys
from counterfoil.devices.handshake import PeerKeys
from counterfoil.devices.joins import SignedJoin, sign_join
from counterfoil.devices.link import Link
from counterfoil.devices.relay_client import Patience, RelayClient
from counterfoil.devices.session_keeper import Pace
from counterfoil.relay.mailboxes import Mailboxes
from counterfoil.relay.server import RelayServer, serve

SECRET = b"s" * 32
CONTEXT = b"context"
QUICK = Pace(first_retry_seconds=0.1, last_retry_seconds=0.4, drain_seconds=5)
PATIENT = Patience(connect_seconds=5, post_seconds=5, first_retry_seconds=0.01, last_retry_seconds=0.05)


def identity(name: str) -> Identity:
    return Identity(sha256(name.encode()).digest())


def stream(seed: str) -> Callable[[int], bytes]:
    """Bytes that are the same in every run."""
    count = 0

    def take(length: int) -> bytes:
        nonlocal count
        count += 1
        return (sha256(f"{seed} {count}".encode()).digest() * (length // 32 + 1))[:length]

    return take


def joined(parties: int, seed: str = "a") -> list[tuple[Ephemeral, SignedJoin]]:
    take = stream(seed)
    entries = []
    for index in range(1, parties + 1):
        ephemeral = Ephemeral(take(32))
        join = sign_join(
            identity(f"party {index}"), index=index, nonce=take(32), ephemeral=ephemeral.public, session_context=CONTEXT
        )
        entries.append((ephemeral, join))
    return entries


def session(parties: int = 2, seed: str = "a", session_id: bytes = b"sid") -> dict[int, SessionKeys]:
    entries = joined(parties, seed)
    joins = [join for _, join in entries]
    return {join.index: SessionKeys(join.index, ephemeral, joins, session_id) for ephemeral, join in entries}


@dataclass
class Side:
    """One end of a link, and what it was asked."""

    name: str
    peer: str
    relay: RelayClient
    served: list[tuple[str, dict]] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    async def on_call(self, kind: str, body: dict) -> dict:
        self.served.append((kind, body))
        if kind == "slow":
            self.started.set()
            await self.release.wait()
        if self.error is not None:
            raise self.error
        return {"echo": body}

    def link(self, **options) -> Link:
        peer = PeerKeys(identity(self.peer).public, SECRET)
        return Link(identity(self.name), peer, self.relay, self.on_call, **{"pace": QUICK, **options})


@asynccontextmanager
async def sides(mailboxes: Mailboxes | None = None) -> AsyncIterator[tuple[RelayServer, Side, Side]]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(await serve(mailboxes=mailboxes))
        clients = [await stack.enter_async_context(RelayClient(server.url, patience=PATIENT)) for _ in range(2)]
        yield server, Side("ann", "ben", clients[0]), Side("ben", "ann", clients[1])


@asynccontextmanager
async def linked(mailboxes: Mailboxes | None = None) -> AsyncIterator[tuple[Side, Link, Side, Link]]:
    async with sides(mailboxes) as (_, ann, ben), ann.link() as ann_link, ben.link() as ben_link:
        await ann_link.ready(10)
        await ben_link.ready(10)
        yield ann, ann_link, ben, ben_link
