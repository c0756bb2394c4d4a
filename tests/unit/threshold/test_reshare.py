"""Resharing by honest parties: the same key, shares of which only new ones fit together."""

from __future__ import annotations

import itertools
import pickle

import pytest
from coincurve import PrivateKey, PublicKey

from counterfoil.errors import InputError, InvalidEncoding
from counterfoil.threshold.combine import combine
from counterfoil.threshold.derive import derive_public
from counterfoil.threshold.dkls.reshare.roster import MAX_EPOCHS_AHEAD, Roster
from counterfoil.threshold.dkls.sign import SignMachine
from counterfoil.threshold.machine import Abort
from counterfoil.threshold.public_share import verify_confirmations
from counterfoil.threshold.session import Join, Session
from counterfoil.threshold.share import KeyShare, RecoveryShare
from tests.fakes.ceremony import SeededRng, fake_identity, fake_sign, fake_verify, run
from tests.fakes.reshares import Case, refresh
from tests.fakes.vaults import DIGEST, PATH, sign_machine, vault

CASES = {
    "2/3 to 2/3, one new in place of a dealer": Case(vault(2, 3), {1: 1, 4: 2}, 3, 2, people={3: 3}),
    "2/3 to 2/3, the one that is replaced does not deal": Case(vault(2, 3), {1: 1, 2: 2}, 3, 2),
    "2/3 with a file, a device for the co-signer": Case(vault(2, 3, (3,)), {1: 1, 4: 2}, 3, 2, (3,)),
    "2/2 to 2/3": Case(vault(2, 2), {1: 1, 2: 2}, 3, 2),
    "2/3 to 3/3": Case(vault(2, 3), {1: 1, 3: 3}, 3, 3, people={2: 2}),
    "3/3 to 2/3": Case(vault(3, 3), {1: 1, 2: 2, 3: 3}, 3, 2),
    "2/3 to 2/2": Case(vault(2, 3), {1: 2, 2: 3}, 2, 2),
    "2/2 to 2/2, all new": Case(vault(2, 2), {3: 1, 4: 2}, 2, 2),
    "2/3 to 3/5": Case(vault(2, 3), {2: 1, 4: 3}, 5, 3),
    "refresh 2/3": refresh(vault(2, 3), (1, 2)),
    "refresh 2/3 with a file": refresh(vault(2, 3, (3,)), (1, 2), (3,)),
    "refresh 3/3": refresh(vault(3, 3), (1, 2, 3)),
}


def sign_with(case: Case, shares: dict[int, KeyShare], signers: tuple[int, ...]):
    """As `sign_machines`, by people who may have another number than before."""
    epoch = shares[signers[0]].public.epoch
    joins = tuple(
        Join(i, fake_identity(case.person(i)), bytes([i]) * 32, bytes([100 + i]) * 32) for i in sorted(signers)
    )
    return {
        me: SignMachine(
            Session("sign", shares[me].public.vault, epoch, case.threshold, joins, me, b""),
            shares[me], path=PATH, digest=DIGEST, poisoned=frozenset(), rng=SeededRng(f"sign {me} {signers}"),
        )
        for me in signers
    }  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_key_stays_and_any_new_quorum_signs(name):
    case = CASES[name]
    old = next(iter(case.old.values())).public
    outcome = case.run()
    assert not outcome.aborts
    assert outcome.results.keys() == set(case.seats)
    publics = {result.public.encode() for result in outcome.results.values()}
    assert len(publics) == 1
    public = outcome.results[1].public
    assert (public.group_key, public.chain_code, public.vault) == (old.group_key, old.chain_code, old.vault)
    assert (public.epoch, public.threshold) == (old.epoch + 1, case.threshold)
    assert public.identities == tuple(fake_identity(case.person(seat)) for seat in public.parties)
    verify_confirmations(public, fake_verify)
    shares = {seat: outcome.results[seat].share for seat in public.parties}
    assert all(outcome.results[seat].share is None for seat in case.seats if seat > case.members)
    child, _ = derive_public(public.group_key, public.chain_code, PATH)
    able = [seat for seat in public.parties if seat not in case.recovery]
    for signers in itertools.combinations(able, case.threshold):
        signed = run(sign_with(case, shares, signers))
        assert signed.results.keys() == set(signers), signed.aborts
        signature = signed.results[signers[0]]
        compact = signature.r.to_bytes(32, "big") + signature.s.to_bytes(32, "big") + bytes([signature.recovery_id])
        assert PublicKey.from_signature_and_message(compact, DIGEST, hasher=None).format() == child
    for quorum in itertools.combinations(shares.values(), case.threshold):
        assert PrivateKey(combine(quorum)).public_key.format() == old.group_key


@pytest.mark.parametrize("name", list(CASES)[:4])
@pytest.mark.parametrize("last_first", [False, True])
def test_neither_the_order_nor_the_repetition_of_messages_matters(name, last_first):
    outcome = CASES[name].run(lambda d: [d, d], last_first=last_first)
    assert outcome.results.keys() == set(CASES[name].seats)
    assert not outcome.aborts


def test_new_shares_survive_storage_and_hold_only_fresh_transfer_state():
    case = refresh(vault(2, 3, (3,)), (1, 2), (3,))
    shares = case.shares()
    for index, share in shares.items():
        again = KeyShare.parse(share.encode())
        assert again.encode() == share.encode()
        old = case.old[index]
        for peer, state in share.peers.items():
            before = old.peers[peer]
            assert state.setup != before.setup
            pairs = ((state.zero_seed, before.zero_seed), (state.delta, before.delta), (state.chosen, before.chosen))
            for new, past in pairs:
                with new.open() as one, past.open() as other:
                    assert bytes(one) != bytes(other)
    assert shares[3].peers == {}
    assert RecoveryShare.parse(shares[3].recovery().encode()).check_value != case.old[3].recovery().check_value


def test_old_and_new_shares_do_not_fit_together():
    case = refresh(vault(2, 3), (1, 2))
    new = case.shares()
    for mixed in ((case.old[1], new[2]), (new[1], case.old[2]), (case.old[3], new[1])):
        with pytest.raises(InputError):
            combine(list(mixed))
    old_machine = sign_machine(case.old, (1, 2), 1)
    new_machine = sign_with(case, new, (1, 2))[2]
    outcome = run({1: old_machine, 2: new_machine})
    assert not outcome.results
    with pytest.raises(InputError):
        sign_machine(new, (1, 2), 1)  # a session of the old epoch
    forged = KeyShare(new[1].public, 1, case.old[1].secret, new[1].peers)
    outcome = run({**sign_with(case, {**new, 1: forged}, (1, 2))})
    assert not outcome.results
    with pytest.raises(InvalidEncoding):
        KeyShare.parse(forged.encode())


def test_a_share_of_the_new_set_is_dealt_again():
    first = Case(vault(2, 2), {1: 1, 2: 2}, 3, 2)
    shares = first.shares()
    second = Case(shares, {1: 1, 4: 3}, 3, 2, people={1: 1, 2: 102, 4: 103, 3: 200})
    public = second.run().results[2].public
    assert public.epoch == 2
    assert public.group_key == vault(2, 2)[1].public.group_key


def test_recovery_files_are_not_asked_for_anything_they_do_not_have():
    outcome = refresh(vault(2, 3, (3,)), (1, 2), (3,)).run()
    assert {d.round for d in outcome.log if d.sender == 3} == {4}


# ── what is refused before anything is sent ───────────────────────────────────────────────────────

GOOD = Case(vault(2, 3), {1: 1, 2: 2}, 3, 2, people={3: 3})


def roster(**changes):
    return Roster(**{"old": vault(2, 3)[1].public, "dealers": {1: 1, 2: 2}, "members": 3, **changes})


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"roster": roster(dealers={1: 1})}, "dealers"),
        ({"roster": roster(dealers={1: 1, 2: 2, 3: 3})}, "dealers"),
        ({"roster": roster(dealers={1: 1, 2: 1})}, "dealers"),
        ({"roster": roster(dealers={1: 1, 2: 7})}, "dealers"),
        ({"roster": roster(dealers={})}, "dealers"),
        ({"roster": roster(dealers={1: 1, 2: 3})}, "identity"),
        ({"roster": roster(dealers={2: 1, 1: 2})}, "identity"),
        ({"roster": roster(members=2)}, "party_set"),
        ({"roster": roster(members=4)}, "party_set"),
        ({"session": GOOD.session(1, threshold=3), "roster": roster(members=2)}, "threshold"),
        ({"session": GOOD.session(1, epoch=0)}, "epoch"),
        ({"session": GOOD.session(1, epoch=MAX_EPOCHS_AHEAD + 1)}, "epoch"),
        ({"session": GOOD.session(1, vault="ff" * 16)}, "vault"),
        ({"share": None}, "share"),
        ({"share": vault(2, 3)[2]}, "share"),
        ({"share": vault(2, 3, label="another")[1]}, "share"),
        ({"ot_parties": frozenset({1})}, "party_set"),
        ({"ot_parties": frozenset({1, 2, 4})}, "party_set"),
    ],
)
def test_refuses_a_set_that_can_not_be(changes, word):
    with pytest.raises(InputError) as refused:
        GOOD.machine(1, rng=lambda _: pytest.fail("drew randomness"), **changes)
    assert refused.value.word == word


def test_a_new_party_brings_no_share():
    case = Case(vault(2, 2), {1: 1, 2: 2}, 3, 2)
    with pytest.raises(InputError):
        case.machine(3, share=vault(2, 2)[1])


@pytest.mark.parametrize("threshold", [0, 1, 4])
def test_refuses_a_threshold_outside_the_new_set(threshold):
    with pytest.raises(InputError):
        GOOD.session(1, threshold=threshold)


def test_a_party_refuses_an_old_key_that_not_all_old_parties_confirmed():
    public = vault(2, 3)[1].public
    for place in range(3):
        signatures = list(public.confirmations)
        signatures[place] = bytes(64)
        altered = type(public)(**{**_fields(public), "confirmations": tuple(signatures)})
        with pytest.raises(InvalidEncoding) as refused:
            GOOD.machine(3, roster=roster(old=altered))
        assert refused.value.word == "confirmation"


def test_a_party_refuses_another_key_than_the_old_parties_confirmed():
    public, other = vault(2, 3)[1].public, vault(2, 3, label="another")[1].public
    for name in ("group_key", "chain_code", "points", "epoch"):
        changed = 9 if name == "epoch" else getattr(other, name)
        altered = type(public)(**{**_fields(public), name: changed})
        with pytest.raises(InvalidEncoding):
            GOOD.machine(3, roster=roster(old=altered), session=GOOD.session(3, epoch=10))


def _fields(public):
    return {name: getattr(public, name) for name in public.__dataclass_fields__}


def test_parties_that_disagree_about_the_old_key_or_the_new_set_never_finish():
    other = refresh(vault(2, 3), (1, 2), label="x")
    for changes in (
        {"ot_parties": frozenset({1, 2})},
        {"session": GOOD.session(3, context=b"other home passkeys")},
        {"session": GOOD.session(3, epoch=2)},
        {"session": other.session(3)},
    ):
        machines = {**GOOD.machines(), 3: GOOD.machine(3, **changes)}
        outcome = run(machines)
        assert not outcome.results
        assert not any(isinstance(e, Abort) for effects in outcome.effects.values() for e in effects)


def test_neither_a_machine_nor_its_result_can_be_stored_by_accident():
    machine = GOOD.machine(1)
    machine.start()
    with pytest.raises(TypeError):
        pickle.dumps(machine)
    result = GOOD.run().results[1]
    assert result.share.encode().hex()[400:420] not in repr(result)
    assert fake_sign(1)(b"x") != fake_sign(2)(b"x")
