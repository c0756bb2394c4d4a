"""Whatever comes, each reader answers or refuses with a typed error."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.errors import AssertionRefused, InputError
from counterfoil.webauthn.assertion import verify_assertion
from counterfoil.webauthn.authenticator_data import parse_attestation_object, parse_authenticator_data
from counterfoil.webauthn.client_data import parse_client_data
from counterfoil.webauthn.cose import P256Point, parse_cose_key, verify_es256
from counterfoil.webauthn.origin import parse_extension_origin, parse_origin, registrable_domain_hint
from counterfoil.webauthn.registration import verify_registration
from tests.fakes.authenticator import Twist
from tests.unit.webauthn.scene import EXPIRES, NOW, Scene

FEW = settings(max_examples=200, deadline=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@cache
def honest() -> tuple[Scene, dict, dict]:
    scene = Scene()
    made = scene.register(Twist(extensions={"credProtect": 2}))
    passkey = verify_registration(made, expected=scene.expected_registration())
    return scene, made, scene.touch(passkey)


def damaged(data: st.DataObject, good: bytes) -> bytes:
    """One honest value with a few bytes changed, cut or inserted: deeper than noise gets."""
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(bad)))
        bad[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    return bytes(bad)


@FEW
@given(st.binary(max_size=300))
def test_noise_is_refused_or_read_by_every_reader_of_bytes(raw):
    for read in (parse_client_data, parse_authenticator_data, parse_attestation_object, parse_cose_key):
        with suppress(AssertionRefused):
            read(raw)
    with suppress(AssertionRefused):
        verify_es256(P256Point(1, 2), b"message", raw)


@FEW
@given(JSON)
def test_client_data_of_any_json_is_read_or_refused(value):
    with suppress(AssertionRefused):
        parse_client_data(json.dumps(value).encode())
    with suppress(AssertionRefused):
        parse_client_data(json.dumps({"type": value, "challenge": "AA", "origin": value, "topOrigin": value}).encode())


@FEW
@given(st.data())
def test_a_damaged_registration_is_refused_or_equal(data):
    scene, made, _ = honest()
    inner = made["response"]
    name = data.draw(st.sampled_from(sorted(inner)))
    value = data.draw(JSON)
    if name not in ("transports", "publicKeyAlgorithm") and data.draw(st.booleans()):
        value = encode_base64url(damaged(data, _bytes(inner[name])))
    answer = made | {"response": inner | {name: value}}
    with suppress(AssertionRefused):
        verify_registration(answer, expected=scene.expected_registration())


@FEW
@given(st.data())
def test_a_damaged_assertion_is_never_accepted_for_another_message(data):
    scene, made, touched = honest()
    passkey = verify_registration(made, expected=scene.expected_registration())
    inner = touched["response"]
    name = data.draw(st.sampled_from(["authenticatorData", "clientDataJSON", "signature"]))
    bad = damaged(data, _bytes(inner[name]))
    answer = touched | {"response": inner | {name: encode_base64url(bad)}}
    with suppress(AssertionRefused):
        verify_assertion(answer, expected=scene.expected(passkey), now=NOW, expires_at=EXPIRES)
        assert bad == _bytes(inner[name])


@FEW
@given(st.dictionaries(st.sampled_from(["id", "rawId", "type", "response", "clientExtensionResults"]), JSON))
def test_any_object_in_the_place_of_an_answer_is_refused(members):
    scene, made, touched = honest()
    passkey = verify_registration(made, expected=scene.expected_registration())
    with suppress(AssertionRefused):
        verify_registration(made | members, expected=scene.expected_registration())
    with suppress(AssertionRefused):
        verify_assertion(touched | members, expected=scene.expected(passkey), now=NOW, expires_at=EXPIRES)


HOSTS = st.from_regex(r"(https?|chrome-extension)://[a-z0-9.:\[\]xn-]{0,20}(:[0-9]{0,6})?", fullmatch=True)


@FEW
@given(HOSTS | st.text(max_size=60))
def test_any_text_is_an_origin_or_refused(text):
    with suppress(InputError):
        assert parse_origin(text) == text
        assert registrable_domain_hint(parse_origin(text)) in text
    with suppress(InputError):
        assert parse_extension_origin(text) == text


def _bytes(text: str) -> bytes:
    from counterfoil.codecs.base64url import parse_base64url

    return parse_base64url(text)
