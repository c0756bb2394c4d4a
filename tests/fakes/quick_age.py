"""In place of pyrage where a test opens many files: the same shape and errors, without a second of scrypt each."""

from __future__ import annotations

import base64
from types import SimpleNamespace

_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"


class DecryptError(Exception):
    """As pyrage's."""


def _encrypt(plaintext: bytes, passphrase: str, *, armored: bool = False) -> bytes:
    assert armored
    return b"\n".join((_ARMOR, base64.b64encode(passphrase.encode()), base64.b64encode(plaintext)))


def _decrypt(data: bytes, passphrase: str) -> bytes:
    parts = data.split(b"\n")
    if len(parts) != 3 or parts[0] != _ARMOR:
        raise DecryptError("Header is invalid")
    if base64.b64decode(parts[1]) != passphrase.encode():
        raise DecryptError("Decryption failed")
    return base64.b64decode(parts[2])


QUICK_AGE = SimpleNamespace(DecryptError=DecryptError, passphrase=SimpleNamespace(encrypt=_encrypt, decrypt=_decrypt))
