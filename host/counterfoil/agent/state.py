"""The agent's state in the wire's words."""

from __future__ import annotations

from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Cosigner
from counterfoil.protocol.agent import AgentState, OnboardingStep
from counterfoil.protocol.method import Role
from counterfoil.store import key_slots, sites, vaults
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import home_passkeys
from counterfoil.wallet.waiting import awaiting_person


async def agent_state(
    wallet: Wallet, client: Client | None, cosigner: Cosigner | None, relay_url: str | None
) -> AgentState:
    """As ``client`` may see it; None for events, which only members hear."""
    is_member = client is None or client.role is not Role.BROWSER
    return AgentState(
        paired=client is None or client.role is Role.PROFILE,
        onboarding=onboarding_step(wallet),
        locked=not wallet.unlocked.is_unlocked,
        pending_requests=len(awaiting_person(wallet.db, client.profile_id if client else None)) if is_member else 0,
        cosigner=cosigner.state if cosigner is not None else "none",  # type: ignore[arg-type]
        relay_url=relay_url if is_member else None,
    )


def onboarding_step(wallet: Wallet) -> OnboardingStep:
    """How far the set-up has come."""
    known = vaults.listed(wallet.db)
    if not known:
        return "vault" if key_slots.has_storage_key(wallet.db) else "home_passkey"
    if not home_passkeys(wallet.db, known[0].id) and known[0].state is vaults.VaultState.READY:
        return "home_passkey"
    if known[0].state is not vaults.VaultState.READY:
        return "vault"
    if known[0].recovery_proven_at is None:
        return "recovery_file"
    return "done" if sites.connected(wallet.db) else "try_it"
