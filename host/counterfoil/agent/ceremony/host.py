"""The ceremonies that this agent holds: the wallet's port, on real workers and links."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from counterfoil.agent.ceremony import hub
from counterfoil.agent.ceremony.orders import KEYGEN, RESHARE, SIGN, Invitation
from counterfoil.agent.ceremony.participation import read_report
from counterfoil.agent.ceremony.process import WorkerPool
from counterfoil.agent.ceremony.quarantine import Quarantine
from counterfoil.agent.ceremony.seat import LocalSeat, RemoteSeat, Seat
from counterfoil.agent.peers import PeerLinks
from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.crypto.identity import Identity
from counterfoil.errors import Bug, Retry, WalletError
from counterfoil.types import Party, PartyKind, Signature
from counterfoil.wallet.create import ot_parties, outcome_of
from counterfoil.wallet.parties import party_as_dict
from counterfoil.wallet.ports import (
    KeygenOrder,
    KeygenOutcome,
    PartyState,
    Progress,
    ReshareOrder,
    ReshareOutcome,
    SignOrder,
)
from counterfoil.wallet.reshare_acks import sign_ack
from counterfoil.wallet.reshare_plan import reshare_job, seats_of

T = TypeVar("T")


class CeremonyHost:
    """Implements ``wallet.ports.Ceremonies``."""

    def __init__(
        self, pool: WorkerPool, links: PeerLinks, identity_seed: bytes, own_identity: bytes, quarantine: Quarantine
    ) -> None:
        self._pool = pool
        self._links = links
        self._seed = encode_base64url(identity_seed)
        self._own = own_identity
        self._quarantine = quarantine
        self._remote: dict[str, dict[bytes, RemoteSeat]] = {}
        self.say: Callable[[bytes], dict[str, Any]] = lambda _peer: {}
        self.hear: Callable[[bytes, object, bool], None] = lambda _peer, _said, _is_way_back: None
        """The heads of both logs go with every join (``wallet.witness``)."""
        links.on_report = self._report
        links.on_lost = self._lost

    async def keygen(self, order: KeygenOrder, progress: Progress) -> KeygenOutcome:
        """Raises Ban, Retry, PartyUnavailable."""
        recovery_seed = secrets.token_bytes(32)
        parties = tuple(_with_recovery_identity(party, recovery_seed) for party in order.parties)
        ceremony_id = secrets.token_hex(16)
        invitation = Invitation(ceremony_id, KEYGEN, order.vault, order.epoch, order.threshold, parties, order.context)
        seal = _recovery_seal(order, parties)
        seats: list[Seat] = []
        for party in parties:
            job: dict[str, Any] = {"kind": "keygen", "ot_parties": list(ot_parties(parties)), "recovery": None}
            if party.kind is PartyKind.RECOVERY_FILE:
                seats.append(self._local(party, encode_base64url(recovery_seed), {**job, "recovery": seal}, _never))
            elif party.identity == self._own:
                seats.append(self._local(party, self._seed, job, _never))
            else:
                seats.append(self._away(ceremony_id, party, {}))
        results = await self._hold(invitation, seats, progress, seconds=hub.CEREMONY_SECONDS)
        mine = next(party.index for party in parties if party.identity == self._own)
        recovery = next(party.index for party in parties if party.kind is PartyKind.RECOVERY_FILE)
        if results[recovery]["group_key"] != results[mine]["group_key"]:
            raise Bug("The recovery file is of another key.")
        return outcome_of(results[mine], parties, parse_base64url(results[recovery]["file"]))

    async def reshare(self, order: ReshareOrder, progress: Progress) -> ReshareOutcome:
        """Raises Ban, Retry, PartyUnavailable, what a party refuses with."""
        seed = secrets.token_bytes(32)
        recovery = Identity(seed)
        parties = tuple(_with_recovery_identity(party, seed) for party in order.parties)
        sitting = seats_of(order.dealers, parties)
        ceremony_id = secrets.token_hex(16)
        invitation = Invitation(ceremony_id, RESHARE, order.vault, order.epoch, order.threshold, sitting, order.context)
        seats: list[Seat] = []
        for party in sitting:
            if party.kind is PartyKind.RECOVERY_FILE:
                job = {
                    **reshare_job(order.dealers, parties, order.old_public, None),
                    "recovery": _recovery_seal(order, parties),
                }
                seats.append(self._local(party, encode_base64url(seed), job, _never))
            elif party.identity == self._own:
                job = reshare_job(order.dealers, parties, order.old_public, order.share)
                seats.append(self._local(party, self._seed, job, _never))
            else:
                seats.append(self._away(ceremony_id, party, order.extra))
        results = await self._hold(invitation, seats, progress, seconds=hub.CEREMONY_SECONDS)
        mine = results[next(party.index for party in parties if party.identity == self._own)]
        file = next((results[p.index] for p in parties if p.kind is PartyKind.RECOVERY_FILE), None)
        if file is not None and file["transcript_hash"] != mine["transcript_hash"]:
            raise Bug("The recovery file is of another key.")
        made = outcome_of(mine, parties, parse_base64url(file["file"]) if file is not None else b"")
        ack = sign_ack(recovery, order.vault, order.epoch, made.context_hash) if file is not None else b""
        return ReshareOutcome(
            made.group_key, made.chain_code, made.share, parties, made.context_hash, made.confirmations,
            made.recovery_file, ack,
        )  # fmt: skip

    async def sign(self, order: SignOrder, on_release: Callable[[], None], progress: Progress) -> Signature:
        """Raises Ban, Retry, PartyUnavailable, what a party refuses with."""
        ceremony_id = secrets.token_hex(16)
        invitation = Invitation(
            ceremony_id, SIGN, order.vault, order.epoch, order.threshold, order.parties, order.context
        )
        job = {
            "kind": "sign",
            "share": encode_base64url(order.share),
            "path": order.path,
            "digest": order.digest.hex(),
            "poisoned": sorted(order.poisoned),
        }
        ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        released = asyncio.Event()

        def mark(party: int) -> None:
            order.on_poison(party)
            self._quarantine.poisoned(live, party)

        def release() -> None:
            on_release()
            released.set()

        seats: list[Seat] = []
        for party in order.parties:
            if party.index == order.me:
                seats.append(self._local(party, self._seed, job, release, mark))
            else:
                seats.append(self._away(ceremony_id, party, order.extra))
        others = {party.index for party in order.parties} - {order.me}
        with self._quarantine.watched(order.vault, others, lambda error: _fail(ended, error)) as live:
            holding = asyncio.ensure_future(
                self._hold(
                    invitation,
                    seats,
                    progress,
                    seconds=max(0, min(hub.CEREMONY_SECONDS, order.seconds)),
                    is_released=released.is_set,
                    mine=order.me,
                )
            )
            results = await _unless(ended, holding)
        mine = results[order.me]
        return Signature(int(mine["r"]), int(mine["s"]), int(mine["recovery_id"]))

    async def _hold(
        self,
        invitation: Invitation,
        seats: Sequence[Seat],
        progress: Progress,
        **limits: Any,  # noqa: ANN401 - as ``hub.hold``
    ) -> dict[int, dict[str, Any]]:
        states = {party.index: PartyState(party, "waiting") for party in invitation.parties}

        def report(index: int, state: str, step: int, of: int) -> None:
            states[index] = PartyState(invitation.party(index), state)
            progress(invitation.ceremony, step, of, [states[i] for i in sorted(states)])

        try:
            return await hub.hold(invitation, seats, report, **limits)
        finally:
            self._remote.pop(invitation.ceremony_id, None)

    def _local(
        self,
        party: Party,
        seed: str,
        job: dict[str, Any],
        on_release: Callable[[], None],
        on_poison: Callable[[int], None] = lambda _party: None,
    ) -> LocalSeat:
        return LocalSeat(
            party.index, self._pool, identity_seed=seed, job=job, on_poison=on_poison, on_release=on_release
        )

    def _away(self, ceremony_id: str, party: Party, extra: dict[str, Any]) -> RemoteSeat:
        identity = party.identity
        seat = RemoteSeat(
            party.index,
            call=lambda kind, body: self._call(identity, kind, body),
            notify=lambda kind, body: self._links.notify(identity, kind, body),
            extra=extra,
        )
        self._remote.setdefault(ceremony_id, {})[identity] = seat
        return seat

    async def _call(self, identity: bytes, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._links.call(identity, kind, {**body, "heads": self.say(identity)})
        is_way_back = body["invitation"]["ceremony"] == RESHARE or "reshare_check" in body
        self.hear(identity, answer.get("heads"), is_way_back)
        return {name: value for name, value in answer.items() if name != "heads"}

    def _report(self, sender: bytes, body: dict[str, Any]) -> None:
        """A participant's note; notes of strangers to the ceremony change nothing."""
        seat = self._remote.get(str(body.get("ceremony_id")), {}).get(sender)
        if seat is not None:
            seat.feed(read_report(body))

    def _lost(self, identity: bytes) -> None:
        """Its link was given up: it takes no further part in what is going on."""
        for seats in self._remote.values():
            if identity in seats:
                seats[identity].feed(Retry(reason="link_lost"))


def _with_recovery_identity(party: Party, seed: bytes) -> Party:
    """A recovery file has an identity for its one ceremony, to confirm the transcript like everyone."""
    if party.kind is not PartyKind.RECOVERY_FILE:
        return party
    return replace(party, identity=Identity(seed).public)


def _recovery_seal(order: KeygenOrder | ReshareOrder, parties: tuple[Party, ...]) -> dict[str, Any]:
    return {
        "passphrase": order.recovery_passphrase,
        "vault_name": order.vault_name,
        "parties": [party_as_dict(party) for party in parties],
        "created_at": order.created_at,
    }


def _never() -> None:
    raise Bug("Making shares releases nothing.")


def _fail(ended: asyncio.Future[Any], error: WalletError) -> None:
    if not ended.done():
        ended.set_exception(error)


async def _unless(ended: asyncio.Future[Any], holding: asyncio.Future[T]) -> T:
    """What is held comes to its own end, unless something else ends it first."""
    try:
        await asyncio.wait({ended, holding}, return_when=asyncio.FIRST_COMPLETED)
        if not holding.done():
            ended.result()
        return holding.result()
    finally:
        ended.cancel()
        if not holding.done():
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
        if ended.done() and not ended.cancelled():
            ended.exception()
