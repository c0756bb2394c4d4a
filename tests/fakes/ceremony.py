"""Runs machines against each other in one process, with a hook on every delivery.

`run(machines, tamper)` delivers in the order sent. ``tamper(delivery)`` may return None (deliver as it is)
or a list of deliveries in its place: empty to drop, more to repeat or forge, altered payloads to lie.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from counterfoil.errors import ProtocolAbort
from counterfoil.threshold.machine import Abort, Effect, Machine, Step
from counterfoil.threshold.session import Join, Session
from counterfoil.threshold.wire import HEADER_LENGTH


@dataclass(frozen=True)
class Delivery:
    """One payload on its way from one party to another."""

    sender: int
    receiver: int
    payload: bytes
    broadcast: bool

    @property
    def round(self) -> int:
        return self.payload[5]

    @property
    def body(self) -> bytes:
        return self.payload[HEADER_LENGTH:]

    def with_body(self, body: bytes) -> Delivery:
        return replace(self, payload=self.payload[:HEADER_LENGTH] + body)


@dataclass(frozen=True)
class Whisper:
    """What a two-faced party sends: said to be a broadcast, sent to one."""

    to: int
    payload: bytes


class TwoFaced:
    """A party that tells each peer another story: one machine per peer, all fed with everything."""

    def __init__(self, faces: dict[int, Machine[Any]]) -> None:
        self.faces = faces
        self.rounds = next(iter(faces.values())).rounds

    def start(self) -> Any:
        return self._merged({peer: face.start() for peer, face in self.faces.items()})

    def receive(self, sender: int, payload: bytes, broadcast: bool) -> Any:
        return self._merged({peer: face.receive(sender, payload, broadcast) for peer, face in self.faces.items()})

    def _merged(self, steps: dict[int, Step[Any]]) -> Step[Any]:
        outgoing: list[Any] = []
        for peer, step in steps.items():
            for message in step.outgoing:
                if message.to is None:
                    outgoing.append(Whisper(peer, message.payload))
                elif message.to == peer:
                    outgoing.append(message)
        return Step((), tuple(outgoing), None, 0)


Tamper = Callable[[Delivery], "list[Delivery] | None"]


@dataclass
class Outcome:
    """What came of it, by party."""

    results: dict[int, Any] = field(default_factory=dict)
    aborts: dict[int, ProtocolAbort] = field(default_factory=dict)
    effects: dict[int, list[Effect]] = field(default_factory=dict)
    log: list[Delivery] = field(default_factory=list)
    """Everything sent, before tampering."""

    def bytes_sent(self, sender: int, receiver: int) -> int:
        return sum(len(d.payload) for d in self.log if (d.sender, d.receiver) == (sender, receiver))


def run(machines: dict[int, Machine[Any]], tamper: Tamper | None = None, *, last_first: bool = False) -> Outcome:
    """Start all machines and deliver until nothing is under way. ``last_first`` delivers the newest message first."""
    outcome = Outcome(effects={party: [] for party in machines})
    queue: deque[Delivery] = deque()
    for party, machine in machines.items():
        queue.extend(_sent(outcome, machines, party, machine.start(), tamper))
    while queue:
        delivery = queue.pop() if last_first else queue.popleft()
        step = machines[delivery.receiver].receive(delivery.sender, delivery.payload, delivery.broadcast)
        queue.extend(_sent(outcome, machines, delivery.receiver, step, tamper))
    return outcome


def _sent(
    outcome: Outcome, machines: dict[int, Machine[Any]], party: int, step: Step[Any], tamper: Tamper | None
) -> Iterator[Delivery]:
    outcome.effects[party].extend(step.effects)
    for effect in step.effects:
        if isinstance(effect, Abort):
            outcome.aborts[party] = effect.error
    if step.result is not None:
        outcome.results[party] = step.result
    for message in step.outgoing:
        for receiver in [message.to] if message.to is not None else [p for p in machines if p != party]:
            broadcast = isinstance(message, Whisper) or message.to is None
            delivery = Delivery(party, receiver, message.payload, broadcast)
            outcome.log.append(delivery)
            changed = tamper(delivery) if tamper else None
            yield from [delivery] if changed is None else changed


class SeededRng:
    """Repeatable bytes for tests."""

    def __init__(self, seed: str) -> None:
        self._seed, self._count = seed.encode(), 0

    def __call__(self, length: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(self._seed + self._count.to_bytes(8, "big")).digest(length)


def session_of(
    indices: tuple[int, ...],
    me: int,
    *,
    threshold: int,
    ceremony: str = "sign",
    vault: str = "00112233445566778899aabbccddeeff",
    epoch: int = 0,
    context: bytes = b"",
    label: str = "",
) -> Session:
    """A session of parties whose identity keys come from their index, all else from ``label``."""

    def digest(*parts: object) -> bytes:
        return hashlib.sha256(repr(parts).encode()).digest()

    joins = tuple(
        Join(i, fake_identity(i), digest("nonce", i, ceremony, label), digest("ephemeral", i, ceremony, label))
        for i in sorted(indices)
    )
    return Session(ceremony, vault, epoch, threshold, joins, me, context)


def fake_identity(index: int) -> bytes:
    """A stand-in for an Ed25519 key: what `fake_sign` signs with."""
    return hashlib.sha256(b"identity %d" % index).digest()


def fake_sign(index: int) -> Callable[[bytes], bytes]:
    """A stand-in for an Ed25519 signature, good enough to be right or wrong."""
    return lambda message: hashlib.sha512(fake_identity(index) + message).digest()


def fake_verify(identity: bytes, message: bytes, signature: bytes) -> None:
    """Raises ValueError where `fake_sign` did not make the signature."""
    if hashlib.sha512(identity + message).digest() != signature:
        raise ValueError("bad signature")
