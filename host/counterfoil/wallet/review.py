"""What a party finds out for itself about bytes it is asked to sign.   DESIGN §7.1

The same function runs on the party that asks and on every party that helps: each decodes, each
recomputes the digests, each compares the account with its own derivation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from counterfoil.chains.family import Chain, Family, Summary
from counterfoil.chains.registry import family_of
from counterfoil.crypto.hashes import is_equal
from counterfoil.errors import InvalidTransaction, NotFound, PolicyRefused, RequestExpired, StateConflict, UnsafeToSign
from counterfoil.store import slots, vaults
from counterfoil.store.vaults import Vault, VaultState
from counterfoil.threshold.derive import derive_public, parse_path
from counterfoil.types import Caip2, Digest32
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.paths import check_paths
from counterfoil.wallet.proposal import Proposal

MAX_LIFE_SECONDS = 60 * 60


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Facts this party computed from the bytes and its own records, and nothing it was told.

    ``digests`` are those that the bytes alone fix; ``holds`` are the slots that they take, by account.
    """

    proposal: Proposal
    vault: Vault
    chain: Chain
    family: Family
    summary: Summary
    digests: tuple[Digest32, ...]
    holds: Mapping[str, tuple[str, ...]]
    intent: bytes

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots of the account itself."""
        return self.holds[self.proposal.account]


def review(wallet: Wallet, proposal: Proposal) -> Reviewed:
    """Decode and check a proposal.

    Raises: NotFound (vault), UnknownChain, InvalidTransaction, StateConflict (epoch, account),
            UnsafeToSign (DESIGN §6), PolicyRefused(reason=fee_cap), RequestExpired
    """
    now = wallet.now()
    if now >= proposal.expires_at:
        raise RequestExpired
    if proposal.expires_at > now + MAX_LIFE_SECONDS:
        raise PolicyRefused("A request lives an hour at most.", reason="expiry")
    vault = vaults.get(wallet.db, proposal.vault)
    if vaults.has_left(wallet.db, vault.id):
        raise NotFound("This device does not share that vault any more.")
    if vault.epoch != proposal.epoch or vault.state is not VaultState.READY:
        raise StateConflict("The vault's keys were renewed meanwhile.", reason="epoch")
    chain = wallet.networks.chain(Caip2(proposal.chain))
    family = family_of(chain)
    signers = _check_signers(wallet, vault, chain, family, proposal)
    summary = family.summarize(chain, proposal.account, proposal.kind, proposal.unsigned)
    refusal = summary.refusal or family.objection(
        chain, proposal.kind, proposal.unsigned, origin=proposal.origin, now=now
    )
    if refusal is not None:
        raise UnsafeToSign(refusal.sentence, remedy=refusal.action or None, reason=refusal.code)
    if summary.fee_cap > proposal.fee_cap:
        raise PolicyRefused("The fee is higher than was agreed.", reason="fee_cap")
    digests = family.digests(chain, proposal.kind, proposal.unsigned)
    if not digests:
        raise InvalidTransaction("There is nothing to sign in these bytes.")
    return Reviewed(
        proposal=proposal,
        vault=vault,
        chain=chain,
        family=family,
        summary=summary,
        digests=digests,
        holds={
            holder: family.slots(chain, holder, proposal.kind, proposal.unsigned)
            for holder in dict.fromkeys((proposal.account, *signers))
        },
        intent=family.intent_of(chain, proposal.kind, proposal.unsigned),
    )


def hold_slots(wallet: Wallet, reviewed: Reviewed) -> None:
    """Reserve what may be signed only once for these digests, of every account that they touch. Raises SlotHeld."""
    with wallet.db.transaction():
        for holder, taken in reviewed.holds.items():
            slots.reserve(
                wallet.db,
                reviewed.proposal.request_id,
                chain=reviewed.proposal.chain,
                account=holder,
                slots=taken,
                digests=reviewed.digests,
                now=wallet.now(),
            )


def _check_signers(wallet: Wallet, vault: Vault, chain: Chain, family: Family, proposal: Proposal) -> tuple[str, ...]:
    """Each digest is signed by the key that the bytes name, and by no key that is kept for something else."""
    signers = family.signers(chain, proposal.account, proposal.kind, proposal.unsigned)
    if len(signers) != len(proposal.paths):
        raise StateConflict("This account does not belong to that key.", reason="account")
    for signer, path in zip(signers, proposal.paths, strict=True):
        if not is_equal(account_address(vault, chain, family, path).encode(), signer.encode()):
            raise StateConflict("This account does not belong to that key.", reason="account")
    check_paths(wallet, proposal)
    return signers


def account_address(vault: Vault, chain: Chain, family: Family, path: str) -> str:
    """The address of a vault's child key on a chain. Standard: BIP-32, public derivation"""
    public_key, _ = derive_public(vault.group_key, vault.chain_code, parse_path(path))
    return family.address(chain, public_key)
