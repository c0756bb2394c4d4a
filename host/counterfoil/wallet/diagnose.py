"""What an agent can say of its own health; the command line puts it beside what it sees from outside."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from counterfoil import __version__
from counterfoil.errors import LogBroken, NetworkError
from counterfoil.store import changes, log, peers, profiles, settings, vaults
from counterfoil.store.peers import Peer
from counterfoil.types import Party, PartyKind
from counterfoil.wallet.backup import is_second_file_proven
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.pair import VERSIONS
from counterfoil.wallet.passkey_records import home_passkeys
from counterfoil.wallet.put_on_chain import default_chain
from counterfoil.wallet.second_device import has_cosigner
from counterfoil.wallet.signers import other_agents
from counterfoil.wallet.witness import REMEDY, is_restored

CLOCK_TOLERANCE_SECONDS = 300
_REFRESH = "counterfoil vault refresh"
Level = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Check:
    """``code`` is stable, for programs. ``fix`` is what to do; ``command`` the same to be pasted, where there is one."""

    code: str
    name: str
    level: Level
    found: str
    fix: str | None = None
    command: str | None = None


async def diagnose(wallet: Wallet, *, relays: Mapping[str, bool], cosigner: str) -> list[Check]:
    """Database, log, relays, co-signer, files, passkeys, what browsers run, and the node of the chain new sites start on.

    In:  ``relays``: each relay that this agent and its peers use, and whether it answers
    """
    checks = [_database(wallet), _log(wallet), *_relays(relays)]
    if cosigner != "none":
        checks.append(_cosigner(cosigner))
    if wallet.role != "cosigner":
        checks += [*_second_file(wallet), *_second_passkey(wallet), *_browsers(wallet)]
        checks += [*_devices(wallet), *_changes(wallet)]
    return [*checks, *await _node(wallet)]


def _database(wallet: Wallet) -> Check:
    row = wallet.db.one("PRAGMA integrity_check(1)")
    is_whole = row is not None and row[0] == "ok" and not wallet.db.all("PRAGMA foreign_key_check")
    if is_whole:
        return Check("database.ok", "database", "ok", f"The database is whole (SQLite {sqlite3.sqlite_version}).")
    fix = "Sign nothing here. Bring the vault back from your files, or on your other device."
    return Check("database.damaged", "database", "wrong", "The database is damaged.", fix)


def _log(wallet: Wallet) -> Check:
    try:
        count = log.verify(wallet.db)
    except LogBroken as error:
        fix = "Do not sign on this computer; replace it by another device."
        return Check("log.broken", "log", "wrong", error.message, fix)
    return Check("log.ok", "log", "ok", f"The log of {count} decisions is unbroken.")


def _relays(relays: Mapping[str, bool]) -> list[Check]:
    restart = "counterfoil agent stop && counterfoil agent start"
    return [
        Check("relay.ok", "relay", "ok", f"The relay {url} answers.")
        if is_up
        else Check(
            "relay.unreachable",
            "relay",
            "wrong",
            f"The relay {url} does not answer: your devices do not find each other.",
            "Check the connection; if it is this computer's own relay, start Counterfoil anew.",
            restart,
        )
        for url, is_up in relays.items()
    ]


def _cosigner(state: str) -> Check:
    if state in {"running", "starting"}:
        return Check("cosigner.ok", "co-signer", "ok", f"The co-signer is {state}.")
    fix = "Start Counterfoil anew: the co-signer starts with it."
    return Check(
        "cosigner.stopped",
        "co-signer",
        "wrong",
        f"The co-signer is {state}.",
        fix,
        "counterfoil agent stop && counterfoil agent start",
    )


def _second_file(wallet: Wallet) -> list[Check]:
    """Two of a starter vault's three shares are on this computer: its loss needs two files to make good."""
    known = [vault for vault in vaults.listed(wallet.db) if has_cosigner(vault)]
    if not known:
        return []
    missing = [vault for vault in known if not is_second_file_proven(wallet, vault)]
    name = "second file"
    if not missing:
        found = "If this computer is lost, your two files bring every vault back."
        return [Check("second_file.ok", name, "ok", found)]
    vault = missing[0]
    found = f"If this computer is lost, {vault.name} is lost: the recovery file alone is not enough."
    fix = "Save a second file, keep it apart from the recovery file, and open it again."
    command = f"counterfoil backup export {vault.id[:8]} second.age && counterfoil backup verify second.age"
    return [Check("second_file.missing", name, "wrong", found, fix, command)]


def _second_passkey(wallet: Wallet) -> list[Check]:
    name = "home passkeys"
    for vault in vaults.listed(wallet.db):
        count = len(home_passkeys(wallet.db, vault.id))
        if count == 1:
            found = f"{vault.name} has one home passkey: if it is lost, nothing opens or changes without your files."
            fix = "Open Counterfoil in the browser and press “Add a second passkey”."
            return [Check("second_passkey.missing", name, "wrong", found, fix)]
        if count > 1:
            return [Check("second_passkey.ok", name, "ok", f"{vault.name} has {count} home passkeys.")]
    return []


def _browsers(wallet: Wallet) -> list[Check]:
    """What each paired browser ran when it last said hello."""
    seen = settings.get(wallet.db, VERSIONS, {})
    found = []
    for profile in profiles.listed(wallet.db):
        if profile.revoked_at is not None:
            continue
        for part, version in sorted(seen.get(profile.id, {}).items()):
            if version in {"", __version__}:
                continue
            what = "extension" if part == "extension" else "start script"
            found.append(
                Check(
                    f"version.{part}",
                    f"version in {profile.name}"[:64],
                    "wrong",
                    f"The {what} in {profile.name} is version {version}, Counterfoil here is {__version__}.",
                    "Set it up anew, then press the reload arrow of Counterfoil on the browser's page of extensions.",
                    "counterfoil setup",
                )
            )
    return found


def _changes(wallet: Wallet) -> list[Check]:
    return [
        Check(
            "change.waits",
            "changes",
            "note",
            "A change of this wallet waits for a person or a day.",
            "Look at it; if you did not ask for it, call it off.",
            "counterfoil change list",
        )
        for _ in changes.waiting(wallet.db)[:1]
    ]


def _devices(wallet: Wallet) -> list[Check]:
    """Each other device of a vault: whether it answers now, and whether it still is what it was."""
    checks = []
    if is_restored(wallet):
        found = "This device was put back to an older copy; nothing is signed with it."
        checks.append(Check("device.restored", "this device", "wrong", found, REMEDY, _REFRESH))
    known = {peer.identity: peer for peer in peers.paired(wallet.db)}
    for vault in vaults.listed(wallet.db):
        checks += [
            _device(wallet, party, known.get(party.identity))
            for party in other_agents(vault)
            if party.kind is not PartyKind.COSIGNER and party.identity != wallet.identity.public
        ]
    return checks


def _device(wallet: Wallet, party: Party, peer: Peer | None) -> Check:
    name = f"device {party.name}"[:64]
    if peer is not None and peer.restored_at is not None:
        found = f"{party.name} was put back to an older copy; nothing is signed with it."
        return Check("device.restored", name, "wrong", found, REMEDY, _REFRESH)
    if wallet.peers.is_near(party.identity):
        return Check("device.ok", name, "ok", f"{party.name} is there.")
    fix = f"Wake {party.name} up and start Counterfoil on it; both devices have to reach the relay. On it, run:"
    return Check("device.silent", name, "wrong", f"{party.name} does not answer.", fix, "counterfoil agent start")


async def _node(wallet: Wallet) -> list[Check]:
    chain = wallet.networks.chain(default_chain(wallet))
    command = f"counterfoil chain set-endpoint {chain.id} URL"
    if chain.rpc_url is None:
        return [Check("node.none", "node", "note", f"No node is set for {chain.name} yet.", "Choose one.", command)]
    try:
        node = await wallet.networks.client(chain).look(chain)
    except NetworkError as error:
        found = f"The node of {chain.name} does not answer: {error.message}"
        return [
            Check("node.unreachable", "node", "wrong", found, "Check the connection, or use another node.", command)
        ]
    if node.chain != chain.id:
        found = f"The node that is set for {chain.name} belongs to another chain: {node.chain}."
        return [Check("node.wrong_chain", "node", "wrong", found, "Use a node of this chain.", command)]
    reached = Check("node.ok", "node", "ok", f"The node of {chain.name} is at block {node.height}.")
    return [reached, *_clock(node.clock, wallet.now())]


def _clock(theirs: int | None, ours: int) -> list[Check]:
    """Another computer's clock, from the Date of its answer."""
    if theirs is None:
        return []
    off = ours - theirs
    if abs(off) <= CLOCK_TOLERANCE_SECONDS:
        return [Check("clock.ok", "clock", "ok", "The clock agrees with the node's.")]
    found = f"This computer's clock is {abs(off) // 60} minutes {'ahead of' if off > 0 else 'behind'} the node's."
    fix = "Let the clock be set by the network. Until then requests expire at the wrong time."
    return [Check("clock.off", "clock", "wrong", found, fix, "timedatectl set-ntp true")]
