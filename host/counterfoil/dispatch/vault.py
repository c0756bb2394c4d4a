"""``vault_*``, ``backup_*`` and ``account_*``."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.chains.family import Chain
from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.passkey import add_slots
from counterfoil.dispatch.secrets import open_passphrase
from counterfoil.dispatch.table import method
from counterfoil.dispatch.views import vault_view
from counterfoil.errors import NetworkError
from counterfoil.protocol import vault as wire
from counterfoil.protocol.model import Empty
from counterfoil.protocol.passkey import AddSlotsParams
from counterfoil.store import accounts, safe_chains, vaults
from counterfoil.store.accounts import Account
from counterfoil.wallet import backup
from counterfoil.wallet.backup import SealedFile
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.create import create_starter
from counterfoil.wallet.ports import PartyState
from counterfoil.wallet.put_on_chain import default_chain
from counterfoil.wallet.receive import may_receive
from counterfoil.wallet.second_device import has_cosigner


@method("vault_list")
async def list_all(_params: Empty, _client: Client, context: Context) -> wire.VaultList:
    """All vaults."""
    wallet = context.wallet
    return wire.VaultList(vaults=[vault_view(wallet, vault) for vault in vaults.listed(wallet.db)])


@method("vault_show")
async def show(params: wire.VaultId, _client: Client, context: Context) -> wire.Vault:
    """One vault."""
    return vault_view(context.wallet, vaults.get(context.wallet.db, params.vault_id))


@method("vault_create")
async def create(params: wire.CreateParams, client: Client, context: Context) -> wire.Vault:
    """Key slots first where there are none yet, then the ceremony."""
    wallet = context.wallet
    if params.slots:
        await add_slots(AddSlotsParams(slots=params.slots), client, context)
    if context.cosigner is not None:
        await context.cosigner.call("agent_state", {})
    passphrase = open_passphrase(context, params.recovery_passphrase)

    def progress(stage: str, step: int, of: int, parties: Sequence[PartyState]) -> None:
        wallet.events.progress("vault_create", stage, step, of, parties)

    return vault_view(wallet, await create_starter(wallet, params.name, passphrase, progress))


@method("backup_download")
async def download(params: wire.VaultId, _client: Client, context: Context) -> wire.BackupFile:
    """The sealed recovery file."""
    return _file(backup.download(context.wallet, params.vault_id))


@method("backup_prove")
async def prove(params: wire.ProveParams, _client: Client, context: Context) -> wire.Vault:
    """The file as saved, opened again."""
    content = parse_base64url(params.content)
    passphrase = open_passphrase(context, params.passphrase)
    vault = await backup.prove(context.wallet, params.vault_id, content, passphrase)
    await retire_cosigner(context)
    return vault_view(context.wallet, vault)


async def retire_cosigner(context: Context) -> None:
    """A device took its place in every vault, and that is committed: there is nothing left for it to do."""
    known = vaults.listed(context.wallet.db)
    if context.cosigner is not None and known and not any(has_cosigner(vault) for vault in known):
        await context.cosigner.retire()


@method("backup_verify")
async def verify(params: wire.VerifyParams, _client: Client, context: Context) -> wire.VerifyResult:
    """Any recovery file."""
    verdict = await backup.verify(
        context.wallet, parse_base64url(params.content), open_passphrase(context, params.passphrase)
    )
    file = verdict.file
    return wire.VerifyResult(
        vault_id=file.vault,
        vault_name=file.vault_name,
        epoch=file.epoch,
        party_index=file.party_index,
        threshold=file.threshold,
        created_at=file.created_at,
        known=verdict.known,
        current=verdict.current,
    )


@method("backup_export")
async def export(params: wire.ExportParams, _client: Client, context: Context) -> wire.BackupFile:
    """This computer's own share as a file."""
    passphrase = open_passphrase(context, params.passphrase)
    return _file(await backup.export(context.wallet, params.vault_id, passphrase))


@method("account_list")
async def list_accounts(_params: Empty, _client: Client, context: Context) -> wire.AccountList:
    """Addresses are shown only where every single loss has an answer."""
    wallet = context.wallet
    chain = wallet.networks.chain(default_chain(wallet))
    return wire.AccountList(accounts=[_account(wallet, account, chain) for account in accounts.listed(wallet.db)])


@method("account_balance")
async def balance(params: wire.BalanceParams, _client: Client, context: Context) -> wire.Balance:
    """Null where the node does not answer: an unknown balance is not zero."""
    wallet = context.wallet
    account = accounts.get(wallet.db, params.account_id)
    chain = wallet.networks.chain(params.chain)
    try:
        amount = str(await wallet.networks.client(chain).balance(chain, account.address))
    except NetworkError:
        amount = None
    return wire.Balance(amount=amount, symbol=chain.native.symbol, decimals=chain.native.decimals)


def _account(wallet: Wallet, account: Account, chain: Chain) -> wire.Account:
    ready = vaults.receive_ready(vaults.get(wallet.db, account.vault)) and may_receive(wallet, account, chain)
    return wire.Account(
        account_id=account.id,
        vault_id=account.vault,
        name=account.name,
        namespace=account.namespace,
        address=account.address if ready else None,
        receive_ready=ready,
        kind="safe" if account.kind == accounts.SAFE else "vault",
        chains=safe_chains.chains_of(wallet.db, account.address),
    )


def _file(file: SealedFile) -> wire.BackupFile:
    return wire.BackupFile(file_name=file.name, content=encode_base64url(file.content))
