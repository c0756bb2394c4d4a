"""A change of parties between being begun and being approved in the wallet's own page or the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counterfoil.errors import StateConflict
from counterfoil.store.vaults import Vault
from counterfoil.wallet import reshare
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.decisions import Decision
from counterfoil.wallet.home import home_request_options
from counterfoil.wallet.ports import Progress
from counterfoil.wallet.reshare_approval import Change
from counterfoil.wallet.reshare_plan import RESHARE, Plan

APPROVAL_SECONDS = 10 * 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """``options`` for the home passkey; None where the wallet has none and being unlocked is enough."""

    change_id: str
    options: dict[str, Any] | None


async def begin(wallet: Wallet, plan: Plan) -> Waiting:
    """Fix the change and what approves it. Raises as ``reshare.begin``."""
    change = await reshare.begin(wallet, plan, expires_at=wallet.now() + APPROVAL_SECONDS)
    change_id = wallet.rng(16).hex()
    challenge = change.content.challenge()
    wallet.decisions.put(change_id, Decision(RESHARE, challenge, {"change": change}))
    options = None
    if change.needs_passkey:
        options = home_request_options(wallet, plan.vault, challenge, APPROVAL_SECONDS * 1000)
    return Waiting(change_id, options)


async def carry_out(
    wallet: Wallet, change_id: str, response: Mapping[str, Any] | None, recovery_passphrase: str, progress: Progress
) -> Vault:
    """Once. Raises StateConflict for a change that does not wait, and as ``reshare.carry_out``."""
    decision = wallet.decisions.take(change_id, RESHARE)
    change = decision.data["change"]
    if not isinstance(change, Change):
        raise StateConflict("This does not wait for that answer.", reason="step")
    return await reshare.carry_out(wallet, change, response, recovery_passphrase=recovery_passphrase, progress=progress)
