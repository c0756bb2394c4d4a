"""Reshares of the vaults of `tests.fakes.vaults`. A *person* is whose identity key it is; seats are numbers in the reshare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from counterfoil.threshold.dkls.reshare import ReshareMachine
from counterfoil.threshold.dkls.reshare.roster import Roster
from counterfoil.threshold.session import Join, Session
from counterfoil.threshold.share import KeyShare
from tests.fakes.ceremony import Outcome, SeededRng, fake_identity, fake_sign, fake_verify, run, session_of


@dataclass(frozen=True)
class Case:
    """From ``old`` shares, dealt by ``dealers`` (seat → old number), to seats 1..members of threshold ``threshold``.

    ``people`` says who sits where; a seat that is not in it is someone new, by its own number.
    """

    old: Mapping[int, KeyShare]
    dealers: Mapping[int, int]
    members: int
    threshold: int
    recovery: tuple[int, ...] = ()
    people: Mapping[int, int] | None = None
    epoch: int | None = None
    label: str = ""

    @property
    def seats(self) -> tuple[int, ...]:
        return tuple(sorted({*range(1, self.members + 1), *self.dealers}))

    def person(self, seat: int) -> int:
        """Dealers sign as the party they were at key generation; others by ``people`` or as a stranger."""
        if self.people is not None and seat in self.people:
            return self.people[seat]
        return self.dealers.get(seat, 100 + seat)

    def session(self, me: int, **changes: Any) -> Session:
        known = next(iter(self.old.values())).public
        epoch = known.epoch + 1 if self.epoch is None else self.epoch
        made = session_of(self.seats, me, threshold=self.threshold, ceremony="reshare", epoch=epoch, label=self.label)
        joins = tuple(
            Join(join.index, fake_identity(self.person(join.index)), join.nonce, join.ephemeral) for join in made.joins
        )
        return replace(made, **{"joins": joins, **changes})

    def machine(self, me: int, **changes: Any) -> ReshareMachine:
        share = self.old[self.dealers[me]] if me in self.dealers else None
        arguments: dict[str, Any] = {
            "session": self.session(me),
            "roster": Roster(next(iter(self.old.values())).public, self.dealers, self.members),
            "share": share,
            "ot_parties": frozenset(range(1, self.members + 1)) - frozenset(self.recovery),
            "sign_identity": fake_sign(self.person(me)),
            "verify_identity": fake_verify,
            "rng": SeededRng(f"reshare {me} {self.label} {self.members} {self.threshold}"),
        }
        arguments.update(changes)
        return ReshareMachine(arguments.pop("session"), arguments.pop("roster"), arguments.pop("share"), **arguments)

    def machines(self) -> dict[int, ReshareMachine]:
        return {seat: self.machine(seat) for seat in self.seats}

    def run(self, *tamper: Any, **how: Any) -> Outcome:
        return run(self.machines(), *tamper, **how)

    def shares(self) -> dict[int, KeyShare]:
        """The new shares, by new number."""
        results = self.run().results
        return {seat: results[seat].share for seat in range(1, self.members + 1)}


def refresh(old: Mapping[int, KeyShare], dealers: Iterable[int], recovery: tuple[int, ...] = (), **how: Any) -> Case:
    """To the same set."""
    public = next(iter(old.values())).public
    return Case(
        old, {i: i for i in dealers}, len(public.parties), public.threshold, recovery,
        {i: i for i in public.parties}, **how,
    )  # fmt: skip
