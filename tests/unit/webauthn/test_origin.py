"""Origins: one spelling each."""

from __future__ import annotations

import json

import pytest

from counterfoil.errors import InvalidEncoding
from counterfoil.types import Origin
from counterfoil.webauthn.origin import (
    can_assert,
    parse_extension_origin,
    parse_origin,
    registrable_domain_hint,
    rp_id_of,
)
from tests.shared_data import REPOSITORY

VECTORS = json.loads((REPOSITORY / "tests/vectors/webauthn/origins.json").read_text())


@pytest.mark.parametrize("case", VECTORS["sites"], ids=lambda case: case["origin"])
def test_reads_a_sites_origin(case):
    origin = parse_origin(case["origin"])
    assert origin == case["origin"]
    assert can_assert(origin) == (case["rp_id"] is not None)
    if case["rp_id"] is not None:
        assert rp_id_of(origin) == case["rp_id"]
    assert registrable_domain_hint(origin) == case["hint"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: repr(case["text"]))
def test_refuses_every_other_spelling(case):
    with pytest.raises(InvalidEncoding) as caught:
        parse_origin(case["text"])
    assert caught.value.word == case["reason"]


@pytest.mark.parametrize("case", VECTORS["extensions"], ids=lambda case: case["origin"])
def test_an_extension_has_an_rp_id_and_is_no_site(case):
    origin = parse_extension_origin(case["origin"])
    assert can_assert(origin)
    assert rp_id_of(origin) == case["rp_id"]
    with pytest.raises(InvalidEncoding):
        parse_origin(case["origin"])


@pytest.mark.parametrize("text", VECTORS["not_extensions"])
def test_refuses_what_is_no_extension(text):
    with pytest.raises(InvalidEncoding):
        parse_extension_origin(text)


@pytest.mark.parametrize("text", ["cli", "wallet", "null", ""])
def test_origins_that_are_no_pages_have_no_passkeys(text):
    assert not can_assert(Origin(text))
