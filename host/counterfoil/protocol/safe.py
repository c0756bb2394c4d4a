"""``safe_*``: accounts that a passkey and a key of the vault own together, on chain."""

from __future__ import annotations

from counterfoil.protocol.method import MEMBERS, Method
from counterfoil.protocol.model import ChainId, HexId, Message, OriginText
from counterfoil.protocol.request import RequestView


class ProposeParams(Message):
    """A new Safe: of the home passkey, or of the passkey of a connected ``site``. ``chain``: a network where Safe's
    contracts stand; null for the one on which new sites start."""

    site: OriginText | None
    chain: ChainId | None


class SetUpParams(Message):
    """A Safe, and the network on which it shall stand with its lock; null for the one on which new sites start."""

    account_id: HexId
    chain: ChainId | None


METHODS = (
    Method("safe_propose", ProposeParams, RequestView, MEMBERS, unlocked=True, long=True),
    Method("safe_setUp", SetUpParams, RequestView, MEMBERS, unlocked=True, long=True),
)
