"""What handlers have at hand besides the call itself; built by ``agent/compose.py``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from counterfoil.devices.pairing_code import PairingCode
from counterfoil.devices.pairing_exchange import Paired
from counterfoil.dispatch.client import Client
from counterfoil.errors import WalletError
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

    def publish_each(self, name: str, message_for: Callable[[str | None], Message]) -> None:
        """The same, with a message for each profile; None is the command line."""

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

    @property
    def is_retired(self) -> bool:
        """Whether a device took its place."""

    async def retire(self) -> None:
        """End it for good."""

    async def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """One of its own methods, starting it where it does not run."""


class Pairing(Protocol):
    """A pairing with another device, as far as it has come."""

    id: str
    code: PairingCode
    is_host: bool
    stage: str
    words: tuple[str, ...]
    peer_name: str
    paired: Paired | None
    error: WalletError | None
    accepts_share: bool


class Pairings(Protocol):
    """Pairings that go on now."""

    async def wait(self, pairing_id: str, seen: str, seconds: float) -> Pairing:
        """As it stands once it is no longer as ``seen``."""

    def confirm(self, pairing_id: str, *, same: bool) -> Pairing:
        """The person compared the words."""

    def cancel(self, pairing_id: str) -> None:
        """Give it up."""


class Devices(Protocol):
    """Links to paired agents."""

    @property
    def pairings(self) -> Pairings:
        """Those that go on."""

    async def offer(self, relay_url: str | None, name: str | None) -> Pairing:
        """Show a pairing code."""

    def join(self, code: str, name: str | None) -> Pairing:
        """Pair with the device that shows this code."""

    async def join_as_cosigner(self, code: str) -> Peer:
        """Pair with the own computer's agent."""

    def agree(self, identity: bytes, vault: str | None) -> None:
        """The person here agrees to a change of parties that another device asks."""

    async def forget(self, identity: bytes) -> None:
        """No link with it any more."""

    async def listen(self, host: str, port: int) -> str:
        """Let other computers reach this one's relay."""

    async def unlisten(self) -> None:
        """Only this computer."""

    @property
    def shared_relay(self) -> str | None:
        """Where other computers reach it."""

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
