"""Each rule on an assertion, broken alone."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.errors import Bug
from counterfoil.webauthn.assertion import verify_assertion
from counterfoil.webauthn.cose import N
from tests.fakes.authenticator import AT, FakeAuthenticator, Twist
from tests.unit.webauthn.scene import EXPIRES, NOW, Scene, refused

EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
FIREFOX = "moz-extension://" + "abcdefghijklmnop" * 4


@pytest.mark.parametrize(
    ("origin", "rp_id"),
    [
        ("https://app.example", "app.example"),
        ("https://app.example:8443", "app.example"),
        ("http://localhost:5173", "localhost"),
        ("http://dapp.localhost:5173", "dapp.localhost"),
        (EXTENSION, None),
        (FIREFOX, "localhost"),
    ],
)
def test_accepts_an_honest_assertion_wherever_we_ask_for_one(origin, rp_id):
    verified = Scene(origin, rp_id).assert_()
    assert verified.user_verified
    assert verified.sign_count == 2


def test_what_is_verified_is_the_bytes_that_were_signed():
    scene = Scene()
    passkey = scene.enrol()
    verified = verify_assertion(scene.touch(passkey), expected=scene.expected(passkey), now=NOW, expires_at=EXPIRES)
    message = verified.authenticator_data + hashlib.sha256(verified.client_data_raw).digest()
    key = ec.EllipticCurvePublicNumbers(passkey.x, passkey.y, ec.SECP256R1()).public_key()
    key.verify(verified.signature, message, ec.ECDSA(hashes.SHA256()))


def test_accepts_members_of_client_data_that_nobody_has_announced():
    extra = {"other_keys_can_be_added_here": "do not compare clientDataJSON against a template", "x": {"y": [1]}}
    Scene().assert_(Twist(client_data_extra=extra))


def test_accepts_client_data_without_cross_origin():
    Scene().assert_(Twist(cross_origin=None))


def test_refuses_a_registration_in_the_place_of_an_assertion():
    with refused("TYPE"):
        Scene().assert_(Twist(type="webauthn.create"))


def test_refuses_a_payment_assertion():
    with refused("TYPE"):
        Scene().assert_(Twist(type="payment.get"))


def test_refuses_a_credential_that_is_not_a_public_key():
    with refused("TYPE"):
        Scene().assert_(Twist(members={"type": "password"}))


@pytest.mark.parametrize("challenge", [bytes(32), b"", bytes(range(31)), bytes(range(33))])
def test_refuses_another_challenge(challenge):
    with refused("CHALLENGE"):
        Scene().assert_(Twist(challenge=challenge))


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.evil.example",
        "https://app.example:8443",
        "http://app.example",
        "https://www.app.example",
        "https://example",
        "https://app.example/",
        "https://APP.example",
        "chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba",
        "null",
    ],
)
def test_refuses_an_assertion_for_another_origin(origin):
    with refused("ORIGIN"):
        Scene().assert_(Twist(origin=origin))


def test_refuses_another_extension_that_borrows_our_rp_id():
    with refused("ORIGIN"):
        Scene(FIREFOX, "localhost").assert_(Twist(origin="moz-extension://" + "ponmlkjihgfedcba" * 4))


def test_refuses_an_assertion_from_a_frame_of_another_site():
    with refused("CROSS_ORIGIN"):
        Scene().assert_(Twist(cross_origin=True))


@pytest.mark.parametrize("top", ["https://evil.example", "https://app.example", ""])
def test_refuses_any_top_origin(top):
    with refused("CROSS_ORIGIN"):
        Scene().assert_(Twist(top_origin=top))


def test_refuses_an_rp_id_that_is_not_ours():
    with refused("RP_ID"):
        Scene().assert_(Twist(rp_id="example"))


def test_refuses_an_assertion_without_a_touch():
    with refused("FLAGS"):
        Scene().assert_(Twist(user_present=False))


def test_refuses_an_assertion_without_user_verification():
    with refused("FLAGS"):
        Scene().assert_(Twist(user_verified=False))


def test_refuses_a_backup_of_what_cannot_be_backed_up():
    with refused("FLAGS"):
        Scene().assert_(Twist(backed_up=True))


def test_refuses_a_passkey_that_became_copyable():
    with refused("FLAGS"):
        Scene().assert_(Twist(backup_eligible=True))


def test_refuses_a_passkey_that_ceased_to_be_copyable():
    with refused("FLAGS"):
        Scene(backup_eligible=True).assert_(Twist(backup_eligible=False, backed_up=False))


def test_accepts_a_synced_passkey_and_says_so():
    assert Scene(backup_eligible=True).assert_().backed_up


def test_accepts_a_copyable_passkey_that_is_not_copied_now():
    assert not Scene(backup_eligible=True).assert_(Twist(backed_up=False)).backed_up


def test_refuses_an_assertion_that_carries_a_new_credential():
    with refused("ENCODING"):
        Scene().assert_(Twist(flags_xor=AT))
    key = FakeAuthenticator()
    scene = Scene()
    scene.enrol()
    key.credentials = scene.authenticator.credentials
    attested = bytes(16) + b"\0\x10" + bytes(16) + key.credentials[0].cose()
    with refused("FLAGS"):
        Scene().assert_(Twist(flags_xor=AT, authenticator_data_tail=attested))


@pytest.mark.parametrize(("stored", "given"), [(5, 5), (5, 4), (5, 0), (1, 0), (2**32 - 1, 2**32 - 1)])
def test_refuses_a_counter_that_does_not_grow(stored, given):
    with refused("COUNTER"):
        Scene().assert_(Twist(counter=given), sign_count=stored)


@pytest.mark.parametrize(("stored", "given"), [(0, 0), (0, 1), (5, 6), (5, 2**32 - 1)])
def test_accepts_a_counter_that_grows_or_does_not_count(stored, given):
    assert Scene().assert_(Twist(counter=given), sign_count=stored).sign_count == given


def test_refuses_a_signature_of_something_else():
    with refused("SIGNATURE"):
        Scene().assert_(Twist(bad_signature=True))


@pytest.mark.parametrize("signature", [b"", bytes(64), b"\x30\x06\x02\x01\x00\x02\x01\x00", b"\x30" * 80])
def test_refuses_a_signature_that_is_none(signature):
    with refused("SIGNATURE"):
        Scene().assert_(Twist(signature=signature))


def test_refuses_the_signature_of_another_passkey():
    other = Scene(seed=b"other").enrol()
    with refused("SIGNATURE"):
        Scene().assert_(public_key=other.public_key)


def test_gives_the_same_signature_whichever_of_its_two_spellings_came():
    high, low = Scene().assert_(Twist(high_s=True)), Scene().assert_(Twist(high_s=False))
    assert (high.r, high.s, high.signature) == (low.r, low.s, low.signature)
    assert high.s <= N // 2


def test_refuses_another_passkey():
    with refused("CREDENTIAL"):
        Scene().assert_(credential_id=bytes(32))


def test_refuses_two_ids_in_one_answer():
    with refused("CREDENTIAL"):
        Scene().assert_(Twist(members={"id": encode_base64url(bytes(32))}))


def test_refuses_the_user_handle_of_someone_else():
    with refused("CREDENTIAL"):
        Scene().assert_(Twist(user_handle=b"someone else"), user_handle=bytes(64))


def test_accepts_our_user_handle_and_none_and_one_that_we_do_not_know():
    Scene().assert_(Twist(user_handle=bytes(64)), user_handle=bytes(64))
    Scene().assert_(user_handle=bytes(64))
    Scene().assert_(Twist(response_members={"userHandle": None}), user_handle=bytes(64))
    Scene().assert_(Twist(user_handle=b"whoever"))


@pytest.mark.parametrize("now", [EXPIRES, EXPIRES + 1])
def test_refuses_an_answer_at_or_after_expiry(now):
    with refused("EXPIRED"):
        Scene().assert_(now=now)


def test_accepts_an_answer_in_the_last_second():
    Scene().assert_(now=EXPIRES - 1)


def test_refuses_authenticator_data_with_a_byte_too_many():
    with refused("ENCODING"):
        Scene().assert_(Twist(authenticator_data_tail=b"\0"))


def test_accepts_signed_extensions_and_refuses_what_follows_them():
    Scene().assert_(Twist(extensions={"credProtect": 2}))
    with refused("ENCODING"):
        Scene().assert_(Twist(extensions={"credProtect": 2}, authenticator_data_tail=b"\0"))


@pytest.mark.parametrize(
    "tail", [b"\x01", b"\xa1\x61a\x58\x40ab", b"\xa2\x61a\x01\x61a\x01", b"\x81" * 2000, b"\xa1\x80\x01"]
)
def test_refuses_extensions_that_are_no_whole_map(tail):
    with refused("ENCODING"):
        Scene().assert_(Twist(flags_xor=0x80, authenticator_data_tail=tail))


@pytest.mark.parametrize("member", ["authenticatorData", "clientDataJSON", "signature"])
@pytest.mark.parametrize("value", [None, 7, [], "a", "====", "A" * 30_000])
def test_refuses_members_that_are_not_base64url(member, value):
    with refused("ENCODING"):
        Scene().assert_(Twist(response_members={member: value}))


@pytest.mark.parametrize("members", [{"response": None}, {"response": []}, {"rawId": 1}, {"id": None}])
def test_refuses_an_answer_of_another_form(members):
    with refused("ENCODING"):
        Scene().assert_(Twist(members=members))


def test_refuses_an_answer_that_is_no_object():
    scene = Scene()
    with refused("ENCODING"):
        verify_assertion([], expected=scene.expected(scene.enrol()), now=NOW, expires_at=EXPIRES)  # type: ignore[arg-type]


def test_a_short_challenge_of_ours_is_our_mistake():
    with pytest.raises(Bug):
        Scene().assert_(challenge=b"short")
