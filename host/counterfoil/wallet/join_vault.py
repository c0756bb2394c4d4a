"""The other parties' side of a new vault: share its key, sign its first signature, keep it or forget it.   DESIGN §3"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.errors import Bug, InvalidMessage, NotPermitted, StateConflict
from counterfoil.store import log, poison, shares, vaults
from counterfoil.store.vaults import Vault, VaultState
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.create import (
    ACCOUNT_PATH,
    THRESHOLD,
    check_context,
    check_digest,
    discard_unfinished,
    genesis,
    keep_share,
    open_for_use,
    ot_parties,
    outcome_of,
    read_context,
)
from counterfoil.wallet.join import Joining
from counterfoil.wallet.parties import parse_party


def join_keygen(wallet: Wallet, sender: bytes, invitation: Mapping[str, Any], my_index: int) -> Joining:
    """A paired agent asks this one to share a new vault's key.

    Raises: InvalidMessage, StateConflict, Locked
    """
    parties = tuple(parse_party(party) for party in invitation["parties"])
    by_index = {party.index: party for party in parties}
    mine = by_index.get(my_index)
    hub = next((party for party in parties if party.identity == sender), None)
    if mine is None or mine.identity != wallet.identity.public or hub is None or hub.index == my_index:
        raise InvalidMessage("This device is not the party it is invited as.")
    if invitation["epoch"] != 0 or invitation["threshold"] != THRESHOLD or len(parties) >= 2 * THRESHOLD:
        raise InvalidMessage("This is not the set-up of a starter vault.")
    if any(vault.id == invitation["vault"] for vault in vaults.listed(wallet.db)):
        raise StateConflict("This vault exists already.", reason="exists")
    wallet.unlocked.key()
    discard_unfinished(wallet)
    name, passkeys = read_context(invitation["context"])
    vault_id = str(invitation["vault"])

    def finish(result: dict[str, Any]) -> None:
        outcome = outcome_of(result, parties)
        keep_share(wallet, outcome, vault_id=vault_id, name=name, my_index=my_index, created_at=wallet.now())
        genesis(wallet, vault_id, passkeys)

    return Joining(
        job={"kind": "keygen", "ot_parties": list(ot_parties(parties)), "recovery": None},
        on_release=_never,
        on_poison=lambda party: poison.mark(wallet.db, vault_id, 0, party, wallet.now()),
        on_result=finish,
        on_failure=lambda _error: None,
    )


def join_check(wallet: Wallet, sender: bytes, invitation: Mapping[str, Any], body: Mapping[str, Any]) -> Joining:
    """The first signature of a vault that both have just made. Raises StateConflict once the vault is ready."""
    vault = vaults.get(wallet.db, str(body.get("check")))
    if vault.state is not VaultState.CREATING or sender not in {party.identity for party in vault.parties}:
        raise StateConflict("The vault needs no such check.", reason="ready")
    if invitation["context"] != check_context(vault) or invitation["vault"] != vault.id:
        raise StateConflict("The ceremony is not for this check.", reason="context")
    share = bytes(shares.load(wallet.db, wallet.unlocked.key(), vault.id, vault.epoch))
    return Joining(
        job={
            "kind": "sign",
            "share": encode_base64url(share),
            "path": ACCOUNT_PATH,
            "digest": check_digest(vault).hex(),
            "poisoned": sorted(poison.marked(wallet.db, vault.id, vault.epoch)),
        },
        on_release=lambda: None,
        on_poison=lambda party: poison.mark(wallet.db, vault.id, vault.epoch, party, wallet.now()),
        on_result=lambda _result: None,
        on_failure=lambda _error: None,
    )


def make_ready(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> None:
    """The requester's test signature came out: this side is ready too."""
    vault = _of_sender(wallet, sender, body)
    with wallet.db.durable():
        open_for_use(wallet, vault.id)


def discard(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> None:
    """The requester gave up making this vault. Raises StateConflict once it is ready."""
    vault = _of_sender(wallet, sender, body)
    with wallet.db.transaction():
        vaults.discard(wallet.db, vault.id)
        log.append(wallet.db, "vault_discarded", {"vault": vault.id}, wallet.now())


def _of_sender(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> Vault:
    vault = vaults.get(wallet.db, str(body.get("vault")))
    if sender not in {party.identity for party in vault.parties}:
        raise NotPermitted("This device is no party of that vault.")
    return vault


def _never() -> None:
    raise Bug("A key generation releases nothing.")
