"""The family's answers for Safes: an act is two digests, the second of which follows from the first; a message is one."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any, Final

from counterfoil.chains.evm import summary, typed_data
from counterfoil.chains.evm.address import address_bytes, encode_address
from counterfoil.chains.evm.facts import TransactionIntent
from counterfoil.chains.evm.message import digest_message, parse_message
from counterfoil.chains.evm.refusals import refuse_message, refuse_typed_data
from counterfoil.chains.evm.safe.account import SafeAccount
from counterfoil.chains.evm.safe.facts import ActFacts, ActIntent, MessageIntent
from counterfoil.chains.evm.safe.first_act import Outer, Standing, parse_act
from counterfoil.chains.evm.safe.messages import digest_safe_message, encode_signature
from counterfoil.chains.evm.safe.multi_send import Item
from counterfoil.chains.evm.safe.requests import (
    NO_SALT,
    SafeAct,
    SafeMessage,
    act_tx,
    encode_safe_act,
    encode_safe_message,
    packed_signatures,
    parse_safe_act,
    parse_safe_message,
)
from counterfoil.chains.evm.safe.safe_tx import digest_safe_tx, safe_tx_salt
from counterfoil.chains.evm.safe.signatures import PasskeySignature, encode_passkey_signature
from counterfoil.chains.evm.safe.summary import refuse_call, summarize_act, summarize_vouching
from counterfoil.chains.evm.slots import nonce_slot, slot_nonce
from counterfoil.chains.evm.summary import chain_number
from counterfoil.chains.evm.transaction import (
    DYNAMIC_FEE,
    LEGACY,
    check_signature,
    encode_signed,
    encode_unsigned,
    parse_unsigned,
)
from counterfoil.chains.evm.typed_data import TypedData
from counterfoil.chains.family import Chain, Finding, Kind, Summary, Touch
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import AssertionRefused, InvalidTransaction, UnsafeToSign
from counterfoil.types import Digest32, Signature

SAFE_KINDS: Final = frozenset({Kind.SAFE_TRANSACTION, Kind.SAFE_MESSAGE})


def for_safe(account: SafeAccount, payer: str, kind: Kind, intent: Any) -> tuple[Kind, ActIntent | MessageIntent]:  # noqa: ANN401
    """What a page asked of an account, asked of a Safe: one call, or several at once. The page's own nonce and fees are those of another kind of account.

    Raises: InvalidTransaction
    """
    several = intent if isinstance(intent, tuple) else (intent,)
    if kind is Kind.TRANSACTION and all(isinstance(one, TransactionIntent) for one in several):
        return Kind.SAFE_TRANSACTION, ActIntent(account, payer, tuple(_call(one) for one in several))
    if kind is Kind.MESSAGE and isinstance(intent, bytes):
        return Kind.SAFE_MESSAGE, MessageIntent(account, kind, parse_message(intent))
    if kind is Kind.TYPED_DATA and isinstance(intent, TypedData):
        return Kind.SAFE_MESSAGE, MessageIntent(account, kind, typed_data.encode_typed_data(intent))
    raise InvalidTransaction("The request and its kind don't fit together.", reason="kind")


def _call(intent: TransactionIntent) -> Item:
    if intent.to is None:
        raise InvalidTransaction("A Safe can't create a contract this way.", reason="contract_create")
    return Item(address_bytes(intent.to), intent.value, intent.data)


def prepare(chain: Chain, intent: object, facts: object) -> bytes:
    """The exact bytes, not yet salted. Raises InvalidTransaction."""
    if isinstance(intent, MessageIntent) and isinstance(facts, Standing):
        message = SafeMessage(intent.account, chain_number(chain), intent.kind, intent.content, facts)
        return encode_safe_message(message)
    if not isinstance(intent, ActIntent) or not isinstance(facts, ActFacts):
        raise InvalidTransaction("The request and its kind don't fit together.", reason="kind")
    paying = facts.paying
    nonce = facts.nonce if intent.nonce is None else intent.nonce
    tx = act_tx(intent.account, chain_number(chain), intent.calls, nonce=nonce, standing=facts.standing, salt=NO_SALT)
    kind = LEGACY if paying.base_fee is None else DYNAMIC_FEE
    price = paying.gas_price if paying.base_fee is None else 2 * paying.base_fee + paying.priority_fee
    tip = price if paying.base_fee is None else paying.priority_fee
    return encode_safe_act(
        SafeAct(intent.account, tx, facts.standing, intent.payer, kind, paying.nonce, paying.gas_limit, price, tip)
    )


def signers(chain: Chain, account: str, kind: Kind, unsigned: bytes) -> tuple[str, ...]:
    """The Safe's owner key; then who pays. Raises InvalidTransaction where the bytes are another account's."""
    safe, rest = _account(chain, kind, unsigned)
    if safe.address != account:
        raise InvalidTransaction("This is a request of another account.", reason="account")
    return (safe.owner, *rest)


def slots(chain: Chain, account: str, kind: Kind, unsigned: bytes) -> tuple[str, ...]:
    """The Safe's own nonce, the payer's own nonce."""
    if kind is not Kind.SAFE_TRANSACTION:
        return ()
    act = parse_safe_act(unsigned, chain_number(chain))
    held = {act.account.address: act.tx.nonce, act.payer: act.payer_nonce}
    return (nonce_slot(held[account]),) if account in held else ()


def intent_of(chain: Chain, kind: Kind, unsigned: bytes) -> bytes:
    """The bytes without salt, gas, fees, and what anyone may bring into being meanwhile."""
    if kind is Kind.SAFE_MESSAGE:
        message = parse_safe_message(unsigned, chain_number(chain))
        return encode_safe_message(dataclasses.replace(message, standing=Standing()))
    act = parse_safe_act(unsigned, chain_number(chain)).with_salt(NO_SALT)
    stands = Standing(*(act.tx.nonce > 0,) * 3)
    bare = act.with_calls(act.calls, nonce=act.tx.nonce, standing=stands)
    return encode_safe_act(dataclasses.replace(bare, gas_limit=0, max_fee=0, priority_fee=0))


def renumber(chain: Chain, unsigned: bytes, holder: str | None, first: str, taken: Collection[str]) -> bytes:
    """The payer's next free nonce; the Safe's next, which only one request at a time may want.

    Raises: InvalidTransaction(reason=safe_busy)
    """
    act = parse_safe_act(unsigned, chain_number(chain))
    held = {slot_nonce(slot) for slot in taken}
    nonce = slot_nonce(first)
    if holder == act.payer:
        while nonce in held:
            nonce += 1
        return encode_safe_act(dataclasses.replace(act, payer_nonce=nonce))
    if nonce in held:
        raise InvalidTransaction(
            "Your Safe is still busy with its last act. Nothing was signed.",
            remedy="Wait until that one is confirmed, then approve this one.",
            reason="safe_busy",
        )
    if nonce == act.tx.nonce:
        return unsigned
    stands = Standing(True, True, True) if nonce else act.standing
    return encode_safe_act(act.with_calls(act.calls, nonce=nonce, standing=stands))


def summarize(chain: Chain, account: str, kind: Kind, unsigned: bytes) -> Summary:
    """What the bytes do, for the Safe."""
    if kind is Kind.SAFE_TRANSACTION:
        return summarize_act(chain, parse_safe_act(unsigned, chain_number(chain)))
    message = parse_safe_message(unsigned, chain_number(chain))
    return summarize_vouching(message, summary.summarize(chain, account, message.kind, message.content))


def digests(chain: Chain, kind: Kind, unsigned: bytes) -> tuple[Digest32, ...]:
    """What the owner key signs, and the passkey. Raises InvalidTransaction, UnsafeToSign."""
    return (challenge(chain, kind, unsigned),)


def challenge(chain: Chain, kind: Kind, unsigned: bytes) -> Digest32:
    """The hash of the Safe's transaction or message: the chain asks the passkey for nothing else.

    Raises: InvalidTransaction; UnsafeToSign for what no party ever signs
    """
    refusal: Finding | None
    if kind is Kind.SAFE_TRANSACTION:
        act = parse_safe_act(unsigned, chain_number(chain))
        refusal = next((found for call in act.calls if (found := refuse_call(act, call)) is not None), None)
        digest = digest_safe_tx(act.tx)
    else:
        message = parse_safe_message(unsigned, chain_number(chain))
        refusal, inner = _content(chain, message)
        digest = digest_safe_message(message.chain_id, message.account.address, inner)
    if refusal is not None:
        raise UnsafeToSign(refusal.sentence, remedy=refusal.action, reason=refusal.code)
    return digest


def salted(chain: Chain, kind: Kind, unsigned: bytes, *, origin: str, request_nonce: bytes, expires_at: int) -> bytes:
    """The act with its origin in the refund fields; a message has no room for it."""
    if kind is not Kind.SAFE_TRANSACTION:
        return unsigned
    act = parse_safe_act(unsigned, chain_number(chain))
    return encode_safe_act(act.with_salt(safe_tx_salt(origin, request_nonce, expires_at)))


def next_digest(chain: Chain, kind: Kind, unsigned: bytes, signatures: Sequence[Signature], touch: Touch) -> Digest32:
    """The hash of the paying transaction, which carries the first signature and the touch. Raises InvalidTransaction."""
    if kind is not Kind.SAFE_TRANSACTION or len(signatures) != 1:
        raise InvalidTransaction("There is nothing more to sign in these bytes.", reason="signature")
    act = parse_safe_act(unsigned, chain_number(chain))
    return Digest32(keccak256(encode_unsigned(act.paying(digest_safe_tx(act.tx), signatures[0], touch))))


def check_touch(chain: Chain, kind: Kind, unsigned: bytes, touch: Touch) -> None:
    """The passkey's contract rebuilds the client data's beginning: another one never verifies there. Raises AssertionRefused."""
    signature = PasskeySignature(touch.authenticator_data, touch.client_data, touch.r, touch.s)
    try:
        encode_passkey_signature(signature, challenge(chain, kind, unsigned))
    except InvalidTransaction as error:
        raise AssertionRefused(error.message, remedy=error.remedy, reason="ENCODING") from None


def assemble(chain: Chain, kind: Kind, unsigned: bytes, signatures: Sequence[Signature], touch: Touch | None) -> bytes:
    """The paying transaction, finished; or the signature that a page is given.

    Standard: EIP-1271, ERC-6492
    Raises:   InvalidTransaction
    """
    if touch is None or len(signatures) != (2 if kind is Kind.SAFE_TRANSACTION else 1):
        raise InvalidTransaction("A Safe's request needs its passkey and each of its signatures.", reason="signature")
    for signature in signatures:
        check_signature(signature)
    if kind is Kind.SAFE_TRANSACTION:
        act = parse_safe_act(unsigned, chain_number(chain))
        return encode_signed(act.paying(digest_safe_tx(act.tx), signatures[0], touch), signatures[1])
    message = parse_safe_message(unsigned, chain_number(chain))
    packed = packed_signatures(message.account, challenge(chain, kind, unsigned), signatures[0], touch)
    return encode_signature(message.account, packed, message.standing)


def pays_for(chain: Chain, unsigned: bytes, outer: bytes, sender: str | None) -> bool:
    """Whether an unsigned transaction is the one that pays for this act, whoever's signatures it carries.

    Raises: InvalidTransaction
    """
    act, tx = parse_safe_act(unsigned, chain_number(chain)), parse_unsigned(outer)
    call = Outer(encode_address(tx.to or b""), tx.data)
    made, _, standing = parse_act(act.account, call, chain_id=tx.chain_id, nonce=act.tx.nonce)
    same = (standing.signer, standing.safe) == (act.standing.signer, act.standing.safe)
    bare = dataclasses.replace(tx, to=address_bytes(act.account.address), data=b"")
    return made == act.tx and same and bare == act.template() and sender == act.payer


def content_of(chain: Chain, unsigned: bytes) -> tuple[Kind, bytes]:
    """What a Safe's message is about, as a vault account would sign it. Raises InvalidTransaction."""
    message = parse_safe_message(unsigned, chain_number(chain))
    return message.kind, message.content


def _account(chain: Chain, kind: Kind, unsigned: bytes) -> tuple[SafeAccount, tuple[str, ...]]:
    if kind is Kind.SAFE_TRANSACTION:
        act = parse_safe_act(unsigned, chain_number(chain))
        return act.account, (act.payer,)
    return parse_safe_message(unsigned, chain_number(chain)).account, ()


def _content(chain: Chain, message: SafeMessage) -> tuple[Finding | None, Digest32]:
    """What is asked to be signed, hashed as for any account; refused as for any account."""
    if message.kind is Kind.MESSAGE:
        return refuse_message(parse_message(message.content)), digest_message(message.content)
    typed = typed_data.parse_typed_data(chain_number(chain), message.content)
    return refuse_typed_data(typed, message.account.address), typed_data.digest_typed_data(typed)
