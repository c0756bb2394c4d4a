"""What parties agree on for a Safe: its acts and its messages as bytes, and what follows from these bytes.

An act is two digests. The first is the Safe's own transaction, which the owner key and the passkey
sign; the second is the transaction of the account that pays, whose data carries both signatures. So
the second is no part of these bytes: each party makes it from them, the touch and the first signature,
and there is nothing in it that anyone could choose besides nonce, gas and fees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from counterfoil.chains.evm.address import address_bytes, encode_address
from counterfoil.chains.evm.safe.account import THRESHOLD, Passkey, SafeAccount, encode_setup
from counterfoil.chains.evm.safe.first_act import Standing, encode_act
from counterfoil.chains.evm.safe.multi_send import Item
from counterfoil.chains.evm.safe.safe_tx import SafeTx, encode_safe_tx, parse_safe_tx, safe_tx_of
from counterfoil.chains.evm.safe.signatures import (
    ContractSignature,
    KeySignature,
    PasskeySignature,
    encode_passkey_signature,
    pack_signatures,
)
from counterfoil.chains.evm.safe.slow_lock import lock_address, lock_items, slow_lock
from counterfoil.chains.evm.transaction import DYNAMIC_FEE, LEGACY, Transaction
from counterfoil.chains.family import Kind, Touch
from counterfoil.codecs.rlp import Encodable, encode_rlp, parse_rlp, parse_rlp_integer
from counterfoil.codecs.rlp import Item as Rlp
from counterfoil.errors import InvalidEncoding, InvalidTransaction
from counterfoil.types import Digest32, Signature

NO_SALT: Final = bytes(32)
MAX_CALLS: Final = 64
_CONTENTS: Final = (Kind.MESSAGE, Kind.TYPED_DATA)


@dataclass(frozen=True, slots=True)
class SafeAct:
    """A Safe's transaction and how it is paid. ``standing`` is what of the account is on the chain already."""

    account: SafeAccount
    tx: SafeTx
    standing: Standing
    payer: str
    type: int
    payer_nonce: int
    gas_limit: int
    max_fee: int
    priority_fee: int

    def __post_init__(self) -> None:
        if self.tx.safe != self.account.address:
            raise InvalidTransaction("This is a transaction of another account.", reason="account")
        if self.tx.nonce and not (self.standing.safe and self.standing.signer):
            raise InvalidTransaction("This account has acted before: it stands already.", reason="standing")
        if self.type not in {LEGACY, DYNAMIC_FEE}:
            raise InvalidTransaction("Counterfoil does not know this type of transaction.", reason="type")
        if self.setup_items and self.tx.items[: len(self.setup_items)] != self.setup_items:
            raise InvalidTransaction(
                "The first act of a Safe sets its slow lock up, before anything else.", reason="lock"
            )

    @property
    def setup_items(self) -> tuple[Item, ...]:
        """What the first act does before the calls: the slow lock. Nothing in later acts."""
        if self.tx.nonce:
            return ()
        return lock_items(self.account.owner, self.account.address, stands=self.standing.lock)

    @property
    def calls(self) -> tuple[Item, ...]:
        """What was asked for."""
        return self.tx.items[len(self.setup_items) :]

    @property
    def lock(self) -> str:
        """Where the slow lock stands, or will."""
        return lock_address(slow_lock(self.account.owner, self.account.address))

    def with_calls(self, calls: tuple[Item, ...], *, nonce: int, standing: Standing) -> SafeAct:
        """The same payment for these calls at this nonce; a first act with its lock before them."""
        tx = act_tx(self.account, self.tx.chain_id, calls, nonce=nonce, standing=standing, salt=self.tx.salt)
        return replace(self, tx=tx, standing=standing)

    def with_salt(self, salt: bytes) -> SafeAct:
        """The same act under another digest."""
        return replace(self, tx=replace(self.tx, salt=salt))

    def with_fees(self, paying: Transaction) -> SafeAct:
        """The same act, paid as this transaction says."""
        return replace(self, gas_limit=paying.gas_limit, max_fee=paying.max_fee, priority_fee=paying.priority_fee)

    def template(self) -> Transaction:
        """The paying transaction without what it carries."""
        return self._paying(address_bytes(self.account.address), b"")

    def paying(self, digest: Digest32, signature: Signature, touch: Touch) -> Transaction:
        """The transaction that pays: exactly this act, no coins.

        In:     the act's digest, the owner key's signature of it, and the passkey's
        Raises: InvalidTransaction
        """
        packed = packed_signatures(self.account, digest, signature, touch)
        outer = encode_act(self.account, self.tx, packed, standing=self.standing)
        return self._paying(address_bytes(outer.to), outer.data)

    def _paying(self, to: bytes, data: bytes) -> Transaction:
        return Transaction(
            type=self.type,
            chain_id=self.tx.chain_id,
            nonce=self.payer_nonce,
            gas_limit=self.gas_limit,
            max_fee=self.max_fee,
            priority_fee=self.priority_fee,
            to=to,
            value=0,
            data=data,
        )


@dataclass(frozen=True, slots=True)
class SafeMessage:
    """A text or typed data that a Safe vouches for. ``content`` is what a vault account would sign."""

    account: SafeAccount
    chain_id: int
    kind: Kind
    content: bytes
    standing: Standing


def act_tx(
    account: SafeAccount, chain_id: int, calls: tuple[Item, ...], *, nonce: int, standing: Standing, salt: bytes
) -> SafeTx:
    """The Safe's transaction of these calls. Raises InvalidTransaction."""
    if len(calls) > MAX_CALLS:
        raise InvalidTransaction("These are too many calls at once.", reason="too_many")
    first = lock_items(account.owner, account.address, stands=standing.lock) if nonce == 0 else ()
    return safe_tx_of(chain_id, account.address, nonce, (*first, *calls), salt)


def packed_signatures(account: SafeAccount, digest: Digest32, signature: Signature, touch: Touch) -> bytes:
    """Both owners' signatures as the Safe takes them. Raises InvalidTransaction."""
    by_passkey = PasskeySignature(touch.authenticator_data, touch.client_data, touch.r, touch.s)
    return pack_signatures(
        [
            KeySignature(account.owner, signature),
            ContractSignature(account.signer, encode_passkey_signature(by_passkey, digest)),
        ]
    )


def encode_safe_act(act: SafeAct) -> bytes:
    """One spelling of an act."""
    numbers = [act.type, act.payer_nonce, act.gas_limit, act.max_fee, act.priority_fee]
    payment: Encodable = [address_bytes(act.payer), *numbers]
    return encode_rlp([_account(act.account), encode_safe_tx(act.tx), _standing(act.standing), payment])


def parse_safe_act(unsigned: bytes, chain_id: int) -> SafeAct:
    """The act of these bytes, all of them. Raises InvalidTransaction."""
    account, tx, standing, payment = _items(_open(unsigned), 4)
    payer, *numbers = _items(payment, 6)
    kind, nonce, gas, max_fee, tip = (_number(item) for item in numbers)
    act = SafeAct(
        _read_account(account), parse_safe_tx(_bytes(tx)), _read_standing(standing), _address(payer),
        kind, nonce, gas, max_fee, tip,
    )  # fmt: skip
    if act.tx.chain_id != chain_id:
        raise InvalidTransaction("The transaction is meant for another chain.", reason="wrong_chain")
    return act


def encode_safe_message(message: SafeMessage) -> bytes:
    """One spelling of a message."""
    kind = _CONTENTS.index(message.kind)
    return encode_rlp([_account(message.account), message.chain_id, kind, message.content, _standing(message.standing)])


def parse_safe_message(unsigned: bytes, chain_id: int) -> SafeMessage:
    """The message of these bytes, all of them. Raises InvalidTransaction."""
    account, number, kind, content, standing = _items(_open(unsigned), 5)
    if _number(number) != chain_id or _number(kind) >= len(_CONTENTS):
        raise InvalidTransaction("The message is meant for another chain.", reason="wrong_chain")
    return SafeMessage(
        _read_account(account), chain_id, _CONTENTS[_number(kind)], _bytes(content), _read_standing(standing)
    )


def account_of(kind: Kind, unsigned: bytes) -> SafeAccount:
    """Whose act or message it is, by its own account: what a party compares with its record. Raises InvalidTransaction."""
    items = _open(unsigned)
    if not items or kind not in {Kind.SAFE_TRANSACTION, Kind.SAFE_MESSAGE}:
        raise InvalidTransaction("These are no bytes of a Safe's request.", reason="fields")
    return _read_account(items[0])


def safe_account(address: str, owner: str, signer: str, passkey: Passkey, salt_nonce: int) -> SafeAccount:
    """An account whose address was derived before. Raises InvalidTransaction."""
    setup = encode_setup(tuple(sorted((owner, signer), key=str.lower)), THRESHOLD)
    return SafeAccount(address, owner, passkey, signer, salt_nonce, setup)


def _account(account: SafeAccount) -> Encodable:
    addresses = [address_bytes(one) for one in (account.address, account.owner, account.signer)]
    key = account.passkey
    return [*addresses, key.x, key.y, key.verifiers, account.salt_nonce]


def _read_account(item: Rlp) -> SafeAccount:
    address, owner, signer, x, y, verifiers, salt = _items(item, 7)
    key = Passkey(_number(x), _number(y), _number(verifiers))
    return safe_account(_address(address), _address(owner), _address(signer), key, _number(salt))


def _standing(standing: Standing) -> Encodable:
    return [int(standing.signer), int(standing.safe), int(standing.lock)]


def _read_standing(item: Rlp) -> Standing:
    flags = [_number(flag) for flag in _items(item, 3)]
    if not set(flags) <= {0, 1}:
        raise InvalidTransaction("A flag is neither yes nor no.", reason="fields")
    return Standing(*(bool(flag) for flag in flags))


def _open(unsigned: bytes) -> list[Rlp]:
    try:
        items = parse_rlp(unsigned)
    except InvalidEncoding as error:
        raise InvalidTransaction(error.message, reason=error.word) from None
    if not isinstance(items, list):
        raise InvalidTransaction("These are no bytes of a Safe's request.", reason="fields")
    return items


def _items(item: Rlp | list[Rlp], count: int) -> list[Rlp]:
    if not isinstance(item, list) or len(item) != count:
        raise InvalidTransaction("The Safe's request has the wrong number of fields.", reason="fields")
    return item


def _bytes(item: Rlp) -> bytes:
    if not isinstance(item, bytes):
        raise InvalidTransaction("A list stands where bytes belong.", reason="fields")
    return item


def _number(item: Rlp) -> int:
    try:
        return parse_rlp_integer(item)
    except InvalidEncoding as error:
        raise InvalidTransaction(error.message, reason=error.word) from None


def _address(item: Rlp) -> str:
    raw = _bytes(item)
    if len(raw) != 20:
        raise InvalidTransaction("An address has 20 bytes.", reason="fields")
    return encode_address(raw)
