"""``provider_*``: what a page asks through EIP-1193. The context is the worker's word, the payload the page's."""

from __future__ import annotations

from counterfoil.protocol.method import PROFILE_ONLY, Method
from counterfoil.protocol.model import Count, Empty, JsonObject, JsonText, Message, OriginText, Text


class Context(Message):
    """Who asks: from ``sender.origin``, tab, frame and document ids; never from the page's data."""

    origin: OriginText
    tab_id: Count
    frame_id: Count
    document_id: Text


class ProviderParams(Message):
    """``call_id`` is the page's own id of this call: asking again with the same document and id attaches
    to the same request. ``payload`` is the JSON text of ``{method, params}``."""

    context: Context
    call_id: Text
    payload: JsonText


class ProviderError(Message):
    """An error in the numbers of EIP-1193 and EIP-1474."""

    code: int
    message: Text
    data: JsonObject


class ProviderResult(Message):
    """Exactly one of the two. ``result_json`` is JSON text."""

    result_json: JsonText | None
    error: ProviderError | None


class ProviderState(Message):
    """What the injected provider starts with."""

    chain_id: Text
    network_version: Text
    accounts: list[Text]


class TabClosed(Message):
    """The document is gone: its waiting requests are refused."""

    tab_id: Count
    document_id: Text | None


METHODS = (
    Method("provider_request", ProviderParams, ProviderResult, PROFILE_ONLY, long=True),
    Method("provider_state", Context, ProviderState, PROFILE_ONLY),
    Method("provider_closed", TabClosed, Empty, PROFILE_ONLY),
)
