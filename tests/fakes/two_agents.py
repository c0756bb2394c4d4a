"""Two agents of one vault in one process: real databases, real use cases, real ceremonies; workers in threads.

What crosses between them goes through ``Wire``, as JSON and in order, and a test may look at it, change it, hold it
back or lose it. ``Agent.image`` is the disk as a SIGKILL at this moment would leave it; ``revive`` starts from it.
"""

from __future__ import annotations

import asyncio
import copy
import os
import queue
import shutil
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from counterfoil.agent.ceremony.host import CeremonyHost
from counterfoil.agent.ceremony.participation import Participations
from counterfoil.agent.ceremony.quarantine import Quarantine
from counterfoil.agent.ceremony.worker import Worker
from counterfoil.agent.peer_calls import PeerCalls
from counterfoil.chains.evm.client import EvmClient
from counterfoil.chains.evm.facts import Facts
from counterfoil.chains.evm.slots import nonce_slot, slot_nonce
from counterfoil.chains.evm.transaction import transaction_id
from counterfoil.chains.family import NOT_SIMULATED, Simulation
from counterfoil.codecs.frames import HEADER_BYTES, encode_frame, parse_frame
from counterfoil.crypto.identity import Identity
from counterfoil.devices.link_messages import Answer, Call, Failure, Note, encode_message, parse_message
from counterfoil.errors import Bug, Retry, WalletError
from counterfoil.store import identity as identities
from counterfoil.store import key_slots, peers
from counterfoil.store.db import Database
from counterfoil.store.peers import Peer
from counterfoil.types import PartyKind
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.networks import Networks
from counterfoil.wallet.unlocked import Unlocked
from counterfoil.wallet.watch import recover
from counterfoil.wallet.witness import hear_join, say

START = 1_800_000_000
PRF = b"\x07" * 32
CREDENTIAL = b"prf credential"


class Clock:
    """Stands still unless a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


# ── workers ───────────────────────────────────────────────────────────────────────────────────────


class _Source:
    """What a worker reads: blocks until there is something, ends with None."""

    def __init__(self) -> None:
        self._chunks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._left = b""

    def put(self, chunk: bytes | None) -> None:
        self._chunks.put(chunk)

    def read(self, size: int) -> bytes:
        if not self._left:
            chunk = self._chunks.get()
            if chunk is None:
                self._chunks.put(None)
                return b""
            self._left = chunk
        part, self._left = self._left[:size], self._left[size:]
        return part


class ThreadWorker:
    """As ``WorkerProcess``: the real worker's code, in a thread."""

    def __init__(self, pool: ThreadPool) -> None:
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._source = _Source()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, frame: bytes) -> None:
        """The worker's sink."""
        self._put(bytes(frame))

    def flush(self) -> None:
        """Nothing is held back."""

    def _put(self, frame: bytes | None) -> None:
        with suppress(RuntimeError):  # the test's loop is over
            self._loop.call_soon_threadsafe(self._frames.put_nowait, frame)

    def _run(self) -> None:
        worker = Worker(self._source, self)  # type: ignore[arg-type]
        try:
            worker.run()
        except EOFError:
            pass
        except WalletError as error:
            worker.say({"kind": "abort", "error": error.as_dict()})
        except Exception as error:  # noqa: BLE001 - a mistake of ours, for the test to see
            self._pool.crashes.append(error)
            worker.say({"kind": "abort", "error": Bug(reason=type(error).__name__).as_dict()})
        self._put(None)

    async def say(self, frame: dict[str, Any]) -> None:
        self._source.put(encode_frame(frame, limit=2**23))

    async def hear(self) -> dict[str, Any]:
        frame = await self._frames.get()
        if frame is None:
            self._frames.put_nowait(None)
            raise Retry("The ceremony's process ended.", reason="worker_gone")
        heard = parse_frame(frame[HEADER_BYTES:])
        self._pool.on_frame(self, heard)
        return heard

    def kill(self) -> None:
        """As SIGKILL: not another word."""
        self._source.put(None)
        self._frames = asyncio.Queue()
        self._frames.put_nowait(None)

    async def end(self) -> None:
        self._source.put(None)


class ThreadPool:
    """As ``WorkerPool``. ``on_frame`` sees each frame just before the agent acts on it."""

    def __init__(self) -> None:
        self.started: list[ThreadWorker] = []
        self.crashes: list[Exception] = []
        self.on_frame: Callable[[ThreadWorker, dict[str, Any]], None] = lambda _worker, _frame: None

    def warm_up(self) -> None:
        """A thread is always warm."""

    async def take(self) -> ThreadWorker:
        self.started.append(ThreadWorker(self))
        return self.started[-1]


# ── the wire ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Crossing:
    """Something on its way: ``kind`` of call, note or answer (``request_consent/answer``)."""

    sender: str
    kind: str
    body: dict[str, Any]


Hook = Callable[[Crossing], Awaitable[dict[str, Any] | None]]


class Wire:
    """Carries everything. ``hook`` returns another body or None for the same one, or raises; ``Lost`` never arrives."""

    def __init__(self) -> None:
        self.log: list[Crossing] = []
        self.crashes: list[BaseException] = []
        self.hook: Hook = _nothing
        self.dead: set[str] = set()
        self.agents: dict[bytes, Agent] = {}

    async def carry(self, sender: str, to: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        crossing = Crossing(sender, kind, body)
        self.log.append(crossing)
        if self.dead & {sender, to}:
            raise Lost
        changed = await self.hook(crossing)
        if self.dead & {sender, to}:
            raise Lost
        return body if changed is None else changed

    def kinds(self) -> list[str]:
        return [crossing.kind for crossing in self.log]


async def _nothing(_crossing: Crossing) -> None:
    return None


class Lost(Exception):  # noqa: N818 - no error: what happens to words for the dead
    """Never arrives."""


class LoopLinks:
    """As ``PeerLinks``, from one agent to the other ones on the wire."""

    def __init__(self, me: str, wire: Wire) -> None:
        self._me = me
        self._wire = wire
        self._tasks: set[asyncio.Task[None]] = set()
        self._order = asyncio.Lock()
        self.on_report: Callable[[bytes, dict[str, Any]], None] = lambda _sender, _body: None

    async def call(self, identity: bytes, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return await self._call(identity, kind, body)
        except Lost:
            await asyncio.get_running_loop().create_future()
            raise

    async def _call(self, identity: bytes, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        message = parse_message(encode_message(Call(1, kind, body)))
        assert isinstance(message, Call)
        other = self._wire.agents[identity]
        given = await self._wire.carry(self._me, other.name, kind, message.body)
        answer = await other.answer(self._wire.agents, self._me, kind, given)
        back = parse_message(encode_message(answer))
        if isinstance(back, Failure):
            await self._wire.carry(other.name, self._me, f"{kind}/error", back.error.as_dict())
            raise back.error
        assert isinstance(back, Answer)
        return await self._wire.carry(other.name, self._me, f"{kind}/answer", back.body)

    async def notify(self, identity: bytes, kind: str, body: dict[str, Any]) -> None:
        message = parse_message(encode_message(Note(kind, body)))
        assert isinstance(message, Note)
        task = asyncio.create_task(self._deliver(identity, kind, message.body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, identity: bytes, kind: str, body: dict[str, Any]) -> None:
        other = self._wire.agents[identity]
        with suppress(Lost):
            async with self._order:
                given = await self._wire.carry(self._me, other.name, kind, body)
            await other.answer(self._wire.agents, self._me, kind, given)

    def tell(self, identity: bytes, kind: str, body: dict[str, Any]) -> None:
        task = asyncio.create_task(self.notify(identity, kind, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def is_near(self, identity: bytes) -> bool:
        return self._wire.agents[identity].name not in self._wire.dead

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


# ── agents ────────────────────────────────────────────────────────────────────────────────────────


class Node(EvmClient):
    """A chain in a dict: what was broadcast, and what the next transaction has to know."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.facts_now = Facts(
            chain_id=1,
            nonce=0,
            balance=10**21,
            gas_limit=21_000,
            base_fee=10**9,
            priority_fee=10**9,
            gas_price=2 * 10**9,
            target_has_code=False,
        )
        self.error: WalletError | None = None
        self.status_now = "pending"
        self.status_of: dict[str, str] = {}

    async def facts(self, chain: Any, account: str, kind: Any, intent: Any) -> Any:
        number = int(chain.id.split(":")[1])
        return replace(self.facts_now, chain_id=number) if kind.value == "transaction" else None

    async def next_slot(self, chain: Any, account: str, kind: Any) -> str | None:
        return nonce_slot(self.facts_now.nonce) if kind.value == "transaction" else None

    async def broadcast(self, chain: Any, signed: bytes) -> str:
        self.sent.append(signed)
        if self.error is not None:
            raise self.error
        return transaction_id(signed)

    async def status(self, chain: Any, transaction: str, account: str, slot: str) -> str:
        return self.status_of.get(transaction, self.status_now)

    async def missing(self, chain: Any, account: str, slot: str, held: Any) -> str | None:
        free = (nonce_slot(nonce) for nonce in range(self.facts_now.nonce, slot_nonce(slot)))
        return next((one for one in free if one not in held), None)

    async def simulate(self, chain: Any, account: str, kind: Any, unsigned: bytes) -> Simulation:
        return NOT_SIMULATED

    async def close(self) -> None:
        """Nothing is open."""


class SilentEvents:
    """Nobody listens."""

    def requests_changed(self, request_id: str) -> None: ...

    def provider(self, origin: str, name: str, data: Any) -> None: ...

    def message(self, origin: str, document_id: str, data: Any) -> None: ...

    def hears(self, profile_id: str | None) -> bool:
        return True

    def state_changed(self) -> None: ...

    def progress(self, *_of: Any) -> None: ...


@dataclass
class Agent:
    """One of the two."""

    name: str
    folder: Path
    wire: Wire
    clock: Clock
    node: Node
    pool: ThreadPool = field(default_factory=ThreadPool)

    def start(self, *, unlocked: bool = True) -> Agent:
        self.db = Database.open(self.folder / "counterfoil.db")
        kept = identities.load_or_create(self.db, os.urandom, self.clock())
        self.identity = Identity(kept.seed)
        self.links = LoopLinks(self.name, self.wire)
        quarantine = Quarantine()
        self.wallet = Wallet(
            db=self.db,
            identity=self.identity,
            networks=Networks(self.db, lambda _chain: self.node),
            ceremonies=CeremonyHost(self.pool, self.links, kept.seed, self.identity.public, quarantine),  # type: ignore[arg-type]
            peers=self.links,
            events=SilentEvents(),
            now=self.clock,
            rng=os.urandom,
            role=self.name,
            unlocked=Unlocked(self.clock),
        )
        self.wallet.ceremonies.say = lambda peer: say(self.wallet, peer)  # type: ignore[attr-defined]
        self.wallet.ceremonies.hear = lambda peer, said, way_back: hear_join(  # type: ignore[attr-defined]
            self.wallet, peer, said, is_way_back=way_back
        )
        self.participations = Participations(self.pool, kept.seed, quarantine)  # type: ignore[arg-type]
        self.calls = PeerCalls(self.wallet, self.participations, self.links)  # type: ignore[arg-type]
        self.wire.agents[self.identity.public] = self
        recover(self.wallet)
        if unlocked and key_slots.has_storage_key(self.db):
            self.wallet.unlocked.hold(key_slots.unlock_with_prf(self.db, CREDENTIAL, PRF))
        return self

    async def answer(
        self, agents: dict[bytes, Agent], sender: str, kind: str, body: dict[str, Any]
    ) -> Answer | Failure:
        """What this agent says to a call, as ``Link`` makes it of whatever happens; a mistake of ours is noted."""
        identity = next(public for public, agent in agents.items() if agent.name == sender)
        try:
            if kind == "ceremony_report":
                self.links.on_report(identity, body)
                return Answer(1, {})
            return Answer(1, await self.calls.serve(identity, kind, body) or {})
        except WalletError as error:
            return Failure(1, error)
        except Exception as error:  # noqa: BLE001 - a mistake of ours, for the test to see
            self.wire.crashes.append(error)
            return Failure(1, Bug())

    def image(self, into: Path) -> Path:
        """The disk as it is at this very moment, write-ahead log included."""
        shutil.copytree(self.folder, into)
        return into

    async def stop(self) -> None:
        await self.wallet.background.close()
        await self.wallet.consents.close()
        await self.participations.close()
        await self.links.close()
        self.db.close()

    async def revive(self, image: Path, *, unlocked: bool = True) -> Agent:
        """Another process starts with what the killed one left on the disk."""
        await self.stop()
        self.wire.dead.discard(self.name)
        self.folder, self.pool = image, ThreadPool()
        return self.start(unlocked=unlocked)


@dataclass
class Pair:
    """The device, its co-signer, and what is around them."""

    device: Agent
    cosigner: Agent
    wire: Wire
    clock: Clock
    node: Node

    @classmethod
    def at(cls, folder: Path) -> Pair:
        wire, clock, node = Wire(), Clock(), Node()
        device, cosigner = (Agent(name, folder / name, wire, clock, node).start() for name in ("device", "cosigner"))
        pair = cls(device, cosigner, wire, clock, node)
        if not peers.paired(device.db):
            pair._introduce()
        return pair

    def _introduce(self) -> None:
        for one, other, kind in (
            (self.device, self.cosigner, PartyKind.COSIGNER),
            (self.cosigner, self.device, PartyKind.DEVICE),
        ):
            peer = Peer(other.identity.public, other.name, kind, "ws://127.0.0.1:1", bytes(32), self.clock())
            peers.add(one.db, peer)
            key = key_slots.create_storage_key(
                one.db, key_slots.PrfOutput(CREDENTIAL, PRF), rng=os.urandom, now=self.clock()
            )
            one.wallet.unlocked.hold(key)

    @property
    def both(self) -> tuple[Agent, Agent]:
        return self.device, self.cosigner

    async def close(self) -> None:
        for agent in self.both:
            await agent.stop()

    def mistakes(self) -> list[BaseException]:
        """Exceptions of no kind of ours that came out anywhere."""
        return [*self.wire.crashes, *self.device.pool.crashes, *self.cosigner.pool.crashes]


def clone(authenticator: Any) -> Any:
    """The same passkeys, to be used apart."""
    twin = copy.copy(authenticator)
    twin.credentials = [replace(credential) for credential in authenticator.credentials]
    return twin
