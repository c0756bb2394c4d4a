"""Accounts, what sites may see, passkey counters and spending."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterfoil.errors import AlreadyExists, AssertionRefused, InvalidAmount, NotFound, StorageError
from counterfoil.store import accounts, passkey_counters, sites, spending, vaults
from counterfoil.store.accounts import Account
from counterfoil.store.spending import Budget
from counterfoil.types import Caip2
from tests.unit.store.rows import ACCOUNT, CHAIN, VAULT, new_vault

FIRST = Account("a1", VAULT, "eip155", "44/60/0/0/0", ACCOUNT, "Main", 10)
SITE = "https://app.example"
BUDGET = Budget(VAULT, CHAIN, ACCOUNT, "native")
DAY = 86_400


@pytest.fixture
def vault_db(db):
    vaults.insert(db, new_vault())
    return db


def test_keeps_an_account_whole(vault_db):
    accounts.insert(vault_db, FIRST)
    assert accounts.get(vault_db, "a1") == accounts.by_address(vault_db, "eip155", ACCOUNT) == FIRST
    assert accounts.listed(vault_db) == accounts.listed(vault_db, VAULT) == [FIRST]
    assert accounts.listed(vault_db, "other") == []
    accounts.rename(vault_db, "a1", "Rent")
    assert accounts.get(vault_db, "a1").name == "Rent"


def test_a_path_and_an_address_are_one_account(vault_db):
    accounts.insert(vault_db, FIRST)
    for double in (
        replace(FIRST, id="a2"),
        replace(FIRST, id="a2", path="44/60/0/0/1"),
        replace(FIRST, id="a2", address="0x"),
    ):
        with pytest.raises(AlreadyExists):
            accounts.insert(vault_db, double)


def test_unknown_accounts_are_not_found(vault_db):
    for use in (
        lambda: accounts.get(vault_db, "x"),
        lambda: accounts.by_address(vault_db, "eip155", "0x"),
        lambda: accounts.rename(vault_db, "x", "y"),
    ):
        with pytest.raises(NotFound):
            use()
    with pytest.raises(StorageError):
        accounts.insert(vault_db, replace(FIRST, vault="cc" * 16))


def test_a_site_sees_what_it_was_granted_last(db):
    sites.grant(db, SITE, ["0xaa", "0xbb"], 10)
    sites.grant(db, SITE, ["0xbb"], 20)
    granted = sites.permission(db, SITE)
    assert granted is not None and (granted.accounts, granted.granted_at) == (("0xbb",), 20)
    assert sites.permissions_of(db, SITE) == [granted]
    assert sites.permission(db, "https://app.example:444") is None
    assert sites.permission(db, "http://app.example") is None


def test_a_revoked_site_sees_nothing(db):
    sites.grant(db, SITE, ["0xaa"], 10)
    sites.grant(db, "https://other.example", ["0xaa"], 10)
    sites.set_chain(db, SITE, Caip2("eip155:10"))
    sites.revoke(db, SITE)
    assert sites.permission(db, SITE) is None
    assert sites.chain(db, SITE) is None
    assert [permission.origin for permission in sites.connected(db)] == ["https://other.example"]
    with pytest.raises(NotFound):
        sites.revoke(db, SITE)


def test_each_site_has_its_own_chain(db):
    assert sites.chain(db, SITE) is None
    sites.set_chain(db, SITE, Caip2("eip155:1"))
    sites.set_chain(db, SITE, Caip2("eip155:10"))
    sites.set_chain(db, "https://other.example", Caip2("eip155:1"))
    assert sites.chain(db, SITE) == "eip155:10"


def test_a_counter_that_counts_has_to_rise(db):
    assert (passkey_counters.last(db, b"id"), passkey_counters.last_used(db, b"id")) == (0, None)
    passkey_counters.advance(db, b"id", 5, 100)
    for count in (5, 4, 0):
        with pytest.raises(AssertionRefused) as refusal:
            passkey_counters.advance(db, b"id", count, 200)
        assert refusal.value.word == "COUNTER"
    assert (passkey_counters.last(db, b"id"), passkey_counters.last_used(db, b"id")) == (5, 100)
    passkey_counters.advance(db, b"id", 6, 300)
    assert passkey_counters.last(db, b"id") == 6


def test_a_counter_that_stays_zero_does_not_count(db):
    for now in (1, 2):
        passkey_counters.advance(db, b"id", 0, now)
    assert passkey_counters.last_used(db, b"id") == 2


def test_spending_is_counted_by_day_account_and_asset(vault_db):
    spending.add(vault_db, BUDGET, "r1", 2**255, 5)
    spending.add(vault_db, BUDGET, "r2", 7, DAY - 1)
    spending.add(vault_db, BUDGET, "r3", 1, DAY)
    for other in (replace(BUDGET, chain="eip155:1"), replace(BUDGET, account="0x"), replace(BUDGET, asset="0xtoken")):
        spending.add(vault_db, other, "r1", 1, 5)
        assert spending.spent(vault_db, other, 5) == 1
    assert spending.spent(vault_db, BUDGET, 6) == 2**255 + 7
    assert spending.spent(vault_db, BUDGET, DAY) == 1
    assert spending.spent(vault_db, BUDGET, 2 * DAY) == 0


def test_a_request_spends_once_and_never_less(vault_db):
    for amount in (5, 9, 3):
        spending.add(vault_db, BUDGET, "r1", amount, 5)
    assert spending.spent(vault_db, BUDGET, 5) == 9


def test_nothing_is_ever_spent_back(vault_db):
    with pytest.raises(InvalidAmount):
        spending.add(vault_db, BUDGET, "r1", -1, 5)
    for amount in ("-1", "1.5", "", "0x1"):
        with pytest.raises(StorageError):
            vault_db.execute("INSERT INTO spending VALUES (?, 'c', 'a', 1, 'native', 'r', ?)", (VAULT, amount))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 2**256 - 1), max_size=6))
def test_sums_any_amounts_exactly(vault_db, amounts):
    with vault_db.transaction():
        vault_db.execute("DELETE FROM spending")
        for number, amount in enumerate(amounts):
            spending.add(vault_db, BUDGET, f"r{number}", amount, 5)
        assert spending.spent(vault_db, BUDGET, 5) == sum(amounts)
