"""The sending side of HPKE against RFC 9180 and against our receiver."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.crypto.hpke import HpkeReceiver
from counterfoil.crypto.hpke_seal import encapsulate, seal
from counterfoil.errors import InvalidMessage

# RFC 9180 A.1.1
SK_E = bytes.fromhex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736")
PK_R = bytes.fromhex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d")
ENC = bytes.fromhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431")
SHARED_SECRET = bytes.fromhex("fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc")


def test_encapsulates_as_the_standards_example() -> None:
    assert encapsulate(PK_R, X25519PrivateKey.from_private_bytes(SK_E)) == (ENC, SHARED_SECRET)


@settings(max_examples=50)
@given(st.binary(max_size=200), st.binary(max_size=40), st.binary(max_size=40))
def test_the_receiver_opens_what_was_sealed(plaintext: bytes, info: bytes, aad: bytes) -> None:
    receiver = HpkeReceiver.fresh()
    box = seal(receiver.public_key, plaintext, info=info, aad=aad)
    assert bytes(receiver.open(box, info=info, aad=aad)) == plaintext


def test_another_session_does_not_open_it() -> None:
    receiver = HpkeReceiver.fresh()
    box = seal(receiver.public_key, b"secret", info=b"i", aad=b"one")
    with pytest.raises(InvalidMessage):
        receiver.open(box, info=b"i", aad=b"two")


def test_two_boxes_of_one_secret_differ() -> None:
    key = HpkeReceiver.fresh().public_key
    assert seal(key, b"secret", info=b"", aad=b"") != seal(key, b"secret", info=b"", aad=b"")


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), bytes(32)])
def test_refuses_a_key_that_is_none(key: bytes) -> None:
    with pytest.raises(InvalidMessage):
        seal(key, b"secret", info=b"", aad=b"")
