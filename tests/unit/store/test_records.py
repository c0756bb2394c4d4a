"""Signed facts: their version only rises, and one version has one content."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from counterfoil.errors import InvalidMessage, StateConflict, StorageError
from counterfoil.store import records, vaults
from counterfoil.store.db import Database
from counterfoil.store.records import Record, RecordKind
from counterfoil.types import VaultId
from tests.unit.store.rows import VAULT, new_vault

KEY = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)
ME = KEY.public_key().public_bytes_raw()


def verify(identity, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(identity).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def record(**changes):
    values = {
        "vault": VAULT,
        "kind": RecordKind.SITE_PASSKEY,
        "subject": "https://app.example",
        "version": 1,
        "epoch": 0,
        "body": {"credential_id": "ab", "public_key": "cd", "account": "0x11"},
        "signer": ME,
        "evidence": {"assertion": "x"},
        "received_at": 5,
    }
    return records.sign_record(Record(**(values | changes)), KEY.sign)


@pytest.fixture
def vault_db(db):
    vaults.insert(db, new_vault())
    return db


def test_keeps_a_record_whole(vault_db):
    assert records.put(vault_db, record())
    kept = records.current(vault_db, VAULT, RecordKind.SITE_PASSKEY, "https://app.example")
    assert kept == record()
    records.verify_record(kept, verify)


@pytest.mark.parametrize(
    "change",
    [
        {"vault": VaultId("bb" * 16)},
        {"kind": RecordKind.SITE},
        {"subject": "https://evil.example"},
        {"version": 2},
        {"epoch": 1},
        {"body": {}},
        {"signer": b"\x01" * 32},
        {"signature": bytes(64)},
        {"signature": b""},
    ],
)
def test_the_signature_covers_every_field(change):
    with pytest.raises(InvalidMessage) as refusal:
        records.verify_record(replace(record(), **change), verify)
    assert refusal.value.word == "record_signature"


def test_a_newer_version_replaces_the_older(vault_db):
    records.put(vault_db, record())
    assert records.put(vault_db, record(version=4, body={"revoked": True}))
    assert records.all_current(vault_db, VAULT) == [record(version=4, body={"revoked": True})]


def test_refuses_to_be_talked_back_into_an_older_truth(vault_db):
    records.put(vault_db, record(version=4))
    with pytest.raises(StateConflict) as refusal:
        records.put(vault_db, record(version=3))
    assert refusal.value.word == "older_version"


@pytest.mark.parametrize("change", [{"body": {"other": 1}}, {"epoch": 1}, {"signer": b"\x01" * 32}])
def test_refuses_a_second_content_of_one_version(vault_db, change):
    records.put(vault_db, record())
    with pytest.raises(StateConflict) as refusal:
        records.put(vault_db, record(**change))
    assert refusal.value.word == "forked"


def test_the_same_record_again_is_no_news(vault_db):
    assert records.put(vault_db, record())
    assert not records.put(vault_db, record(evidence=None, received_at=99))
    assert records.all_current(vault_db, VAULT)[0].received_at == 5


def test_lists_the_newest_of_each_sorted(vault_db):
    for kind, subject, version in (
        (RecordKind.SITE, "https://b.example", 1),
        (RecordKind.SITE, "https://a.example", 1),
        (RecordKind.HOME_PASSKEY, "zz", 1),
        (RecordKind.SITE, "https://a.example", 2),
    ):
        records.put(vault_db, record(kind=kind, subject=subject, version=version))
    heads = [(r.kind.value, r.subject, r.version) for r in records.all_current(vault_db, VAULT)]
    assert heads == [("home_passkey", "zz", 1), ("site", "https://a.example", 2), ("site", "https://b.example", 1)]
    assert len(records.all_current(vault_db, VAULT, RecordKind.SITE)) == 2
    assert records.current(vault_db, VAULT, RecordKind.POLICY, "") is None


def test_two_parties_share_the_digest_exactly_when_they_know_the_same(vault_db, tmp_path):
    other = Database.open(tmp_path / "other" / "counterfoil.db")
    vaults.insert(other, new_vault(my_index=2))
    made = [record(subject=name) for name in ("a", "b", "c")]
    for one, two in zip(made, reversed(made), strict=True):
        records.put(vault_db, one)
        records.put(other, replace(two, received_at=77, evidence=None))
    assert records.digest(vault_db, VAULT) == records.digest(other, VAULT)
    records.put(other, record(subject="b", version=2))
    assert records.digest(vault_db, VAULT) != records.digest(other, VAULT)
    records.put(vault_db, record(subject="b", version=2))
    assert records.digest(vault_db, VAULT) == records.digest(other, VAULT)
    other.close()


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("UPDATE records SET body = '{}'", "record_is_fixed"),
        (
            "INSERT INTO records SELECT vault, kind, subject, 1, epoch, body, signer, signature, evidence, 1 FROM records",
            "record_goes_back",
        ),
        (
            "REPLACE INTO records SELECT vault, kind, subject, version, epoch, '{}', signer, signature, evidence, 1 FROM records",
            "record_goes_back",
        ),
    ],
)
def test_the_database_itself_keeps_records_fixed(vault_db, statement, word):
    records.put(vault_db, record(version=2))
    with pytest.raises(StorageError) as refusal:
        vault_db.execute(statement)
    assert refusal.value.word == word


def test_a_record_needs_its_vault(db):
    with pytest.raises(StorageError) as refusal:
        records.put(db, record())
    assert refusal.value.word == "constraint"
