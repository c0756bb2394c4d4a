"""The composition root: everything an agent has, put together once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time

from counterfoil.agent.announcer import Announcer
from counterfoil.agent.ceremony.host import CeremonyHost
from counterfoil.agent.ceremony.participation import Participations
from counterfoil.agent.ceremony.process import WorkerPool
from counterfoil.agent.ceremony.quarantine import Quarantine
from counterfoil.agent.cosigner import COSIGNER, ROLE_VARIABLE, Cosigner
from counterfoil.agent.devices import Devices
from counterfoil.agent.lifecycle import AgentContext
from counterfoil.agent.peer_calls import PeerCalls
from counterfoil.agent.peers import PeerLinks
from counterfoil.agent.state import agent_state
from counterfoil.agent.try_it import TryIt
from counterfoil.agent.watch import Watch
from counterfoil.crypto.identity import Identity
from counterfoil.devices.relay_client import answers_soon
from counterfoil.dispatch.context import Context
from counterfoil.errors import RelayUnreachable
from counterfoil.relay.server import RelayServer, serve
from counterfoil.store import identity as identities
from counterfoil.store import peers, settings, vaults
from counterfoil.store.db import Database
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.diagnose import Check, diagnose
from counterfoil.wallet.networks import Networks
from counterfoil.wallet.pair import PairingDesk
from counterfoil.wallet.second_device import has_cosigner
from counterfoil.wallet.unlock import Seals
from counterfoil.wallet.unlocked import Unlocked
from counterfoil.wallet.watch import recover
from counterfoil.wallet.witness import hear, hear_join, say

_RELAY_PORT = "relay_port"
_ROLE = "role"


async def build(agent: AgentContext) -> Context:  # noqa: PLR0915 - the one place where everything is put together
    """The context of all handlers, with everything running under it."""
    db = Database.open(agent.home.database)
    role = settings.get(db, _ROLE) or os.environ.get(ROLE_VARIABLE, "device")
    settings.put(db, _ROLE, role)
    kept = identities.load_or_create(db, os.urandom, now())
    identity = Identity(kept.seed)
    links = PeerLinks(identity)
    pool = WorkerPool()
    quarantine = Quarantine()
    relay = None if role == COSIGNER else await _relay(db)
    relay_url = relay.url if relay else None
    announcer = Announcer(db, agent.events)
    ceremonies = CeremonyHost(pool, links, kept.seed, identity.public, quarantine)
    wallet = Wallet(
        db=db,
        identity=identity,
        networks=Networks(db),
        ceremonies=ceremonies,
        peers=links,
        events=announcer,
        now=now,
        rng=os.urandom,
        role=role,
        unlocked=Unlocked(now),
    )
    participations = Participations(pool, kept.seed, quarantine)
    links.serve = PeerCalls(wallet, participations, links).serve
    links.hello = lambda peer: say(wallet, peer)
    links.on_hello = lambda peer, said: hear(wallet, peer, said, is_hello=True)
    ceremonies.say = lambda peer: say(wallet, peer)
    ceremonies.hear = lambda peer, said, is_way_back: hear_join(wallet, peer, said, is_way_back=is_way_back)
    cosigner = None if relay is None else Cosigner(agent.home, db, identity, links, relay.url)
    devices = Devices(wallet, links, relay_url)
    try_it = TryIt()
    watch = Watch(wallet)

    async def checks() -> list[Check]:
        urls = dict.fromkeys([*([relay_url] if relay_url else []), *(peer.relay_url for peer in peers.paired(db))])
        answers = await asyncio.gather(*(answers_soon(url) for url in urls))
        relays = dict(zip(urls, answers, strict=True))
        return await diagnose(wallet, relays=relays, cosigner=cosigner.state if cosigner else "none")

    async def close() -> None:
        await watch.close()
        await wallet.consents.close()
        await wallet.subscriptions.close()
        await wallet.batches.close()
        await wallet.background.close()
        if cosigner is not None:
            await cosigner.close()
        await participations.close()
        await links.close()
        await pool.close()
        await try_it.close()
        await wallet.networks.close()
        if relay is not None:
            await relay.close()
        db.close()

    recover(wallet)
    for peer in peers.paired(db):
        if peer.socket_path is None:
            await links.add(peer)
    with contextlib.suppress(RelayUnreachable):
        await devices.open_relay()
    known = vaults.listed(db)
    if cosigner is not None and known and not any(has_cosigner(vault) for vault in known):
        await cosigner.retire()  # a stop between the commit and this left it
    elif cosigner is not None and cosigner.is_set_up:
        cosigner.start_soon()
    if role == COSIGNER:
        _end_with_parent(agent)
    pool.warm_up()
    watch.start()
    context = Context(
        events=agent.events,
        pairing=PairingDesk(db, now=now, random_bytes=os.urandom),
        wallet=wallet,
        seals=Seals(),
        cosigner=cosigner,
        devices=devices,
        try_it=try_it.url,
        diagnose=checks,
        state=lambda client: agent_state(wallet, client, cosigner, relay_url),
        is_unlocked=lambda: wallet.unlocked.is_unlocked,
        stop=agent.stop,
        close=close,
    )
    announcer.state = lambda: agent_state(wallet, None, cosigner, relay_url)
    return context


def now() -> int:
    """Unix seconds."""
    return int(time.time())


async def _relay(db: Database) -> RelayServer:
    """The embedded relay, on the port of last time where it is free."""
    wanted = int(settings.get(db, _RELAY_PORT, 0))
    try:
        server = await serve(port=wanted)
    except RelayUnreachable:
        server = await serve()
    settings.put(db, _RELAY_PORT, server.port)
    return server


def _end_with_parent(agent: AgentContext) -> None:
    """A co-signer's standard input is its starter's pipe: when that ends, it ends."""
    loop = asyncio.get_running_loop()

    def look() -> None:
        with contextlib.suppress(OSError):
            if os.read(sys.stdin.fileno(), 1):
                return
        loop.remove_reader(sys.stdin.fileno())
        agent.stop()

    with contextlib.suppress(OSError, ValueError, PermissionError):
        loop.add_reader(sys.stdin.fileno(), look)
