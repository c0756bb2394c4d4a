from __future__ import annotations

import os
import socket
import struct

import pytest

from counterfoil.agent import peer_credentials
from counterfoil.agent.peer_credentials import check_peer, peer_uid
from counterfoil.errors import PeerRefused


def test_the_kernel_names_our_own_process_at_the_other_end():
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer_uid(ours) == os.getuid()
        check_peer(ours)


def test_refuses_every_uid_but_our_own():
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        for uid in (os.getuid() + 1, 65534, -1):
            with pytest.raises(PeerRefused):
                check_peer(ours, lambda _, uid=uid: uid)


def test_refuses_where_the_kernel_does_not_say():
    with socket.socket(socket.AF_UNIX) as closed:
        pass
    with pytest.raises(PeerRefused):
        peer_uid(closed)


class MacSocket:
    def __init__(self, version: int):
        self.version = version

    def getsockopt(self, level, option, size):
        assert (level, option, size) == (0, 1, 76)
        return struct.pack("=IIh2x16I", self.version, 501, 1, *range(16))


def test_reads_the_credentials_that_macos_gives(monkeypatch):
    monkeypatch.setattr(peer_credentials.sys, "platform", "darwin")
    assert peer_uid(MacSocket(0)) == 501
    with pytest.raises(PeerRefused):
        peer_uid(MacSocket(1))
