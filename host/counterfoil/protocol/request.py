"""``request_*``: what waits to be decided, and the steps of deciding it.

The window that decides runs one loop: ``request_approve`` gives the next step; the window (or the
page, through the worker) does it; ``request_answer`` brings the answer and gives the step after.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from counterfoil.protocol.method import MEMBERS, PROFILE_ONLY, Method
from counterfoil.protocol.model import (
    U256,
    ChainId,
    Count,
    Empty,
    Fault,
    Hex,
    HexId,
    JsonObject,
    JsonText,
    Message,
    Name,
    OriginText,
    PartyState,
    Seconds,
    Text,
)

State = Literal[
    "proposed", "consented", "approved", "released", "signed", "sent", "final", "refused", "expired", "failed", "dead"
]


Choice = Literal["speed_up", "cancel", "fill"]
"""``fill``: use up the number that it waits for and that nobody else uses."""


class Target(Message):
    """The very document that asked."""

    origin: OriginText
    tab_id: Count
    frame_id: Count
    document_id: Text


class FindingView(Message):
    """A thing to weigh, worst first."""

    code: Text
    level: Literal["info", "caution", "danger"]
    sentence: Text
    why: Text
    action: Text


class ChangeView(Message):
    """What leaves, arrives or is permitted. ``amount`` null means any amount; null ``symbol``: unknown token."""

    direction: Literal["out", "in", "permission"]
    asset: Text
    amount: U256 | None
    symbol: Text | None
    token_name: Text | None
    decimals: Count | None
    counterparty: Text | None
    expires_at: Seconds | None


class Fee(Message):
    """The most that the network can charge."""

    cap: U256
    symbol: Text
    decimals: Count


class Detail(Message):
    """A labelled value of the folded part."""

    label: Text
    value: JsonText


class PartyProgress(Message):
    """Where a party of the ceremony is."""

    index: Count
    name: Name
    kind: Literal["device", "cosigner", "recovery_file"]
    state: PartyState


class AccountChoice(Message):
    """An account that a connection may show to the site."""

    account_id: HexId
    name: Name
    address: Text
    kind: Literal["vault", "safe"]


class SimulationView(Message):
    """What the person's node says would happen: ``simulated``, ``checked`` only that it does not fail, or ``none``.

    Shown beside the bytes, never part of what is approved: it may come after the window, and ``seq`` stays as it is.
    """

    level: Literal["simulated", "checked", "none"]
    sentence: Text
    changes: list[ChangeView]
    """What the account would have more or less of; the fee is not counted."""
    failure: FindingView | None


class RequestView(Message):
    """All that the window shows, decoded from the bytes."""

    request_id: HexId
    seq: Count
    state: State
    kind: Literal[
        "connect",
        "transaction",
        "message",
        "typed_data",
        "add_chain",
        "set_node",
        "watch_asset",
        "safe",
        "administration",
    ]
    method: Text
    origin: OriginText
    asked_by: Name | None
    """The other device of yours that asks for this one's consent; null for what was asked here."""
    registrable_domain: Text
    created_at: Seconds
    expires_at: Seconds
    account_id: HexId | None
    account_name: Text | None
    address: Text | None
    chain: ChainId | None
    chain_name: Text | None
    testnet: bool
    act: Text
    sentence: Text
    to: Text | None
    changes: list[ChangeView]
    fee: Fee | None
    findings: list[FindingView]
    refusal: FindingView | None
    text: JsonText | None
    details: list[Detail]
    words: list[Text]
    notches: list[Count]
    """8 of 16 positions × 3 depths, drawn from the challenge: ``position * 3 + depth``."""
    site_passkey: Literal["none", "present"]
    account_choices: list[AccountChoice]
    parties: list[PartyProgress]
    transaction_id: Text | None
    reverted: bool
    """The network took the transaction and undid it: only the fee is gone."""
    explorer_url: Text | None
    error: Fault | None
    position: Count
    waiting: Count
    """Place in the queue, from 1, and how many wait in all."""
    simulation: SimulationView | None
    """Null until it is there, and where there is nothing to simulate."""
    parent_id: HexId | None
    """The transaction that this one speeds up or calls off."""
    choices: list[Choice]
    """What can be done about it now."""
    note: Text | None
    """Why it does not go on by itself, where it does not."""


class RequestList(Message):
    """A page of requests, newest first."""

    requests: list[RequestView]
    more: bool


class ListParams(Message):
    """``pending`` only, or all; ``before`` is a ``seq``."""

    pending: bool
    before: Count | None
    limit: Annotated[int, Field(ge=1, le=50)]


class RequestId(Message):
    """Which request."""

    request_id: HexId


class ApproveParams(Message):
    """The person approved in the window. ``seq`` is that of the view they saw: another one is StateConflict.
    ``account_ids`` is the choice of accounts for a connection."""

    request_id: HexId
    seq: Count
    account_ids: list[HexId]


class CreateSitePasskey(Message):
    """Create the site passkey in the page, by content.js."""

    step: Literal["create_site_passkey"]
    target: Target
    options_json: JsonText


class AssertSitePasskey(Message):
    """Touch the site passkey in the page, by content.js."""

    step: Literal["assert_site_passkey"]
    target: Target
    options_json: JsonText
    words: list[Text]
    notches: list[Count]


class AssertHomePasskey(Message):
    """Touch the home passkey in the wallet's own window; ``why`` is a sentence for the person."""

    step: Literal["assert_home_passkey"]
    options_json: JsonText
    why: Text


class WaitForOthers(Message):
    """A person on another device decides now. When the request moves, ask for its view, and approve that: it goes on."""

    step: Literal["wait_for_others"]
    request: RequestView


class Finished(Message):
    """Nothing more to do: the view says how it ended."""

    step: Literal["done"]
    request: RequestView


class Next(Message):
    """The next step of a decision."""

    next: Annotated[
        CreateSitePasskey | AssertSitePasskey | AssertHomePasskey | WaitForOthers | Finished,
        Field(discriminator="step"),
    ]


class PageFailure(Message):
    """Why a page or the window could not use its passkey: the DOMException's name and message."""

    name: Text
    message: Text


class AnswerParams(Message):
    """Exactly one of ``response`` (``toJSON()`` of the credential) and ``failure``."""

    request_id: HexId
    step: Literal["create_site_passkey", "assert_site_passkey", "assert_home_passkey"]
    response: JsonObject | None
    failure: PageFailure | None


class ExplainParams(Message):
    """Unsigned or signed bytes of a chain, to be put into words."""

    chain: ChainId
    raw: Hex
    account: Text | None


class Explanation(Message):
    """What the bytes do."""

    sentence: Text
    act: Text
    to: Text | None
    changes: list[ChangeView]
    fee: Fee | None
    findings: list[FindingView]
    refusal: FindingView | None
    details: list[Detail]


METHODS = (
    Method("request_list", ListParams, RequestList, MEMBERS),
    Method("request_get", RequestId, RequestView, MEMBERS),
    Method("request_approve", ApproveParams, Next, MEMBERS, long=True),
    Method("request_answer", AnswerParams, Next, PROFILE_ONLY, long=True),
    Method("request_renew", RequestId, Next, PROFILE_ONLY, unlocked=True),
    Method("request_refuse", RequestId, RequestView, MEMBERS),
    Method("request_refuseAll", Empty, Empty, PROFILE_ONLY),
    Method("request_speedUp", RequestId, RequestView, MEMBERS),
    Method("request_cancel", RequestId, RequestView, MEMBERS),
    Method("request_fill", RequestId, RequestView, MEMBERS),
    Method("tx_explain", ExplainParams, Explanation, MEMBERS),
)
