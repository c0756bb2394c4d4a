"""Sign-in texts: whole and meant for the one who asks, or never signed.   ERC-4361"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.evm.sign_in_refusals import refuse_for_site
from counterfoil.chains.evm.siwe import is_sign_in, parse_sign_in
from counterfoil.chains.family import Kind
from counterfoil.errors import InvalidEncoding
from tests.unit.chains.evm_samples import ACCOUNT, ETHEREUM, OTHER, codes

NOW = 1_767_268_800  # 2026-01-01T12:00:00Z
SITE = "https://app.example"
PARTS: dict[str, str] = {
    "scheme": "",
    "domain": "app.example",
    "account": ACCOUNT,
    "statement": "Welcome.\n",
    "uri": "https://app.example/login",
    "version": "1",
    "chain": "1",
    "nonce": "12345678",
    "issued": "2026-01-01T11:59:00.123Z",
    "rest": "",
}


def text(**parts: str) -> str:
    return (
        "{scheme}{domain} wants you to sign in with your Ethereum account:\n{account}\n\n{statement}\nURI: {uri}\n"
        "Version: {version}\nChain ID: {chain}\nNonce: {nonce}\nIssued At: {issued}{rest}"
    ).format(**{**PARTS, **parts})


def summary(message: str | bytes) -> Any:
    raw = message.encode() if isinstance(message, str) else message
    return FAMILY.summarize(ETHEREUM, ACCOUNT, Kind.MESSAGE, raw)


def objection(message: str, origin: str = SITE, now: int = NOW) -> str | None:
    found = FAMILY.objection(ETHEREUM, Kind.MESSAGE, message.encode(), origin=origin, now=now)
    return None if found is None else found.code


FULL = text(
    rest="\nExpiration Time: 2026-01-01T13:00:00+01:30\nNot Before: 2026-01-01T11:00:00Z\nRequest ID: a-b%20c"
    "\nResources:\n- ipfs://Qm\n- https://example.com/claim.json",
    statement="",
)


def test_a_whole_sign_in_is_read_to_its_last_line() -> None:
    read = parse_sign_in(FULL.encode())
    assert (read.domain, read.address, read.chain_id, read.nonce) == ("app.example", ACCOUNT, 1, "12345678")
    assert (read.issued_at, read.expires_at, read.not_before) == (NOW - 60, NOW - 1800, NOW - 3600)
    assert (read.statement, read.request_id) == (None, "a-b%20c")
    assert read.resources == ("ipfs://Qm", "https://example.com/claim.json")


def test_a_good_sign_in_is_said_to_be_one_and_nothing_is_said_against_it() -> None:
    found = summary(text())
    assert (found.act, found.sentence, found.refusal) == ("sign_in", "Sign in to app.example", None)
    assert codes(found) == set()
    assert ("Nonce", "12345678") in found.details
    assert objection(text()) is None


@pytest.mark.parametrize("statement", ["", "Welcome, and read this: it says wants you to sign in.\n"])
def test_the_statement_may_be_missing(statement: str) -> None:
    assert parse_sign_in(text(statement=statement).encode()).statement == (statement.strip() or None)
    assert parse_sign_in(text(statement="").replace("\n\n\nURI", "\n\nURI").encode()).statement is None


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"account": OTHER}, "sign_in_account"),
        ({"account": "0x" + "00" * 20}, "sign_in_account"),
        ({"chain": "5"}, "sign_in_chain"),
        ({"account": ACCOUNT.lower()}, None),
        (
            {"account": ACCOUNT[:-1] + ACCOUNT[-1].swapcase() if ACCOUNT[-1].isalpha() else ACCOUNT.swapcase()},
            "sign_in_malformed",
        ),
        ({"version": "2"}, "sign_in_malformed"),
        ({"nonce": "1234567"}, "sign_in_malformed"),
        ({"nonce": "1234567-"}, "sign_in_malformed"),
        ({"issued": "yesterday"}, "sign_in_malformed"),
        ({"issued": "2026-02-30T00:00:00Z"}, "sign_in_malformed"),
        ({"issued": "2026-01-01 00:00:00Z"}, "sign_in_malformed"),
        ({"issued": "2026-01-01T00:00:00"}, "sign_in_malformed"),
        ({"uri": "app.example"}, "sign_in_malformed"),
        ({"uri": "https://app.example/ two"}, "sign_in_malformed"),
        ({"chain": "one"}, "sign_in_malformed"),
        ({"rest": "\nSurprise: 1"}, "sign_in_malformed"),
        ({"rest": "\n"}, "sign_in_malformed"),
        ({"rest": "\nNot Before: 2026-01-01T00:00:00Z\nExpiration Time: 2026-01-02T00:00:00Z"}, "sign_in_malformed"),
        ({"statement": "one\ntwo\n"}, "sign_in_malformed"),
        ({"domain": "app.example/path"}, "sign_in_malformed"),
    ],
    ids=str,
)
def test_what_does_not_fit_account_chain_or_standard_is_refused(parts: dict[str, str], code: str | None) -> None:
    refusal = summary(text(**parts)).refusal
    assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize(
    "disguised",
    [
        text().replace(" wants you", "  wants  you"),
        text().replace("Ethereum", "ETHEREUM"),
        text().replace("wants", "w\u200bants"),
        text().replace("wants", "ｗａｎｔｓ"),
        text().replace("\n", "\r\n"),
        "Hello.\n" + text(),
        text() + "\n",
    ],
    ids=range(7),
)
def test_what_only_looks_like_a_sign_in_is_refused_as_malformed(disguised: str) -> None:
    assert is_sign_in(disguised.encode())
    assert summary(disguised).refusal.code == "sign_in_malformed"
    assert objection(disguised) == "sign_in_malformed"


def test_bytes_that_are_no_text_but_hold_the_phrase_are_refused() -> None:
    assert summary(text().encode() + b"\xff").refusal.code == "sign_in_malformed"


def test_other_texts_are_no_sign_ins() -> None:
    for other in ("hello", "Who wants you to sign in?", ""):
        assert not is_sign_in(other.encode())
        assert objection(other) is None


@pytest.mark.parametrize(
    ("domain", "origin", "fits"),
    [
        ("app.example", "https://app.example", True),
        ("APP.example", "https://app.example", True),
        ("app.example:443", "https://app.example", True),
        ("localhost:8545", "http://localhost:8545", True),
        ("[::1]:80", "http://[::1]", True),
        ("app.example:8443", "https://app.example", False),
        ("app.example", "https://app.example:8443", False),
        ("localhost", "http://localhost:8545", False),
        ("example", "https://app.example", False),
        ("evil.app.example", "https://app.example", False),
        ("app.example.evil", "https://app.example", False),
        ("app.example@evil.example", "https://evil.example", False),
        ("evil@app.example", "https://app.example", False),
        ("аpp.example", "https://app.example", False),
        ("app.example", "cli", False),
        ("cli", "cli", False),
    ],
)
def test_only_the_very_site_may_have_itself_signed_in(domain: str, origin: str, fits: bool) -> None:
    given = text(domain=domain, uri="did:key:z6Mk")
    assert objection(given, origin) == (None if fits else "sign_in_domain")


def test_a_scheme_that_is_named_must_be_the_sites() -> None:
    assert objection(text(scheme="https://")) is None
    assert objection(text(scheme="http://")) == "sign_in_domain"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("https://app.example", None),
        ("https://app.example:443/x?y#z", None),
        ("http://app.example", "sign_in_uri"),
        ("https://other.example", "sign_in_uri"),
        ("https://app.example:8443", "sign_in_uri"),
        ("https://app.example@evil.example/", "sign_in_uri"),
        ("https://evil.example/app.example", "sign_in_uri"),
        ("https://[app.example", "sign_in_uri"),
        ("did:key:z6Mk", None),
    ],
)
def test_an_address_of_another_site_is_refused(uri: str, code: str | None) -> None:
    assert objection(text(uri=uri)) == code


def test_a_page_of_this_computer_may_name_itself_with_https() -> None:
    given = text(domain="localhost:9011", uri="https://localhost:9011")
    assert objection(given, "http://localhost:9011") is None


def test_someone_who_may_then_act_is_pointed_out() -> None:
    assert codes(summary(text(uri="did:key:z6Mk"))) == {"sign_in_delegate"}
    assert codes(summary(text(rest="\nResources:\n- urn:recap:eyJ"))) == {"sign_in_rights"}
    assert codes(summary(text(rest="\nResources:\n- ipfs://Qm"))) == {"sign_in_resources"}


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        ("\nExpiration Time: 2026-01-01T12:00:01Z", None),
        ("\nExpiration Time: 2026-01-01T12:00:00Z", "sign_in_time"),
        ("\nExpiration Time: 2026-01-01T13:00:00+01:00", "sign_in_time"),
        ("\nNot Before: 2026-01-01T12:04:00Z", None),
        ("\nNot Before: 2026-01-01T12:06:00Z", "sign_in_time"),
        ("\nExpiration Time: 2026-01-01T12:03:00Z\nNot Before: 2026-01-01T12:03:00Z", "sign_in_time"),
    ],
)
def test_a_time_that_is_over_or_not_yet_is_refused(rest: str, code: str | None) -> None:
    assert objection(text(rest=rest)) == code


def test_a_text_from_the_future_is_refused_and_an_old_one_pointed_out() -> None:
    assert objection(text(issued="2026-01-01T12:06:00Z")) == "sign_in_time"
    old = text(issued="2021-09-30T16:25:24.000Z")
    assert objection(old) is None
    weighed = FAMILY.weigh(ETHEREUM, ACCOUNT, Kind.MESSAGE, old.encode(), facts=None, now=NOW)
    assert [finding.code for finding in weighed] == ["sign_in_old"]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(tail: str) -> None:
    message = (text() + tail).encode(errors="replace")
    try:
        parse_sign_in(message)
    except InvalidEncoding:
        assert refuse_for_site(message, SITE, NOW) is not None
    summary(message)
