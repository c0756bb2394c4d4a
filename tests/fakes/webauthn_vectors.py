"""The golden vectors of webauthn/, made by the fake authenticator: ``python -m tests.fakes.webauthn_vectors`` writes them.

They hold behaviour still; that it is right is for Chromium's recording, Wycheproof and ``fido2`` to say.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from counterfoil.webauthn.options import PrfSalts, home_creation_options, request_options, site_creation_options
from tests.fakes.authenticator import FakeAuthenticator, Twist

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "webauthn"
SOURCE = "made by tests/fakes/authenticator.py (P-256, RFC 6979, seed b'counterfoil'); written by tests/fakes/webauthn_vectors.py"
ORIGIN, RP_ID = "https://app.example", "app.example"
CHALLENGE, OTHER, USER = bytes(range(32)), bytes(32), bytes(range(64))
SALTS = PrfSalts(b"1" * 32, b"2" * 32)

COMMON = {
    "another origin": ("ORIGIN", Twist(origin="https://app.example.evil.example")),
    "another port": ("ORIGIN", Twist(origin="https://app.example:8443")),
    "another challenge": ("CHALLENGE", Twist(challenge=OTHER)),
    "in a frame of another site": ("CROSS_ORIGIN", Twist(cross_origin=True)),
    "with a top origin": ("CROSS_ORIGIN", Twist(top_origin="https://evil.example")),
    "another RP id": ("RP_ID", Twist(rp_id="example")),
    "no touch": ("FLAGS", Twist(user_present=False)),
    "no user verification": ("FLAGS", Twist(user_verified=False)),
    "backed up but not eligible": ("FLAGS", Twist(backed_up=True)),
    "a byte too many": ("ENCODING", Twist(authenticator_data_tail=b"\0")),
    "another credential": ("CREDENTIAL", Twist(credential_id=OTHER)),
    "members to come": (None, Twist(client_data_extra={"other_keys_can_be_added_here": "…"})),
    "honest": (None, Twist()),
}
CREATION = COMMON | {
    "type of an assertion": ("TYPE", Twist(type="webauthn.get")),
    "bytes after the attestation object": ("ENCODING", Twist(attestation_object_tail=b"\0")),
    "a key off the curve": (
        "CREDENTIAL",
        Twist(cose_key=bytes.fromhex("a5010203262001215820" + "00" * 31 + "01" + "225820" + "00" * 31 + "02")),
    ),
    "an unasked attestation": (None, Twist(fmt="packed", statement={"alg": -7, "sig": b"nonsense"})),
}
REQUEST = COMMON | {
    "type of a registration": ("TYPE", Twist(type="webauthn.create")),
    "a counter that stands still": ("COUNTER", Twist(counter=1)),
    "a signature of something else": ("SIGNATURE", Twist(bad_signature=True)),
    "became eligible for backup": ("FLAGS", Twist(backup_eligible=True)),
    "high s": (None, Twist(high_s=True)),
    "low s": (None, Twist(high_s=False)),
}


def creation_options() -> dict[str, Any]:
    return site_creation_options(challenge=CHALLENGE, rp_id=RP_ID, vault_name="Mine", user_id=USER)


def options() -> dict[str, Any]:
    """One of each kind of options."""
    home = {"challenge": CHALLENGE, "user_id": USER, "name": "Counterfoil: Mine"}
    request = {"challenge": CHALLENGE, "credential_ids": [OTHER], "timeout_ms": 60_000}
    return {
        "source": SOURCE,
        "cases": {
            "site": creation_options(),
            "home on Chromium": home_creation_options(**home, prf_salts=SALTS, exclude=[OTHER]),
            "home on Firefox": home_creation_options(**home, prf_salts=None, rp="localhost"),
            "request of a site": request_options(**request, rp_id=RP_ID),
            "request of the extension with PRF": request_options(**request, rp_id=None, prf_salts=SALTS),
        },
    }


def registration() -> dict[str, Any]:
    """Each case with what must come of it: ``refused`` null means accepted."""
    cases = []
    for name, (check, twist) in CREATION.items():
        response = FakeAuthenticator().create(creation_options(), origin=ORIGIN, twist=twist)
        cases.append({"name": name, "refused": check, "response": response})
    expected = {"challenge": CHALLENGE.hex(), "origins": [ORIGIN], "rp_id": RP_ID}
    return {"source": SOURCE, "expected": expected, "cases": cases}


def assertion() -> dict[str, Any]:
    """As ``registration``; the passkey on record is that of its honest case."""
    cases = []
    for name, (check, twist) in REQUEST.items():
        key = FakeAuthenticator()
        key.create(creation_options(), origin=ORIGIN)
        made = key.credentials[0]
        asked = request_options(challenge=CHALLENGE, rp_id=RP_ID, credential_ids=[made.id], timeout_ms=60_000)
        cases.append({"name": name, "refused": check, "response": key.get(asked, origin=ORIGIN, twist=twist)})
    expected = {
        "challenge": CHALLENGE.hex(),
        "origin": ORIGIN,
        "rp_id": RP_ID,
        "credential_id": made.id.hex(),
        "public_key": made.cose().hex(),
        "sign_count": 1,
        "backup_eligible": False,
    }
    return {"source": SOURCE, "expected": expected, "cases": cases}


MAKERS = {"options.json": options, "registration.json": registration, "assertion.json": assertion}


def text_of(name: str) -> str:
    """The file's text, as it should be."""
    return json.dumps(MAKERS[name](), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for file in MAKERS:
        (FOLDER / file).write_text(text_of(file))
