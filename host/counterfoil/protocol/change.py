"""``change_*``: acts of administration: the home passkey's touch, then a person on another device, or a day."""

from __future__ import annotations

from typing import Literal

from counterfoil.protocol.method import MEMBERS, PROFILE_ONLY, Method
from counterfoil.protocol.model import Empty, HexId, JsonObject, JsonText, Message, Seconds, Text


class AdminStep(Message):
    """What a home passkey is to be touched for, in the wallet's own page; ``why`` is a sentence for the person.
    ``needs_person``: the touch alone is not enough."""

    step_id: HexId
    options_json: JsonText
    why: Text
    needs_person: bool


class ApproveChangeParams(Message):
    """The home passkey's answer to a step (``toJSON()``)."""

    step_id: HexId
    response: JsonObject


class Change(Message):
    """A change that waits, was done or called off. ``asked_here``: by this device; ``can_agree``: its person's word
    is wanted here; ``agreed_by`` and ``waits_for`` name devices; from ``ready_at`` on nobody has to agree."""

    change_id: HexId
    act: Literal["enrol_home_passkey", "revoke_home_passkey"]
    sentence: Text
    asked_by: Text
    asked_here: bool
    can_agree: bool
    agreed_by: list[Text]
    waits_for: list[Text]
    heard_at: Seconds
    ready_at: Seconds
    state: Literal["waiting", "kept", "cancelled"]


class Outcome(Message):
    """``done``, or the change that waits."""

    done: bool
    change: Change | None


class ChangeList(Message):
    """Changes that wait, oldest first."""

    changes: list[Change]


class ChangeId(Message):
    """Which change."""

    change_id: HexId


METHODS = (
    Method("change_approve", ApproveChangeParams, Outcome, PROFILE_ONLY, unlocked=True, long=True),
    Method("change_list", Empty, ChangeList, MEMBERS),
    Method("change_agree", ChangeId, Change, MEMBERS, unlocked=True),
    Method("change_cancel", ChangeId, Change, MEMBERS),
)
