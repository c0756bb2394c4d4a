"""What a family of chains answers. Everything here is data or pure; only a family's client meets the network.

A request becomes an *intent* (what was asked, parsed), then *unsigned bytes* (what will be signed),
then a *summary decoded from those bytes alone*, digests, and finished bytes. Parties repeat the
second half for themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from counterfoil.types import Caip2, Digest32, Signature


class Kind(StrEnum):
    """What is signed. Each kind has its own unsigned bytes."""

    TRANSACTION = "transaction"
    MESSAGE = "message"
    TYPED_DATA = "typed_data"
    SAFE_TRANSACTION = "safe_transaction"
    SAFE_MESSAGE = "safe_message"

    @property
    def is_transaction(self) -> bool:
        """Whether it is broadcast: it has a fee and takes a nonce."""
        return self in {Kind.TRANSACTION, Kind.SAFE_TRANSACTION}


class Own(StrEnum):
    """What the wallet itself asks for, by the name of the call: no site can. The answer of a family is a transaction."""

    SPEED_UP = "request_speedUp"
    """The same as ``[unsigned]``, for a fee that the chain takes in its place."""
    CANCEL = "request_cancel"
    """Nothing, in the slot of ``[unsigned]``, for a fee that the chain takes in its place."""
    FILL = "request_fill"
    """Nothing, in ``[slot]``, so that what waits behind it can go on."""


NOTHING = "nothing"
"""The ``act`` of a transaction that uses up its slot, pays its fee and does nothing else."""


class Level(StrEnum):
    """How much a finding should weigh."""

    INFO = "info"
    CAUTION = "caution"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Native:
    """The chain's own coin."""

    symbol: str
    name: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A row of ``chains.json``. ``rpc_url`` is the default endpoint or the person's own."""

    id: Caip2
    family: str
    name: str
    native: Native
    path: str
    testnet: bool
    rpc_url: str | None
    explorer: str | None = None
    tokens: Mapping[str, Native] = field(default_factory=dict)
    """Tokens that this computer's registry knows, by checksummed address."""
    high_fee: int | None = None
    """A fee from which on the window asks for a second look, in the native coin's base units."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should weigh: stable ``code``, one sentence, why, and what to do."""

    code: str
    level: Level
    sentence: str
    why: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Touch:
    """A passkey's answer that every party has checked, for chains that check it once more. ``s`` is low."""

    authenticator_data: bytes
    client_data: bytes
    r: int
    s: int


@dataclass(frozen=True, slots=True)
class Change:
    """What the bytes do to what someone holds.

    ``direction``: ``out``, ``in`` or ``permission``. ``amount`` is in base units; None means any amount.
    ``asset`` is ``native`` or a token's address. ``symbol`` and ``decimals`` are None for a token that
    our registry does not know: the amount is then shown in base units.
    """

    direction: str
    asset: str
    amount: int | None
    symbol: str | None
    decimals: int | None
    counterparty: str | None
    token_name: str | None = None
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What the bytes do, decoded from those bytes alone.

    ``act`` is a stable word for policies (``native_transfer``, ``token_transfer``, ``token_approve``,
    ``token_permit``, ``contract_call``, ``contract_create``, ``sign_text``, ``sign_typed_data``…).
    ``priced`` is true only if every effect is known in base units of an asset in our registry.
    ``refusal`` is set where DESIGN §6 says never: no party signs it and no screen offers to.
    ``fee_cap`` is the most the network can charge, in the native coin's base units; 0 for messages.
    """

    act: str
    sentence: str
    changes: tuple[Change, ...]
    to: str | None
    fee_cap: int
    priced: bool
    details: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...] = ()
    refusal: Finding | None = None
    text: str | None = None
    """The page's own words, quoted (messages); or the typed data as an indented tree."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a node says that a transaction would do to an account, its fee not counted: shown, never relied on.

    ``level``: ``simulated`` (``changes`` are balances read before and after, on the node), ``checked`` (only whether it
    would fail) or ``none``. ``failure`` is set where it would fail.
    """

    level: str
    sentence: str
    changes: tuple[Change, ...] = ()
    failure: Finding | None = None


NOT_SIMULATED = Simulation("none", "Not simulated: your node did not answer in time, or can't do it.")


class Family(Protocol):
    """The pure functions of a family. ``unsigned`` bytes always parse back whole; leftovers are refused."""

    def address(self, chain: Chain, public_key: bytes) -> str:
        """The receive address of a 33-byte compressed public key."""

    def parse_address(self, chain: Chain, text: str) -> str:
        """The canonical spelling. Raises InvalidAddress."""

    def read_request(self, chain: Chain, account: str, method: str, params: Any) -> tuple[Kind, Any]:  # noqa: ANN401
        """The intent of untrusted parameters. Raises InputError, UnknownMethod."""

    def prepare(self, chain: Chain, account: str, kind: Kind, intent: Any, facts: Any) -> bytes:  # noqa: ANN401
        """The exact unsigned bytes. Raises InvalidTransaction."""

    def intent_of(self, chain: Chain, kind: Kind, unsigned: bytes) -> bytes:
        """``unsigned`` with the declared volatile fields blanked: equal for two versions of one intent."""

    def signers(self, chain: Chain, account: str, kind: Kind, unsigned: bytes) -> tuple[str, ...]:
        """Whose keys sign, as addresses, one for each digest in their order; ``account`` itself, or a contract's owner
        and who pays. Raises InvalidTransaction where the bytes are of another account."""

    def slots(self, chain: Chain, account: str, kind: Kind, unsigned: bytes) -> tuple[str, ...]:
        """What ``account`` may sign only once: ``nonce:7``; empty for messages, and for who only signs."""

    def renumber(
        self,
        chain: Chain,
        kind: Kind,
        intent: Any,  # noqa: ANN401
        unsigned: bytes,
        *,
        first: str,
        taken: Collection[str],
        holder: str | None = None,
    ) -> bytes:
        """``unsigned`` in the lowest slot from ``first`` on that is not ``taken``; where the intent names its own, in that.

        In:     ``holder`` is whose slot it is, where the bytes take slots of two (see ``signers``)

        Raises: InvalidTransaction(reason=nonce_used) if the intent's own slot lies before ``first``
        """

    def preview(self, chain: Chain, account: str, method: str, params: Any) -> str:  # noqa: ANN401
        """What a transaction that a site describes would do, in a sentence, before any facts. Raises InputError."""

    def summarize(self, chain: Chain, account: str, kind: Kind, unsigned: bytes) -> Summary:
        """What these bytes do, for ``account``. Raises InvalidTransaction on anything it can't read whole."""

    def weigh(
        self,
        chain: Chain,
        account: str,
        kind: Kind,
        unsigned: bytes,
        *,
        facts: Any,  # noqa: ANN401
        now: int,
    ) -> tuple[Finding, ...]:
        """Findings that need the chain's facts or the time: shown with the summary, never priced. ``facts`` may be None."""

    def objection(self, chain: Chain, kind: Kind, unsigned: bytes, *, origin: str, now: int) -> Finding | None:
        """Why these bytes are never signed for this asker at this time (unix seconds), whoever approves; None where nothing is said against it."""

    def digests(self, chain: Chain, kind: Kind, unsigned: bytes) -> tuple[Digest32, ...]:
        """What is signed, in order, as far as the bytes alone fix it."""

    def next_digest(
        self, chain: Chain, kind: Kind, unsigned: bytes, signatures: Sequence[Signature], touch: Touch
    ) -> Digest32:
        """What is signed after ``signatures``: the same for everyone who has them and the touch. Raises InvalidTransaction."""

    def salted(
        self, chain: Chain, kind: Kind, unsigned: bytes, *, origin: str, request_nonce: bytes, expires_at: int
    ) -> bytes:
        """The bytes with H(origin, request nonce, expiry) in them, where a chain fixes the challenge; else as they are."""

    def challenge(self, chain: Chain, kind: Kind, unsigned: bytes) -> bytes | None:
        """What the passkey signs where the chain checks it for itself; None where the wallet's own challenge serves."""

    def check_touch(self, chain: Chain, kind: Kind, unsigned: bytes, touch: Touch) -> None:
        """The chain would accept this touch's form, where it looks at it. Raises AssertionRefused."""

    def assemble(
        self,
        chain: Chain,
        kind: Kind,
        unsigned: bytes,
        signatures: Sequence[Signature],
        touch: Touch | None = None,
    ) -> bytes:
        """The finished bytes: a transaction to broadcast, or the signature a page is given."""

    def transaction_id(self, chain: Chain, signed: bytes) -> str:
        """The id by which the chain will know the finished transaction."""

    def unsigned_of(self, chain: Chain, raw: bytes) -> tuple[bytes, str | None]:
        """The unsigned bytes of a finished transaction and who signed it; unsigned bytes as they are. Raises InvalidTransaction."""

    def is_finished(self, chain: Chain, account: str, kind: Kind, unsigned: bytes, signed: bytes) -> bool:
        """Whether ``signed`` are these very bytes, signed by whom they name. Raises InvalidTransaction."""

    def is_read_only(self, method: str) -> bool:
        """Whether a site's method only reads the chain and may be passed on to a node."""


@dataclass(frozen=True, slots=True)
class NodeState:
    """What a node says of itself: its chain, its height, and its clock in unix seconds if it says that."""

    chain: Caip2
    height: int
    clock: int | None


class Client(Protocol):
    """A family's access to its chain. Raises NodeUnreachable, NodeRejected, BroadcastUnknown."""

    async def look(self, chain: Chain) -> NodeState:
        """How the node is, for the doctor."""

    async def facts(self, chain: Chain, account: str, kind: Kind, intent: Any) -> Any:  # noqa: ANN401
        """What ``prepare`` needs from the chain: nonce, fees, gas, code at the target, chain id (probed)."""

    async def next_slot(self, chain: Chain, account: str, kind: Kind) -> str | None:
        """The first slot that the chain would take now: ``nonce:7``; None where this kind has no order."""

    async def refresh(self, chain: Chain, account: str, kind: Kind, unsigned: bytes, fee_cap: int) -> bytes:
        """The same intent with fresh volatile fields, its fee at most ``fee_cap``."""

    async def missing(self, chain: Chain, account: str, slot: str, held: Collection[str]) -> str | None:
        """A slot that the chain wants before ``slot`` and that is not ``held``: until it is used, ``slot`` waits."""

    async def broadcast(self, chain: Chain, signed: bytes) -> str:
        """Send finished bytes; "already known" is success. Returns the transaction id."""

    async def status(self, chain: Chain, transaction_id: str, account: str, slot: str) -> str:
        """``pending``, ``mined``, ``reverted``, ``replaced`` (the slot was used by another) or ``unknown``.

        ``transaction_id`` is empty for a transaction whose finished bytes are not here."""

    async def simulate(self, chain: Chain, account: str, kind: Kind, unsigned: bytes) -> Simulation:
        """What would happen now. A failure is an answer, not an error."""

    async def balance(self, chain: Chain, account: str) -> int:
        """In the native coin's base units."""

    async def creation_codes(self, chain: Chain) -> Any:  # noqa: ANN401 - the family's own
        """What addresses of contract accounts are derived with. Raises InvalidTransaction where there can be none."""

    async def confirm(self, chain: Chain, kind: Kind, unsigned: bytes, transaction_id: str) -> bool:
        """Whether a mined transaction did what its bytes say, as the account itself tells where it is a contract."""

    async def contract_stands(self, chain: Chain, kind: Kind, unsigned: bytes) -> str | None:
        """The lock of a contract account that stands on the chain with it; None otherwise."""

    async def close(self) -> None:
        """Let go of connections."""

    async def chain_at(self, rpc_url: str, seconds: float) -> str:
        """The CAIP-2 id of the chain that a node says it belongs to."""

    async def token(self, chain: Chain, address: str) -> Native | None:
        """What a token says of itself: anyone's claim, to be shown as one. None where it says nothing readable."""

    async def passthrough(self, chain: Chain, method: str, params: Any) -> Any:  # noqa: ANN401
        """A read-only call of a site, already checked against the allow-list."""
