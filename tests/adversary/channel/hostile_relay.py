"""A relay that does what it likes with the boxes it moves."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from counterfoil.errors import Refused
from counterfoil.relay.mailboxes import Limits, Mailboxes

Tamper = Callable[[bytes, bytes], Iterable[tuple[bytes, bytes]]]
"""What is put where instead of one box."""


def honest(mailbox: bytes, box: bytes) -> Iterable[tuple[bytes, bytes]]:
    yield mailbox, box


class HostileMailboxes(Mailboxes):
    """Keeps a record of everything, and lets ``tamper`` decide what is delivered."""

    def __init__(self) -> None:
        super().__init__(Limits(mailbox_boxes=4096, mailboxes_per_client=4096))
        self.record: list[tuple[bytes, bytes]] = []
        self.tamper: Tamper = honest

    def post(self, mailbox: bytes, box: bytes, *, client: Hashable, now: float) -> None:
        self.record.append((mailbox, box))
        for target, content in self.tamper(mailbox, box):
            self.put(target, content, client=client, now=now)

    def put(self, mailbox: bytes, box: bytes, *, client: Hashable = "relay", now: float = 0) -> None:
        try:
            super().post(mailbox, box, client=client, now=now)
        except Refused:
            return
        subscriber = getattr(client, "_exchange", None)
        if subscriber is not None and mailbox in subscriber.subscribers:
            subscriber.subscribers[mailbox].notice(mailbox)

    @property
    def known(self) -> list[bytes]:
        return list(dict.fromkeys(mailbox for mailbox, _ in self.record))
