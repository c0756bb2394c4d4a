"""The co-signer on this computer: an ordinary agent with a home of its own, started and ended with this one.

It is paired over the relay like any other device. Secrets for it pass through here sealed to its own
fresh keys; this agent cannot open them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import time
from typing import Any

from counterfoil.agent.client import AgentClient
from counterfoil.agent.peers import PeerLinks
from counterfoil.codecs.base64url import encode_base64url
from counterfoil.crypto.identity import Identity
from counterfoil.devices.pairing import host_pairing, offer_pairing
from counterfoil.devices.pairing_code import encode_pairing_code
from counterfoil.devices.pairing_exchange import Introduction
from counterfoil.devices.relay_client import RelayClient
from counterfoil.errors import AgentUnreachable, PartyUnavailable, WalletError
from counterfoil.home.autostart import agent_command, connect
from counterfoil.home.paths import VARIABLE, Home
from counterfoil.store import log, peers, settings
from counterfoil.store.db import Database
from counterfoil.store.peers import Peer
from counterfoil.types import PartyKind

ROLE_VARIABLE = "COUNTERFOIL_ROLE"
COSIGNER = "cosigner"
START_SECONDS = 30
MAX_RESTARTS = 3
RESTARTS_WITHIN_SECONDS = 60
_RETIRED = "cosigner_retired"
_LOG = logging.getLogger(__name__)


class Cosigner:
    """Started on first need and kept at hand. ``state``: none, starting, running, stopped."""

    def __init__(self, home: Home, db: Database, identity: Identity, links: PeerLinks, relay_url: str) -> None:
        self._home = home.cosigner
        self._db = db
        self._identity = identity
        self._links = links
        self._relay_url = relay_url
        self._process: asyncio.subprocess.Process | None = None
        self._stack = contextlib.AsyncExitStack()
        self._client: AgentClient | None = None
        self._starting: asyncio.Task[AgentClient] | None = None
        self._log: int | None = None
        self._ending: asyncio.Task[None] | None = None
        self._ends: list[float] = []

    @property
    def state(self) -> str:
        """For people."""
        if self._client is not None and self._process is not None and self._process.returncode is None:
            return "running"
        if self._starting is not None and not self._starting.done():
            return "starting"
        return "stopped" if self.is_set_up else "none"

    @property
    def is_set_up(self) -> bool:
        """Whether it was paired once."""
        return self._peer() is not None

    @property
    def is_retired(self) -> bool:
        """Whether another device took its place: it is gone for good."""
        return settings.get(self._db, _RETIRED) is True

    async def retire(self) -> None:
        """A device took its place: end it, and remove its home with all that is left of its share. Idempotent."""
        if self.is_retired:
            return
        settings.put(self._db, _RETIRED, True)
        peer = self._peer()
        await self.close()
        if peer is not None:
            peers.revoke(self._db, peer.identity, _now())
            await self._links.remove(peer.identity)
        await asyncio.to_thread(shutil.rmtree, self._home.data, ignore_errors=True)
        log.append(self._db, "cosigner_retired", {}, _now())

    async def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Ask it, starting it where it does not run. Raises its typed errors, PartyUnavailable."""
        if self.is_retired:
            raise PartyUnavailable("There is no co-signer on this computer any more.", reason="retired")
        client = await self.start()
        try:
            return await client.call(method, params)
        except AgentUnreachable:
            self._client = None
            raise PartyUnavailable("The co-signer on this computer stopped.") from None

    async def start(self) -> AgentClient:
        """Running, paired and linked when this returns. Raises PartyUnavailable."""
        if self._client is not None:
            return self._client
        self.start_soon()
        assert self._starting is not None
        return await asyncio.shield(self._starting)

    def start_soon(self) -> None:
        """Start it in the background; who needs it waits for it."""
        if self._client is None and (self._starting is None or self._starting.done()):
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(_note_failure)

    async def close(self) -> None:
        """End it: it has no use without this agent."""
        if self._ending is not None:
            self._ending.cancel()
        if self._starting is not None:
            self._starting.cancel()
            with contextlib.suppress(asyncio.CancelledError, WalletError):
                await self._starting
        if self._client is not None:
            with contextlib.suppress(WalletError):
                await self._client.call("agent_shutdown", {})
        await self._stack.aclose()
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._close_log()

    async def _start(self) -> AgentClient:
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._spawn()
                client = await self._stack.enter_async_context(AgentClient.connect(self._home, client="cli"))
                peer = self._peer() or await self._pair(client)
                await self._meet(client, peer)
        except TimeoutError:
            raise PartyUnavailable("The co-signer on this computer did not start in time.") from None
        self._client = client
        return client

    async def _spawn(self) -> None:
        """Its standard input is a pipe of ours: when it ends, because we did, the co-signer ends."""
        self._home.prepare()
        if (found := connect(self._home)) is not None:
            found.close()
            return
        self._close_log()
        self._log = os.open(self._home.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._process = await asyncio.create_subprocess_exec(
            *agent_command(detached=False),
            stdin=asyncio.subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            cwd="/",
            env={**os.environ, VARIABLE: str(self._home.data), ROLE_VARIABLE: COSIGNER},
        )
        self._ending = asyncio.create_task(self._replace(self._process))
        while (found := connect(self._home)) is None:
            if self._process.returncode is not None:
                raise PartyUnavailable("The co-signer on this computer could not start.")
            await asyncio.sleep(0.02)
        found.close()

    async def _replace(self, process: asyncio.subprocess.Process) -> None:
        """One that ended by itself is started again, so that who waits for it is told soon; it comes back locked."""
        await process.wait()
        self._client = None
        now = time.monotonic()
        self._ends = [*(end for end in self._ends if now - end < RESTARTS_WITHIN_SECONDS), now]
        _LOG.warning("co-signer ended with %s", process.returncode)
        if len(self._ends) <= MAX_RESTARTS and not self.is_retired:
            self.start_soon()

    def _close_log(self) -> None:
        if self._log is not None:
            os.close(self._log)
            self._log = None

    async def _pair(self, client: AgentClient) -> Peer:
        """Pair over the relay; no person compares words, for both ends are this computer."""
        me = Introduction(self._identity, "This computer", PartyKind.DEVICE)
        async with RelayClient(self._relay_url) as relay:
            await relay.ready()
            offer = offer_pairing(me, self._relay_url, now=_now())
            hosting = asyncio.create_task(host_pairing(offer, relay, _yes))
            try:
                await client.call("device_joinAsCosigner", {"code": encode_pairing_code(offer.code)})
                paired = await hosting
            finally:
                hosting.cancel()
        peer = Peer(
            identity=paired.identity,
            name=paired.name,
            kind=PartyKind.COSIGNER,
            relay_url=self._relay_url,
            link_secret=paired.link_secret,
            paired_at=_now(),
            socket_path=str(self._home.socket),
        )
        peers.add(self._db, peer)
        return peer

    async def _meet(self, client: AgentClient, peer: Peer) -> None:
        """The relay of this computer may have another port than last time: both sides go there."""
        if peer.relay_url != self._relay_url:
            peers.reach_at(self._db, peer.identity, relay_url=self._relay_url, socket_path=str(self._home.socket))
            peer = peers.get(self._db, peer.identity)
        identity = encode_base64url(self._identity.public)
        await client.call("device_reach", {"identity": identity, "relay_url": self._relay_url})
        await self._links.add(peer)
        await self._links.ready(peer.identity, START_SECONDS)

    def _peer(self) -> Peer | None:
        return next((peer for peer in peers.paired(self._db) if peer.kind is PartyKind.COSIGNER), None)


def _note_failure(task: asyncio.Task[AgentClient]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.warning("co-signer: %s", error.word if isinstance(error, WalletError) else type(error).__name__)


async def _yes(_words: tuple[str, ...], _name: str) -> bool:
    return True


def _now() -> int:
    return int(time.time())
