"""What a Safe's request asks for, and what the chain says of the Safe, as values."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.chains.evm.facts import Facts
from counterfoil.chains.evm.safe.account import SafeAccount
from counterfoil.chains.evm.safe.first_act import Standing
from counterfoil.chains.evm.safe.multi_send import Item
from counterfoil.chains.family import Kind


@dataclass(frozen=True, slots=True)
class ActIntent:
    """Calls that a Safe shall make, in order, and who pays. ``nonce`` None: the next one."""

    account: SafeAccount
    payer: str
    calls: tuple[Item, ...]
    nonce: int | None = None


@dataclass(frozen=True, slots=True)
class MessageIntent:
    """A text or typed data (bytes as a vault account would sign them) that a Safe shall vouch for."""

    account: SafeAccount
    kind: Kind
    content: bytes


@dataclass(frozen=True, slots=True)
class ActFacts:
    """Answers of a node for one act. ``paying`` is about the paying account: its nonce, balance, and gas for all of it."""

    paying: Facts
    standing: Standing
    nonce: int
    balance: int
    """What the Safe holds, in wei."""
    simulated: bool
    """Whether the calls were tried."""
    targets_have_code: tuple[bool, ...]
    revert: str | None = None
    """Why they would fail, perhaps empty."""
