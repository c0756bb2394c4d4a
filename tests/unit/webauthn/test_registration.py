"""Each rule on a new passkey, broken alone."""

from __future__ import annotations

import pytest
from fido2 import cbor

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.errors import Bug
from counterfoil.webauthn.cose import P256Point, encode_cose_key
from counterfoil.webauthn.options import PrfSalts, home_creation_options
from counterfoil.webauthn.registration import ExpectedRegistration, verify_registration
from tests.fakes.authenticator import AAGUID, FakeAuthenticator, Twist
from tests.unit.webauthn.scene import CHALLENGE, ORIGIN, RP_ID, Scene, refused

EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
X, Y = (1).to_bytes(32, "big"), (2).to_bytes(32, "big")


def test_accepts_an_honest_passkey_and_says_what_it_is():
    scene = Scene()
    passkey = scene.enrol()
    made = scene.authenticator.credentials[0]
    assert (passkey.credential_id, passkey.public_key, (passkey.x, passkey.y)) == (made.id, made.cose(), made.point())
    assert (passkey.rp_id, passkey.origin, passkey.aaguid, passkey.sign_count) == (RP_ID, ORIGIN, AAGUID, 1)
    assert (passkey.transports, passkey.prf_enabled) == (("internal",), None)
    assert not passkey.backup_eligible
    assert not passkey.backed_up


def test_accepts_a_home_passkey_of_the_extension_itself_and_notes_its_prf():
    for has_prf in (True, False):
        options = home_creation_options(
            challenge=CHALLENGE, user_id=bytes(64), name="Counterfoil", prf_salts=PrfSalts(bytes(32), bytes(32))
        )
        answer = FakeAuthenticator(has_prf=has_prf).create(options, origin=EXTENSION)
        expected = ExpectedRegistration(CHALLENGE, frozenset({EXTENSION}), EXTENSION)
        passkey = verify_registration(answer, expected=expected)
        assert (passkey.rp_id, passkey.prf_enabled) == (EXTENSION, has_prf)


def test_a_passkey_says_nothing_about_prf_output():
    salts = PrfSalts(b"s" * 32)
    options = home_creation_options(challenge=CHALLENGE, user_id=bytes(64), name="Counterfoil", prf_salts=salts)
    answer = FakeAuthenticator().create(options, origin=EXTENSION)
    output = answer["clientExtensionResults"]["prf"]["results"]["first"]
    passkey = verify_registration(answer, expected=ExpectedRegistration(CHALLENGE, frozenset({EXTENSION}), EXTENSION))
    assert output not in repr(passkey)


def test_accepts_any_of_several_origins_and_remembers_which():
    expected = ExpectedRegistration(CHALLENGE, frozenset({ORIGIN, "https://app.example:444"}), RP_ID)
    answer = Scene().register(Twist(origin="https://app.example:444"))
    assert verify_registration(answer, expected=expected).origin == "https://app.example:444"


@pytest.mark.parametrize(
    ("check", "twist"),
    [
        ("TYPE", Twist(type="webauthn.get")),
        ("TYPE", Twist(members={"type": "public_key"})),
        ("CHALLENGE", Twist(challenge=bytes(32))),
        ("ORIGIN", Twist(origin="https://app.example:444")),
        ("ORIGIN", Twist(origin="https://app")),
        ("CROSS_ORIGIN", Twist(cross_origin=True)),
        ("CROSS_ORIGIN", Twist(top_origin="https://evil.example")),
        ("RP_ID", Twist(rp_id="example")),
        ("FLAGS", Twist(user_present=False)),
        ("FLAGS", Twist(user_verified=False)),
        ("FLAGS", Twist(backed_up=True)),
        ("CREDENTIAL", Twist(credential_id=bytes(32))),
        ("CREDENTIAL", Twist(credential_id=bytes(15), attested_credential_id=bytes(15))),
        ("CREDENTIAL", Twist(credential_id=bytes(1024), attested_credential_id=bytes(1024))),
        ("CREDENTIAL", Twist(members={"id": encode_base64url(bytes(32))})),
        ("CREDENTIAL", Twist(response_members={"publicKeyAlgorithm": -257})),
        ("CREDENTIAL", Twist(response_members={"publicKey": encode_base64url(bytes(91))})),
        ("ENCODING", Twist(response_members={"authenticatorData": encode_base64url(bytes(37))})),
        ("ENCODING", Twist(authenticator_data_tail=b"\0")),
        ("ENCODING", Twist(attestation_object_tail=b"\0")),
        ("ENCODING", Twist(statement={"sig": b"unasked"})),
        ("ENCODING", Twist(response_members={"attestationObject": encode_base64url(b"\xa0")})),
        ("ENCODING", Twist(response_members={"attestationObject": encode_base64url(b"\x81" * 5000)})),
        ("ENCODING", Twist(response_members={"attestationObject": encode_base64url(bytes(17_000))})),
        ("ENCODING", Twist(response_members={"transports": "usb"})),
        ("ENCODING", Twist(response_members={"transports": ["Usb <b>"]})),
        ("ENCODING", Twist(response_members={"transports": ["usb"] * 9})),
        ("ENCODING", Twist(members={"clientExtensionResults": []})),
        ("ENCODING", Twist(members={"clientExtensionResults": {"prf": 1}})),
        ("ENCODING", Twist(members={"clientExtensionResults": {"prf": {"enabled": "yes"}}})),
    ],
)
def test_refuses_a_registration_that_breaks_one_rule(check, twist):
    with refused(check):
        Scene().enrol(twist)


def test_refuses_an_answer_without_a_new_credential():
    data = Scene().authenticator._authenticator_data
    scene = Scene()
    scene.register()
    bare = data(scene.authenticator.credentials[0], Twist(), b"")
    whole = cbor.encode({"fmt": "none", "attStmt": {}, "authData": bare})
    members = {"attestationObject": encode_base64url(whole), "authenticatorData": None}
    with refused("FLAGS"):
        Scene().enrol(Twist(response_members=members))


@pytest.mark.parametrize(
    "key",
    [
        cbor.encode({1: 3, 3: -257, -1: bytes(256), -2: b"\1\0\1"}),  # RSA
        cbor.encode({1: 1, 3: -8, -1: 6, -2: X}),  # Ed25519
        cbor.encode({1: 2, 3: -47, -1: 8, -2: X, -3: Y}),  # ES256K
        cbor.encode({1: 2, 3: -9, -1: 1, -2: X, -3: Y}),  # ESP256
        cbor.encode({1: 2, 3: -7, -1: 2, -2: X, -3: Y}),  # P-384
        cbor.encode({1: 2, 3: -7, -1: 1, -2: X, -3: True}),  # compressed
        cbor.encode({1: 2, 3: -7, -1: 1, -2: X[1:], -3: Y}),
        cbor.encode({1: 2, 3: -7, -1: 1, -2: X, -3: Y, -4: b"private"}),
        cbor.encode({1: 2, 2: b"kid", 3: -7, -1: 1, -2: X, -3: Y}),
        encode_cose_key(P256Point(1, 2)),  # off the curve
        encode_cose_key(P256Point(0, 0)),
    ],
)
def test_refuses_a_key_that_is_not_a_point_of_es256(key):
    with refused("CREDENTIAL"):
        Scene().enrol(Twist(cose_key=key, response_members={"publicKey": None}))


def test_refuses_a_coordinate_that_wraps_around_the_field():
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x = next(x for x in range(1, 99) if pow(x**3 - 3 * x + b, (p - 1) // 2, p) == 1)
    y = pow(x**3 - 3 * x + b, (p + 1) // 4, p)
    members = {"publicKey": None}
    honest = Scene().enrol(Twist(cose_key=encode_cose_key(P256Point(x, y)), response_members=members))
    assert (honest.x, honest.y) == (x, y)
    with refused("CREDENTIAL"):
        Scene().enrol(Twist(cose_key=encode_cose_key(P256Point(x + p, y)), response_members=members))


@pytest.mark.parametrize("where", ["outside", "inside"])
def test_refuses_cbor_that_fido2_would_read_leniently(where):
    honest = Scene().authenticator
    scene = Scene()
    scene.register()
    made = scene.authenticator.credentials[0]
    if where == "inside":  # alg -7 written in the long form
        key = made.cose().replace(bytes.fromhex("0326"), bytes.fromhex("033806"))
        with refused("ENCODING"):
            Scene().enrol(Twist(cose_key=key))
        return
    attested = AAGUID + b"\0\x20" + made.id + made.cose()
    data = honest._authenticator_data(made, Twist(), attested)
    good = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
    assert good[0] == 0xA3
    doubled = b"\xa4" + good[1:] + cbor.encode("fmt") + cbor.encode("none")
    longer = good.replace(b"\x63fmt", b"\x78\x03fmt")
    cut = good[:-1]
    for bad in (doubled, longer, cut):
        members = {"attestationObject": encode_base64url(bad), "authenticatorData": None}
        with refused("ENCODING"):
            Scene().enrol(Twist(response_members=members))


def test_reads_another_attestation_and_does_not_believe_it():
    passkey = Scene().enrol(Twist(fmt="packed", statement={"alg": -7, "sig": b"nonsense"}))
    assert passkey == Scene().enrol()


def test_accepts_the_copies_to_be_absent():
    members = {"authenticatorData": None, "publicKey": None, "transports": []}
    assert Scene().enrol(Twist(response_members=members)).transports == ()


def test_accepts_no_verification_only_where_it_was_not_required():
    expected = ExpectedRegistration(CHALLENGE, frozenset({ORIGIN}), RP_ID, require_uv=False)
    verify_registration(Scene().register(Twist(user_verified=False)), expected=expected)


def test_origins_given_as_text_match_no_part_of_it():
    expected = ExpectedRegistration(CHALLENGE, "https://app.example.evil", RP_ID)  # type: ignore[arg-type]
    with refused("ORIGIN"):
        verify_registration(Scene().register(), expected=expected)


def test_a_short_challenge_of_ours_is_our_mistake():
    with pytest.raises(Bug):
        ExpectedRegistration(b"short", frozenset({ORIGIN}), RP_ID)
