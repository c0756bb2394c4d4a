"""What every use case is given: this agent's data, its chains, and its ports to the world."""

from __future__ import annotations

from dataclasses import dataclass, field

from counterfoil.crypto.identity import Identity
from counterfoil.store.db import Database
from counterfoil.wallet.agreements import Agreements
from counterfoil.wallet.background import Background
from counterfoil.wallet.consents import Consents
from counterfoil.wallet.decisions import Decisions
from counterfoil.wallet.networks import Networks
from counterfoil.wallet.ports import Ceremonies, Clock, Events, Peers, Rng
from counterfoil.wallet.running_batches import RunningBatches
from counterfoil.wallet.subscriptions import Subscriptions
from counterfoil.wallet.unlocked import Unlocked
from counterfoil.wallet.waiters import Waiters


@dataclass(slots=True)
class Wallet:
    """One agent's wallet. ``role`` is ``device`` or ``cosigner``."""

    db: Database
    identity: Identity
    networks: Networks
    ceremonies: Ceremonies
    peers: Peers
    events: Events
    now: Clock
    rng: Rng
    role: str
    unlocked: Unlocked
    waiters: Waiters = field(default_factory=Waiters)
    decisions: Decisions = field(default_factory=Decisions)
    consents: Consents = field(default_factory=Consents)
    batches: RunningBatches = field(default_factory=RunningBatches)
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    agreements: Agreements = field(default_factory=Agreements)
    resharing: set[str] = field(default_factory=set)
    """Vaults whose parties this agent is changing at this moment."""
    background: Background = field(default_factory=Background)
