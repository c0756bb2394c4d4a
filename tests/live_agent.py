"""An agent within the test's own loop, with a context that a test can see into."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path

from counterfoil.agent.events import EventBus
from counterfoil.agent.peer_credentials import peer_uid
from counterfoil.agent.server import Server
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import handlers
from counterfoil.home.paths import Home
from counterfoil.protocol.agent import AgentState
from counterfoil.protocol.method import Role
from counterfoil.store.db import Database
from counterfoil.wallet.pair import PairingDesk

EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop/"


@dataclass
class LiveAgent:
    home: Home
    context: Context
    bus: EventBus
    server: Server
    db: Database
    stopped: asyncio.Event = field(default_factory=asyncio.Event)


async def state_of(client):
    return AgentState(
        paired=client.role is Role.PROFILE,
        onboarding="home_passkey",
        locked=True,
        pending_requests=0,
        cosigner="none",
        relay_url=None,
    )


async def nothing_to_close():
    return None


@asynccontextmanager
async def live_agent(folder: Path, *, uid_of=peer_uid, more_handlers=None) -> AsyncIterator[LiveAgent]:
    """Listening in ``folder`` until the block ends. ``more_handlers`` replace or add handlers by method."""
    home = Home.at(folder / "home")
    home.prepare()
    bus, stopped, db = EventBus(), asyncio.Event(), Database.open(home.database)
    nothing = dict.fromkeys(field.name for field in fields(Context))  # handlers that want more are not for these tests
    context = Context(
        **nothing
        | {
            "events": bus,
            "pairing": PairingDesk(db, now=lambda: int(time.time()), random_bytes=os.urandom),
            "state": state_of,
            "is_unlocked": lambda: False,
            "stop": stopped.set,
            "close": nothing_to_close,
        }
    )
    server = Server(context, bus, {**handlers(), **(more_handlers or {})}, uid_of=uid_of)
    await server.open(home.socket)
    try:
        yield LiveAgent(home, context, bus, server, db, stopped)
    finally:
        await server.close()
        db.close()


async def raw_connection(home: Home):
    """Reader and writer of the socket, with nothing said yet."""
    return await asyncio.open_unix_connection(str(home.socket))
