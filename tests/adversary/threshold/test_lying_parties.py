"""Parties that follow the format and break the protocol."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.crypto.secp256k1 import Scalar
from counterfoil.errors import Ban, InvalidEncoding, Poisoned, ProtocolAbort
from counterfoil.threshold.dkls.sharing import opening
from counterfoil.threshold.dkls.sign import round1 as sign_round1
from counterfoil.threshold.dkls.sign import round2 as sign_round2
from counterfoil.threshold.machine import Abort, PersistPoison, Release
from counterfoil.threshold.ot import endemic, rvole
from counterfoil.threshold.wire import HEADER_LENGTH, Ceremony, Header, parse_header, parse_points, split
from tests.fakes.ceremony import Delivery, SeededRng, TwoFaced, run
from tests.fakes.vaults import keygen_machines, sign_machine, sign_machines, vault


def poisoned_by(outcome, party: int) -> list[int]:
    return [effect.party for effect in outcome.effects[party] if isinstance(effect, PersistPoison)]


def flip_bit_of_u(column: int, *, only_to: int | None = None):
    """The selective abort: one bit of one column, caught only where Delta has a one, if the check were absent or tolerant."""

    def tamper(delivery: Delivery) -> list[Delivery] | None:
        if (delivery.sender, delivery.round, delivery.broadcast) != (1, 1, False):
            return None
        if only_to is not None and delivery.receiver != only_to:
            return None
        body = bytearray(delivery.body)
        body[68 * column] ^= 1
        return [delivery.with_body(bytes(body))]

    return tamper


def test_one_failed_transfer_check_poisons_the_pair_before_the_abort_and_for_good():
    shares = vault(2, 3)
    outcome = run(sign_machines(shares, (1, 2)), flip_bit_of_u(5))
    assert outcome.effects[2] == [PersistPoison(1), Abort(outcome.aborts[2])]
    assert outcome.aborts[2].culprits == (1,)
    assert not [d for d in outcome.log if d.sender == 2 and d.round > 1]
    marks = frozenset(poisoned_by(outcome, 2))
    with pytest.raises(Poisoned):
        sign_machine(shares, (1, 2), 2, poisoned=marks)
    honest = {2: sign_machine(shares, (2, 3), 2, poisoned=marks), 3: sign_machine(shares, (2, 3), 3)}
    assert run(honest).results.keys() == {2, 3}


def test_a_failed_check_is_marked_even_when_another_party_fails_in_the_same_round():
    def tamper(delivery: Delivery) -> list[Delivery] | None:
        if (delivery.round, delivery.broadcast, delivery.receiver) != (1, False, 3):
            return None
        body = bytearray(delivery.body)
        body[0] ^= 1
        return [delivery.with_body(bytes(body))]

    outcome = run(sign_machines(vault(3, 3), (1, 2, 3)), tamper)
    assert outcome.effects[3] == [PersistPoison(1), PersistPoison(2), Abort(outcome.aborts[3])]
    assert outcome.aborts[3].culprits == (1, 2)


def test_a_party_that_multiplies_by_another_key_share_is_named(monkeypatch):
    """S runs the multiplication honestly, with an input that is not the logarithm of pk_i."""
    machines = sign_machines(vault(2, 2), (1, 2))
    honest, receive = rvole.multiply, machines[1].receive

    def other_input(sid, setup, factors, rows, rng):
        return honest(sid, setup, (factors[0], Scalar.of_public(7)), rows, rng)

    def receive_cheating(sender, payload, broadcast):
        with monkeypatch.context() as patch:
            patch.setattr(sign_round2.rvole, "multiply", other_input)
            return receive(sender, payload, broadcast)

    monkeypatch.setattr(machines[1], "receive", receive_cheating)
    outcome = run(machines)
    assert outcome.aborts[2].word == "multiplication"
    assert outcome.effects[2] == [PersistPoison(1), Abort(outcome.aborts[2])]


def test_a_party_that_signs_with_another_key_share_throughout_is_found_before_release():
    """All its messages agree with each other, but the key shares do not add up to the vault's key."""
    machines = sign_machines(vault(2, 2), (1, 2))
    original = sign_round1.send

    def send(signing):
        if signing.parties.me == 1:
            signing.sk = Scalar.of_public(12345)
        return original(signing)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("counterfoil.threshold.dkls.sign.machine.round1.send", send)
        outcome = run(machines)
    assert outcome.aborts[2].word == "public_key"
    assert outcome.aborts[2].culprits == (1,)
    assert Release() not in outcome.effects[2]
    assert poisoned_by(outcome, 2) == [1]


def test_a_coefficient_without_knowledge_of_its_logarithm_is_refused():
    """The rogue-key attack: a proof made for another secret, committed to and opened correctly."""
    original = opening.prove
    for label in (0, 1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                opening,
                "prove",
                lambda secret, sid, me, k, rng, label=label: original(
                    Scalar.random(rng) if (me, k) == (1, label) else secret, sid, me, k, rng
                ),
            )
            outcome = run(keygen_machines(2, 2))
        assert outcome.aborts[2].word == "proof"
        assert outcome.aborts[2].culprits == (1,)
        assert not outcome.results


def test_a_proof_of_another_party_or_label_is_no_proof():
    outcome = run(keygen_machines(2, 2))
    bodies = {d.sender: d.body for d in outcome.log if d.round == 2}

    def replace_by_copy(delivery: Delivery) -> list[Delivery] | None:
        if (delivery.sender, delivery.round) == (1, 2):
            return [delivery.with_body(bodies[2])]
        return None

    copied = run(keygen_machines(2, 2), replace_by_copy)
    assert copied.aborts[2].culprits == (1,)
    assert 2 not in copied.results


def test_two_stories_in_key_generation_end_without_a_key():
    honest = keygen_machines(2, 3)
    faces = {peer: keygen_machines(2, 3, label="")[1] for peer in (2, 3)}
    faces[3]._setting = type(faces[3]._setting)(
        *(getattr(faces[3]._setting, name) for name in ("session", "parties", "ot_parties", "sign_identity", "verify_identity")),
        SeededRng("another story"),
    )  # fmt: skip
    outcome = run({1: TwoFaced(faces), 2: honest[2], 3: honest[3]})
    assert not outcome.results
    assert {outcome.aborts[party].word for party in (2, 3)} == {"equivocation"}
    assert all(outcome.aborts[party].culprits == () for party in (2, 3))


def test_two_stories_while_three_sign_are_found_before_release():
    shares = vault(3, 3)
    faces = {peer: sign_machine(shares, (1, 2, 3), 1, rng=SeededRng(f"story {peer}")) for peer in (2, 3)}
    outcome = run({1: TwoFaced(faces), **{me: sign_machine(shares, (1, 2, 3), me) for me in (2, 3)}})
    assert not outcome.results
    for party in (2, 3):
        assert outcome.aborts[party].word == "equivocation"
        assert outcome.aborts[party].culprits == ()
        assert Release() not in outcome.effects[party]


def test_a_split_chain_code_is_not_confirmed():
    def tamper(delivery: Delivery) -> list[Delivery] | None:
        if (delivery.sender, delivery.receiver, delivery.round) != (1, 3, 4):
            return None
        return [delivery.with_body(bytes(32) + delivery.body[32:])]

    outcome = run(keygen_machines(2, 3), tamper)
    assert 3 not in outcome.results
    assert outcome.aborts[3].culprits == (1,)


def test_nothing_is_saved_before_the_last_confirmation():
    def silent(delivery: Delivery) -> list[Delivery] | None:
        return [] if (delivery.sender, delivery.round) == (1, 4) else None

    outcome = run(keygen_machines(2, 3), silent)
    assert outcome.results.keys() == {1}
    assert not outcome.aborts


def test_messages_of_other_sessions_epochs_and_ceremonies_are_dropped():
    shares = vault(2, 2)
    recorded = [
        *run(sign_machines(shares, (1, 2), label="earlier")).log,
        *run(sign_machines(shares, (1, 2), digest=bytes(32))).log,
        *run(sign_machines(vault(2, 3), (1, 2), label="other vault")).log,
        *run(keygen_machines(2, 2)).log,
    ]

    def replay(delivery: Delivery) -> list[Delivery]:
        return [*(old for old in recorded if old.receiver == delivery.receiver), delivery]

    outcome = run(sign_machines(shares, (1, 2), label="now"), replay)
    assert outcome.results.keys() == {1, 2}
    assert not outcome.aborts
    outcome = run(keygen_machines(2, 2, label="now"), replay)
    assert outcome.results.keys() == {1, 2}


def test_ones_own_messages_sent_back_ban_the_mirror():
    outcome = run(
        sign_machines(vault(2, 2), (1, 2)),
        lambda d: [Delivery(1, 2, d.payload, d.broadcast)] if d.sender == 2 else [],
    )
    assert outcome.aborts[2].culprits == (1,)


def test_a_second_different_message_in_one_place_is_equivocation():
    def twice(delivery: Delivery) -> list[Delivery] | None:
        if (delivery.sender, delivery.round, delivery.broadcast) != (1, 1, True):
            return None
        return [delivery, delivery.with_body(bytes(32))]

    outcome = run(sign_machines(vault(2, 2), (1, 2)), twice)
    assert outcome.aborts[2].word == "equivocation"
    assert outcome.aborts[2].culprits == (1,)


def test_forged_messages_of_strangers_are_ignored():
    def forge(delivery: Delivery) -> list[Delivery]:
        return [
            Delivery(9, delivery.receiver, b"abort", False),
            Delivery(delivery.receiver, delivery.receiver, delivery.payload, delivery.broadcast),
            Delivery(0, delivery.receiver, delivery.payload, delivery.broadcast),
            delivery,
        ]

    outcome = run(sign_machines(vault(2, 2), (1, 2)), forge)
    assert outcome.results.keys() == {1, 2}


@pytest.mark.parametrize("number", [0, 2, 3, 4, 255])
def test_a_round_that_cannot_be_yet_bans_its_sender(number):
    machine = sign_machine(vault(2, 2), (1, 2), 2)
    peer = sign_machine(vault(2, 2), (1, 2), 1)
    machine.start()
    message = next(m for m in peer.start().outgoing if m.to is None)
    payload = bytearray(message.payload)
    payload[5] = number
    step = machine.receive(1, bytes(payload), True)
    if number == 2:
        assert step.effects == ()
    else:
        (abort,) = step.effects
        assert isinstance(abort.error, Ban)
        assert abort.error.culprits == (1,)


@given(st.binary(max_size=200), st.booleans())
@settings(max_examples=150)
def test_garbage_from_a_party_bans_it_and_never_raises(data, broadcast):
    machine = sign_machine(vault(2, 2), (1, 2), 1)
    machine.start()
    (abort,) = machine.receive(2, data, broadcast).effects
    assert abort.error.culprits == (2,)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_body_behind_a_right_header_is_taken_or_bans_and_never_raises(data):
    number = data.draw(st.integers(1, 4))
    broadcast = data.draw(st.booleans())
    machine = keygen_machines(2, 2)[1]
    machine.start()
    header = Header(Ceremony.KEYGEN, number, 2, 0 if broadcast else 1, machine._parties.sid).encode()
    body = data.draw(st.one_of(st.binary(max_size=100), st.binary(min_size=64, max_size=64)))
    step = machine.receive(2, header + body, broadcast)
    assert step.result is None
    for effect in step.effects:
        assert isinstance(effect, Abort)
        assert effect.error.culprits in {(2,), ()}


@given(st.binary(max_size=300))
def test_decoders_raise_nothing_but_their_own_error(data):
    for decode in (
        parse_header,
        parse_points,
        endemic.parse_offer,
        endemic.parse_request,
        lambda d: split(sign_round2.BROADCAST, d),
    ):
        try:
            decode(data)
        except InvalidEncoding:
            continue


@given(
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(min_size=32, max_size=32),
    st.binary(max_size=9),
)
def test_headers_survive_encoding(number, sender, recipient, sid, body):
    header = Header(Ceremony.SIGN, number, sender, recipient, sid)
    assert parse_header(header.encode() + body) == (header, body)
    assert len(header.encode()) == HEADER_LENGTH


def test_a_bug_of_ours_ends_the_machine_for_good():
    machine = sign_machine(vault(2, 2), (1, 2), 1, rng=lambda _: (_ for _ in ()).throw(RuntimeError("no entropy")))
    with pytest.raises(RuntimeError):
        machine.start()
    assert machine.start().outgoing == ()
    assert machine.receive(2, b"", True).effects == ()


def test_errors_and_reprs_carry_no_secret():
    machines = sign_machines(vault(2, 2), (1, 2))
    outcome = run(machines, flip_bit_of_u(0))
    error = outcome.aborts[2]
    assert isinstance(error, ProtocolAbort)
    assert set(error.as_dict()["details"]) == {"culprits", "round", "ceremony", "released"}
    machine = sign_machine(vault(2, 2), (1, 2), 1)
    machine.start()
    signing = machine._round._signing
    assert signing.r.reveal().hex() not in repr(signing) + repr(machine) + repr(signing.peers)


def test_an_abort_after_release_says_that_a_signature_may_exist():
    def tamper(delivery: Delivery) -> list[Delivery] | None:
        return [delivery.with_body(b"")] if (delivery.sender, delivery.round) == (1, 3) else None

    for last_first in (False, True):
        outcome = run(sign_machines(vault(2, 2), (1, 2)), tamper, last_first=last_first)
        error = outcome.aborts[2]
        assert error.details["released"] is True
        assert "Nothing was signed" not in error.message
