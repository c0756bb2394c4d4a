"""``policy_*``: what each party of a vault does without its person."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from counterfoil.protocol.method import MEMBERS, Method
from counterfoil.protocol.model import U256, ChainId, Count, HexId, Message, Name, OriginText, Text
from counterfoil.protocol.request import RequestView


class LimitView(Message):
    """Base units of one asset that may leave in a day with nobody asked; null narrows nothing."""

    site: OriginText
    chain: ChainId
    asset: Text
    per_day: U256
    account: Text | None
    contact: Text | None
    act: Text | None


class PartyPolicy(Message):
    """One party's policy. ``interactive``: its person is always asked. ``version`` 0: never set."""

    index: Count
    name: Name
    is_this: bool
    shares_screen: bool
    """Its person is the one at this window (a co-signer): a policy of its own changes nothing."""
    interactive: bool
    limits: list[LimitView]
    in_words: list[Text]
    version: Count


class PolicyList(Message):
    """The policies of a vault's parties."""

    policies: list[PartyPolicy]


class PolicyOf(Message):
    """Which vault."""

    vault_id: HexId


class SetParams(Message):
    """An act of administration: it waits in the wallet's window, and for the person of every other device."""

    vault_id: HexId
    party: Count
    interactive: bool
    limits: Annotated[list[LimitView], Field(max_length=64)]


METHODS = (
    Method("policy_show", PolicyOf, PolicyList, MEMBERS),
    Method("policy_set", SetParams, RequestView, MEMBERS),
)
