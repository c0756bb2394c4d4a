from __future__ import annotations

import copy
import pickle

import pytest

from counterfoil.crypto.secret import Secret


def test_shows_its_bytes_only_inside_an_open_block():
    secret = Secret(b"hunter2")
    with secret.open() as view:
        assert view.tobytes() == b"hunter2"
        assert view.readonly
    with pytest.raises(ValueError, match="released"):
        view.tobytes()


def test_never_shows_its_bytes_in_repr_or_text():
    secret = Secret(b"hunter2")
    assert "hunter2" not in f"{secret!r}{secret}"
    assert repr(secret) == "<Secret: 7 bytes>"


def test_is_neither_compared_hashed_pickled_copied_nor_turned_into_bytes():
    secret = Secret(b"hunter2")
    for attempt in (
        lambda: secret == Secret(b"hunter2"),
        lambda: hash(secret),
        lambda: pickle.dumps(secret),
        lambda: copy.copy(secret),
        lambda: copy.deepcopy(secret),
        lambda: bytes(secret),
        lambda: int(secret),
    ):
        with pytest.raises(TypeError):
            attempt()


def test_a_wiped_secret_is_zero_and_stays_shut():
    secret = Secret(b"hunter2")
    secret.wipe()
    assert secret._buffer == bytes(7)
    with pytest.raises(ValueError, match="wiped"), secret.open():
        pass


def test_taking_a_buffer_wipes_the_original():
    original = bytearray(b"hunter2")
    secret = Secret.take(original)
    assert original == bytes(7)
    with secret.open() as view:
        assert bytes(view) == b"hunter2"
