"""What the use cases need from the world, as small protocols; the agent brings the real ones, tests bring others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from counterfoil.codecs.canonical import Canonical
from counterfoil.types import Party, Signature

Body = dict[str, Any]
Rng = Callable[[int], bytes]
Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class PartyState:
    """Where a party is in long work: ``waiting joined working done failed asleep``; before it ``asked agreed``."""

    party: Party
    state: str


class Progress(Protocol):
    """Told as long work goes on."""

    def __call__(self, stage: str, step: int, of: int, parties: Sequence[PartyState]) -> None:
        """``step`` of ``of``; ``of`` 0 where it is not known."""


class Peers(Protocol):
    """Other agents, by identity key."""

    async def call(self, identity: bytes, kind: str, body: Body) -> Body:
        """Ask and wait. Raises the other side's typed error, PartyUnavailable when it does not answer."""

    def tell(self, identity: bytes, kind: str, body: Body) -> None:
        """Say something without waiting; it is lost where there is nobody."""

    def is_near(self, identity: bytes) -> bool:
        """Whether a link to it stands now."""


class Events(Protocol):
    """What clients are told unasked."""

    def requests_changed(self, request_id: str) -> None:
        """A request moved."""

    def provider(self, origin: str, name: str, data: Any) -> None:  # noqa: ANN401 - JSON for the page
        """An EIP-1193 event for one site."""

    def message(self, origin: str, document_id: str, data: Any) -> None:  # noqa: ANN401 - JSON for the page
        """EIP-1193's ``message``, for one page of a site."""

    def hears(self, profile_id: str | None) -> bool:
        """Whether that browser profile is connected now."""

    def state_changed(self) -> None:
        """Locked, unlocked, onboarding moved on."""

    def progress(self, token: str, stage: str, step: int, of: int, parties: Sequence[PartyState]) -> None:
        """Long work moved on."""


@dataclass(frozen=True, slots=True)
class KeygenOrder:
    """Make a vault's key. ``parties`` without a recovery file's identity yet: the ceremony fills it in."""

    vault: str
    vault_name: str
    epoch: int
    threshold: int
    parties: tuple[Party, ...]
    context: Canonical
    recovery_passphrase: str
    created_at: int


@dataclass(frozen=True, slots=True, repr=False)
class KeygenOutcome:
    """Every party confirmed the same transcript. ``share`` is this party's, in clear; ``recovery_file`` is sealed."""

    group_key: bytes
    chain_code: bytes
    share: bytes
    parties: tuple[Party, ...]
    context_hash: bytes
    confirmations: Mapping[int, bytes]
    recovery_file: bytes


@dataclass(frozen=True, slots=True, repr=False)
class SignOrder:
    """Sign one digest of one request with the parties named, in ``seconds``. ``extra`` is what the others need to check it."""

    vault: str
    epoch: int
    threshold: int
    me: int
    parties: tuple[Party, ...]
    share: bytes
    path: str
    digest: bytes
    context: Canonical
    poisoned: frozenset[int]
    on_poison: Callable[[int], None]
    extra: Body
    seconds: int


@dataclass(frozen=True, slots=True, repr=False)
class ReshareOrder:
    """Deal a vault's key anew. ``dealers`` have their old numbers, ``parties`` their new ones, 1 to n.

    This party deals and stays. A recovery file among ``parties`` has no identity yet: the ceremony fills it in and
    seals it with ``recovery_passphrase``. ``extra`` is what the other agents need to check it.
    """

    vault: str
    vault_name: str
    epoch: int
    threshold: int
    dealers: tuple[Party, ...]
    parties: tuple[Party, ...]
    old_public: bytes
    share: bytes
    context: Canonical
    recovery_passphrase: str
    created_at: int
    extra: Body


@dataclass(frozen=True, slots=True, repr=False)
class ReshareOutcome:
    """All dealers and new parties confirmed the same transcript. ``share`` is this party's new one, in clear;
    ``recovery_file`` is sealed and comes with its acknowledgement, both empty where the new parties have none."""

    group_key: bytes
    chain_code: bytes
    share: bytes
    parties: tuple[Party, ...]
    context_hash: bytes
    confirmations: Mapping[int, bytes]
    recovery_file: bytes
    recovery_ack: bytes


class Ceremonies(Protocol):
    """Rounds among parties."""

    async def keygen(self, order: KeygenOrder, progress: Progress) -> KeygenOutcome:
        """Raises Ban, Retry, PartyUnavailable."""

    async def sign(self, order: SignOrder, on_release: Callable[[], None], progress: Progress) -> Signature:
        """``on_release`` has persisted RELEASED when it returns; only then the last messages leave."""

    async def reshare(self, order: ReshareOrder, progress: Progress) -> ReshareOutcome:
        """From the old parties to the new ones; every other new agent keeps its share as pending when this returns.

        Raises Ban, Retry, PartyUnavailable, what a party refuses with.
        """
