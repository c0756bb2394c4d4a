from __future__ import annotations

import re
from pathlib import Path

import eth_account.hdaccount
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.devices.words import COUNT, word_list, words_of


def test_there_are_1024_words_that_their_first_four_letters_tell_apart():
    words = word_list()
    assert len(words) == len({word[:4] for word in words}) == COUNT == 1024
    assert all(re.fullmatch("[a-z]{4,7}", word) for word in words)
    assert list(words) == sorted(words)


def test_no_word_is_taken_for_one_of_a_seed_phrase():
    bip39 = Path(eth_account.hdaccount.__file__).parent / "wordlist" / "english.txt"
    assert not set(word_list()) & set(bip39.read_text().split())


@given(st.binary(max_size=40))
def test_fewer_words_are_the_first_of_more(data):
    assert words_of(data, 4) == words_of(data, 6)[:4]


def test_words_stay_what_they_are():
    """Two versions of Counterfoil must show the same words: a change of list or rule is a change of protocol."""
    assert words_of(b"counterfoil", 4) == ("glimmer", "sidecar", "protein", "bristle")
    assert words_of(b"a", 4) != words_of(b"b", 4)


def test_every_word_can_come_up():
    seen = {word for number in range(3000) for word in words_of(number.to_bytes(4, "big"), 4)}
    assert len(seen) > 1000


@pytest.mark.parametrize("count", [0, 25])
def test_refuses_an_odd_count(count):
    with pytest.raises(ValueError, match="words"):
        words_of(b"", count)
