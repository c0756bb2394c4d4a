"""Recovery files: ordinary age files whose content says what they are."""

from __future__ import annotations

import base64
from dataclasses import replace

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.codecs.canonical import encode_canonical, parse_canonical
from counterfoil.errors import BackupUnreadable, WrongPassphrase
from counterfoil.store import recovery_file
from counterfoil.store.recovery_file import RecoveryFile, open_recovery, seal_recovery
from tests.unit.store.rows import PARTIES, VAULT

WORDS = "four words on paper"
CONTENT = RecoveryFile(
    vault=VAULT,
    vault_name="Everyday ✓",
    epoch=0,
    threshold=2,
    parties=PARTIES,
    party_index=3,
    group_key=b"\x02" + b"\x33" * 32,
    chain_code=b"\x44" * 32,
    share=b"\x77" * 40,
    created_at=1000,
)


@pytest.fixture(scope="module")
def sealed():
    return seal_recovery(CONTENT, WORDS)


@pytest.fixture
def opened_as(monkeypatch):
    """Content as if age had opened it: scrypt takes seconds, and is not what these tests are about."""

    def set_plaintext(plaintext):
        class Opened:
            @staticmethod
            def decrypt(_data, _passphrase):
                return plaintext

        monkeypatch.setattr(pyrage, "passphrase", Opened)
        return b"age-encryption.org/v1\n-> scrypt "

    return set_plaintext


@pytest.fixture(scope="module")
def plaintext(sealed):
    return pyrage.passphrase.decrypt(sealed, WORDS)


def test_opens_with_its_passphrase(sealed):
    assert open_recovery(sealed, WORDS) == CONTENT


def test_is_an_armored_age_file_of_one_scrypt_recipient(sealed):
    lines = sealed.decode().strip().splitlines()
    assert (lines[0], lines[-1]) == ("-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----")
    assert all(len(line) == 64 for line in lines[1:-2]) and 0 < len(lines[-2]) <= 64
    binary = base64.b64decode("".join(lines[1:-1]), validate=True)
    version, recipient, body, mac = binary.split(b"\n")[:4]
    assert version == b"age-encryption.org/v1"
    kind, name, salt, work = recipient.split(b" ")
    assert (kind, name) == (b"->", b"scrypt") and int(work) >= 14
    assert len(base64.b64decode(salt + b"==")) == 16
    assert len(base64.b64decode(body + b"=")) == 32
    assert mac.startswith(b"--- ")


def test_says_inside_what_it_is(plaintext):
    value = parse_canonical(plaintext)
    assert isinstance(value, dict)
    assert value["format"] == "counterfoil recovery file"
    assert (value["version"], value["vault"], value["epoch"], value["party_index"]) == (1, VAULT, 0, 3)
    assert value["check_value"] == CONTENT.check_value()


def test_refuses_a_wrong_passphrase(sealed):
    with pytest.raises(WrongPassphrase):
        open_recovery(sealed, WORDS + "x")


def test_tells_a_damaged_file_from_a_wrong_passphrase(sealed):
    lines = sealed.decode().splitlines()
    binary = bytearray(base64.b64decode("".join(lines[1:-1])))
    binary[-5] ^= 1
    with pytest.raises(BackupUnreadable) as refusal:
        open_recovery(bytes(binary), WORDS)
    assert refusal.value.word == "damaged"


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff" * 100, b"-----BEGIN PGP MESSAGE-----\n"])
def test_refuses_a_file_that_is_not_age(data):
    with pytest.raises(BackupUnreadable) as refusal:
        open_recovery(data, WORDS)
    assert refusal.value.word == "not_age"


def test_refuses_a_file_that_is_too_large():
    with pytest.raises(BackupUnreadable) as refusal:
        open_recovery(b"-----BEGIN AGE ENCRYPTED FILE-----" + bytes(1 << 20), WORDS)
    assert refusal.value.word == "size"


@pytest.mark.parametrize(
    "data",
    [
        b"-----BEGIN AGE ENCRYPTED FILE-----\nnonsense\n-----END AGE ENCRYPTED FILE-----\n",
        b"age-encryption.org/v1\n-> scrypt x\n",
    ],
)
def test_refuses_an_age_file_that_is_damaged(data):
    with pytest.raises(BackupUnreadable) as refusal:
        open_recovery(data, WORDS)
    assert refusal.value.word == "damaged"


def test_a_work_factor_that_would_take_hours_is_refused_before_it_is_tried():
    mark = b"A" * 43
    hours = (
        b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\n" + mark + b"\n--- " + mark + b"\n" + bytes(48)
    )
    with pytest.raises(BackupUnreadable) as refusal:
        open_recovery(hours, WORDS)
    assert refusal.value.word == "too_slow"


def test_a_computer_that_is_busy_for_a_moment_still_opens_a_good_file(monkeypatch, sealed, plaintext):
    told = iter(["Excessive work parameter for passphrase.\nDecryption would take around 32 seconds."] * 3)

    class Busy:
        @staticmethod
        def decrypt(_data, _passphrase):
            for trouble in told:
                raise pyrage.DecryptError(trouble)
            return plaintext

    monkeypatch.setattr(pyrage, "passphrase", Busy)
    assert open_recovery(sealed, WORDS) == CONTENT


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"format": "something else"}, "content"),
        ({"version": 2}, "version"),
        ({"share": "78" * 40}, "check_value"),
        ({"epoch": 1}, "check_value"),
        ({"party_index": 1}, "check_value"),
        ({"vault": "bb" * 16}, "check_value"),
        ({"group_key": "03" + "33" * 32}, "check_value"),
        ({"chain_code": "45" * 32}, "check_value"),
        ({"check_value": "00" * 16}, "check_value"),
        ({"check_value": "00"}, "check_value"),
        ({"check_value": None}, "content"),
        ({"share": "7"}, "content"),
        ({"epoch": -1}, "content"),
        ({"epoch": True}, "content"),
        ({"vault": 7}, "content"),
        ({"parties": []}, "content"),
        ({"parties": [{}]}, "content"),
        ({"parties": None}, "content"),
    ],
)
def test_tells_a_wrong_stale_or_altered_share_by_its_content(opened_as, plaintext, change, word):
    value = parse_canonical(plaintext)
    assert isinstance(value, dict)
    with pytest.raises(BackupUnreadable) as refusal:
        open_recovery(opened_as(encode_canonical(value | change)), WORDS)
    assert refusal.value.word == word


def test_refuses_a_content_without_one_of_its_parts(opened_as, plaintext):
    value = parse_canonical(plaintext)
    assert isinstance(value, dict)
    for name in value:
        with pytest.raises(BackupUnreadable):
            open_recovery(opened_as(encode_canonical({k: v for k, v in value.items() if k != name})), WORDS)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b'{"format": "counterfoil recovery file"}', b"\xff"])
def test_refuses_another_content(opened_as, content):
    with pytest.raises(BackupUnreadable):
        open_recovery(opened_as(content), WORDS)


def test_check_values_tell_shares_apart():
    others = [
        replace(CONTENT, share=b"\x78" * 40),
        replace(CONTENT, epoch=1),
        replace(CONTENT, party_index=2),
        replace(CONTENT, vault="bb" * 16),
    ]
    assert len({content.check_value() for content in [CONTENT, *others]}) == 5
    assert replace(CONTENT, created_at=9, vault_name="x").check_value() == CONTENT.check_value()


def test_never_shows_the_share():
    assert repr(CONTENT.share) not in repr(CONTENT) and CONTENT.share.hex() not in repr(CONTENT)


def test_wants_a_passphrase():
    with pytest.raises(BackupUnreadable):
        seal_recovery(CONTENT, "")


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_reads_any_bytes_without_falling(data):
    with pytest.raises(BackupUnreadable):
        open_recovery(data, WORDS)
    with pytest.raises(BackupUnreadable):
        recovery_file.open_recovery(b"-----BEGIN AGE ENCRYPTED FILE-----\n" + data, WORDS)
