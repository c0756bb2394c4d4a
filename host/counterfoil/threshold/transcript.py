"""The broadcasts of a session, so that all parties can compare what each of them saw."""

from __future__ import annotations

from counterfoil.crypto.hashes import framed_hash


class Transcript:
    """Bodies by round and sender; each place is filled once, by the machine."""

    def __init__(self, sid: bytes) -> None:
        self._sid = sid
        self._bodies: dict[tuple[int, int], bytes] = {}

    def add(self, number: int, sender: int, body: bytes) -> None:
        """Keep the broadcast of ``sender`` in round ``number``."""
        self._bodies[number, sender] = body

    def digest(self, last_round: int) -> bytes:
        """32 bytes over all broadcasts up to ``last_round``, in order of round and sender.

        Standard: echo broadcast; the same at all parties unless someone told two stories
        """
        parts: list[bytes] = []
        for number, sender in sorted(self._bodies):
            if number <= last_round:
                parts += [bytes([number, sender]), self._bodies[number, sender]]
        return framed_hash("counterfoil/threshold/transcript", self._sid, *parts)
