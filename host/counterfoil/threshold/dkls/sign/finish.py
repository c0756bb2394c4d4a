"""The end of signing: s = Σw / Σu, in the form that chains want, accepted by libsecp256k1 or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.crypto.secp256k1 import N, Point, is_valid_signature
from counterfoil.types import Signature


def assemble(parts: Sequence[tuple[int, int]], nonce: Point, public: Point, digest: bytes) -> Signature | None:
    """The signature, or None where the parts do not make a valid one.

    Standard: SEC 1 §4.1.3; low s as BIP146; recovery id as SEC 1 §4.1.6
    In:       (u_i, w_i) of all parties, R, the child key, the digest
    """
    u = sum(part[0] for part in parts) % N
    w = sum(part[1] for part in parts) % N
    r = nonce.x % N
    if not (u and w and r):
        return None
    s = w * pow(u, -1, N) % N
    is_high = s > N // 2
    recovery_id = int(nonce.is_odd ^ is_high) + (2 if nonce.x >= N else 0)
    signature = Signature(r, N - s if is_high else s, recovery_id)
    return signature if is_valid_signature(public, digest, signature.r, signature.s) else None
