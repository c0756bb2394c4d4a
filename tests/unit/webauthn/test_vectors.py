"""Recorded answers: our own golden ones, a real Chromium's, and ``fido2`` as second opinion."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from fido2.server import Fido2Server

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.webauthn.assertion import ExpectedAssertion, verify_assertion
from counterfoil.webauthn.registration import ExpectedRegistration, verify_registration
from tests.fakes.webauthn_vectors import FOLDER, MAKERS, text_of
from tests.unit.webauthn.scene import CHALLENGE, EXPIRES, NOW, Scene, refused


def load(name):
    return json.loads((FOLDER / name).read_text())


REGISTRATION, ASSERTION, CHROMIUM = load("registration.json"), load("assertion.json"), load("chromium.json")


@pytest.mark.parametrize("name", MAKERS)
def test_the_golden_file_is_what_its_maker_makes(name):
    assert (FOLDER / name).read_text() == text_of(name)


@pytest.mark.parametrize("case", REGISTRATION["cases"], ids=lambda case: case["name"])
def test_golden_registration(case):
    asked = REGISTRATION["expected"]
    expected = ExpectedRegistration(bytes.fromhex(asked["challenge"]), frozenset(asked["origins"]), asked["rp_id"])
    if case["refused"]:
        with refused(case["refused"]):
            verify_registration(case["response"], expected=expected)
        return
    verify_registration(case["response"], expected=expected)


@pytest.mark.parametrize("case", ASSERTION["cases"], ids=lambda case: case["name"])
def test_golden_assertion(case):
    asked = dict(ASSERTION["expected"])
    for name in ("challenge", "credential_id", "public_key"):
        asked[name] = bytes.fromhex(asked[name])
    if case["refused"]:
        with refused(case["refused"]):
            verify_assertion(case["response"], expected=ExpectedAssertion(**asked), now=NOW, expires_at=EXPIRES)
        return
    verify_assertion(case["response"], expected=ExpectedAssertion(**asked), now=NOW, expires_at=EXPIRES)


@pytest.mark.parametrize("case", CHROMIUM["cases"], ids=lambda case: case["name"])
def test_accepts_what_a_real_chromium_answered(case):
    challenge = bytes.fromhex(case["challenge"])
    expected = ExpectedRegistration(challenge, frozenset({case["origin"]}), case["rp_id"])
    passkey = verify_registration(case["registration"], expected=expected)
    assert passkey.prf_enabled is (True if case["name"] == "home" else None)
    count = passkey.sign_count
    for answer in case["assertions"]:
        wanted = ExpectedAssertion(
            challenge=challenge,
            origin=case["origin"],
            rp_id=case["rp_id"],
            credential_id=passkey.credential_id,
            public_key=passkey.public_key,
            sign_count=count,
            backup_eligible=passkey.backup_eligible,
            user_handle=bytes(64),
        )
        count = verify_assertion(answer, expected=wanted, now=NOW, expires_at=EXPIRES).sign_count
        with refused("COUNTER"):
            verify_assertion(
                case["assertions"][0], expected=replace(wanted, sign_count=count), now=NOW, expires_at=EXPIRES
            )


def test_another_relying_party_accepts_what_our_fake_authenticator_says():
    scene = Scene()
    server = Fido2Server({"id": scene.rp, "name": "x"}, verify_origin=lambda origin: origin == scene.origin)
    state = {"challenge": encode_base64url(CHALLENGE), "user_verification": "required"}
    registered = scene.register()
    made = server.register_complete(state, registered)
    passkey = verify_registration(registered, expected=scene.expected_registration())
    answer = scene.touch(passkey)
    server.authenticate_complete(state, [made.credential_data], answer)
