"""``vault_*``, ``backup_*`` and ``account_*``: keys shared among parties, their recovery file, their addresses."""

from __future__ import annotations

from typing import Literal

from counterfoil.protocol.lock import SlotSecret
from counterfoil.protocol.method import MEMBERS, Method
from counterfoil.protocol.model import (
    U256,
    Base64Url,
    ChainId,
    Count,
    Empty,
    HexId,
    JsonObject,
    JsonText,
    Message,
    Name,
    SealedSecret,
    Seconds,
    Text,
)


class PartyView(Message):
    """A party as people see it."""

    index: Count
    name: Name
    kind: Literal["device", "cosigner", "recovery_file"]
    is_this: bool
    poisoned: bool


class Vault(Message):
    """A vault: who shares its keys, and whether its addresses may be shown."""

    vault_id: HexId
    name: Name
    epoch: Count
    threshold: Count
    parties: list[PartyView]
    state: Literal["creating", "ready"]
    recovery_proven: bool
    second_file_proven: bool
    """This computer's own share was saved as a file and reopened: with the recovery file it replaces this computer."""
    receive_ready: bool
    created_at: Seconds


class VaultList(Message):
    """All vaults of this agent."""

    vaults: list[Vault]


class CreateParams(Message):
    """The starter vault: 2 of this computer, its co-signer, and a recovery file.

    ``slots`` are the key slots to make where the wallet has none yet (passphrases from the CLI); a
    wallet whose home passkey already made them sends an empty list. ``recovery_passphrase`` protects
    the recovery file.
    """

    name: Name
    slots: list[SlotSecret]
    recovery_passphrase: SealedSecret


class VaultId(Message):
    """Which vault."""

    vault_id: HexId


class SecondDeviceParams(Message):
    """``device``: the paired device that takes the co-signer's place."""

    vault_id: HexId
    device: Base64Url


class ReshareStep(Message):
    """A change of a vault's parties that waits for its approval: options for ``navigator.credentials.get`` with the home
    passkey, or null where this wallet has none and being unlocked is enough."""

    change_id: HexId
    request_options_json: JsonText | None


class ReshareParams(Message):
    """Carry out a change. ``response`` is the home passkey's answer (``toJSON()``); ``recovery_passphrase`` protects the new
    recovery file. Where there is one, ``backup_download`` and ``backup_prove`` finish the change: until then the old shares
    sign, and ``recovery_proven`` is false."""

    change_id: HexId
    response: JsonObject | None
    recovery_passphrase: SealedSecret


class BackupFile(Message):
    """The recovery file of a vault, still sealed, until it was proven."""

    file_name: Name
    content: Base64Url


class ProveParams(Message):
    """The file as it was saved, and its passphrase: proof that it can be found and opened."""

    vault_id: HexId
    content: Base64Url
    passphrase: SealedSecret


class VerifyResult(Message):
    """What a recovery file says of itself, and whether it belongs to a vault here and is current."""

    vault_id: HexId
    vault_name: Name
    epoch: Count
    party_index: Count
    threshold: Count
    created_at: Seconds
    known: bool
    current: bool


class VerifyParams(Message):
    """Any recovery file and its passphrase."""

    content: Base64Url
    passphrase: SealedSecret


class ExportParams(Message):
    """Write this computer's own share of a vault as a recovery file under a passphrase."""

    vault_id: HexId
    passphrase: SealedSecret


class Account(Message):
    """An address. ``receive_ready`` false means: do not show it for receiving yet. A Safe stands on ``chains`` with its lock;
    on real networks it receives only there."""

    account_id: HexId
    vault_id: HexId
    name: Name
    namespace: Text
    address: Text | None
    receive_ready: bool
    kind: Literal["vault", "safe"]
    chains: list[ChainId]


class AccountList(Message):
    """All accounts."""

    accounts: list[Account]


class BalanceParams(Message):
    """One account on one chain."""

    account_id: HexId
    chain: ChainId


class Balance(Message):
    """In base units; None where the node does not answer."""

    amount: U256 | None
    symbol: Text
    decimals: Count


METHODS = (
    Method("vault_list", Empty, VaultList, MEMBERS),
    Method("vault_show", VaultId, Vault, MEMBERS),
    Method("vault_create", CreateParams, Vault, MEMBERS, long=True),
    Method("vault_beginRefresh", VaultId, ReshareStep, MEMBERS, unlocked=True, long=True),
    Method("vault_beginSecondDevice", SecondDeviceParams, ReshareStep, MEMBERS, unlocked=True, long=True),
    Method("vault_reshare", ReshareParams, Vault, MEMBERS, unlocked=True, long=True),
    Method("backup_download", VaultId, BackupFile, MEMBERS),
    Method("backup_prove", ProveParams, Vault, MEMBERS, long=True),
    Method("backup_verify", VerifyParams, VerifyResult, MEMBERS, long=True),
    Method("backup_export", ExportParams, BackupFile, MEMBERS, unlocked=True, long=True),
    Method("account_list", Empty, AccountList, MEMBERS),
    Method("account_balance", BalanceParams, Balance, MEMBERS, long=True),
)
