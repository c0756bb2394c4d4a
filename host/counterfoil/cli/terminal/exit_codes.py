"""What the shell is told. The numbers are stable; ``docs/cli.md`` has the same table."""

from __future__ import annotations

from enum import IntEnum

from counterfoil import errors as e


class Status(IntEnum):
    """Exit codes of ``counterfoil``."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    LOCKED = 3
    UNREACHABLE = 4
    NOT_FOUND = 5
    WINDOW = 6
    NETWORK = 7
    BUG = 9
    INTERRUPTED = 130


MEANINGS: dict[Status, str] = {
    Status.OK: "done",
    Status.REFUSED: "refused, or a check found something wrong",
    Status.USAGE: "the command or its input is not valid",
    Status.LOCKED: "Counterfoil is locked: run `counterfoil unlock`",
    Status.UNREACHABLE: "Counterfoil on this computer does not answer, or has another version",
    Status.NOT_FOUND: "there is no such thing",
    Status.WINDOW: "a passkey or a person is needed: go on in the wallet's window",
    Status.NETWORK: "the network or another device does not answer",
    Status.BUG: "a mistake of Counterfoil's own",
    Status.INTERRUPTED: "stopped with Ctrl-C",
}

# The first row that fits decides: the special before the general.
_ROWS: tuple[tuple[type[e.WalletError], Status], ...] = (
    (e.UnsupportedVersion, Status.UNREACHABLE),
    (e.UnknownMethod, Status.UNREACHABLE),
    (e.UnsupportedPlatform, Status.REFUSED),
    (e.UnsafeToSign, Status.REFUSED),
    (e.SimulationFailed, Status.REFUSED),
    (e.NotFound, Status.NOT_FOUND),
    (e.UnknownChain, Status.NOT_FOUND),
    (e.InputError, Status.USAGE),
    (e.Locked, Status.LOCKED),
    (e.WindowNeeded, Status.WINDOW),
    (e.PageCannotAssert, Status.WINDOW),
    (e.Refused, Status.REFUSED),
    (e.PartyUnavailable, Status.NETWORK),
    (e.Retry, Status.NETWORK),
    (e.ProtocolAbort, Status.REFUSED),
    (e.AgentUnreachable, Status.UNREACHABLE),
    (e.NodeRejected, Status.REFUSED),
    (e.NetworkError, Status.NETWORK),
    (e.StorageError, Status.REFUSED),
)


def exit_code(error: e.WalletError) -> Status:
    """The one place where an error becomes an exit code."""
    return next((status for kind, status in _ROWS if isinstance(error, kind)), Status.BUG)
