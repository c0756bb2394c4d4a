"""A user operation of a Safe through EntryPoint 0.7, for measuring only: the wallet sends none yet.   ERC-4337"""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.chains.evm.address import address_bytes
from counterfoil.chains.evm.calls import encode_call
from counterfoil.chains.evm.safe.contracts import MODULE_4337
from counterfoil.codecs.abi import encode_abi
from counterfoil.crypto.hashes import keccak256
from counterfoil.types import Digest32

ENTRY_POINT = "0x0000000071727De22E5E9d8BAf0edAc6f37da032"
HANDLE = "handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[],address)"
SAFE_OP = bytes.fromhex("c03dfc11d8b10bf9cf703d558958c8c42777f785d998c62060d85a4f0ef6ea7f")
DOMAIN = keccak256(b"EIP712Domain(uint256 chainId,address verifyingContract)")
VERIFICATION_GAS, CALL_GAS, PRE_GAS, TIP, MAX_FEE = 1_500_000, 200_000, 60_000, 1, 3 * 10**9


@dataclass(frozen=True)
class UserOperation:
    """One call by the account; ``factory`` (20 bytes ‖ call) where it does not stand yet."""

    safe: str
    nonce: int
    factory: bytes
    to: bytes
    value: int

    @property
    def call(self) -> bytes:
        return encode_call("executeUserOp(address,uint256,bytes,uint8)", self.to, self.value, b"", 0)

    def digest(self, chain_id: int) -> Digest32:
        """Standard: Safe4337Module 0.3.0 getOperationHash"""
        types = ["bytes32", "address", "uint256", "bytes32", "bytes32", *["uint256"] * 5, "bytes32", "uint48", "uint48"]
        values = [SAFE_OP, address_bytes(self.safe), self.nonce, keccak256(self.factory), keccak256(self.call)]
        gas = [VERIFICATION_GAS, CALL_GAS, PRE_GAS, TIP, MAX_FEE]
        rest = [keccak256(b""), 0, 0, address_bytes(ENTRY_POINT)]
        struct = keccak256(encode_abi([*types, "address"], [*values, *gas, *rest]))
        domain = keccak256(encode_abi(["bytes32", "uint256", "address"], [DOMAIN, chain_id, MODULE_4337.raw]))
        return Digest32(keccak256(b"\x19\x01" + domain + struct))

    def handle(self, signatures: bytes, beneficiary: str) -> bytes:
        """The bundler's call of the entry point."""
        gas = VERIFICATION_GAS.to_bytes(16, "big") + CALL_GAS.to_bytes(16, "big")
        fees = TIP.to_bytes(16, "big") + MAX_FEE.to_bytes(16, "big")
        sender = address_bytes(self.safe)
        packed = (sender, self.nonce, self.factory, self.call, gas, PRE_GAS, fees, b"", bytes(12) + signatures)
        return encode_call(HANDLE, [packed], address_bytes(beneficiary))
