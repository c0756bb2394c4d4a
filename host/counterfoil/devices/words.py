"""Words that people compare: our own list of 1,024, four to seven letters, told apart by their first four.

None of them is in BIP39's English list, so that nobody mistakes them for a seed phrase.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from counterfoil.crypto.hashes import framed_hash

COUNT = 1024
BITS = 10


@cache
def word_list() -> tuple[str, ...]:
    """All words, sorted; a word's place is its value."""
    words = tuple(Path(__file__).with_name("words.txt").read_text("ascii").split())
    if len(set(words)) != COUNT:
        raise AssertionError("words.txt does not hold 1,024 different words")
    return words


def words_of(data: bytes, count: int) -> tuple[str, ...]:
    """``count`` words that stand for ``data``: ten bits of its hash each, so equal words mean equal data as far as they go."""
    if not 1 <= count <= 24:
        raise ValueError("1 to 24 words")
    number = int.from_bytes(framed_hash("counterfoil/words/1", data, length=32), "big")
    words = word_list()
    return tuple(words[(number >> (256 - BITS * (place + 1))) % COUNT] for place in range(count))
