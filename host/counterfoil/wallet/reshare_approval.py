"""The approval of a change of parties: the home passkey's answer to all of it, checked by every old party for itself.   DESIGN §6

A wallet that never had a home passkey (made in the terminal) takes an unlocked agent at each party instead. A party whose
screen is not the asking one's also takes its own person's agreement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counterfoil.errors import AssertionRefused, InvalidMessage, PolicyRefused
from counterfoil.store.vaults import Vault
from counterfoil.wallet.ask import ask
from counterfoil.wallet.challenge import AdminContent, joint_nonce
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.enrol import verify_home
from counterfoil.wallet.nonces import read_nonce, read_nonces
from counterfoil.wallet.passkey_records import home_passkeys
from counterfoil.wallet.reshare_plan import RESHARE, Plan

COSIGNER = "cosigner"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of parties that waits for its approval. ``nonces`` are of the old parties that take part, by seat."""

    plan: Plan
    content: AdminContent
    nonces: Mapping[int, bytes]
    needs_passkey: bool


def content_of(plan: Plan, vault: Vault, nonces: Mapping[int, bytes], expires_at: int) -> AdminContent:
    """What the home passkey's challenge is made of. Raises InvalidMessage."""
    nonce = joint_nonce("admin", list(nonces.items()))
    return AdminContent(vault.id, vault.epoch, RESHARE, plan.as_dict(), nonce, expires_at)


def approving_seats(plan: Plan, vault: Vault) -> set[int]:
    """The old parties that take part: each gives a nonce and checks the approval."""
    old = {party.identity for party in vault.parties}
    return {party.index for party in plan.agents() if party.identity in old}


async def gather(wallet: Wallet, plan: Plan, vault: Vault, *, expires_at: int) -> Change:
    """Ask every other old party that takes part for its nonce. Raises what they refuse with, PartyUnavailable."""
    nonces = {}
    seats = approving_seats(plan, vault)
    for party in plan.agents():
        if party.index not in seats:
            continue
        if party.identity == wallet.identity.public:
            nonces[party.index] = wallet.rng(32)
            continue
        answer = await ask(wallet, party, "reshare_nonce", {"plan": plan.as_dict()}, expires_at=expires_at)
        nonces[party.index] = read_nonce(answer.get("nonce"))
    needs_passkey = bool(home_passkeys(wallet.db, vault.id))
    return Change(plan, content_of(plan, vault, nonces, expires_at), nonces, needs_passkey)


def approval_as_dict(change: Change, response: Mapping[str, Any] | None) -> dict[str, Any]:
    """For the other parties."""
    return {
        "nonces": {str(seat): nonce.hex() for seat, nonce in change.nonces.items()},
        "expires_at": change.content.expires_at,
        "response": None if response is None else dict(response),
    }


def read_approval(value: object, plan: Plan, vault: Vault) -> tuple[Change, dict[str, Any] | None]:
    """As the asking party sent it. Raises InvalidMessage."""
    match value:
        case {"nonces": nonces, "expires_at": int(expires_at), "response": response, **rest} if (
            not rest and type(expires_at) is int and (response is None or isinstance(response, dict))
        ):
            given = read_nonces(nonces)
            if set(given) != approving_seats(plan, vault):
                raise InvalidMessage("The approval is not of the parties that take part.", reason="nonce")
            content = content_of(plan, vault, given, expires_at)
            return Change(plan, content, given, needs_passkey=response is not None), response
    raise InvalidMessage("The approval can't be read.", reason="approval")


def verify_approval(wallet: Wallet, change: Change, response: Mapping[str, Any] | None) -> None:
    """For ourselves: the home passkey approved exactly this, or there is none and this agent is unlocked.

    Raises: AssertionRefused, Locked
    """
    wallet.unlocked.key()
    if change.content.expires_at <= wallet.now():
        raise AssertionRefused("The approval came too late.", reason="EXPIRED")
    if not home_passkeys(wallet.db, change.plan.vault):
        if response is not None:
            raise AssertionRefused("This is not a passkey of this wallet.", reason="CREDENTIAL")
        return
    if response is None:
        raise AssertionRefused("This takes the wallet's own passkey.", reason="CREDENTIAL")
    verify_home(wallet, change.content, response)


def person_agrees(wallet: Wallet, sender: bytes, vault: str | None) -> None:
    """This party's person said yes, here; a co-signer's person sits at the asking party's screen.

    Raises: PolicyRefused(reason=needs_person)
    """
    if vault is not None and wallet.role == COSIGNER:
        return
    if not wallet.agreements.holds(sender, vault=vault, now=wallet.now()):
        raise PolicyRefused("The other device's person has to agree there first.", reason="needs_person")
