"""Error codes are a promise to other programs: append-only, never reused."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil import errors
from counterfoil.errors import WalletError

TABLE = Path(__file__).with_name("error_codes.json")
ABSTRACT = {WalletError}


def descendants(kind: type[WalletError]) -> Iterator[type[WalletError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from descendants(child)


ALL = sorted(descendants(WalletError), key=lambda kind: kind.code)


def test_every_code_and_word_stands_for_one_error() -> None:
    assert len({kind.code for kind in ALL}) == len(ALL)
    assert len({kind.reason for kind in ALL}) == len(ALL)


def test_the_table_of_codes_only_grows() -> None:
    """Add a line to error_codes.json for a new error; an old line never changes."""
    now = {str(kind.code): {"name": kind.__name__, "reason": kind.reason} for kind in ALL}
    assert now == json.loads(TABLE.read_text())


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_a_code_lies_in_its_parents_thousand(kind: type[WalletError]) -> None:
    parent = kind.__mro__[1]
    assert parent in ABSTRACT or kind.code // 1000 == parent.code // 1000


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_an_error_crosses_processes_whole(kind: type[WalletError]) -> None:
    error = kind("why", remedy="what now", reason="word", culprits=[2])
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is kind
        assert twin.as_dict() == error.as_dict()


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_an_error_is_a_sentence_for_a_person(kind: type[WalletError]) -> None:
    for words in filter(None, (kind.summary, kind.cure)):
        assert words[0].isupper()
        assert words.endswith(".")
