"""What we write for a Safe is executed by Safe's own contracts, with the P-256 precompile and without."""

from __future__ import annotations

import dataclasses

import pytest
from coincurve import PrivateKey

from counterfoil.chains.evm.address import address_bytes, address_of
from counterfoil.chains.evm.calls import encode_call
from counterfoil.chains.evm.message import digest_message
from counterfoil.chains.evm.safe import messages, owners, safe_tx, slow_lock
from counterfoil.chains.evm.safe.account import SafeAccount, encode_create_safe, encode_create_signer
from counterfoil.chains.evm.safe.contracts import (
    MODULE_4337,
    MULTI_SEND_CALL_ONLY,
    PROXY_FACTORY,
    SIGNER_FACTORY,
    SINGLETON_FACTORY,
    lacking,
)
from counterfoil.chains.evm.safe.first_act import Outer, Standing, encode_act, first_safe_tx, parse_act
from counterfoil.chains.evm.safe.multi_send import Item
from counterfoil.chains.evm.safe.safe_tx import SafeTx, digest_safe_tx, encode_execution, safe_tx_of
from counterfoil.chains.evm.safe.signatures import (
    ContractSignature,
    KeySignature,
    encode_passkey_signature,
    pack_signatures,
)
from tests.contract.safe_fixtures import chain, running  # noqa: F401 - pytest finds them here
from tests.devnet.anvil import ETHER
from tests.devnet.safe_chain import CHAIN_ID, SafeChain
from tests.fakes.authenticator import Twist
from tests.unit.chains.evm_samples import sign
from tests.unit.chains.safe.samples import SafePerson

NOBODY = bytes.fromhex("77" * 20)
SALT = bytes(range(1, 33))


@dataclasses.dataclass
class Stage:
    """A person, their account, and the chain that it is to stand on."""

    chain: SafeChain
    person: SafePerson
    account: SafeAccount

    def plan(self, *items: Item, nonce: int | None = None) -> SafeTx:
        """The act of these calls: with the slow lock if the account does not stand yet."""
        standing = self.chain.standing(self.account)
        if not standing.safe or nonce == 0:
            return first_safe_tx(self.account, CHAIN_ID, items, SALT, standing=standing)
        at = self.chain.ask(self.account.address, "nonce()", ["uint256"]) if nonce is None else nonce
        assert isinstance(at, int)
        return safe_tx_of(CHAIN_ID, self.account.address, at, items, SALT)

    def outer(self, tx: SafeTx, person: SafePerson | None = None) -> Outer:
        signed = (person or self.person).sign(self.account, tx)
        return encode_act(self.account, tx, signed, standing=self.chain.standing(self.account))

    def act(self, *items: Item) -> dict:
        return self.chain.pay(self.outer(self.plan(*items)))

    @property
    def lock(self) -> str:
        return slow_lock.lock_address(slow_lock.slow_lock(self.account.owner, self.account.address))

    def send(self, wei: int = 5) -> Item:
        return Item(NOBODY, wei, b"")

    def itself(self, data: bytes) -> Item:
        return Item(address_bytes(self.account.address), 0, data)

    def balance(self) -> int:
        return self.chain.node.balance("0x" + NOBODY.hex())


@pytest.fixture
def stage(chain: SafeChain) -> Stage:  # noqa: F811 - the fixture
    person = SafePerson()
    account = person.account(chain.codes)
    chain.node.fund(account.address, ETHER)
    return Stage(chain, person, account)


@pytest.fixture
def standing(stage: Stage) -> Stage:
    """The same, where the account has made its first act."""
    stage.act(stage.send(1))
    return stage


def test_every_contract_that_an_account_needs_stands_with_its_code(stage: Stage) -> None:
    codes = stage.chain.needed_codes()
    assert lacking(codes) == ()
    for address in codes:
        assert [one.address for one in lacking({**codes, address: codes[address] + b"\0"})] == [address]
    assert len(lacking({})) == len(codes)


def test_the_chain_agrees_on_both_addresses(stage: Stage) -> None:
    key = stage.person.passkey
    found = stage.chain.ask(
        SIGNER_FACTORY.address, "getSigner(uint256,uint256,uint176)", ["address"], key.x, key.y, key.verifiers
    )
    assert found == address_bytes(stage.account.signer)
    create = encode_create_safe(stage.account.setup, stage.account.salt_nonce)
    call = {"to": PROXY_FACTORY.address, "data": "0x" + create.hex()}
    assert int(stage.chain.node.rpc("eth_call", call, "latest"), 16) == int(stage.account.address, 16)


def test_the_first_act_makes_account_lock_and_call_in_one_transaction(stage: Stage) -> None:
    stage.act(stage.send(5), stage.send(6))
    account, ask = stage.account, stage.chain.ask
    assert stage.balance() == 11
    assert stage.chain.owners(account.address) == [address_bytes(one) for one in account.owners]
    assert ask(account.address, "getThreshold()", ["uint256"]) == 2
    assert ask(account.address, "nonce()", ["uint256"]) == 1
    assert stage.chain.has_module(account.address, MODULE_4337.address)
    assert stage.chain.has_module(account.address, stage.lock)
    assert stage.chain.standing(account) == Standing(signer=True, safe=True, lock=True)


def test_the_slow_lock_obeys_who_it_should(standing: Stage) -> None:
    lock, account, has_role = standing.lock, standing.account, standing.chain.has_role
    assert standing.chain.ask(lock, "getMinDelay()", ["uint256"]) == 14 * 86_400
    assert has_role(lock, slow_lock.PROPOSER, account.owner)
    assert not has_role(lock, slow_lock.CANCELLER, account.owner)
    assert has_role(lock, slow_lock.CANCELLER, account.address)
    assert has_role(lock, slow_lock.ADMIN, account.address)
    assert not has_role(lock, slow_lock.ADMIN, account.owner)
    assert has_role(lock, slow_lock.EXECUTOR, "0x" + "00" * 20)


def test_later_acts_are_calls_and_batches(standing: Stage) -> None:
    standing.act(standing.send(10))
    standing.act(standing.send(20), standing.send(30))
    assert standing.balance() == 61


def test_what_a_stranger_brought_into_being_first_is_left_out(stage: Stage) -> None:
    """Anyone can create signer, account and lock: an act planned for what stands still goes through."""
    account, chain_ = stage.account, stage.chain
    chain_.send(SIGNER_FACTORY.address, encode_create_signer(account.passkey))
    chain_.send(PROXY_FACTORY.address, encode_create_safe(account.setup, account.salt_nonce))
    lock = slow_lock.slow_lock(account.owner, account.address)
    chain_.send(SINGLETON_FACTORY.address, slow_lock.encode_lock_creation(lock))
    assert chain_.standing(account) == Standing(signer=True, safe=True, lock=True)
    tx = stage.plan(stage.send(), nonce=0)
    assert stage.outer(tx).to == account.address
    chain_.pay(stage.outer(tx))
    test_the_slow_lock_obeys_who_it_should(stage)


def test_only_the_signer_or_only_the_account_is_left_out(stage: Stage) -> None:
    account, chain_ = stage.account, stage.chain
    tx = stage.plan(stage.send())
    for to, data in (
        (SIGNER_FACTORY.address, encode_create_signer(account.passkey)),
        (PROXY_FACTORY.address, encode_create_safe(account.setup, account.salt_nonce)),
    ):
        before = chain_.node.snapshot()
        chain_.send(to, data)
        outer = stage.outer(tx)
        assert parse_act(account, outer, chain_id=CHAIN_ID, nonce=0)[0] == tx
        chain_.pay(outer)
        chain_.node.revert(before)


def test_a_failing_call_undoes_the_whole_first_act(stage: Stage) -> None:
    outer = stage.outer(stage.plan(stage.send(2 * ETHER)))
    assert stage.chain.send(outer.to, outer.data)["status"] == "0x0"
    assert stage.chain.standing(stage.account) == Standing()


def test_a_text_is_vouched_for_by_the_account(standing: Stage) -> None:
    account = standing.account
    digest = digest_message(b"hello")
    signed = standing.person.sign_digest(account, messages.digest_safe_message(CHAIN_ID, account.address, digest))
    answer = standing.chain.ask(account.address, messages.IS_VALID_SIGNATURE, ["bytes4"], digest, signed)
    assert answer == messages.MAGIC
    other = messages.encode_is_valid_signature(digest_message(b"hullo"), signed)
    assert standing.chain.why(account.address, other)


def test_the_signature_of_one_chain_is_none_on_another(standing: Stage) -> None:
    account = standing.account
    digest = digest_message(b"hello")
    signed = standing.person.sign_digest(account, messages.digest_safe_message(1, account.address, digest))
    assert "GS026" in standing.chain.why(account.address, messages.encode_is_valid_signature(digest, signed))


ARGUMENTS = ("to", "value", "data", "operation", "safeTxGas", "baseGas", "gasPrice", "gasToken", "refundReceiver")


@pytest.mark.parametrize("field", ARGUMENTS)
def test_no_field_can_be_changed_after_signing(standing: Stage, field: str) -> None:
    tx = standing.plan(Item(NOBODY, 5, b"data"))
    signed = standing.person.sign(standing.account, tx)
    values = [address_bytes(tx.to), tx.value, tx.data, tx.operation, 0, 0, 0, SALT[20:] + bytes(8), SALT[:20], signed]
    assert encode_call(safe_tx.EXECUTE, *values) == encode_execution(tx, signed)
    at = ARGUMENTS.index(field)
    old = values[at]
    bent = bytes([*old[:-1], old[-1] ^ 1]) if isinstance(old, bytes) else old ^ 1
    call = encode_call(safe_tx.EXECUTE, *values[:at], bent, *values[at + 1 :])
    assert standing.chain.refuses(standing.account.address, call)
    assert standing.chain.pay(Outer(tx.safe, encode_execution(tx, signed)))


@pytest.mark.parametrize("field", ["chain_id", "nonce", "safe", "salt"])
def test_what_is_signed_counts_for_one_nonce_of_one_account_on_one_chain(standing: Stage, field: str) -> None:
    tx = standing.plan(standing.send())
    other = {"chain_id": 1, "nonce": 7, "safe": "0x" + "12" * 20, "salt": bytes(32)}
    signed = standing.person.sign(standing.account, dataclasses.replace(tx, **{field: other[field]}))
    assert "GS026" in standing.chain.why(tx.safe, encode_execution(tx, signed))


def test_nothing_is_executed_twice(standing: Stage) -> None:
    outer = standing.outer(standing.plan(standing.send()))
    standing.chain.pay(outer)
    assert standing.chain.refuses(outer.to, outer.data)


def test_a_used_up_nonce_kills_what_was_signed_for_it(standing: Stage) -> None:
    stolen = standing.outer(standing.plan(standing.send(1000)))
    standing.act(standing.itself(b""))
    assert standing.chain.refuses(stolen.to, stolen.data)


def test_one_owner_is_not_enough(standing: Stage) -> None:
    tx = standing.plan(standing.send())
    digest = digest_safe_tx(tx)
    thief = PrivateKey(b"\7" * 32)
    key = KeySignature(standing.account.owner, sign(digest, standing.person.key))
    touch = encode_passkey_signature(standing.person.passkey_signature(digest), digest)
    passkey = ContractSignature(standing.account.signer, touch)
    stranger = KeySignature(address_of(thief.public_key.format()), sign(digest, thief))
    forged = KeySignature(standing.account.owner, sign(digest, thief))
    for signatures in ([key], [passkey], [key, stranger], [passkey, stranger], [passkey, forged]):
        assert standing.chain.why(tx.safe, encode_execution(tx, pack_signatures(signatures)))
    assert not standing.chain.why(tx.safe, encode_execution(tx, pack_signatures([key, passkey])))


@pytest.mark.parametrize("twist", [Twist(bad_signature=True), Twist(user_verified=False)])
def test_a_bad_touch_is_refused_on_chain(standing: Stage, twist: Twist) -> None:
    tx = standing.plan(standing.send())
    digest = digest_safe_tx(tx)
    touched = standing.person.passkey_signature(digest, twist)
    passkey = ContractSignature(standing.account.signer, encode_passkey_signature(touched, digest))
    key = KeySignature(standing.account.owner, sign(digest, standing.person.key))
    assert standing.chain.why(tx.safe, encode_execution(tx, pack_signatures([key, passkey])))


def test_a_touch_for_another_challenge_is_refused_on_chain(standing: Stage) -> None:
    tx = standing.plan(standing.send())
    other = digest_safe_tx(dataclasses.replace(tx, value=6))
    passkey = ContractSignature(
        standing.account.signer, encode_passkey_signature(standing.person.passkey_signature(other), other)
    )
    key = KeySignature(standing.account.owner, sign(digest_safe_tx(tx), standing.person.key))
    assert standing.chain.why(tx.safe, encode_execution(tx, pack_signatures([key, passkey])))


def swap_to(stage: Stage, other: SafePerson) -> tuple[SafeAccount, slow_lock.Operation]:
    """Another passkey's account plan (for its signer), and the operation that puts it in the first one's place."""
    theirs = other.account(stage.chain.codes)
    now = list(stage.account.owners)
    data = owners.encode_swap_owner(stage.account.address, now, stage.account.signer, theirs.signer)
    return theirs, slow_lock.by_module(stage.account.address, data)


def test_the_vault_swaps_a_lost_passkey_after_fourteen_days(standing: Stage) -> None:
    chain_, lock, owner = standing.chain, standing.lock, standing.account.owner
    other = SafePerson(b"second passkey")
    theirs, operation = swap_to(standing, other)
    chain_.send(SIGNER_FACTORY.address, encode_create_signer(other.passkey))
    schedule = slow_lock.encode_schedule(operation)
    assert chain_.refuses(lock, schedule, sender="0x" + "55" * 20)
    assert chain_.send(lock, schedule, sender=owner)["status"] == "0x1"
    assert chain_.ask(lock, "isOperationPending(bytes32)", ["bool"], operation.id) is True
    execute = slow_lock.encode_execute(operation)
    assert chain_.refuses(lock, execute)
    chain_.pass_time(slow_lock.DELAY - 60)
    assert chain_.refuses(lock, execute)
    chain_.pass_time(60)
    assert chain_.send(lock, execute)["status"] == "0x1"
    assert address_bytes(theirs.signer) in chain_.owners(standing.account.address)
    assert address_bytes(standing.account.signer) not in chain_.owners(standing.account.address)
    tx = standing.plan(standing.send(40))
    assert "GS026" in chain_.why(tx.safe, encode_execution(tx, standing.person.sign(standing.account, tx)))
    digest = digest_safe_tx(tx)
    touched = encode_passkey_signature(other.passkey_signature(digest), digest)
    both = [KeySignature(owner, sign(digest, standing.person.key)), ContractSignature(theirs.signer, touched)]
    chain_.pay(Outer(tx.safe, encode_execution(tx, pack_signatures(both))))
    assert standing.balance() == 41


def test_stolen_shares_can_not_stop_the_lock_and_the_account_can(standing: Stage) -> None:
    chain_, lock, owner = standing.chain, standing.lock, standing.account.owner
    _, operation = swap_to(standing, SafePerson(b"second passkey"))
    chain_.send(lock, slow_lock.encode_schedule(operation), sender=owner)
    cancel = slow_lock.encode_cancel(operation.id)
    assert chain_.refuses(lock, cancel, sender=owner)
    grant = encode_call(slow_lock.GRANT_ROLE, slow_lock.CANCELLER, address_bytes(owner))
    assert chain_.refuses(lock, grant, sender=owner)
    assert chain_.refuses(lock, encode_call(slow_lock.UPDATE_DELAY, 0), sender=owner)
    standing.act(Item(address_bytes(lock), 0, cancel))
    assert chain_.ask(lock, "isOperationPending(bytes32)", ["bool"], operation.id) is False
    chain_.pass_time(slow_lock.DELAY)
    assert chain_.refuses(lock, slow_lock.encode_execute(operation))


def test_no_delay_shorter_than_fourteen_days_can_be_scheduled(standing: Stage) -> None:
    _, operation = swap_to(standing, SafePerson(b"second passkey"))
    short = slow_lock.encode_schedule(operation, slow_lock.DELAY - 1)
    assert standing.chain.refuses(standing.lock, short, sender=standing.account.owner)


def test_a_stale_swap_is_marked_done_and_changes_nothing(standing: Stage) -> None:
    """Why an execution counts only when the owners read back as expected."""
    chain_, account = standing.chain, standing.account
    _, operation = swap_to(standing, SafePerson(b"second passkey"))
    chain_.send(standing.lock, slow_lock.encode_schedule(operation), sender=account.owner)
    swapped = owners.encode_swap_owner(account.address, list(account.owners), account.signer, "0x" + "9a" * 20)
    standing.act(standing.itself(swapped))
    before = chain_.owners(account.address)
    chain_.pass_time(slow_lock.DELAY)
    assert chain_.send(standing.lock, slow_lock.encode_execute(operation))["status"] == "0x1"
    assert chain_.ask(standing.lock, "isOperationDone(bytes32)", ["bool"], operation.id) is True
    assert chain_.owners(account.address) == before


def test_owners_are_added_swapped_and_removed(standing: Stage) -> None:
    from counterfoil.chains.evm.address import encode_address

    safe = standing.account.address
    third, fourth = "0x" + "0a" * 20, "0x" + "fa" * 20

    def now() -> list[str]:
        return [encode_address(one) for one in standing.chain.owners(safe)]

    standing.act(standing.itself(owners.encode_add_owner(safe, now(), third, 2)))
    standing.act(standing.itself(owners.encode_add_owner(safe, now(), fourth, 2)))
    assert len(now()) == 4
    fifth = "0x" + "5b" * 20
    for old in (third, fourth):
        before = now()
        names = [one.lower() for one in before]
        standing.act(standing.itself(owners.encode_swap_owner(safe, before, old, fifth)))
        assert [one.lower() for one in now()] == [fifth if one == old else one for one in names]
        standing.act(standing.itself(owners.encode_remove_owner(now(), fifth, 2)))
    assert sorted(now()) == sorted(standing.account.owners)
    assert MULTI_SEND_CALL_ONLY.address not in now()
