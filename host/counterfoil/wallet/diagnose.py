"""What an agent can say of its own health; the command line puts it beside what it sees from outside."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from counterfoil.errors import LogBroken, NetworkError
from counterfoil.store import log, peers, settings, vaults
from counterfoil.types import PartyKind
from counterfoil.wallet.backup import is_second_file_proven
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.put_on_chain import default_chain
from counterfoil.wallet.second_device import has_cosigner
from counterfoil.wallet.signers import other_agents
from counterfoil.wallet.witness import REMEDY, is_restored

CLOCK_TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Check:
    """``fix`` is what to do, word for word; None where all is well or nothing can be done."""

    name: str
    ok: bool
    found: str
    fix: str | None = None


async def diagnose(wallet: Wallet, *, relay_url: str | None, relay_is_up: bool, cosigner: str) -> list[Check]:
    """Database, log, relay, co-signer, recovery file, lock, and the node of the chain new sites start on."""
    checks = [_database(wallet), _log(wallet)]
    checks.append(
        Check("relay", relay_is_up, f"The relay between your devices is at {relay_url}.")
        if relay_is_up
        else Check(
            "relay", False, "The relay is not running.", "Run `counterfoil agent stop`, then `counterfoil agent start`."
        )
    )
    if cosigner != "none":
        running = cosigner == "running"
        checks.append(
            Check(
                "co-signer",
                running,
                f"The co-signer is {cosigner}.",
                None if running else "Unlock Counterfoil: it starts with that.",
            )
        )
    checks.append(_recovery(wallet))
    checks += _second_file(wallet)
    checks += _devices(wallet)
    checks.append(
        Check("lock", True, "Counterfoil is unlocked." if wallet.unlocked.is_unlocked else "Counterfoil is locked.")
    )
    checks.append(await _node(wallet))
    return checks


def _database(wallet: Wallet) -> Check:
    row = wallet.db.one("PRAGMA quick_check")
    ok = row is not None and row[0] == "ok"
    found = f"The database is whole (SQLite {sqlite3.sqlite_version})." if ok else "The database is damaged."
    return Check("database", ok, found, None if ok else "Restore this computer with your recovery file.")


def _log(wallet: Wallet) -> Check:
    try:
        count = log.verify(wallet.db)
    except LogBroken as error:
        return Check("log", False, error.message, "Do not sign on this computer; replace it by another device.")
    return Check("log", True, f"The log of {count} decisions is unbroken.")


def _recovery(wallet: Wallet) -> Check:
    unproven = [v.name for v in vaults.listed(wallet.db) if v.recovery_proven_at is None]
    if wallet.role == "cosigner" or not unproven:
        return Check("recovery file", True, "Every vault's recovery file was saved and reopened.")
    kept = any(settings.get(wallet.db, f"recovery_file/{v.id}") for v in vaults.listed(wallet.db))
    fix = "Open Counterfoil in the browser and finish the set-up." if kept else None
    return Check("recovery file", False, f"The recovery file of {unproven[0]} was never reopened.", fix)


def _second_file(wallet: Wallet) -> list[Check]:
    """Two of a starter vault's three shares are on this computer: its loss needs two files to make good."""
    if wallet.role == "cosigner":
        return []
    known = [vault for vault in vaults.listed(wallet.db) if has_cosigner(vault)]
    missing = [vault for vault in known if not is_second_file_proven(wallet, vault)]
    if not known:
        return []
    if not missing:
        return [Check("second file", True, "If this computer is lost, your two files bring every vault back.")]
    name = missing[0].name
    fix = f"Run `counterfoil backup export {name} FILE`, then `counterfoil backup verify FILE`; keep it apart from the recovery file."
    return [
        Check(
            "second file",
            False,
            f"If this computer is lost, {name} is lost: the recovery file alone is not enough.",
            fix,
        )
    ]


def _devices(wallet: Wallet) -> list[Check]:
    """Each other device of a vault: whether it answers now, and whether it still is what it was."""
    checks = []
    if is_restored(wallet):
        checks.append(
            Check("this device", False, "This device was put back to an older copy; nothing is signed with it.", REMEDY)
        )
    known = {peer.identity: peer for peer in peers.paired(wallet.db)}
    for vault in vaults.listed(wallet.db):
        for party in other_agents(vault):
            if party.kind is PartyKind.COSIGNER or party.identity == wallet.identity.public:
                continue
            peer = known.get(party.identity)
            if peer is not None and peer.restored_at is not None:
                found = f"{party.name} was put back to an older copy; nothing is signed with it."
                checks.append(Check(f"device {party.name}", False, found, REMEDY))
            elif wallet.peers.is_near(party.identity):
                checks.append(Check(f"device {party.name}", True, f"{party.name} is there."))
            else:
                fix = f"Wake {party.name} up and start Counterfoil on it; both devices have to reach the relay."
                checks.append(Check(f"device {party.name}", False, f"{party.name} does not answer.", fix))
    return checks


async def _node(wallet: Wallet) -> Check:
    chain = wallet.networks.chain(default_chain(wallet))
    if chain.rpc_url is None:
        fix = f"To use {chain.name}, run `counterfoil chain set-endpoint {chain.id} URL`."
        return Check("node", True, f"No node is set for {chain.name} yet.", fix)
    try:
        height = await wallet.networks.client(chain).passthrough(chain, "eth_blockNumber", [])
    except NetworkError as error:
        fix = f"Check the connection, or run `counterfoil chain set-endpoint {chain.id} URL`."
        return Check("node", False, f"The node of {chain.name} does not answer: {error.message}", fix)
    return Check("node", True, f"The node of {chain.name} is at block {int(str(height), 16)}.")
