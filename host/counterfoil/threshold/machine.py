"""The engine under every ceremony: delivery, order, duplicates, schema and the order of effects.

A caller carries out a step's effects in order and only then sends its messages. Rounds know nothing of
delivery: they read one body at a time and, once all are there, turn into the next round.

A message is looked at in this order: authenticated sender (the caller), header, session, round, exact
schema, mathematics. A message of another session is dropped; one that breaks the schema bans its sender.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, NoReturn, Protocol, SupportsIndex, TypeAlias, TypeVar

from counterfoil.errors import Ban, InvalidEncoding, ProtocolAbort
from counterfoil.threshold.transcript import Transcript
from counterfoil.threshold.wire import EVERYONE, Ceremony, Header, parse_header

T = TypeVar("T")
E = TypeVar("E", bound=ProtocolAbort)
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A payload to send: ``to`` one party, or None for all others."""

    to: int | None
    payload: bytes


@dataclass(frozen=True, slots=True)
class PersistPoison:
    """Durably mark this party's oblivious-transfer state as unusable, before anything else happens."""

    party: int


@dataclass(frozen=True, slots=True)
class Release:
    """Durably persist RELEASED before this step's messages leave: with them a signature may come to exist."""


@dataclass(frozen=True, slots=True)
class Abort:
    """The ceremony is over without a result."""

    error: ProtocolAbort


Effect: TypeAlias = PersistPoison | Release | Abort


@dataclass(frozen=True, slots=True)
class Step(Generic[T_co]):
    """What to do now: effects in order, then send ``outgoing``. ``round`` is the one now waited for."""

    effects: tuple[Effect, ...]
    outgoing: tuple[Outgoing, ...]
    result: T_co | None
    round: int


class Machine(Protocol[T_co]):
    """One party's side of a ceremony. After an Abort or a result every further call does nothing."""

    @property
    def rounds(self) -> int:
        """How many rounds of messages there are."""

    def start(self) -> Step[T_co]:
        """The first round's messages. Call once."""

    def receive(self, sender: int, payload: bytes, broadcast: bool) -> Step[T_co]:
        """Take one authentic message; early, late and repeated ones are fine."""


class Fault(Exception):  # noqa: N818 - not an error of its own: carries one out of a round
    """A check failed: poison these parties' state, in this order, then abort with this error."""

    def __init__(self, error: ProtocolAbort, poison: Iterable[int] = ()) -> None:
        self.error = error
        self.poison = tuple(poison)
        super().__init__(error.word)


@dataclass(slots=True)
class Parties:
    """What all rounds of one machine share."""

    ceremony: Ceremony
    sid: bytes
    me: int
    peers: tuple[int, ...]
    transcript: Transcript
    is_released: bool = False


@dataclass(frozen=True, slots=True)
class Turn(Generic[T]):
    """What a finished round turns into: messages, then either the next round or a result."""

    broadcast: bytes | None = None
    direct: Mapping[int, bytes] = field(default_factory=dict)
    next: Round[T] | None = None
    result: T | None = None
    release: bool = False


class Round(ABC, Generic[T]):
    """Waits for one round's messages. ``broadcasters`` and ``directs`` say from whom."""

    number: int
    broadcasters: frozenset[int] = frozenset()
    directs: frozenset[int] = frozenset()

    @abstractmethod
    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """Parse and keep one body. Raises: InvalidEncoding where it breaks the schema"""

    @abstractmethod
    def advance(self) -> Turn[T]:
        """All bodies are there: check them, and go on. Raises: Fault"""


_AFTER_RELEASE = (
    "A device failed a check at the very last step. It may hold a finished signature, so this request stays open."
)


def ban(parties: Parties, number: int, culprits: Iterable[int], reason: str) -> Ban:
    """The error for a failed check that names its culprits. Standard: threshold note 6"""
    return _error(Ban, parties, number, sorted(culprits), reason)


def unnamed(parties: Parties, number: int, reason: str) -> ProtocolAbort:
    """The error for a failure that nobody can be blamed for, or, among two parties, the other one."""
    if len(parties.peers) == 1:
        return ban(parties, number, parties.peers, reason)
    return _error(ProtocolAbort, parties, number, [], reason)


def _error(kind: type[E], parties: Parties, number: int, culprits: list[int], reason: str) -> E:
    return kind(
        _AFTER_RELEASE if parties.is_released else None,
        reason=reason,
        culprits=culprits,
        round=number,
        ceremony=parties.ceremony.name.lower(),
        released=parties.is_released,
    )


class RoundMachine(ABC, Generic[T]):
    """Drives rounds. A subclass makes the first one in `_begin` and says how many there are."""

    rounds: int
    ahead: int = 1
    """How many rounds another party can honestly be ahead: one, where each round waits for everyone."""

    def __init__(self, parties: Parties) -> None:
        self._parties = parties
        self._round: Round[T] | None = None
        self._number = 0
        self._is_over = False
        self._seen: dict[tuple[int, int, bool], bytes] = {}
        self._missing: set[tuple[int, bool]] = set()

    @abstractmethod
    def _begin(self) -> Turn[T]:
        """Round 1's messages and the round that waits for them."""

    def start(self) -> Step[T]:
        """The first round's messages."""
        if self._is_over or self._number:
            return self._nothing()
        return self._guarded(lambda: self._follow(self._begin()))

    def receive(self, sender: int, payload: bytes, broadcast: bool) -> Step[T]:
        """Take one authentic message."""
        if self._is_over or sender not in self._parties.peers:
            return self._nothing()
        return self._guarded(lambda: self._accept(sender, payload, broadcast=broadcast))

    def _guarded(self, action: Callable[[], Step[T]]) -> Step[T]:
        """A fault ends the machine in order; so does a bug of ours, which goes on upwards."""
        try:
            return action()
        except Fault as fault:
            self._end()
            poison: tuple[Effect, ...] = tuple(PersistPoison(party) for party in fault.poison)
            return Step((*poison, Abort(fault.error)), (), None, self._number)
        except BaseException:
            self._end()
            raise

    def _accept(self, sender: int, payload: bytes, *, broadcast: bool) -> Step[T]:
        try:
            header, body = parse_header(payload)
        except InvalidEncoding:
            raise self._malformed(sender) from None
        if header.sid != self._parties.sid:
            return self._nothing()
        recipient = EVERYONE if broadcast else self._parties.me
        if header != Header(self._parties.ceremony, header.round, sender, recipient, header.sid):
            raise self._malformed(sender)
        if not 1 <= header.round <= min(self._number + self.ahead, self.rounds):
            raise self._malformed(sender)
        slot = (header.round, sender, broadcast)
        if slot in self._seen:
            if self._seen[slot] != body:
                raise Fault(ban(self._parties, header.round, [sender], "equivocation"))
            return self._nothing()
        self._seen[slot] = body
        if header.round != self._number:
            return self._nothing()
        self._read(sender, body, broadcast=broadcast)
        return self._settle()

    def _settle(self) -> Step[T]:
        """Advance if nothing is missing."""
        if self._missing or self._round is None:
            return self._nothing()
        return self._follow(self._round.advance())

    def _follow(self, turn: Turn[T]) -> Step[T]:
        """Enter the next round, feed it what came early, and go on while rounds are complete."""
        if turn.next is None:
            self._end()
            return Step((), (), turn.result, self._number)
        self._number += 1
        self._round = turn.next
        self._missing = {(party, True) for party in turn.next.broadcasters}
        self._missing |= {(party, False) for party in turn.next.directs}
        outgoing = self._addressed(turn)
        effects: tuple[Effect, ...] = ()
        if turn.release:
            self._parties.is_released = True
            effects = (Release(),)
        for (number, sender, broadcast), body in tuple(self._seen.items()):
            if number == self._number:
                self._read(sender, body, broadcast=broadcast)
        later = self._settle()
        return Step(effects + later.effects, outgoing + later.outgoing, later.result, later.round)

    def _read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        if self._round is None or (sender, broadcast) not in self._missing:
            raise self._malformed(sender)
        try:
            self._round.read(sender, body, broadcast=broadcast)
        except InvalidEncoding:
            raise self._malformed(sender) from None
        self._missing.discard((sender, broadcast))
        if broadcast:
            self._parties.transcript.add(self._number, sender, body)

    def _addressed(self, turn: Turn[T]) -> tuple[Outgoing, ...]:
        parties, outgoing = self._parties, []
        if turn.broadcast is not None:
            parties.transcript.add(self._number, parties.me, turn.broadcast)
            outgoing.append(Outgoing(None, self._header(EVERYONE) + turn.broadcast))
        outgoing += [Outgoing(to, self._header(to) + body) for to, body in turn.direct.items()]
        return tuple(outgoing)

    def _header(self, recipient: int) -> bytes:
        parties = self._parties
        return Header(parties.ceremony, self._number, parties.me, recipient, parties.sid).encode()

    def _malformed(self, sender: int) -> Fault:
        return Fault(ban(self._parties, self._number, [sender], "malformed"))

    def _nothing(self) -> Step[T]:
        return Step((), (), None, self._number)

    def _end(self) -> None:
        """Drop the round: its secrets are wiped with it."""
        self._is_over = True
        self._round = None
        self._seen.clear()
        self._missing.clear()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("A ceremony is never stored: a restart is a new session.")
