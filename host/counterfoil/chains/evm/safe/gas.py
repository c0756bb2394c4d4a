"""What an act costs beyond its calls. It can't be tried beforehand: the signatures come last.

Measured on the published contracts (docs/gas.md) and rounded up; what is not used is not charged.
"""

from __future__ import annotations

from typing import Final

from counterfoil.chains.evm.safe.first_act import Standing

INTRINSIC: Final = 21_000
_LATER: Final = 150_000
_FIRST: Final = 2_500_000
_BY_CONTRACT: Final = 280_000
"""A P-256 signature checked by the fallback verifier instead of the chain's own precompile."""

PRECOMPILE: Final = "0x" + "0" * 37 + "100"
P256_QUESTION: Final = bytes.fromhex(
    "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
"""A good signature (RFC 6979 A.2.5, "sample"): a chain with the precompile answers 1. Standard: RIP-7212, EIP-7951"""


def act_gas(calls: int, *, standing: Standing, is_first: bool, has_precompile: bool) -> int:
    """The gas limit of a paying transaction. ``calls``: what the Safe's own calls take, as estimated one by one."""
    overhead = _FIRST if is_first or not standing.safe else _LATER
    return overhead + (0 if has_precompile else _BY_CONTRACT) + calls + calls // 3
