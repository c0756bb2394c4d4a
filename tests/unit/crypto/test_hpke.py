"""HPKE's receiving side against the standard's vector and against another implementation."""

from __future__ import annotations

import hashlib
import hmac
import pickle

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.crypto.hpke import HpkeReceiver, decapsulate, key_schedule
from counterfoil.errors import InvalidMessage, StateConflict

# RFC 9180 A.1.1: the same KEM and KDF with AES-128-GCM, base mode; first encryption.
A_1_1 = {
    "info": "4f6465206f6e2061204772656369616e2055726e",
    "skRm": "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
    "pkRm": "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
    "enc": "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
    "shared_secret": "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc",
    "key": "4531685d41d65f03dc48f6b8302c05b0",
    "base_nonce": "56d890e5accaaf011cff4b7d",
    "aad": "436f756e742d30",
    "pt": "4265617574792069732074727574682c20747275746820626561757479",
    "ct": "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
}
INFO, AAD = b"counterfoil/unlock/1", b"request 7"


def other_sender(public_key, plaintext, info):
    """The suite as ``cryptography`` has it, which sends without associated data."""
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    return suite.encrypt(plaintext, X25519PublicKey.from_public_bytes(public_key), info)


def seal(public_key, plaintext, info=INFO, aad=AAD):
    """A sender made by hand from RFC 9180 §4.1 Encap and our key schedule, which the vector checks."""
    ephemeral = X25519PrivateKey.generate()
    enc = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key))

    def extract(salt, label, ikm):
        return hmac.digest(salt or bytes(32), b"HPKE-v1KEM\x00\x20" + label + ikm, hashlib.sha256)

    prk = extract(b"", b"eae_prk", shared)
    labeled = b"\x00\x20HPKE-v1KEM\x00\x20shared_secret" + enc + public_key
    secret = hmac.digest(prk, labeled + b"\x01", hashlib.sha256)
    key, nonce = key_schedule(secret, info)
    return enc + AESGCM(key).encrypt(nonce, plaintext, aad)


def test_agrees_with_the_standards_vector():
    vector = {name: bytes.fromhex(value) for name, value in A_1_1.items()}
    private = X25519PrivateKey.from_private_bytes(vector["skRm"])
    assert private.public_key().public_bytes_raw() == vector["pkRm"]
    secret = decapsulate(private, vector["enc"])
    assert secret == vector["shared_secret"]
    key, nonce = key_schedule(secret, vector["info"], aead=(1, 16))
    assert (key, nonce) == (vector["key"], vector["base_nonce"])
    assert AESGCM(key).decrypt(nonce, vector["ct"], vector["aad"]) == vector["pt"]


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=60))
def test_opens_what_another_implementation_seals(plaintext, info):
    receiver = HpkeReceiver.fresh()
    assert receiver.open(other_sender(receiver.public_key, plaintext, info), info=info, aad=b"") == plaintext


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=60), st.binary(max_size=60))
def test_opens_what_was_sealed_for_it(plaintext, info, aad):
    receiver = HpkeReceiver.fresh()
    opened = receiver.open(seal(receiver.public_key, plaintext, info, aad), info=info, aad=aad)
    assert isinstance(opened, bytearray) and opened == plaintext


def test_opens_one_message_only():
    receiver = HpkeReceiver.fresh()
    sealed = seal(receiver.public_key, b"words")
    receiver.open(sealed, info=INFO, aad=AAD)
    with pytest.raises(StateConflict):
        receiver.open(sealed, info=INFO, aad=AAD)


def test_a_failed_attempt_spends_the_key_too():
    receiver = HpkeReceiver.fresh()
    sealed = seal(receiver.public_key, b"words")
    with pytest.raises(InvalidMessage):
        receiver.open(sealed[:-1], info=INFO, aad=AAD)
    with pytest.raises(StateConflict):
        receiver.open(sealed, info=INFO, aad=AAD)


@pytest.mark.parametrize(("info", "aad"), [(b"other", AAD), (INFO, b"other"), (AAD, INFO), (b"", b"")])
def test_refuses_another_context(info, aad):
    receiver = HpkeReceiver.fresh()
    with pytest.raises(InvalidMessage):
        receiver.open(seal(receiver.public_key, b"words"), info=info, aad=aad)


def test_refuses_a_message_for_another_key():
    with pytest.raises(InvalidMessage):
        HpkeReceiver.fresh().open(seal(HpkeReceiver.fresh().public_key, b"words"), info=INFO, aad=AAD)


def test_refuses_every_flipped_byte():
    private = b"\x11" * 32
    public = HpkeReceiver.fresh(lambda _: private).public_key
    sealed = seal(public, b"words")
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 1
        with pytest.raises(InvalidMessage):
            HpkeReceiver.fresh(lambda _: private).open(bytes(damaged), info=INFO, aad=AAD)


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31), b"\xed" + b"\xff" * 30 + b"\x7f"])
def test_refuses_a_point_of_small_order(point):
    with pytest.raises(InvalidMessage):
        HpkeReceiver.fresh().open(point + bytes(40), info=INFO, aad=AAD)


@settings(max_examples=100)
@given(st.binary(max_size=120))
def test_refuses_any_other_bytes(data):
    with pytest.raises(InvalidMessage):
        HpkeReceiver.fresh().open(data, info=INFO, aad=AAD)


def test_is_fresh_and_shows_nothing():
    receiver = HpkeReceiver.fresh()
    assert receiver.public_key != HpkeReceiver.fresh().public_key and len(receiver.public_key) == 32
    assert repr(receiver) == "HpkeReceiver(redacted)"
    with pytest.raises(TypeError):
        pickle.dumps(receiver)
