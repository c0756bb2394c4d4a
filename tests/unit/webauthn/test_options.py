"""Options: what the browser is asked to do."""

from __future__ import annotations

import json

import pytest

from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.errors import Bug
from counterfoil.webauthn.options import (
    PrfSalts,
    home_creation_options,
    request_options,
    site_creation_options,
)

CHALLENGE, USER, ID = bytes(32), bytes(range(64)), b"i" * 32


def site(**changes):
    members = {"challenge": CHALLENGE, "rp_id": "app.example", "vault_name": "Mine", "user_id": USER, "exclude": [ID]}
    return site_creation_options(**(members | changes))


def home(**changes):
    members = {
        "challenge": CHALLENGE,
        "user_id": USER,
        "name": "Counterfoil",
        "prf_salts": PrfSalts(b"1" * 32, b"2" * 32),
    }
    return home_creation_options(**(members | changes))


def request(**changes):
    members = {"challenge": CHALLENGE, "rp_id": "app.example", "credential_ids": [ID], "timeout_ms": 60_000}
    return request_options(**(members | changes))


@pytest.mark.parametrize("options", [site(), home(), home(rp="localhost", prf_salts=None)])
def test_creation_has_all_that_the_browser_insists_on(options):
    assert options["rp"]["name"]
    assert options["user"]["name"]
    assert options["user"]["displayName"]
    assert parse_base64url(options["user"]["id"]) == USER
    assert parse_base64url(options["challenge"]) == CHALLENGE
    assert options["pubKeyCredParams"] == [{"type": "public-key", "alg": -7}]
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert json.loads(json.dumps(options)) == options


def test_a_site_passkey_is_not_discoverable_and_says_whose_it_is():
    options = site()
    assert options["authenticatorSelection"]["residentKey"] == "discouraged"
    assert options["authenticatorSelection"]["requireResidentKey"] is False
    assert options["rp"]["id"] == "app.example"
    assert options["user"]["name"] == "Counterfoil: Mine"
    assert options["excludeCredentials"] == [{"type": "public-key", "id": encode_base64url(ID)}]
    assert "extensions" not in options


def test_a_home_passkey_is_discoverable_with_prf_and_no_rp_id_of_its_own():
    options = home()
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert "id" not in options["rp"]
    salts = {"first": encode_base64url(b"1" * 32), "second": encode_base64url(b"2" * 32)}
    assert options["extensions"] == {"prf": {"eval": salts}}


def test_a_home_passkey_on_firefox_borrows_localhost_and_never_has_prf():
    options = home(rp="localhost", prf_salts=None)
    assert options["rp"]["id"] == "localhost"
    assert "extensions" not in options
    with pytest.raises(Bug):
        home(rp="localhost")


def test_a_request_always_names_its_passkeys_and_wants_verification():
    options = request()
    assert options["allowCredentials"] == [{"type": "public-key", "id": encode_base64url(ID)}]
    assert (options["userVerification"], options["rpId"], options["timeout"]) == ("required", "app.example", 60_000)
    assert "extensions" not in options
    with pytest.raises(Bug):
        request(credential_ids=[])


def test_a_request_of_the_extension_itself_has_no_rp_id_and_may_ask_for_prf():
    options = request(rp_id=None, prf_salts=PrfSalts(b"1" * 32))
    assert "rpId" not in options
    assert options["extensions"] == {"prf": {"eval": {"first": encode_base64url(b"1" * 32)}}}


def test_a_long_name_is_cut_between_characters():
    name = site(vault_name="é" * 64)["user"]["name"]
    assert len(name.encode()) <= 64
    assert name.endswith("é")


def test_salts_stay_out_of_repr():
    assert "111" not in repr(PrfSalts(b"1" * 32, b"2" * 32))


@pytest.mark.parametrize(
    "ask", [lambda: site(challenge=b"x"), lambda: home(user_id=b"x"), lambda: request(timeout_ms=0)]
)
def test_a_wrong_length_is_our_mistake(ask):
    with pytest.raises(Bug):
        ask()
