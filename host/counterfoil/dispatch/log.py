"""``log_*``."""

from __future__ import annotations

from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import method
from counterfoil.protocol import log as wire
from counterfoil.protocol.model import Empty
from counterfoil.store import log


@method("log_show")
async def show(params: wire.LogParams, _client: Client, context: Context) -> wire.LogPage:
    """A page of decisions, newest first."""
    found = log.page(context.wallet.db, before=params.before, limit=params.limit + 1)
    entries = [
        wire.LogEntry(seq=entry.seq, time=entry.time, kind=entry.kind, body=entry.body, hash=entry.hash.hex())
        for entry in found[: params.limit]
    ]
    return wire.LogPage(entries=entries, more=len(found) > params.limit)


@method("log_verify")
async def verify(_params: Empty, _client: Client, context: Context) -> wire.LogHead:
    """Recompute the chain from the first entry on."""
    log.verify(context.wallet.db)
    seq, head = log.head(context.wallet.db)
    return wire.LogHead(seq=seq, hash=head.hex())
