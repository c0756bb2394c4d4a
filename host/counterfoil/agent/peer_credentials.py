"""Whose process is at the other end of a unix socket, as the kernel says."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Callable

from counterfoil.errors import PeerRefused

PeerUid = Callable[[socket.socket], int]

_SOL_LOCAL = 0
_LOCAL_PEERCRED = 1
_XUCRED = struct.Struct("=IIh")
"""cr_version, cr_uid, cr_ngroups: the head of xucred in sys/ucred.h."""


def peer_uid(connection: socket.socket) -> int:
    """The user of the process that connected.

    Standard: SO_PEERCRED (unix(7), Linux); LOCAL_PEERCRED (unix(4), macOS)
    Raises:   PeerRefused where the kernel does not say
    """
    try:
        if sys.platform == "darwin":
            version, uid, _ = _XUCRED.unpack(connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, 76)[: _XUCRED.size])
            if version != 0:
                raise PeerRefused
            return int(uid)
        return int(struct.unpack("=iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1])
    except (OSError, struct.error):
        raise PeerRefused from None


def check_peer(connection: socket.socket, uid_of: PeerUid = peer_uid) -> None:
    """Only processes of the agent's own user go on. Raises: PeerRefused"""
    if uid_of(connection) != os.getuid():
        raise PeerRefused
