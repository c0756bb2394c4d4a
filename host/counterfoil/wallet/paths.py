"""Which key may sign what: a Safe's owner key for its Safe and nothing else.   DESIGN §3, §6

An owner's signature under a text that a site chose could be taken for its consent to a Safe's act; so
no request of an account reaches an owner's key, and a Safe's request reaches that Safe's own only.
"""

from __future__ import annotations

from counterfoil.chains.evm.safe.kinds import SAFE_KINDS
from counterfoil.chains.evm.safe.requests import account_of
from counterfoil.chains.family import Kind
from counterfoil.errors import NotFound, StateConflict
from counterfoil.store import accounts
from counterfoil.store.accounts import Account
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.proposal import Proposal
from counterfoil.wallet.safe_records import OWNER_PATH, safe_on_record


def check_paths(wallet: Wallet, proposal: Proposal) -> None:
    """The keys of a proposal are those that this party has on record for its account.

    Raises: StateConflict(reason=account)
    """
    if proposal.kind not in SAFE_KINDS:
        if any(path.startswith(OWNER_PATH) for path in proposal.paths):
            raise StateConflict("This key is kept for a Safe.", reason="account")
        return
    safe = safe_on_record(wallet.db, proposal.vault, proposal.account)
    if safe is None or proposal.paths[0] != safe.owner_path:
        raise StateConflict("This Safe is not on record here.", reason="account")
    if account_of(proposal.kind, proposal.unsigned) != safe.account:
        raise StateConflict("This Safe has other owners than the bytes say.", reason="account")
    for path in proposal.paths[1:]:
        if path != payer_of(wallet, proposal.vault).path:
            raise StateConflict("This Safe's acts are paid by another account.", reason="account")


def signing_paths(wallet: Wallet, account: Account, kind: Kind) -> tuple[str, ...]:
    """The paths of the keys that sign a request of this account, one a digest."""
    if kind is Kind.SAFE_TRANSACTION:
        return (account.path, payer_of(wallet, account.vault).path)
    return (account.path,)


def payer_of(wallet: Wallet, vault: str) -> Account:
    """The account that pays for a Safe's acts: the vault's first. Raises NotFound."""
    for account in accounts.listed(wallet.db, vault):
        if account.kind == accounts.VAULT:
            return account
    raise NotFound("This vault has no account that could pay.")
