"""The relay's memory: boxes in order, each kept until acknowledged, all of it bounded. Pure; time is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from counterfoil.errors import Refused
from counterfoil.relay.frames import BOX_BYTES, Delivery

BOX_OVERHEAD_BYTES = 200
"""What an empty box costs: counted too, or a million empty boxes would be free."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of the relay anyone may use."""

    box_bytes: int = BOX_BYTES
    mailbox_boxes: int = 256
    mailbox_bytes: int = 8 * 2**20
    total_bytes: int = 256 * 2**20
    mailboxes: int = 10_000
    mailboxes_per_client: int = 256
    """Both subscriptions and mailboxes opened by posting."""
    clients: int = 512
    age_seconds: float = 600
    window: int = 64
    """Boxes of one mailbox on their way without an acknowledgement."""
    bad_frames: int = 32
    """Unreadable messages after which a client is sent away."""
    send_seconds: float = 30
    """A client that does not read for so long is sent away."""


@dataclass(slots=True)
class _Stored:
    number: int
    posted: float
    box: bytes


@dataclass(slots=True)
class _Mailbox:
    opener: Hashable
    boxes: deque[_Stored] = field(default_factory=deque)
    underway: int = 0
    size: int = 0


class Mailboxes:
    """All mailboxes of one relay."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.total_bytes = 0
        self._boxes: dict[bytes, _Mailbox] = {}
        self._opened: dict[Hashable, int] = {}
        self._number = 0

    def __len__(self) -> int:
        return len(self._boxes)

    def post(self, mailbox: bytes, box: bytes, *, client: Hashable, now: float) -> None:
        """Keep ``box`` behind the others of its mailbox.

        Raises: Refused(reason=too_large|mailbox_full|too_many_mailboxes|relay_full)
        """
        size = len(box) + BOX_OVERHEAD_BYTES
        self._check_room(mailbox, len(box), size, client)
        found = self._boxes.get(mailbox)
        if found is None:
            found = self._boxes[mailbox] = _Mailbox(client)
            self._opened[client] = self._opened.get(client, 0) + 1
        self._number += 1
        found.boxes.append(_Stored(self._number, now, box))
        found.size += size
        self.total_bytes += size

    def next_delivery(self, mailbox: bytes) -> Delivery | None:
        """The next box to hand out, in order, as far as the window allows."""
        found = self._boxes.get(mailbox)
        if found is None or found.underway >= min(len(found.boxes), self.limits.window):
            return None
        stored = found.boxes[found.underway]
        found.underway += 1
        return Delivery(mailbox, stored.number, stored.box)

    def rewind(self, mailbox: bytes) -> None:
        """A new subscriber gets every box that nobody has acknowledged."""
        found = self._boxes.get(mailbox)
        if found is not None:
            found.underway = 0

    def acknowledge(self, mailbox: bytes, number: int) -> None:
        """Forget the boxes up to ``number`` that were handed out."""
        found = self._boxes.get(mailbox)
        while found and found.underway and found.boxes[0].number <= number:
            found.underway -= 1
            self._drop_first(mailbox, found)

    def expire(self, now: float) -> None:
        """Forget boxes older than the limit."""
        oldest = now - self.limits.age_seconds
        for mailbox, found in list(self._boxes.items()):
            while found.boxes and found.boxes[0].posted < oldest:
                found.underway = max(0, found.underway - 1)
                self._drop_first(mailbox, found)

    def _check_room(self, mailbox: bytes, length: int, size: int, client: Hashable) -> None:
        limits, found = self.limits, self._boxes.get(mailbox)
        if length > limits.box_bytes:
            raise Refused("The box is too large.", reason="too_large")
        if self.total_bytes + size > limits.total_bytes:
            raise Refused("The relay is full.", reason="relay_full")
        if found is None:
            if len(self._boxes) >= limits.mailboxes:
                raise Refused("The relay is full.", reason="relay_full")
            if self._opened.get(client, 0) >= limits.mailboxes_per_client:
                raise Refused("Too many mailboxes.", reason="too_many_mailboxes")
        elif len(found.boxes) >= limits.mailbox_boxes or found.size + size > limits.mailbox_bytes:
            raise Refused("The mailbox is full.", reason="mailbox_full")

    def _drop_first(self, mailbox: bytes, found: _Mailbox) -> None:
        size = len(found.boxes.popleft().box) + BOX_OVERHEAD_BYTES
        found.size -= size
        self.total_bytes -= size
        if not found.boxes:
            del self._boxes[mailbox]
            self._opened[found.opener] -= 1
            if not self._opened[found.opener]:
                del self._opened[found.opener]
