"""One table from errors to exit codes, total and stable."""

from __future__ import annotations

import pytest

from counterfoil import errors
from counterfoil.cli.terminal.exit_codes import MEANINGS, Status, exit_code

GOLDEN = {
    "InputError": 2, "InvalidEncoding": 2, "InvalidAddress": 2, "InvalidAmount": 2, "InvalidTransaction": 2,
    "UnknownMethod": 4, "UnknownChain": 5, "FrameTooLarge": 2, "InvalidFrame": 2, "InvalidMessage": 2,
    "UnsupportedVersion": 4, "UnsafeToSign": 1, "NotFound": 5, "UnsupportedPlatform": 1, "SimulationFailed": 1,
    "Refused": 1, "NotPermitted": 1, "UserRejected": 1, "Locked": 3, "RequestExpired": 1, "AssertionRefused": 1,
    "PolicyRefused": 1, "NotPaired": 1, "WrongPassphrase": 1, "Cancelled": 1, "SlotHeld": 1, "StateConflict": 1,
    "RateLimited": 1, "PeerRefused": 1, "PageCannotAssert": 6, "AlreadyExists": 1, "RecoveryUnproven": 1,
    "PairingRefused": 1, "WindowNeeded": 6, "BatchRefused": 2,
    "ProtocolAbort": 1, "Ban": 1, "Retry": 7, "Poisoned": 1, "PartyUnavailable": 7, "PartyRefused": 1,
    "NetworkError": 7, "NodeUnreachable": 7, "NodeRejected": 1, "BroadcastUnknown": 7, "RelayUnreachable": 7,
    "AgentUnreachable": 4,
    "StorageError": 1, "SchemaTooNew": 1, "ShareUnreadable": 1, "LogBroken": 1, "BackupUnreadable": 1,
    "Bug": 9,
}  # fmt: skip


def every_error(kind: type[errors.WalletError] = errors.WalletError) -> list[type[errors.WalletError]]:
    return [found for child in kind.__subclasses__() for found in (child, *every_error(child))]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_has_its_exit_code(kind: type[errors.WalletError]) -> None:
    assert exit_code(kind()) == GOLDEN[kind.__name__]


def test_every_exit_code_is_explained() -> None:
    assert set(MEANINGS) == set(Status)
