"""ES256 against Wycheproof, through the path that assertions take."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from counterfoil.errors import AssertionRefused
from counterfoil.webauthn.cose import N, P256Point, encode_cose_key, parse_cose_key, verify_es256
from tests.shared_data import shared


def test_agrees_with_wycheproof_on_every_signature():
    groups = json.loads(shared("vectors", "wycheproof", "ecdsa_secp256r1_sha256_test.json").read_text())["testGroups"]
    wrong, seen = [], 0
    for group in groups:
        key = group["publicKey"]
        point = parse_cose_key(encode_cose_key(P256Point(int(key["wx"], 16), int(key["wy"], 16))))
        for case in group["tests"]:
            seen += 1
            if _is_accepted(point, case) != (case["result"] == "valid"):
                wrong.append(case["tcId"])
    assert (wrong, seen) == ([], 484)


def _is_accepted(point: P256Point, case: dict[str, str]) -> bool:
    message = bytes.fromhex(case["msg"])
    try:
        signature = verify_es256(point, message, bytes.fromhex(case["sig"]))
    except AssertionRefused as refusal:
        assert refusal.word == "SIGNATURE"
        return False
    assert signature.s <= N // 2
    key = ec.EllipticCurvePublicNumbers(point.x, point.y, ec.SECP256R1()).public_key()
    key.verify(signature.der(), message, ec.ECDSA(hashes.SHA256()))
    return True


def test_encode_and_parse_are_inverse():
    point = P256Point(*_generator())
    assert parse_cose_key(encode_cose_key(point)) == point
    assert len(encode_cose_key(point)) == 77


def _generator() -> tuple[int, int]:
    numbers = ec.derive_private_key(1, ec.SECP256R1()).public_key().public_numbers()
    return numbers.x, numbers.y
