"""secp256k1 for threshold/: secret scalars in flat time, public points.   SEC 2 §2.4.1

The only module that touches coincurve's low-level binding; the version is pinned and a test asserts
that every symbol used here exists. Secret scalars use `ec_seckey_*`, `ec_pubkey_create` and `ecdh`,
whose time does not depend on the scalar; `ec_pubkey_tweak_mul` does and takes public scalars only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn, SupportsIndex

from coincurve import GLOBAL_CONTEXT
from coincurve._libsecp256k1 import ffi, lib

from counterfoil.errors import Bug, InvalidEncoding

N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of the group."""

P = 2**256 - 2**32 - 977
"""The field's prime."""

SYMBOLS = (
    "secp256k1_ec_seckey_verify",
    "secp256k1_ec_seckey_negate",
    "secp256k1_ec_seckey_tweak_add",
    "secp256k1_ec_seckey_tweak_mul",
    "secp256k1_ec_pubkey_create",
    "secp256k1_ec_pubkey_parse",
    "secp256k1_ec_pubkey_serialize",
    "secp256k1_ec_pubkey_negate",
    "secp256k1_ec_pubkey_combine",
    "secp256k1_ec_pubkey_tweak_mul",
    "secp256k1_ecdh",
    "secp256k1_ellswift_decode",
    "secp256k1_ecdsa_signature_parse_compact",
    "secp256k1_ecdsa_verify",
)

Rng = Callable[[int], bytes]

_ctx = GLOBAL_CONTEXT.ctx
_COMPRESSED = 258
_ZERO = bytes(32)
_NULL = ffi.NULL
_move = ffi.memmove


class Scalar:
    """A secret number in 1..n-1, in a C buffer that is wiped when the last reference goes.

    Sums and products that come out as zero raise Bug: with an honest random term the chance is 2^-256.
    """

    __slots__ = ("_key",)

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._key: Any = ffi.new("unsigned char[32]")
        if len(data) != 32:
            raise InvalidEncoding("A scalar has 32 bytes.", reason="scalar")
        _move(self._key, data, 32)
        if not lib.secp256k1_ec_seckey_verify(_ctx, self._key):
            raise InvalidEncoding("The scalar is out of range.", reason="scalar")

    @classmethod
    def random(cls, rng: Rng) -> Scalar:
        """Uniform; a draw out of range (2^-128) is drawn again."""
        while True:
            try:
                return cls(rng(32))
            except InvalidEncoding:
                continue

    @classmethod
    def of_public(cls, value: int) -> Scalar:
        """A number that everyone knows, so that it can meet secrets."""
        return cls((value % N).to_bytes(32, "big"))

    def __add__(self, other: Scalar) -> Scalar:
        return self._combined(other, lib.secp256k1_ec_seckey_tweak_add)

    def __mul__(self, other: Scalar) -> Scalar:
        return self._combined(other, lib.secp256k1_ec_seckey_tweak_mul)

    def __neg__(self) -> Scalar:
        result = object.__new__(Scalar)
        result._key = key = self._copied()
        lib.secp256k1_ec_seckey_negate(_ctx, key)
        return result

    def __sub__(self, other: Scalar) -> Scalar:
        return self + (-other)

    def point(self) -> Point:
        """scalar·G, flat."""
        key = ffi.new("secp256k1_pubkey *")
        if not lib.secp256k1_ec_pubkey_create(_ctx, key, self._key):
            raise Bug("A scalar left its range.")
        return Point(key)

    def ecdh(self, point: Point) -> bytes:
        """SHA-256 of the compressed point scalar·P, flat."""
        out = ffi.new("unsigned char[32]")
        if not lib.secp256k1_ecdh(_ctx, out, point.handle, self._key, _NULL, _NULL):
            raise Bug("A scalar left its range.")
        return bytes(ffi.buffer(out))

    def reveal(self) -> bytes:
        """The 32 bytes, big-endian: only for a message of the protocol, a seal or a flat row operation."""
        return bytes(ffi.buffer(self._key))

    def _copied(self) -> Any:  # noqa: ANN401 - a cffi buffer
        key = ffi.new("unsigned char[32]")
        _move(key, self._key, 32)
        return key

    def _combined(self, other: Scalar, operation: Callable[[Any, Any, Any], int]) -> Scalar:
        result = object.__new__(Scalar)
        result._key = key = self._copied()
        if not operation(_ctx, key, other._key):
            raise Bug("A sum of random scalars came out as zero.")
        return result

    def __repr__(self) -> str:
        return "<Scalar>"

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("Secrets are not compared.")

    __hash__ = None  # type: ignore[assignment]  # as __eq__

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("Secrets are not pickled.")

    def __del__(self, _move: Callable[[Any, Any, int], None] = _move) -> None:
        _move(self._key, _ZERO, 32)


class Point:
    """A public point other than the identity."""

    __slots__ = ("_encoded", "handle")

    def __init__(self, handle: Any) -> None:  # noqa: ANN401 - a cffi object
        self.handle: Any = handle
        self._encoded: bytes | None = None

    @classmethod
    def parse(cls, data: bytes) -> Point:
        """A compressed point on the curve.

        Standard: SEC 1 §2.3.4
        Raises:   InvalidEncoding
        """
        handle = ffi.new("secp256k1_pubkey *")
        if len(data) != 33 or not lib.secp256k1_ec_pubkey_parse(_ctx, handle, data, 33):
            raise InvalidEncoding("This is not a point.", reason="point")
        point = cls(handle)
        point._encoded = bytes(data)
        return point

    @classmethod
    def sum(cls, points: Iterable[Point]) -> Point:
        """Raises InvalidEncoding(reason=infinity) when the points cancel out. Public points only."""
        handles = [point.handle for point in points]
        handle = ffi.new("secp256k1_pubkey *")
        if not handles or not lib.secp256k1_ec_pubkey_combine(_ctx, handle, handles, len(handles)):
            raise InvalidEncoding("The points cancel out.", reason="infinity")
        return cls(handle)

    @classmethod
    def from_uniform(cls, data: bytes) -> Point:
        """Map 64 uniform bytes to a point whose logarithm nobody knows. Standard: SwiftEC, BIP324 ellswift decoding"""
        handle = ffi.new("secp256k1_pubkey *")
        if len(data) != 64 or not lib.secp256k1_ellswift_decode(_ctx, handle, data):
            raise Bug("A hash to the curve failed.")
        return cls(handle)

    def encode(self) -> bytes:
        """33 bytes, compressed."""
        if self._encoded is None:
            out, size = ffi.new("unsigned char[33]"), ffi.new("size_t *", 33)
            lib.secp256k1_ec_pubkey_serialize(_ctx, out, size, self.handle, _COMPRESSED)
            self._encoded = bytes(ffi.buffer(out))
        return self._encoded

    @property
    def x(self) -> int:
        """The x coordinate."""
        return int.from_bytes(self.encode()[1:], "big")

    @property
    def is_odd(self) -> bool:
        """Whether y is odd."""
        return self.encode()[0] == 3

    def __add__(self, other: Point) -> Point:
        return Point.sum((self, other))

    def __neg__(self) -> Point:
        handle = ffi.new("secp256k1_pubkey *")
        _move(handle, self.handle, ffi.sizeof("secp256k1_pubkey"))
        lib.secp256k1_ec_pubkey_negate(_ctx, handle)
        return Point(handle)

    def times_public(self, factor: int) -> Point:
        """factor·P in variable time: the factor is known to everyone."""
        handle = ffi.new("secp256k1_pubkey *")
        _move(handle, self.handle, ffi.sizeof("secp256k1_pubkey"))
        if not lib.secp256k1_ec_pubkey_tweak_mul(_ctx, handle, (factor % N).to_bytes(32, "big")):
            raise InvalidEncoding("The product is the point at infinity.", reason="infinity")
        return Point(handle)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and self.encode() == other.encode()

    def __hash__(self) -> int:
        return hash(self.encode())

    def __repr__(self) -> str:
        return f"Point({self.encode().hex()})"


def is_valid_signature(public: Point, digest: bytes, r: int, s: int) -> bool:
    """Whether libsecp256k1 accepts (r, s) for the digest; a high s is not accepted.

    Standard: SEC 1 §4.1.4, low s as BIP146
    Vectors:  shared wycheproof/ecdsa_secp256k1_sha256_test.json
    """
    if len(digest) != 32 or not (0 < r < N and 0 < s < N):
        return False
    signature = ffi.new("secp256k1_ecdsa_signature *")
    compact = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    if not lib.secp256k1_ecdsa_signature_parse_compact(_ctx, signature, compact):
        return False
    return bool(lib.secp256k1_ecdsa_verify(_ctx, signature, digest, public.handle))
