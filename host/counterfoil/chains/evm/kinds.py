"""The family's answers, one for each kind of thing that is signed."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any, Final

from counterfoil.chains.evm import (
    address,
    passthrough,
    refusals,
    replacement,
    request,
    summary,
    transaction,
    typed_data,
)
from counterfoil.chains.evm.calls import parse_call
from counterfoil.chains.evm.facts import Facts, TransactionIntent
from counterfoil.chains.evm.message import digest_message, parse_message, read_message
from counterfoil.chains.evm.risks import weigh
from counterfoil.chains.evm.safe import kinds as safe
from counterfoil.chains.evm.safe.kinds import SAFE_KINDS
from counterfoil.chains.evm.safe.risks import weigh_act
from counterfoil.chains.evm.sign_in_refusals import refuse_for_site
from counterfoil.chains.evm.slots import nonce_slot, slot_nonce
from counterfoil.chains.evm.summary import chain_number, read_unsigned
from counterfoil.chains.evm.typed_data import TypedData
from counterfoil.chains.family import Chain, Family, Finding, Kind, Own, Summary, Touch
from counterfoil.crypto.ecdsa_recovery import recover_public_key
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InvalidTransaction, UnknownMethod, UnsafeToSign
from counterfoil.types import Digest32, Signature


class Evm:
    """Ethereum and its likes."""

    def address(self, chain: Chain, public_key: bytes) -> str:
        """See `address.address_of`."""
        return address.address_of(public_key)

    def parse_address(self, chain: Chain, text: str) -> str:
        """See `address.parse_address`."""
        return address.parse_address(text)

    def read_request(self, chain: Chain, account: str, method: str, params: Any) -> tuple[Kind, Any]:  # noqa: ANN401
        """The intent of a page's call, or of the wallet's own. Raises InputError, UnknownMethod, UnsafeToSign."""
        if method in set(Own):
            return Kind.TRANSACTION, replacement.read_own(chain, account, Own(method), params)
        if method == "eth_sendTransaction":
            return Kind.TRANSACTION, request.read_transaction(chain_number(chain), account, params)
        if method == "personal_sign":
            return Kind.MESSAGE, read_message(account, params)
        if method == "eth_signTypedData_v4":
            return Kind.TYPED_DATA, typed_data.read_typed_data(chain_number(chain), account, params)
        if method == "eth_sign":
            raise UnsafeToSign(
                "Counterfoil never signs a bare hash: it would hide what it does. Nothing was signed.",
                remedy="The site can use personal_sign or eth_signTypedData_v4 instead.",
                reason="eth_sign",
            )
        raise UnknownMethod(f"Counterfoil does not sign by “{method[:60]}”.")

    def prepare(self, chain: Chain, account: str, kind: Kind, intent: Any, facts: Any) -> bytes:  # noqa: ANN401
        """The exact unsigned bytes. Raises InvalidTransaction."""
        if kind in SAFE_KINDS:
            return safe.prepare(chain, intent, facts)
        if kind is Kind.TRANSACTION and isinstance(intent, TransactionIntent) and isinstance(facts, Facts):
            return request.prepare_transaction(chain_number(chain), intent, facts)
        if kind is Kind.MESSAGE and isinstance(intent, bytes):
            return parse_message(intent)
        if kind is Kind.TYPED_DATA and isinstance(intent, TypedData):
            return typed_data.encode_typed_data(intent)
        raise InvalidTransaction("The request and its kind don't fit together.", reason="kind")

    def intent_of(self, chain: Chain, kind: Kind, unsigned: bytes) -> bytes:
        """The bytes with gas limit and gas prices blanked; messages have nothing volatile. Raises InvalidTransaction."""
        if kind in SAFE_KINDS:
            return safe.intent_of(chain, kind, unsigned)
        if kind is not Kind.TRANSACTION:
            return unsigned
        tx = read_unsigned(chain, unsigned)
        return transaction.encode_unsigned(dataclasses.replace(tx, gas_limit=0, max_fee=0, priority_fee=0))

    def signers(self, chain: Chain, account: str, kind: Kind, unsigned: bytes) -> tuple[str, ...]:
        """The account itself; a Safe's owner key and who pays. Raises InvalidTransaction."""
        return safe.signers(chain, account, kind, unsigned) if kind in SAFE_KINDS else (account,)

    def slots(self, chain: Chain, account: str, kind: Kind, unsigned: bytes) -> tuple[str, ...]:
        """``nonce:7``. Raises InvalidTransaction."""
        if kind in SAFE_KINDS:
            return safe.slots(chain, account, kind, unsigned)
        return (nonce_slot(read_unsigned(chain, unsigned).nonce),) if kind is Kind.TRANSACTION else ()

    def renumber(
        self,
        chain: Chain,
        kind: Kind,
        intent: Any,  # noqa: ANN401
        unsigned: bytes,
        *,
        first: str,
        taken: Collection[str],
        holder: str | None = None,
    ) -> bytes:
        """See `request.choose_nonce`. Raises InvalidTransaction."""
        if kind is Kind.SAFE_TRANSACTION:
            return safe.renumber(chain, unsigned, holder, first, taken)
        if kind is not Kind.TRANSACTION or not isinstance(intent, TransactionIntent):
            return unsigned
        nonce = request.choose_nonce(intent, slot_nonce(first), {slot_nonce(slot) for slot in taken})
        return transaction.encode_unsigned(dataclasses.replace(read_unsigned(chain, unsigned), nonce=nonce))

    def preview(self, chain: Chain, account: str, method: str, params: Any) -> str:  # noqa: ANN401
        """See `family.Family.preview`. Raises InputError, UnsafeToSign for what is never signed."""
        intent = request.read_transaction(chain_number(chain), account, params)
        found = summary.summarize(chain, account, Kind.TRANSACTION, request.sketch(chain_number(chain), intent))
        if found.refusal is not None:
            raise UnsafeToSign(found.refusal.sentence, remedy=found.refusal.action, reason=found.refusal.code)
        return found.sentence

    def summarize(self, chain: Chain, account: str, kind: Kind, unsigned: bytes) -> Summary:
        """See `summary.summarize`."""
        if kind in SAFE_KINDS:
            return safe.summarize(chain, account, kind, unsigned)
        return summary.summarize(chain, account, kind, unsigned)

    def weigh(
        self,
        chain: Chain,
        account: str,
        kind: Kind,
        unsigned: bytes,
        *,
        facts: Any,  # noqa: ANN401
        now: int,
    ) -> tuple[Finding, ...]:
        """See `risks.weigh`."""
        if kind in SAFE_KINDS:
            return weigh_act(chain, account, kind, unsigned, facts=facts, now=now)
        return weigh(chain, account, kind, unsigned, facts=facts, now=now)

    def objection(self, chain: Chain, kind: Kind, unsigned: bytes, *, origin: str, now: int) -> Finding | None:
        """A sign-in text of another site or another time: see `sign_in_refusals.refuse_for_site`."""
        if kind is Kind.SAFE_MESSAGE:
            kind, unsigned = safe.content_of(chain, unsigned)
        return refuse_for_site(unsigned, origin, now) if kind is Kind.MESSAGE else None

    def digests(self, chain: Chain, kind: Kind, unsigned: bytes) -> tuple[Digest32, ...]:
        """What is signed: one digest.

        Standard: EIP-155, EIP-2930, EIP-1559; EIP-191; EIP-712
        Raises:   InvalidTransaction; UnsafeToSign for what `refusals` names, as far as it shows without the account
        """
        refusal: Finding | None
        if kind in SAFE_KINDS:
            return safe.digests(chain, kind, unsigned)
        if kind is Kind.TRANSACTION:
            tx = read_unsigned(chain, unsigned)
            refusal, digest = refusals.refuse_transaction(tx, parse_call(tx.data)), Digest32(keccak256(unsigned))
        elif kind is Kind.MESSAGE:
            refusal, digest = refusals.refuse_message(parse_message(unsigned)), digest_message(unsigned)
        else:
            typed = typed_data.parse_typed_data(chain_number(chain), unsigned)
            refusal, digest = refusals.refuse_typed_data(typed), typed_data.digest_typed_data(typed)
        if refusal is not None:
            raise UnsafeToSign(refusal.sentence, remedy=refusal.action, reason=refusal.code)
        return (digest,)

    def next_digest(
        self, chain: Chain, kind: Kind, unsigned: bytes, signatures: Sequence[Signature], touch: Touch
    ) -> Digest32:
        """See `safe.kinds.next_digest`; a vault account's request has one digest only. Raises InvalidTransaction."""
        return safe.next_digest(chain, kind, unsigned, signatures, touch)

    def salted(
        self, chain: Chain, kind: Kind, unsigned: bytes, *, origin: str, request_nonce: bytes, expires_at: int
    ) -> bytes:
        """See `safe.kinds.salted`; a vault account's bytes stay as they are."""
        if kind not in SAFE_KINDS:
            return unsigned
        return safe.salted(chain, kind, unsigned, origin=origin, request_nonce=request_nonce, expires_at=expires_at)

    def challenge(self, chain: Chain, kind: Kind, unsigned: bytes) -> bytes | None:
        """A Safe's own hash, since its passkey is checked on chain. Raises InvalidTransaction, UnsafeToSign."""
        return safe.challenge(chain, kind, unsigned) if kind in SAFE_KINDS else None

    def check_touch(self, chain: Chain, kind: Kind, unsigned: bytes, touch: Touch) -> None:
        """See `safe.kinds.check_touch`. Raises AssertionRefused."""
        if kind in SAFE_KINDS:
            safe.check_touch(chain, kind, unsigned, touch)

    def assemble(
        self,
        chain: Chain,
        kind: Kind,
        unsigned: bytes,
        signatures: Sequence[Signature],
        touch: Touch | None = None,
    ) -> bytes:
        """A transaction to broadcast; for messages and typed data r ‖ s ‖ v with v 27 or 28. Raises InvalidTransaction."""
        if kind in SAFE_KINDS:
            return safe.assemble(chain, kind, unsigned, signatures, touch)
        if len(signatures) != 1:
            raise InvalidTransaction("There is one signature to one request.", reason="signature")
        signature = signatures[0]
        transaction.check_signature(signature)
        if kind is Kind.TRANSACTION:
            return transaction.encode_signed(read_unsigned(chain, unsigned), signature)
        r, s = (number.to_bytes(32, "big") for number in (signature.r, signature.s))
        return r + s + bytes([27 + signature.recovery_id])

    def transaction_id(self, chain: Chain, signed: bytes) -> str:
        """Keccak-256 of the finished bytes."""
        return transaction.transaction_id(signed)

    def unsigned_of(self, chain: Chain, raw: bytes) -> tuple[bytes, str | None]:
        """A signed transaction's unsigned bytes and its sender; unsigned bytes as they are. Raises InvalidTransaction."""
        try:
            tx, signature = transaction.parse_signed(raw)
        except InvalidTransaction:
            return transaction.encode_unsigned(read_unsigned(chain, raw)), None
        unsigned = transaction.encode_unsigned(tx)
        read_unsigned(chain, unsigned)
        public_key = recover_public_key(keccak256(unsigned), signature)
        return unsigned, address.address_of(public_key)

    def is_finished(self, chain: Chain, account: str, kind: Kind, unsigned: bytes, signed: bytes) -> bool:
        """See `family.Family.is_finished`. Raises InvalidTransaction."""
        if kind is Kind.SAFE_TRANSACTION:
            return safe.pays_for(chain, unsigned, *self.unsigned_of(chain, signed))
        return self.unsigned_of(chain, signed) == (unsigned, account)

    def is_read_only(self, method: str) -> bool:
        """See `passthrough.is_read_only`."""
        return passthrough.is_read_only(method)


FAMILY: Final[Family] = Evm()
