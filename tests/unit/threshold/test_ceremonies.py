"""Key generation and signing by honest parties, judged by libsecp256k1 and by the plain key."""

from __future__ import annotations

import inspect
import itertools
import pickle

import pytest
from coincurve import PrivateKey, PublicKey

from counterfoil.crypto.secp256k1 import N, Point
from counterfoil.errors import InputError, Poisoned
from counterfoil.threshold.combine import combine
from counterfoil.threshold.derive import derive_public
from counterfoil.threshold.dkls.sign import SignMachine
from counterfoil.threshold.machine import Abort, PersistPoison, Release
from counterfoil.types import Signature
from tests.fakes.ceremony import fake_verify, run, session_of
from tests.fakes.vaults import DIGEST, PATH, keygen_machines, sign_machine, sign_machines, vault

CASES = [
    (threshold, count, signers)
    for threshold, count in ((2, 2), (2, 3), (3, 3))
    for signers in itertools.combinations(range(1, count + 1), threshold)
] + [(3, 4, (1, 2, 4))]


def recovered_key(signature: Signature, digest: bytes) -> bytes:
    compact = signature.r.to_bytes(32, "big") + signature.s.to_bytes(32, "big") + bytes([signature.recovery_id])
    return PublicKey.from_signature_and_message(compact, digest, hasher=None).format()


@pytest.mark.parametrize(("threshold", "count", "signers"), CASES)
def test_any_t_parties_sign_and_libsecp256k1_agrees(threshold, count, signers):
    shares = vault(threshold, count)
    public = shares[1].public
    for path, digest in ((PATH, DIGEST), ((), b"\xff" * 32), ((2**31 - 1,), bytes(31) + b"\x01")):
        outcome = run(sign_machines(shares, signers, path=path, digest=digest, label=str(path)))
        assert not outcome.aborts
        (signature,) = set(outcome.results.values())
        assert len(outcome.results) == threshold
        child, tweak = derive_public(public.group_key, public.chain_code, path)
        assert recovered_key(signature, digest) == child
        assert signature.s <= N // 2
        plain = (int.from_bytes(combine(list(shares.values())[:threshold]), "big") + tweak) % N
        assert PrivateKey(plain.to_bytes(32, "big")).public_key.format() == child


def test_a_digest_of_zero_is_signed_like_any_other():
    outcome = run(sign_machines(vault(2, 2), (1, 2), digest=bytes(32)))
    public = vault(2, 2)[1].public
    child, _ = derive_public(public.group_key, public.chain_code, PATH)
    assert recovered_key(outcome.results[1], bytes(32)) == child


@pytest.mark.parametrize(("threshold", "count"), [(2, 2), (2, 3), (3, 3)])
def test_all_parties_of_a_key_generation_hold_the_same_public_share(threshold, count):
    shares = vault(threshold, count)
    assert len({share.public.encode() for share in shares.values()}) == 1
    public = shares[1].public
    for index in public.parties:
        fake_verify(
            public.identity_of(index), public.confirmed_message(), public.confirmations[public.parties.index(index)]
        )
    for pair in itertools.combinations(shares.values(), 2):
        if threshold == 2:
            key = combine(pair)
            assert PrivateKey(key).public_key.format() == public.group_key


def test_a_recovery_party_takes_part_in_key_generation_without_oblivious_transfer():
    shares = vault(2, 3, (3,))
    assert shares[3].peers == {}
    assert set(shares[1].peers) == {2}
    assert len(shares[3].encode()) < 1_000
    assert run(sign_machines(shares, (1, 2))).results.keys() == {1, 2}
    with pytest.raises(InputError):
        sign_machine(shares, (1, 3), 1)
    with pytest.raises(InputError):
        sign_machine(shares, (1, 3), 3)
    key = combine([shares[3].recovery(), shares[1]])
    assert PrivateKey(key).public_key.format() == shares[1].public.group_key


def test_release_comes_once_before_the_last_message_and_nothing_is_poisoned():
    outcome = run(sign_machines(vault(3, 3), (1, 2, 3)))
    assert all(effects == [Release()] for effects in outcome.effects.values())
    machine, other = sign_machine(vault(2, 2), (1, 2), 1), sign_machine(vault(2, 2), (1, 2), 2)
    released = []
    first, second = machine.start(), other.start()
    while not released:
        answers = [other.receive(1, m.payload, m.to is None) for m in first.outgoing]
        steps = [machine.receive(2, m.payload, m.to is None) for m in second.outgoing]
        first, second = steps[-1], answers[-1]
        released = [step for step in steps if Release() in step.effects]
    assert [m.payload[5] for m in released[0].outgoing] == [3]


@pytest.mark.parametrize("last_first", [False, True])
def test_order_and_repetition_of_messages_do_not_matter(last_first):
    shares = run(keygen_machines(2, 3, recovery=(3,)), lambda d: [d, d], last_first=last_first).results
    assert shares.keys() == {1, 2, 3}
    outcome = run(sign_machines(vault(3, 3), (1, 2, 3)), lambda d: [d, d], last_first=last_first)
    assert outcome.results.keys() == {1, 2, 3}
    assert not outcome.aborts


def test_a_finished_machine_does_nothing_more():
    machines = sign_machines(vault(2, 2), (1, 2))
    outcome = run(machines)
    for delivery in outcome.log:
        step = machines[delivery.receiver].receive(delivery.sender, delivery.payload, delivery.broadcast)
        assert (step.effects, step.outgoing, step.result) == ((), (), None)
    assert machines[1].start().outgoing == ()


def test_a_machine_starts_once():
    machine = sign_machine(vault(2, 2), (1, 2), 1)
    assert machine.start().outgoing
    assert not machine.start().outgoing


def test_two_parties_that_disagree_about_anything_never_sign():
    shares = vault(2, 2)
    for changes in (
        {"digest": bytes(32)},
        {"path": (0,)},
        {"label": "other nonces"},
        {"session": session_of((1, 2), 2, threshold=2, context=b"another challenge")},
    ):
        machines = {1: sign_machine(shares, (1, 2), 1), 2: sign_machine(shares, (1, 2), 2, **changes)}
        outcome = run(machines)
        assert not outcome.results
        assert not any(isinstance(effect, Release) for effects in outcome.effects.values() for effect in effects)


def test_refuses_a_poisoned_peer_before_doing_anything():
    with pytest.raises(Poisoned) as refused:
        sign_machine(vault(3, 3), (1, 2, 3), 1, poisoned=frozenset({3}), rng=lambda _: pytest.fail("drew randomness"))
    assert refused.value.culprits == (3,)
    assert run({1: sign_machine(vault(2, 3), (1, 2), 1, poisoned=frozenset({3})),
                2: sign_machine(vault(2, 3), (1, 2), 2)}).results  # fmt: skip


@pytest.mark.parametrize(
    "session",
    [
        session_of((1, 2, 3), 1, threshold=2),
        session_of((1, 2, 3), 1, threshold=3),
        session_of((1, 2), 2, threshold=2),
        session_of((1, 2), 1, threshold=2, epoch=1),
        session_of((1, 2), 1, threshold=2, vault="ff" * 16),
        session_of((1, 4), 1, threshold=2),
    ],
    ids=["too many signers", "another threshold", "not me", "another epoch", "another vault", "a stranger"],
)
def test_refuses_a_session_that_does_not_fit_the_share(session):
    with pytest.raises(InputError):
        sign_machine(vault(2, 3), (1, 2), 1, session=session)


def test_refuses_a_peer_with_another_identity_key_than_the_vault_knows():
    shares = vault(2, 3)
    session = session_of((1, 2), 1, threshold=2)
    join = type(session.joins[1])(2, b"\x07" * 32, session.joins[1].nonce, session.joins[1].ephemeral)
    forged = type(session)("sign", session.vault, 0, 2, (session.joins[0], join), 1, b"")
    with pytest.raises(InputError) as refused:
        sign_machine(shares, (1, 2), 1, session=forged)
    assert refused.value.word == "identity"


@pytest.mark.parametrize("digest", [b"", bytes(31), bytes(33)])
def test_refuses_a_digest_of_another_length(digest):
    with pytest.raises(InputError):
        sign_machine(vault(2, 2), (1, 2), 1, digest=digest)


def test_key_generation_refuses_a_set_that_could_never_sign():
    for recovery in ((2, 3), (1, 2, 3)):
        with pytest.raises(InputError):
            keygen_machines(2, 3, recovery=recovery)


def test_there_are_no_presignatures_the_digest_is_fixed_before_the_machine_exists():
    parameters = inspect.signature(SignMachine.__init__).parameters
    assert parameters["digest"].default is inspect.Parameter.empty
    assert [name for name in dir(SignMachine) if not name.startswith("_")] == ["ahead", "receive", "rounds", "start"]


def test_neither_a_machine_nor_a_share_can_be_stored_by_accident():
    machine = sign_machine(vault(2, 2), (1, 2), 1)
    machine.start()
    share = vault(2, 2)[1]
    for thing in (machine, share, share.recovery(), share.peers[2], machine._round._signing.r):
        with pytest.raises(TypeError):
            pickle.dumps(thing)
        assert share.encode().hex()[400:420] not in repr(thing)


def test_the_nonce_differs_from_session_to_session():
    shares, seen = vault(2, 2), set()
    for label in "abc":
        seen.add(run(sign_machines(shares, (1, 2), label=label)).results[1].r)
    assert len(seen) == 3


def test_figures_of_one_signature_stay_within_the_design():
    outcome = run(sign_machines(vault(2, 2), (1, 2)))
    assert outcome.bytes_sent(1, 2) <= 55_000
    assert len(vault(2, 2)[1].encode()) <= 10_000


def test_effects_are_ordinary_values():
    assert Release() == Release()
    assert PersistPoison(2) == PersistPoison(2)
    assert isinstance(Abort(Poisoned()).error, Poisoned)
    assert Point.parse(vault(2, 2)[1].public.group_key)
