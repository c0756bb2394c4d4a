"""A party alters each field of each message of each round: nobody signs anything wrong, and the right one is named."""

from __future__ import annotations

import pytest

from counterfoil.crypto.secp256k1 import N
from counterfoil.errors import Ban
from counterfoil.threshold.dkls.keygen import round1 as k1
from counterfoil.threshold.dkls.keygen import round2 as k2
from counterfoil.threshold.dkls.keygen import round3 as k3
from counterfoil.threshold.dkls.keygen import round4 as k4
from counterfoil.threshold.dkls.sign import round1 as s1
from counterfoil.threshold.dkls.sign import round2 as s2
from counterfoil.threshold.dkls.sign import round3 as s3
from counterfoil.threshold.machine import Abort, PersistPoison, Release
from counterfoil.threshold.wire import Layout
from tests.fakes.ceremony import Delivery, Outcome, run
from tests.fakes.vaults import keygen_machines, sign_machines, vault

LIAR = 1
OT_FIELDS = {"u", "x", "theta", "a_tilde", "eta", "mu", "gamma_u", "gamma_v", "public"}
UNNAMED_AMONG_THREE = {"echo", "psi", "w"}

SIGN: list[tuple[int, bool, Layout]] = [
    (1, True, s1.BROADCAST),
    (1, False, s1.DIRECT),
    (2, True, s2.BROADCAST),
    (2, False, s2.DIRECT),
    (3, True, s3.BROADCAST),
]


def keygen_layouts(threshold: int, seeds: int) -> list[tuple[int, bool, Layout]]:
    return [
        (1, True, k1.layout(seeds)),
        (2, True, k2.layout(threshold)),
        (3, False, k3.layout(transfers=True)),
        (4, True, k4.LAYOUT),
    ]


def flip_first(field: bytes) -> bytes:
    return bytes([field[0] ^ 1]) + field[1:]


def flip_last(field: bytes) -> bytes:
    return field[:-1] + bytes([field[-1] ^ 0x80])


def zero(field: bytes) -> bytes:
    return bytes(len(field))


def fill(field: bytes) -> bytes:
    return b"\xff" * len(field)


def one(field: bytes) -> bytes:
    return bytes(len(field) - 1) + b"\x01"


ALTERATIONS = [flip_first, flip_last, zero, fill, one]


def fields(layouts: list[tuple[int, bool, Layout]]) -> list[tuple[int, bool, str, int, int]]:
    found = []
    for number, broadcast, layout in layouts:
        at = 0
        for name, length in layout:
            found.append((number, broadcast, name, at, length))
            at += length
    return found


def lie(number: int, broadcast: bool, at: int, length: int, alter) -> object:
    def tamper(delivery: Delivery) -> list[Delivery] | None:
        if (delivery.sender, delivery.round, delivery.broadcast) != (LIAR, number, broadcast):
            return None
        body = delivery.body
        assert len(body) >= at + length
        return [delivery.with_body(body[:at] + alter(body[at : at + length]) + body[at + length :])]

    return tamper


def assert_only_the_liar_is_blamed(outcome: Outcome, *, may_be_unnamed: bool = False) -> None:
    honest = [party for party in outcome.effects if party != LIAR]
    assert not set(honest) & outcome.results.keys()
    blamed = [outcome.aborts[party] for party in honest if party in outcome.aborts]
    assert blamed
    for error in blamed:
        assert error.culprits == (LIAR,) or (may_be_unnamed and error.culprits == ())
        assert isinstance(error, Ban) or may_be_unnamed
    for party in honest:
        effects = outcome.effects[party]
        assert not any(isinstance(effect, Abort) for effect in effects[:-1])


@pytest.mark.parametrize("alter", ALTERATIONS)
@pytest.mark.parametrize(("number", "broadcast", "name", "at", "length"), fields(SIGN))
def test_a_lie_while_two_sign_is_found_and_named(number, broadcast, name, at, length, alter):
    outcome = run(sign_machines(vault(2, 2), (1, 2)), lie(number, broadcast, at, length, alter))
    assert_only_the_liar_is_blamed(outcome)
    effects = outcome.effects[2]
    if number == 3:
        assert "may hold a finished signature" in outcome.aborts[2].message
    elif name in OT_FIELDS and outcome.aborts[2].word != "malformed":
        assert effects == [PersistPoison(LIAR), Abort(outcome.aborts[2])]
    if name != "psi" and number < 3:
        assert Release() not in effects


@pytest.mark.parametrize("alter", [flip_first, flip_last])
@pytest.mark.parametrize(("number", "broadcast", "name", "at", "length"), fields(SIGN))
def test_a_lie_while_three_sign_never_falls_on_an_honest_party(number, broadcast, name, at, length, alter):
    outcome = run(sign_machines(vault(3, 3), (1, 2, 3)), lie(number, broadcast, at, length, alter))
    assert_only_the_liar_is_blamed(outcome, may_be_unnamed=name in UNNAMED_AMONG_THREE or (number, name) == (3, "u"))
    if name in OT_FIELDS and number < 3:
        for party in (2, 3):
            effects = outcome.effects[party]
            assert effects[0] == PersistPoison(LIAR) or outcome.aborts[party].word == "malformed"


@pytest.mark.parametrize("alter", [flip_first, flip_last, zero, fill])
@pytest.mark.parametrize(("number", "broadcast", "name", "at", "length"), fields(keygen_layouts(2, 1)))
def test_a_lie_in_key_generation_leaves_nothing_to_save(number, broadcast, name, at, length, alter):
    machines = keygen_machines(2, 3, recovery=(3,))

    def tamper(delivery: Delivery) -> list[Delivery] | None:
        if delivery.receiver == 3 and not delivery.broadcast:
            return None
        return lie(number, broadcast, at, length, alter)(delivery)

    outcome = run(machines, tamper)
    if name in {"request", "offer"} and 2 in outcome.results:
        shares = outcome.results
        test_sign = run(sign_machines(shares, (1, 2)))
        assert not test_sign.results
        assert {e for effects in test_sign.effects.values() for e in effects if isinstance(e, PersistPoison)}
        return
    assert_only_the_liar_is_blamed(outcome)
    assert 3 not in outcome.results


@pytest.mark.parametrize(
    "change", [lambda b: b[:-1], lambda b: b + b"\x00", lambda b: b"", lambda b: b + b, lambda b: b[1:]]
)
@pytest.mark.parametrize(("number", "broadcast"), [(n, b) for n, b, _ in SIGN])
def test_a_message_of_another_length_bans_its_sender_while_signing(number, broadcast, change):
    def tamper(delivery: Delivery) -> list[Delivery] | None:
        if (delivery.sender, delivery.round, delivery.broadcast) != (LIAR, number, broadcast):
            return None
        return [delivery.with_body(change(delivery.body))]

    outcome = run(sign_machines(vault(2, 2), (1, 2)), tamper)
    assert_only_the_liar_is_blamed(outcome)
    assert outcome.aborts[2].word == "malformed"
    assert not any(isinstance(effect, PersistPoison) for effect in outcome.effects[2])


@pytest.mark.parametrize("points", [0, 1, 3, 4])
def test_feldman_vectors_and_proofs_of_another_count_are_refused(points):
    """Longer, shorter or empty, with proofs to match or not, and whatever count byte."""
    for proofs in {0, 1, points, 2, 3}:
        for count in {points, 2}:
            if (points, proofs, count) == (2, 2, 2):
                continue

            def tamper(delivery: Delivery, proofs=proofs, count=count) -> list[Delivery] | None:
                if (delivery.sender, delivery.round) != (LIAR, 2):
                    return None
                body = delivery.body
                vector, proof, rest = body[1:67], body[67:197], body[197:]
                forged = bytes([count]) + (vector * 2)[: 33 * points] + (proof * 2)[: 65 * proofs] + rest
                return [delivery.with_body(forged)]

            outcome = run(keygen_machines(2, 2), tamper)
            assert_only_the_liar_is_blamed(outcome)
            assert outcome.aborts[2].word == "malformed"


@pytest.mark.parametrize("at", range(40))
def test_an_altered_header_is_dropped_or_bans_its_sender(at):
    def tamper(delivery: Delivery) -> list[Delivery] | None:
        if delivery.sender != LIAR:
            return None
        payload = bytearray(delivery.payload)
        payload[at] ^= 0x41
        return [Delivery(delivery.sender, delivery.receiver, bytes(payload), delivery.broadcast)]

    outcome = run(sign_machines(vault(2, 2), (1, 2)), tamper)
    assert 2 not in outcome.results
    if at >= 8:
        assert not outcome.aborts
    else:
        assert_only_the_liar_is_blamed(outcome)


@pytest.mark.parametrize("name", ["a_tilde", "eta", "psi"])
def test_a_scalar_beyond_the_order_is_refused_before_any_mathematics(name):
    ((_, _, _, at, length),) = [field for field in fields(SIGN) if field[2] == name]
    for alter in (fill, lambda field: field[:-32] + N.to_bytes(32, "big")):
        outcome = run(sign_machines(vault(2, 2), (1, 2)), lie(2, False, at, length, alter))
        assert outcome.aborts[2].word == "malformed"
        assert outcome.effects[2] == [Abort(outcome.aborts[2])]


def test_a_raised_or_lowered_degree_is_refused_before_any_mathematics():
    for count in (0, 1, 3, 255):
        outcome = run(keygen_machines(2, 2), lie(2, True, 0, 1, lambda _, count=count: bytes([count])))
        assert outcome.aborts[2].word == "malformed"
