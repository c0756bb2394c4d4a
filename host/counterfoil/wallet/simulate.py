"""Asking the node what would happen, while the person reads: the window never waits for it, and nothing depends on it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from counterfoil.chains.family import NOT_SIMULATED, Change, Finding, Kind, Level, Simulation
from counterfoil.errors import WalletError
from counterfoil.store import requests, simulations
from counterfoil.store.request_states import PENDING
from counterfoil.store.requests import Request
from counterfoil.types import Caip2
from counterfoil.wallet.context import Wallet

SECONDS = 2.0


def begin(wallet: Wallet, request: Request) -> None:
    """Simulate in the background; the clients are told when it is there. The request and its ``seq`` stay as they are."""
    if request.kind == Kind.TRANSACTION.value:
        wallet.background.start(_simulate(wallet, request))


async def _simulate(wallet: Wallet, request: Request) -> None:
    assert request.chain is not None
    assert request.account is not None
    assert request.unsigned is not None
    chain = wallet.networks.chain(Caip2(request.chain))
    try:
        async with asyncio.timeout(SECONDS):
            client = wallet.networks.client(chain)
            found = await client.simulate(chain, request.account, Kind(request.kind), request.unsigned)
    except (WalletError, TimeoutError):
        found = NOT_SIMULATED
    _keep(wallet, request.id, found)
    wallet.events.requests_changed(request.id)


def give_up(wallet: Wallet) -> None:
    """After a restart: what was being simulated is not any more."""
    for request in requests.pending(wallet.db):
        if request.kind == Kind.TRANSACTION.value and simulations.get(wallet.db, request.id) is None:
            _keep(wallet, request.id, NOT_SIMULATED)


def _keep(wallet: Wallet, request_id: str, found: Simulation) -> None:
    if requests.get(wallet.db, request_id).state in PENDING:
        simulations.put(wallet.db, request_id, encode_simulation(found), wallet.now())


def encode_simulation(found: Simulation) -> dict[str, Any]:
    """JSON-safe; amounts as decimal text."""
    value = asdict(found)
    for change in value["changes"]:
        change["amount"] = str(change["amount"])
    return value


def decode_simulation(value: dict[str, Any]) -> Simulation:
    """What ``encode_simulation`` wrote."""
    failure = value["failure"]
    return Simulation(
        level=value["level"],
        sentence=value["sentence"],
        changes=tuple(Change(**{**change, "amount": int(change["amount"])}) for change in value["changes"]),
        failure=Finding(**{**failure, "level": Level(failure["level"])}) if failure else None,
    )
