"""The two sides of a pairing, box by box.

Boxes, each an envelope: 01 commitment(32) · 02 salt ‖ introduction · 03 confirmation(64) · 04 refused · 05 used.
They are sealed under the code's secret until both sides have opened, then under the key that only the two have.
The joiner's mailbox derives from its commitment, so a second joiner has another one and is told that the code is used.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias

from counterfoil.crypto.hashes import framed_hash, is_equal
from counterfoil.devices.channel import Ephemeral
from counterfoil.devices.envelope import open_envelope, seal_envelope
from counterfoil.devices.handshake import RandomBytes
from counterfoil.devices.pairing_code import PairingCode
from counterfoil.devices.pairing_exchange import (
    Agreement,
    Introduction,
    Paired,
    Role,
    key_hash,
    open_introduction,
    parse_opening,
)
from counterfoil.devices.relay_client import RelayClient
from counterfoil.devices.subscription import Subscription
from counterfoil.errors import PairingRefused, PartyUnavailable, RelayUnreachable

Confirm: TypeAlias = Callable[[tuple[str, ...], str], Awaitable[bool]]
"""``confirm(words, peer_name)``: does the person see the same words on the other device?"""

_COMMIT, _OPEN, _CONFIRM, _REFUSED, _USED = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"
_EARLY, _LATE = "counterfoil/pairing-box/1", "counterfoil/pairing-confirm-box/1"
_FAREWELL_SECONDS = 2


class _Side:
    """Where to write and how to seal, on either side."""

    def __init__(self, code: PairingCode, relay: RelayClient, random_bytes: RandomBytes) -> None:
        self.code = code
        self.relay = relay
        self.random = random_bytes
        self.host_mailbox = self.mailbox("host")
        self.spent_mailbox = self.mailbox("spent")

    def mailbox(self, use: str, commitment: bytes = b"") -> bytes:
        """A mailbox that only holders of the code can find."""
        return framed_hash(
            "counterfoil/pairing-mailbox/1", self.code.secret, self.code.key_hash, use.encode(), commitment
        )

    async def post(self, mailbox: bytes, text: bytes) -> None:
        """Send under the code's secret."""
        await self._post(mailbox, text, _EARLY, self.code.secret)

    def open(self, mailbox: bytes, box: bytes) -> bytes:
        """What a holder of the code sent; empty for anything else."""
        return open_envelope(box, tag=_EARLY, secret=self.code.secret, receiver=mailbox) or b""

    async def agree(self, agreement: Agreement, confirm: Confirm, boxes: Subscription, peer_mailbox: bytes) -> Paired:
        """Ask our person and wait for theirs, whichever is first; either may refuse."""
        key = agreement.confirmation_key
        confirmed = asyncio.Event()

        async def ask() -> None:
            if not await confirm(agreement.paired.words, agreement.peer.name):
                raise PairingRefused("You refused to pair.", reason="refused_here")
            await self._post(peer_mailbox, _CONFIRM + agreement.confirm(), _LATE, key)
            await confirmed.wait()

        async def listen() -> None:
            async for box in boxes:
                text = open_envelope(box, tag=_LATE, secret=key, receiver=boxes.mailbox)
                if text is None:
                    await self.set_aside(box)
                elif text == _REFUSED:
                    raise PairingRefused("The other device refused to pair.", reason="refused_there")
                elif text[:1] == _CONFIRM:
                    agreement.verify_confirm(text[1:])
                    confirmed.set()
            raise _lost()

        try:
            await _while(listen(), ask())
        except BaseException as error:
            if not (isinstance(error, PairingRefused) and error.word == "refused_there"):
                await _briefly(self._post(peer_mailbox, _REFUSED, _LATE, key))
            raise
        return agreement.paired

    async def set_aside(self, box: bytes) -> None:
        """A box that is not part of this pairing."""

    async def _post(self, mailbox: bytes, text: bytes, tag: str, secret: bytes) -> None:
        box = seal_envelope(text, tag=tag, secret=secret, receiver=mailbox, salt=self.random(32))
        await self.relay.post(mailbox, box)


class HostSide(_Side):
    """Shows the code; takes the first device that commits, tells every other that it is too late."""

    _joiner: bytes | None = None

    async def run(self, me: Introduction, ephemeral: Ephemeral, confirm: Confirm) -> Paired:
        """To the end. Raises: PairingRefused, PartyUnavailable, RelayUnreachable"""
        own = open_introduction(me, Role.HOST, ephemeral.public, self.code.relay_url, self.random)
        boxes = self.relay.subscribe(self.host_mailbox)
        try:
            self._joiner = commitment = (await self._wait_for(boxes, _COMMIT))[:32]
            peer_mailbox = self.mailbox("joiner", commitment)
            try:
                await self.post(peer_mailbox, _COMMIT + own.commitment)
                data = await self._wait_for(boxes, _OPEN)
                opening = parse_opening(data, role=Role.JOINER, commitment=commitment)
                agreement = Agreement(self.code, own, opening, me.identity, ephemeral)
                await self.post(peer_mailbox, _OPEN + own.encode())
            except PairingRefused:
                await _briefly(self.post(peer_mailbox, _REFUSED))
                raise
            return await self.agree(agreement, confirm, boxes, peer_mailbox)
        finally:
            boxes.close()
            if self._joiner is not None:
                await _briefly(self.post(self.spent_mailbox, _USED))

    async def set_aside(self, box: bytes) -> None:
        """Another device with the same code."""
        text = self.open(self.host_mailbox, box)
        if text[:1] == _COMMIT and len(text) == 33 and text[1:] != self._joiner:
            await self.post(self.mailbox("joiner", text[1:]), _USED)

    async def _wait_for(self, boxes: Subscription, kind: bytes) -> bytes:
        async for box in boxes:
            text = self.open(self.host_mailbox, box)
            if text == _REFUSED:
                raise PairingRefused("The other device refused to pair.", reason="refused_there")
            if text[:1] == kind and (kind != _COMMIT or len(text) == 33):
                return text[1:]
            await self.set_aside(box)
        raise _lost()


class JoinerSide(_Side):
    """Reads the code."""

    async def run(self, me: Introduction, confirm: Confirm, answer_seconds: float) -> Paired:
        """To the end. Raises: PairingRefused, PartyUnavailable, RelayUnreachable"""
        ephemeral = Ephemeral(self.random(32))
        own = open_introduction(me, Role.JOINER, ephemeral.public, self.code.relay_url, self.random)
        boxes = self.relay.subscribe(self.mailbox("joiner", own.commitment))
        try:
            await self.post(self.host_mailbox, _COMMIT + own.commitment)
            commitment = await self._first_answer(boxes, answer_seconds)
            await self.post(self.host_mailbox, _OPEN + own.encode())
            opened = await _within(answer_seconds, self._wait_for(boxes, _OPEN))
            try:
                opening = parse_opening(opened, role=Role.HOST, commitment=commitment)
                agreement = Agreement(self.code, own, opening, me.identity, ephemeral)
                self._check_key(agreement)
            except PairingRefused:
                await _briefly(self.post(self.host_mailbox, _REFUSED))
                raise
            return await self.agree(agreement, confirm, boxes, self.host_mailbox)
        finally:
            boxes.close()

    def _check_key(self, agreement: Agreement) -> None:
        found = key_hash(agreement.peer.identity, agreement.peer.ephemeral)
        if not is_equal(found, self.code.key_hash):
            raise PairingRefused("The device that answered is not the one that shows the code.", reason="key_hash")

    async def _first_answer(self, boxes: Subscription, seconds: float) -> bytes:
        """The host's commitment, unless the code turns out to be spent: that box stays for the next who tries."""
        spent = self.relay.subscribe(self.spent_mailbox)
        answer = asyncio.create_task(self._wait_for(boxes, _COMMIT))
        too_late = asyncio.create_task(self._wait_spent(spent))
        try:
            done, _ = await asyncio.wait({answer, too_late}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if answer in done:
                return answer.result()
            if too_late in done:
                raise PairingRefused("This pairing code was already used.", reason="used")
            raise PartyUnavailable("No device answers to this code.")
        finally:
            spent.close()
            answer.cancel()
            too_late.cancel()
            await asyncio.gather(answer, too_late, return_exceptions=True)

    async def _wait_spent(self, spent: Subscription) -> None:
        async for box in spent:
            if self.open(self.spent_mailbox, box) == _USED:
                return

    async def _wait_for(self, boxes: Subscription, kind: bytes) -> bytes:
        async for box in boxes:
            text = self.open(boxes.mailbox, box)
            if text == _USED:
                raise PairingRefused("This pairing code was already used.", reason="used")
            if text == _REFUSED:
                raise PairingRefused("The other device refused to pair.", reason="refused_there")
            if text[:1] == kind:
                return text[1:]
        raise _lost()


def _lost() -> PartyUnavailable:
    return PartyUnavailable("Another connection took over this pairing's mailbox.")


async def _within(seconds: float, work: Coroutine[Any, Any, bytes]) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        raise PartyUnavailable("The other device stopped answering.") from None


async def _briefly(work: Coroutine[Any, Any, None]) -> None:
    """A last word; whether it arrives changes nothing here."""
    with contextlib.suppress(TimeoutError, RelayUnreachable):
        async with asyncio.timeout(_FAREWELL_SECONDS):
            await work


async def _while(watch: Coroutine[Any, Any, None], work: Coroutine[Any, Any, None]) -> None:
    """Do ``work``; an error of ``watch`` ends it."""
    tasks = [asyncio.create_task(watch), asyncio.create_task(work)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
