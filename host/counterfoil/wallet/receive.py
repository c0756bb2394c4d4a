"""Where an account's address may be shown for receiving.   DESIGN §3, §11"""

from __future__ import annotations

from counterfoil.chains.family import Chain
from counterfoil.store import accounts, safe_chains
from counterfoil.store.accounts import Account
from counterfoil.wallet.context import Wallet


def may_receive(wallet: Wallet, account: Account, chain: Chain) -> bool:
    """A Safe has a way back only where it stands with its lock; test networks hold nothing that could be lost."""
    if account.kind != accounts.SAFE or chain.testnet:
        return True
    return chain.id in safe_chains.chains_of(wallet.db, account.address)
