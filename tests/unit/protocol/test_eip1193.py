from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil import errors
from counterfoil.errors import Bug, NodeRejected, SimulationFailed, WalletError
from counterfoil.protocol.eip1193 import INTERNAL, to_eip1193

KNOWN = {4001, 4100, 4200, 4900, 4902, -32000, -32002, -32003, -32005, -32602, -32603}


def kinds(kind: type[WalletError] = WalletError) -> Iterator[type[WalletError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from kinds(child)


@pytest.mark.parametrize("kind", sorted(kinds(), key=lambda kind: kind.code), ids=lambda kind: kind.__name__)
def test_every_error_has_a_number_that_pages_know(kind: type[WalletError]) -> None:
    error = to_eip1193(kind("What happened.", remedy="Do this."))
    assert error.code in KNOWN
    assert error.message == "What happened."
    assert error.data["code"] == kind.code
    assert (error.code == INTERNAL) is issubclass(kind, Bug | errors.ProtocolAbort | errors.StorageError)


def test_a_persons_no_is_4001_and_a_missing_permission_4100() -> None:
    assert to_eip1193(errors.UserRejected()).code == to_eip1193(errors.RequestExpired()).code == 4001
    assert to_eip1193(errors.NotPermitted()).code == to_eip1193(errors.Locked()).code == 4100


def test_a_nodes_own_words_are_passed_on_and_nobody_elses() -> None:
    for kind in (NodeRejected, SimulationFailed):
        error = to_eip1193(kind(node_code=3, data="0x08c379a0"))
        assert (error.code, error.data["data"]) == (3, "0x08c379a0")
    assert "data" not in to_eip1193(Bug(data="0x00")).data
    assert to_eip1193(NodeRejected(node_code="3")).code == -32003
