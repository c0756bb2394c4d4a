"""Feldman's verifiable secret sharing over secp256k1.   Feldman 1987; threshold note 4.5

Points are party numbers 1..16; f(0) is the secret and is never evaluated for a party.
"""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.crypto.secp256k1 import N, Point, Rng, Scalar
from counterfoil.errors import Bug


class Polynomial:
    """A secret polynomial of degree t-1 with random coefficients, all or all but a given f(0)."""

    def __init__(self, threshold: int, rng: Rng, constant: Scalar | None = None) -> None:
        first = Scalar.random(rng) if constant is None else constant
        self.coefficients = (first, *(Scalar.random(rng) for _ in range(threshold - 1)))

    def commitments(self) -> tuple[Point, ...]:
        """A_k = a_k·G. Standard: Feldman 1987"""
        return tuple(coefficient.point() for coefficient in self.coefficients)

    def at(self, index: int) -> Scalar:
        """f(index), flat in the coefficients. Standard: Horner. Raises: Bug for index 0, which would be the secret"""
        if index < 1:
            raise Bug("Attempt to reveal f(0).")
        x = Scalar.of_public(index)
        value = self.coefficients[-1]
        for coefficient in reversed(self.coefficients[:-1]):
            value = value * x + coefficient
        return value


def point_at(commitments: Sequence[Point], index: int) -> Point:
    """Σ index^k·A_k = f(index)·G. Standard: Feldman 1987. Raises: InvalidEncoding(reason=infinity)"""
    powers = [commitment.times_public(pow(index, k, N)) for k, commitment in enumerate(commitments)]
    return Point.sum(powers)


def lagrange(index: int, indices: Sequence[int], at: int = 0) -> int:
    """λ with f(at) = Σ λ_i·f(i) over ``indices``. Standard: Shamir 1979"""
    numerator = denominator = 1
    for other in indices:
        if other != index:
            numerator = numerator * (at - other) % N
            denominator = denominator * (index - other) % N
    return numerator * pow(denominator, -1, N) % N


def interpolate_point(points: dict[int, Point], at: int = 0) -> Point:
    """f(at)·G from f(i)·G of exactly t parties. Standard: Shamir 1979. Raises: InvalidEncoding(reason=infinity)"""
    indices = tuple(points)
    return Point.sum(point.times_public(lagrange(index, indices, at)) for index, point in points.items())
