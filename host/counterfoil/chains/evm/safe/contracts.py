"""The published contracts that a Safe account stands on: where they are and what their code hashes to.

All came out of a deterministic factory, so that address and code are the same on every chain. A chain
offers Safe accounts only where every one of them stands with exactly this code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from counterfoil.chains.evm.address import address_bytes, encode_address
from counterfoil.crypto.hashes import keccak256


@dataclass(frozen=True, slots=True)
class Contract:
    """A published contract. ``code_hash``: Keccak-256 of the code that stands at its address."""

    name: str
    address: str
    code_hash: bytes

    @property
    def raw(self) -> bytes:
        """The address as 20 bytes."""
        return address_bytes(self.address)


def _contract(name: str, address: str, code_hash: str) -> Contract:
    return Contract(name, address, bytes.fromhex(code_hash))


SINGLETON_FACTORY: Final = _contract(
    "SafeSingletonFactory",
    "0x914d7Fec6aaC8cd542e72Bca78B30650d45643d7",
    "2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989",
)
SAFE: Final = _contract(
    "SafeL2 1.4.1",
    "0x29fcB43b46531BcA003ddC8FCB67FFE91900C762",
    "b1f926978a0f44a2c0ec8fe822418ae969bd8c3f18d61e5103100339894f81ff",
)
PROXY_FACTORY: Final = _contract(
    "SafeProxyFactory 1.4.1",
    "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67",
    "50c3cdc4074750a7a974204a716c999edd37482f907608d960b2b025ee0b3317",
)
MULTI_SEND_CALL_ONLY: Final = _contract(
    "MultiSendCallOnly 1.4.1",
    "0x9641d764fc13c8B624c04430C7356C1C7C8102e2",
    "ecd5bd14a08c5d2122379900b2f272bdf107a7e92423c10dd5fe3254386c9939",
)
MODULE_SETUP: Final = _contract(
    "SafeModuleSetup 0.3.0",
    "0x2dd68b007B46fBe91B9A7c3EDa5A7a1063cB5b47",
    "af2d170bb766d2773c3fa88717f5b3599827478074d3767d1dee55e5c2f3fbcb",
)
MODULE_4337: Final = _contract(
    "Safe4337Module 0.3.0",
    "0x75cf11467937ce3F2f357CE24ffc3DBF8fD5c226",
    "2aea997c4e3cf0e2f333025372e219abcfde81c21fc2f8fb066414a5685dd3e0",
)
SIGNER_FACTORY: Final = _contract(
    "SafeWebAuthnSignerFactory 0.2.0",
    "0xF7488fFbe67327ac9f37D5F722d83Fc900852Fbf",
    "be9db61b4ee533cb4b1136ef244141db4ca3b7867b44d154db9faeb22f39d7bb",
)
SIGNER_SINGLETON: Final = _contract(
    "SafeWebAuthnSignerSingleton 0.2.0",
    "0x270D7E4a57E6322f336261f3EaE2BADe72E68d72",
    "180871920494795a32a7516c60dcc9c4237f435c86681a5d2dd79ea36897d080",
)
FCL_VERIFIER: Final = _contract(
    "FCLP256Verifier 0.2.0",
    "0x445a0683e494ea0c5AF3E83c5159fBE47Cf9e765",
    "0d23c6a31df5b9c5358b2899ac8b0b7f06560804f53ccb13852ed7b25117a1d8",
)

NEEDED: Final = (
    SINGLETON_FACTORY,
    SAFE,
    PROXY_FACTORY,
    MULTI_SEND_CALL_ONLY,
    MODULE_SETUP,
    MODULE_4337,
    SIGNER_FACTORY,
    SIGNER_SINGLETON,
    FCL_VERIFIER,
)
"""What must stand on a chain before a Safe account is offered there."""

VERIFIERS: Final = (0x0100 << 160) | int.from_bytes(FCL_VERIFIER.raw, "big")
"""Who checks P-256: the precompile at 0x0100 where the chain has it, else the contract. Part of the signer's address."""

ZERO: Final = bytes(20)
SENTINEL: Final = bytes(19) + b"\x01"
"""Head of the lists of owners and modules."""


def lacking(codes: Mapping[str, bytes]) -> tuple[Contract, ...]:
    """The needed contracts that don't stand on a chain, or stand there with other code.

    In: what ``eth_getCode`` answered, by checksummed address
    """
    return tuple(one for one in NEEDED if keccak256(codes.get(one.address, b"")) != one.code_hash)


def create2(factory: Contract, salt: bytes, init_code: bytes) -> str:
    """Where a factory's CREATE2 puts a contract. Standard: EIP-1014"""
    return encode_address(keccak256(b"\xff" + factory.raw + salt + keccak256(init_code))[12:])
