"""What handlers have at hand besides the call itself; built by ``agent/compose.py``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from counterfoil.dispatch.client import Client
from counterfoil.protocol.agent import AgentState
from counterfoil.protocol.event import Progress
from counterfoil.protocol.model import Message
from counterfoil.protocol.request import PartyProgress
from counterfoil.store.peers import Peer
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.diagnose import Check
from counterfoil.wallet.pair import PairingDesk
from counterfoil.wallet.unlock import Seals


class Events(Protocol):
    """Tell connected clients. Never waits and never fails: a client that does not listen is dropped."""

    def publish(self, name: str, message: Message) -> None:
        """Send an event of ``EVENTS`` to everyone whom it concerns."""

    def hears(self, profile_id: str | None) -> bool:
        """Whether a connection of this profile is open."""

    def has_window(self) -> bool:
        """Whether a paired browser is connected, so that the window can open."""

    def drop_profile(self, profile_id: str) -> None:
        """Close the connections of a profile that is no longer paired."""


class Cosigner(Protocol):
    """The co-signer on this computer, as handlers reach it."""

    @property
    def state(self) -> str:
        """none, starting, running, stopped."""

    @property
    def is_set_up(self) -> bool:
        """Whether there is one."""

    async def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """One of its own methods, starting it where it does not run."""


class Devices(Protocol):
    """Links to paired agents."""

    async def join(self, code: str) -> Peer:
        """Pair with the agent that shows this code."""

    async def reach(self, identity: bytes, relay_url: str) -> None:
        """A peer is found elsewhere now."""

    def is_near(self, identity: bytes) -> bool:
        """Whether a link stands."""


@dataclass(slots=True)
class Context:
    """The agent, to its handlers. ``cosigner`` is None on an agent that is one itself."""

    events: Events
    pairing: PairingDesk
    wallet: Wallet
    seals: Seals
    cosigner: Cosigner | None
    devices: Devices
    try_it: Callable[[], Awaitable[str]]
    diagnose: Callable[[], Awaitable[list[Check]]]
    state: Callable[[Client], Awaitable[AgentState]]
    is_unlocked: Callable[[], bool]
    stop: Callable[[], None]
    close: Callable[[], Awaitable[None]]
    """Called once, after the last connection is closed."""

    def progress(self, token: str, stage: str, step: int, of: int, parties: list[PartyProgress] | None = None) -> None:
        """Say where long work is. ``token``: a request id, a vault id, or the word the caller knows it by."""
        self.events.publish("progress", Progress(token=token, stage=stage, step=step, of=of, parties=parties or []))
