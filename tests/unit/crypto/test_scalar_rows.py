from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.crypto import scalar_rows
from counterfoil.crypto.scalar_rows import dots, encode_rows, floats, linear, negated, parse_rows, reduced
from counterfoil.crypto.secp256k1 import N

EDGES = [0, 1, N - 1, N, N + 1, 2**256 - 1, 2**128, 2**256 - 2**16, 0xFFFF]
numbers = st.one_of(st.sampled_from(EDGES), st.integers(0, 2**256 - 1))
columns = st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=20)


def rows(values) -> np.ndarray:
    return parse_rows(b"".join(value.to_bytes(32, "big") for value in values))


def ints(values) -> list[int]:
    data = encode_rows(values)
    return [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]


@given(columns)
@settings(max_examples=150)
def test_sums_and_differences_are_those_of_integers_mod_n(values):
    x, y, z = zip(*values, strict=True)
    assert ints(reduced(rows(x))) == [a % N for a in x]
    assert ints(reduced(rows(x) + negated(rows(y)) + rows(z))) == [(a - b + c) % N for a, b, c in values]


@given(columns, numbers, numbers)
@settings(max_examples=150)
def test_linear_combinations_are_those_of_integers_mod_n(values, f, g):
    x, y, z = zip(*values, strict=True)
    result = linear((f, g), (floats(rows(x)), floats(rows(y))), rows(z) + negated(rows(x)))
    assert ints(result) == [(f * a + g * b + c - a) % N for a, b, c in values]


@given(columns)
@settings(max_examples=150)
def test_dot_products_are_those_of_integers_mod_n(values):
    x, y, z = (list(column) for column in zip(*values, strict=True))
    result = dots(floats(rows(x)), floats(rows(y)), floats(rows(z)))
    assert ints(result) == [sum(a * b for a, b, _ in values) % N, sum(a * c for a, _, c in values) % N]


def test_the_longest_dot_product_of_the_largest_numbers_is_exact():
    largest = [2**256 - 1] * 416
    result = dots(floats(rows(largest)), floats(rows(largest)))
    assert ints(result) == [416 * (2**256 - 1) ** 2 % N]


@given(st.lists(numbers, min_size=1, max_size=8))
def test_tells_canonical_numbers_from_others(values):
    data = b"".join(value.to_bytes(32, "big") for value in values)
    assert scalar_rows.are_canonical(data) == all(value < N for value in values)
