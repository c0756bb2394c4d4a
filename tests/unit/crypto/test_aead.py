"""Sealing under a key, and keys from passphrases."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.crypto.aead import open_aead, seal_aead, wipe
from counterfoil.crypto.password import Argon2Parameters, derive_key
from counterfoil.errors import InvalidEncoding

KEY = b"\x01" * 32
FAST = Argon2Parameters(memory_kib=64, passes=1, lanes=1)


@given(st.binary(max_size=100), st.binary(max_size=100), st.binary(min_size=12, max_size=12))
def test_seals_and_opens(plaintext, aad, nonce):
    sealed = seal_aead(KEY, plaintext, aad, lambda _: nonce)
    assert sealed[:12] == nonce
    assert AESGCM(KEY).decrypt(nonce, sealed[12:], aad) == plaintext
    assert open_aead(bytearray(KEY), sealed, aad) == plaintext


@given(st.binary(max_size=80))
def test_refuses_any_other_bytes(data):
    with pytest.raises(InvalidEncoding):
        open_aead(KEY, data, b"")


def test_refuses_another_key_or_context():
    sealed = seal_aead(KEY, b"x", b"here", bytes)
    for key, aad in ((b"\x02" * 32, b"here"), (KEY, b"there")):
        with pytest.raises(InvalidEncoding):
            open_aead(key, sealed, aad)


def test_wipes_in_place():
    secret = bytearray(b"secret")
    wipe(secret)
    assert secret == bytes(6)


def test_every_parameter_makes_another_key():
    salt = b"\x05" * 16
    keys = {
        bytes(derive_key(words, s, parameters))
        for words, s, parameters in (
            (b"a", salt, FAST),
            (b"b", salt, FAST),
            (b"a", b"\x06" * 16, FAST),
            (b"a", salt, Argon2Parameters(memory_kib=72, passes=1, lanes=1)),
            (b"a", salt, Argon2Parameters(memory_kib=64, passes=2, lanes=1)),
            (b"a", salt, Argon2Parameters(memory_kib=64, passes=1, lanes=2)),
        )
    }
    assert len(keys) == 6


def test_agrees_with_another_argon2():
    from nacl.pwhash import argon2id

    ours = derive_key(b"words", b"\x05" * 16, Argon2Parameters(memory_kib=64, passes=3, lanes=1))
    theirs = argon2id.kdf(32, b"words", b"\x05" * 16, opslimit=3, memlimit=64 * 1024)
    assert ours == theirs
