"""The starter vault: one key among this computer, its co-signer and a recovery file.   DESIGN §3

Nothing is kept before every party has confirmed the same transcript, and the vault is ready only
after it has signed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.chains.registry import family_of
from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.codecs.canonical import Canonical
from counterfoil.crypto.hashes import framed_hash
from counterfoil.errors import AlreadyExists, InvalidMessage, PartyUnavailable
from counterfoil.store import accounts, log, peers, poison, records, settings, shares, vaults
from counterfoil.store.accounts import Account
from counterfoil.store.vaults import Vault, VaultState
from counterfoil.types import Caip2, Party, PartyKind, VaultId
from counterfoil.wallet import home
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import PasskeyRecord, parse_passkey
from counterfoil.wallet.ports import KeygenOrder, KeygenOutcome, Progress, SignOrder
from counterfoil.wallet.record_wire import signed_record
from counterfoil.wallet.review import account_address
from counterfoil.wallet.signers import choose_helpers, me

THRESHOLD = 2
CHECK_SECONDS = 60
_MAKING = "vault_create"
ACCOUNT_PATH = "44/60/0/0/0"
RECOVERY_PREFIX = "recovery_file/"
_EVM = Caip2("eip155:1")


async def create_starter(wallet: Wallet, name: str, recovery_passphrase: str, progress: Progress) -> Vault:
    """Make the vault with every party, test it with a signature, and keep the sealed recovery file until proven.

    What was begun and did not come to its end is forgotten by every party, so that one can simply try again.

    Raises: AlreadyExists, Locked, PartyUnavailable (no co-signer), Ban, Retry
    """
    async with wallet.decisions.lock(_MAKING):
        wallet.unlocked.key()
        discard_unfinished(wallet)
        if vaults.listed(wallet.db):
            raise AlreadyExists("There is a vault already.")
        cosigner = next((peer for peer in peers.paired(wallet.db) if peer.kind is PartyKind.COSIGNER), None)
        if cosigner is None:
            raise PartyUnavailable("The co-signer on this computer is not there yet.")
        vault_id = wallet.rng(16).hex()
        try:
            await _make(wallet, _order(wallet, vault_id, name, recovery_passphrase, cosigner.identity), progress)
            await wallet.peers.call(cosigner.identity, "vault_ready", {"vault": vault_id})
        except BaseException:
            discard_unfinished(wallet)
            wallet.peers.tell(cosigner.identity, "vault_discard", {"vault": vault_id})
            raise
        with wallet.db.durable():
            open_for_use(wallet, vault_id)
            home.forget_waiting(wallet)
    wallet.events.state_changed()
    return vaults.get(wallet.db, vault_id)


def _order(wallet: Wallet, vault_id: str, name: str, recovery_passphrase: str, cosigner: bytes) -> KeygenOrder:
    return KeygenOrder(
        vault=vault_id,
        vault_name=name,
        epoch=0,
        threshold=THRESHOLD,
        parties=(
            Party(1, "This computer", PartyKind.DEVICE, wallet.identity.public),
            Party(2, "Co-signer on this computer", PartyKind.COSIGNER, cosigner),
            Party(3, "Recovery file", PartyKind.RECOVERY_FILE, bytes(32)),
        ),
        context=keygen_context(name, home.waiting(wallet)),
        recovery_passphrase=recovery_passphrase,
        created_at=wallet.now(),
    )


async def _make(wallet: Wallet, order: KeygenOrder, progress: Progress) -> None:
    """The key, this party's share of it, the sealed recovery file, the first records, and a signature that proves it all."""
    _, passkeys = read_context(order.context)
    outcome = await wallet.ceremonies.keygen(order, progress)
    keep_share(wallet, outcome, vault_id=order.vault, name=order.vault_name, my_index=1, created_at=order.created_at)
    settings.put(wallet.db, RECOVERY_PREFIX + order.vault, encode_base64url(outcome.recovery_file))
    genesis(wallet, order.vault, passkeys)
    await _test_sign(wallet, order.vault, progress)


def discard_unfinished(wallet: Wallet) -> None:
    """Forget vaults whose making was cut off: at a start, and before another try. They never had an address."""
    for vault in vaults.listed(wallet.db):
        if vault.state is VaultState.CREATING:
            with wallet.db.transaction():
                vaults.discard(wallet.db, vault.id)
                settings.remove(wallet.db, RECOVERY_PREFIX + vault.id)
                log.append(wallet.db, "vault_discarded", {"vault": vault.id}, wallet.now())


def open_for_use(wallet: Wallet, vault_id: str) -> None:
    """Ready, with its first account: both or neither."""
    vaults.make_ready(wallet.db, vault_id)
    add_account(wallet, vault_id)
    log.append(
        wallet.db, "vault_created", {"vault": vault_id, "name": vaults.get(wallet.db, vault_id).name}, wallet.now()
    )


def keygen_context(name: str, passkeys: list[PasskeyRecord]) -> Canonical:
    """What the vault's first transcript carries besides identities: its name and its home passkeys."""
    return {"purpose": "keygen", "name": name, "home_passkeys": [passkey.as_dict() for passkey in passkeys]}


def keep_share(
    wallet: Wallet, outcome: KeygenOutcome, *, vault_id: str, name: str, my_index: int, created_at: int
) -> None:
    """Every party confirmed: seal this party's share and keep it, with the public part of the vault."""
    sealed = shares.seal_share(
        wallet.unlocked.key(), outcome.share, vault=vault_id, epoch=0, party_index=my_index, rng=wallet.rng
    )
    with wallet.db.durable():
        vaults.insert(
            wallet.db,
            Vault(
                id=VaultId(vault_id),
                name=name,
                epoch=0,
                threshold=THRESHOLD,
                my_index=my_index,
                group_key=outcome.group_key,
                chain_code=outcome.chain_code,
                parties=outcome.parties,
                ot_parties=ot_parties(outcome.parties),
                context_hash=outcome.context_hash,
                confirmations=outcome.confirmations,
                created_at=created_at,
            ),
        )
        shares.put_pending(wallet.db, vault=vault_id, epoch=0, party_index=my_index, sealed=sealed, now=wallet.now())
        shares.activate(wallet.db, vault_id, 0)


def ot_parties(parties: tuple[Party, ...]) -> tuple[int, ...]:
    """Those that sign: a recovery file never does, so it needs no oblivious-transfer state."""
    return tuple(party.index for party in parties if party.kind is not PartyKind.RECOVERY_FILE)


def genesis(wallet: Wallet, vault_id: str, passkeys: list[PasskeyRecord]) -> None:
    """The first home passkeys: their approval is the transcript that every party signed."""
    vault = vaults.get(wallet.db, vault_id)
    for passkey in passkeys:
        record = signed_record(wallet, vault, passkey, 1, {"genesis": vault.context_hash.hex()})
        records.put(wallet.db, record)


def add_account(wallet: Wallet, vault_id: str) -> None:
    """The vault's first account: one address on every EVM chain."""
    vault = vaults.get(wallet.db, vault_id)
    chain = wallet.networks.chain(_EVM)
    address = account_address(vault, chain, family_of(chain), ACCOUNT_PATH)
    accounts.insert(
        wallet.db,
        Account(wallet.rng(16).hex(), vault.id, "eip155", ACCOUNT_PATH, address, "Account 1", wallet.now()),
    )


async def _test_sign(wallet: Wallet, vault_id: str, progress: Progress) -> None:
    """A vault that can't sign must be noticed before money is in it. The digest is of no use to anyone."""
    vault = vaults.get(wallet.db, vault_id)
    helpers = choose_helpers(wallet, vault)
    digest = check_digest(vault)
    share = bytes(shares.load(wallet.db, wallet.unlocked.key(), vault.id, vault.epoch))
    order = SignOrder(
        vault=vault.id,
        epoch=vault.epoch,
        threshold=vault.threshold,
        me=vault.my_index,
        parties=tuple(sorted((me(vault), *helpers), key=lambda party: party.index)),
        share=share,
        path=ACCOUNT_PATH,
        digest=digest,
        context=check_context(vault),
        poisoned=poison.marked(wallet.db, vault.id, vault.epoch),
        on_poison=lambda party: poison.mark(wallet.db, vault.id, vault.epoch, party, wallet.now()),
        extra={"check": vault.id},
        seconds=CHECK_SECONDS,
    )
    await wallet.ceremonies.sign(order, lambda: None, progress)


def check_digest(vault: Vault) -> bytes:
    """32 bytes that are the digest of nothing on any chain: a framed hash under a tag of its own."""
    return framed_hash("counterfoil/vault-check/1", vault.id.encode(), vault.epoch.to_bytes(4, "big"), vault.group_key)


def check_context(vault: Vault) -> Canonical:
    """The session of a vault's first signature."""
    return {"purpose": "vault_check", "path": ACCOUNT_PATH, "digest": check_digest(vault).hex(), "position": 0}


def outcome_of(result: Mapping[str, Any], parties: tuple[Party, ...], recovery_file: bytes = b"") -> KeygenOutcome:
    """A worker's result, as the wallet keeps it."""
    return KeygenOutcome(
        group_key=parse_base64url(result["group_key"]),
        chain_code=parse_base64url(result["chain_code"]),
        share=parse_base64url(result["share"]),
        parties=parties,
        context_hash=parse_base64url(result["transcript_hash"]),
        confirmations={int(i): parse_base64url(text) for i, text in result["confirmations"].items()},
        recovery_file=recovery_file,
    )


def read_context(context: Any) -> tuple[str, list[PasskeyRecord]]:  # noqa: ANN401 - from another agent
    """The vault's name and home passkeys that ``keygen_context`` wrote. Raises InvalidMessage."""
    match context:
        case {"purpose": "keygen", "name": str(name), "home_passkeys": list(bodies), **rest} if not rest:
            passkeys = [parse_passkey(body) for body in bodies]
            if all(passkey.role == "home" for passkey in passkeys) and 0 < len(name) <= 64:
                return name, passkeys
    raise InvalidMessage("The set-up's context can't be read.")
