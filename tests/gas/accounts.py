"""The kinds of Safe that are measured: ours, and those of the notes that ours are compared with."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.chains.evm.address import address_bytes, encode_address
from counterfoil.chains.evm.calls import encode_call
from counterfoil.chains.evm.safe.account import (
    ENABLE_MODULES,
    SETUP,
    encode_create_safe,
    encode_create_signer,
    safe_address,
    signer_address,
)
from counterfoil.chains.evm.safe.contracts import MODULE_4337, MODULE_SETUP, SIGNER_FACTORY, VERIFIERS, ZERO
from counterfoil.chains.evm.safe.creation_code import CreationCodes
from counterfoil.chains.evm.safe.multi_send import DELEGATE_CALL, Item, encode_multi_send
from counterfoil.chains.evm.safe.safe_tx import SafeTx, digest_safe_tx
from counterfoil.chains.evm.safe.signatures import (
    ContractSignature,
    KeySignature,
    encode_passkey_signature,
    pack_signatures,
)
from counterfoil.types import Digest32
from tests.unit.chains.evm_samples import sign
from tests.unit.chains.safe.samples import SafePerson

MULTI_SEND = bytes.fromhex("38869bf66a61cF6bDB996A6aE40D5853Fd43B526")
SHARED_SIGNER = bytes.fromhex("fD90FAd33ee8b58f32c00aceEad1358e4AFC23f9")
CONTRACT_ONLY = VERIFIERS % 2**160
"""No precompile: the verifying contract alone."""


@dataclass(frozen=True)
class MeasuredSafe:
    """A Safe whose signer comes into being in its own set-up, as ERC-4337 wallets make them."""

    person: SafePerson
    address: str
    signer: str
    setup: bytes

    def create(self) -> bytes:
        return encode_create_safe(self.setup, 1)

    def sign(self, digest: Digest32) -> bytes:
        touched = encode_passkey_signature(self.person.passkey_signature(digest), digest)
        key = KeySignature(self.person.owner, sign(digest, self.person.key))
        return pack_signatures([key, ContractSignature(self.signer, touched)])

    def sign_tx(self, tx: SafeTx) -> bytes:
        return self.sign(digest_safe_tx(tx))


def measured_safe(codes: CreationCodes, seed: int, *, verifiers: int = VERIFIERS, shared: bool = False) -> MeasuredSafe:
    """With a passkey contract of its own, or with the one that all share and that keeps the key in the Safe."""
    person = SafePerson(bytes([seed]), verifiers=verifiers)
    key = person.passkey
    enable = Item(MODULE_SETUP.raw, 0, encode_call(ENABLE_MODULES, [MODULE_4337.raw]), DELEGATE_CALL)
    if shared:
        signer = encode_address(SHARED_SIGNER)
        configure = encode_call("configure((uint256,uint256,uint176))", (key.x, key.y, key.verifiers))
        second = Item(SHARED_SIGNER, 0, configure, DELEGATE_CALL)
    else:
        signer = signer_address(codes, key)
        second = Item(SIGNER_FACTORY.raw, 0, encode_create_signer(key))
    owners = [address_bytes(one) for one in sorted((person.owner, signer), key=str.lower)]
    items = encode_multi_send([enable, second])
    setup = encode_call(SETUP, [*owners], 2, MULTI_SEND, items, MODULE_4337.raw, ZERO, 0, ZERO)
    return MeasuredSafe(person, safe_address(codes, setup, 1), signer, setup)
