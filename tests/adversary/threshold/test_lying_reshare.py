"""Parties that lie while a key is dealt anew: nobody gets a share, and the right one is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from counterfoil.crypto.secp256k1 import Scalar
from counterfoil.errors import Ban
from counterfoil.threshold.dkls.reshare import round1, round2, round3, round4
from counterfoil.threshold.dkls.reshare.roster import Roster
from counterfoil.threshold.dkls.sharing import opening
from counterfoil.threshold.machine import Abort
from counterfoil.threshold.vss import Polynomial
from tests.fakes.ceremony import Delivery, SeededRng, TwoFaced, fake_sign, run
from tests.fakes.reshares import Case, refresh
from tests.fakes.vaults import vault

# Seats: 1 stays and deals, 2 is new, 3 is a new recovery file, 4 deals and leaves.
CASE = Case(vault(2, 3, (3,)), {1: 1, 4: 2}, 3, 2, (3,))
OT = frozenset({1, 2})


def layouts(liar: int):
    """What this seat sends: (round, broadcast, receiver or None, layout)."""
    deals, seeds = liar in CASE.dealers, len(OT - {liar}) if liar in OT else 0
    found = []
    if deals or seeds:
        found.append((1, True, None, round1.layout(deals=deals, seeds=seeds)))
    if deals:
        found.append((2, True, None, round2.layout(CASE.threshold)))
    for to in (1, 2, 3):
        transfers = {liar, to} <= OT
        if to != liar and (deals or transfers):
            found.append((3, False, to, round3.layout(deals=deals, transfers=transfers)))
    return [*found, (4, True, None, round4.LAYOUT)]


def places():
    for liar in CASE.seats:
        for number, broadcast, to, layout in layouts(liar):
            at = 0
            for name, length in layout:
                if length:
                    yield pytest.param(liar, number, broadcast, to, at, length, id=f"{liar}-{number}-{to}-{name}")
                at += length


def lie(liar: int, number: int, broadcast: bool, to: int | None, alter):
    def tamper(delivery: Delivery) -> list[Delivery] | None:
        if (delivery.sender, delivery.round, delivery.broadcast) != (liar, number, broadcast):
            return None
        return [delivery.with_body(alter(delivery.body))] if to in (None, delivery.receiver) else None

    return tamper


def assert_nobody_gets_a_share(outcome, liar: int, *, victims: set[int]) -> None:
    honest = set(outcome.effects) - {liar}
    assert not honest & outcome.results.keys()
    assert outcome.aborts.keys() & honest == victims
    for seat in victims:
        error = outcome.aborts[seat]
        assert isinstance(error, Ban)
        assert error.culprits == (liar,)
        assert outcome.effects[seat] == [Abort(error)]
    for error in outcome.aborts.values():
        assert set(error.culprits) <= {liar}


ALTERATIONS = {
    "first bit": lambda field: bytes([field[0] ^ 1]) + field[1:],
    "last bit": lambda field: field[:-1] + bytes([field[-1] ^ 0x80]),
    "zero": lambda field: bytes(len(field)),
}


@pytest.mark.parametrize("alteration", ALTERATIONS)
@pytest.mark.parametrize(("liar", "number", "broadcast", "to", "at", "length"), list(places()))
def test_a_lie_in_any_field_leaves_no_share_to_keep(liar, number, broadcast, to, at, length, alteration):
    alter = ALTERATIONS[alteration]
    outcome = CASE.run(
        lie(liar, number, broadcast, to, lambda body: body[:at] + alter(body[at : at + length]) + body[at + length :])
    )
    if length > 4000 and not outcome.aborts:
        # Base transfer with other points: it can't be told from a good one before the first signature.
        assert outcome.results.keys() >= set(CASE.seats) - {liar}
        return
    honest = set(CASE.seats) - {liar}
    victims = {to} if to else honest
    if length == 32 and number == 1 and liar == 2:
        victims = {1}  # its commitment to the seed of seat 1, for all others it is one more broadcast
    if length == 32 and number == 1 and at:
        victims = {2} if liar == 1 else victims
    assert_nobody_gets_a_share(outcome, liar, victims=victims)


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"\0", lambda b: b"", lambda b: b + b])
@pytest.mark.parametrize(
    ("liar", "number", "broadcast", "to"), [(liar, *row[:3]) for liar in CASE.seats for row in layouts(liar)]
)
def test_a_message_of_another_length_bans_its_sender(liar, number, broadcast, to, change):
    outcome = CASE.run(lie(liar, number, broadcast, to, change))
    honest = set(CASE.seats) - {liar}
    assert_nobody_gets_a_share(outcome, liar, victims={to} if to else honest)
    assert {error.word for error in outcome.aborts.values()} == {"malformed"}


@pytest.mark.parametrize("points", [0, 1, 3, 4])
def test_feldman_vectors_and_proofs_of_another_count_are_refused(points):
    """Raised, lowered or empty: the new threshold is what all agreed on, whatever a dealer says."""
    for proofs in {0, 1, points, 2, 3}:
        for count in {points, 2}:

            def alter(body: bytes, proofs=proofs, count=count) -> bytes:
                vector, proof, rest = body[1:67], body[67:197], body[197:]
                return bytes([count]) + (vector * 2)[: 33 * points] + (proof * 2)[: 65 * proofs] + rest

            outcome = CASE.run(lie(4, 2, True, None, alter))
            assert_nobody_gets_a_share(outcome, 4, victims={1, 2, 3})
            assert outcome.aborts[2].word == "malformed"


@pytest.mark.parametrize("degree", [1, 3])
def test_a_dealer_whose_polynomial_has_another_degree_throughout_is_refused(degree, monkeypatch):
    """Committed to, proven and dealt honestly: a lower degree would let fewer sign, a higher one nobody."""
    machines = CASE.machines()
    original = Polynomial.__init__

    def other_degree(self, threshold, rng, constant=None):
        original(self, degree, rng, constant)

    start = machines[1].start

    def start_lying():
        with monkeypatch.context() as patch:
            patch.setattr(Polynomial, "__init__", other_degree)
            return start()

    monkeypatch.setattr(machines[1], "start", start_lying)
    assert_nobody_gets_a_share(run(machines), 1, victims={2, 3, 4})


def deals(constant, monkeypatch):
    machines = CASE.machines()
    start, original = machines[1].start, round1._constant

    def start_lying():
        with monkeypatch.context() as patch:
            patch.setattr(round1, "_constant", lambda *of: constant(original(*of)))
            return start()

    monkeypatch.setattr(machines[1], "start", start_lying)
    return run(machines)


def test_a_dealer_that_deals_another_secret_is_named_before_any_share_is_sent(monkeypatch):
    """It knows its polynomial, proves it and deals from it: only it is not λ·s."""
    outcome = deals(lambda secret: secret + Scalar.of_public(1), monkeypatch)
    assert_nobody_gets_a_share(outcome, 1, victims={2, 3, 4})
    assert {error.word for seat, error in outcome.aborts.items() if seat != 1} == {"constant"}
    assert not [d for d in outcome.log if d.round == 3 and d.sender != 1]


def test_a_dealer_that_leaves_out_its_weight_is_named(monkeypatch):
    share = CASE.old[1].secret

    def unweighted(_secret):
        with share.open() as view:
            return Scalar(view.tobytes())

    outcome = deals(unweighted, monkeypatch)
    assert {error.word for seat, error in outcome.aborts.items() if seat != 1} == {"constant"}


def test_without_the_check_of_constants_the_sum_would_still_be_found_wrong(monkeypatch):
    monkeypatch.setattr(round2.Round2, "advance", _unchecked(round2.Round2.advance, monkeypatch))
    outcome = deals(lambda secret: secret + Scalar.of_public(1), monkeypatch)
    assert not outcome.results
    assert {error.word for error in outcome.aborts.values()} == {"group_key"}


def _unchecked(advance, monkeypatch):
    def without(self):
        with monkeypatch.context() as patch:
            patch.setattr(Roster, "dealt_point", lambda _roster, seat: self._openings[seat].points[0])
            return advance(self)

    return without


def test_a_coefficient_without_knowledge_of_its_logarithm_is_refused(monkeypatch):
    original = opening.prove
    for label in (0, 1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                opening,
                "prove",
                lambda secret, sid, me, k, rng, label=label: original(
                    Scalar.random(rng) if (me, k) == (4, label) else secret, sid, me, k, rng
                ),
            )
            outcome = CASE.run()
        assert {error.word for seat, error in outcome.aborts.items() if seat != 4} == {"proof"}
        assert not outcome.results


@pytest.mark.parametrize("liar", [1, 4])
def test_a_dealer_with_two_stories_leaves_nobody_a_share(liar):
    """Each story is whole and right by itself: other polynomials, other commitments, everything consistent."""
    peers = [seat for seat in CASE.seats if seat != liar]
    faces = {peer: CASE.machine(liar, rng=SeededRng(f"face {peer}")) for peer in peers}
    outcome = run({**CASE.machines(), liar: TwoFaced(faces)})
    assert not outcome.results
    assert all(set(error.culprits) <= {liar} for error in outcome.aborts.values())


@pytest.mark.parametrize("number", [1, 2, 4])
def test_two_broadcasts_in_one_place_ban_their_sender(number):
    def tamper(delivery: Delivery) -> list[Delivery] | None:
        if (delivery.sender, delivery.round) != (1, number):
            return None
        return [delivery, delivery.with_body(delivery.body[:-1] + bytes([delivery.body[-1] ^ 1]))]

    outcome = CASE.run(tamper)
    for seat in (2, 3, 4):
        if seat in outcome.aborts:
            assert outcome.aborts[seat].culprits == (1,)
    assert outcome.aborts or number == 4


def test_every_message_of_another_session_or_epoch_is_dropped():
    """Recorded in an earlier attempt, in a reshare of the next epoch and in one to another set; replayed first."""
    strangers = [
        replace(CASE, label="earlier"),
        replace(CASE, epoch=2),
        Case(CASE.old, {1: 1, 2: 2}, 3, 2, (3,)),
        refresh(CASE.old, (1, 2), (3,)),
    ]
    recorded = [delivery for case in strangers for delivery in case.run().log]
    assert {delivery.round for delivery in recorded} == {1, 2, 3, 4}

    def tamper(delivery: Delivery) -> list[Delivery]:
        old = [d for d in recorded if (d.sender, d.receiver) == (delivery.sender, delivery.receiver)]
        return [*old, delivery]

    outcome = CASE.run(tamper)
    assert outcome.results.keys() == set(CASE.seats)
    assert not outcome.aborts


@pytest.mark.parametrize("seat", [1, 2, 3, 4])
def test_a_confirmation_that_never_comes_leaves_nobody_a_share(seat):
    outcome = CASE.run(lambda d: [] if (d.sender, d.round) == (seat, 4) else None)
    assert outcome.results.keys() <= {seat}


def test_a_confirmation_by_another_identity_key_bans_its_sender():
    machines = {**CASE.machines(), 4: CASE.machine(4, sign_identity=fake_sign(77))}
    outcome = run(machines)
    assert_nobody_gets_a_share(outcome, 4, victims={1, 2, 3})
    assert {error.word for error in outcome.aborts.values()} == {"confirmation"}


def test_who_gets_no_share_can_not_receive_one():
    """A share sent to the one that leaves breaks the format: nothing may be dealt outside the new set."""

    def tamper(delivery: Delivery) -> list[Delivery] | None:
        if (delivery.sender, delivery.receiver, delivery.round) == (1, 3, 3):
            payload = bytearray(delivery.payload)
            payload[7] = 4
            return [delivery, Delivery(1, 4, bytes(payload), False)]
        return None

    outcome = CASE.run(tamper)
    if 4 in outcome.aborts:
        assert outcome.aborts[4].word == "malformed"
    assert outcome.results.get(4) is None or outcome.results[4].share is None
