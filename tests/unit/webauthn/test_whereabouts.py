"""Where a passkey says that it lives."""

from __future__ import annotations

import pytest

from counterfoil.webauthn.whereabouts import Place, _table, whereabouts

NOBODY = bytes(16)
YUBIKEY = bytes.fromhex("2fc0579f811347eab116bb5a8db9202a")
HELLO = bytes.fromhex("08987058cadc4b81b6e130de50dcbe96")
GOOGLE = bytes.fromhex("ea9b8d664d011d213ce4b6b48cb575d4")


@pytest.mark.parametrize(
    ("aaguid", "eligible", "copied", "transports", "place", "maker"),
    [
        (GOOGLE, True, True, ("hybrid", "internal"), Place.SYNCED, "Google Password Manager"),
        (NOBODY, True, True, (), Place.SYNCED, None),
        (GOOGLE, True, False, ("internal",), Place.DEVICE, "Google Password Manager"),
        (HELLO, False, False, ("internal",), Place.DEVICE, "Windows Hello"),
        (NOBODY, False, False, ("internal",), Place.DEVICE, None),
        (YUBIKEY, False, False, (), Place.HARDWARE, "YubiKey"),
        (NOBODY, False, False, ("usb",), Place.HARDWARE, None),
        (NOBODY, False, False, ("nfc", "usb"), Place.HARDWARE, None),
        (NOBODY, True, False, ("usb",), Place.UNKNOWN, None),
        (NOBODY, False, False, ("hybrid",), Place.UNKNOWN, None),
        (NOBODY, False, False, (), Place.UNKNOWN, None),
    ],
)
def test_a_passkey_lives_where_its_flags_and_its_maker_say(
    aaguid: bytes, eligible: bool, copied: bool, transports: tuple[str, ...], place: Place, maker: str | None
) -> None:
    found = whereabouts(aaguid=aaguid, backup_eligible=eligible, backed_up=copied, transports=transports)
    assert (found.place, found.maker) == (place, maker)


def test_a_copy_is_believed_over_what_made_it() -> None:
    found = whereabouts(aaguid=YUBIKEY, backup_eligible=True, backed_up=True, transports=("usb",))
    assert found.place is Place.SYNCED


def test_the_table_holds_model_numbers_names_and_known_forms() -> None:
    for aaguid, (maker, form) in _table().items():
        assert len(aaguid) == 16
        assert maker
        assert form in {"key", "platform", "software"}
