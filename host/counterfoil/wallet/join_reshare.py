"""The other parties' side of a change of parties: check all of it, deal or receive, keep what came out as pending.   DESIGN §7, §8"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.codecs.canonical import encode_canonical
from counterfoil.errors import Bug, InvalidMessage, NotFound, StateConflict
from counterfoil.store import log, poison, reshares, shares, vaults
from counterfoil.store.reshares import Reshare
from counterfoil.store.vaults import Vault, VaultState
from counterfoil.threshold.public_share import PublicShare, read_public_share
from counterfoil.threshold.wire import Reader
from counterfoil.types import Party, PartyKind, VaultId
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.create import ACCOUNT_PATH, check_context, check_digest, outcome_of
from counterfoil.wallet.join import Joining
from counterfoil.wallet.keep_record import AdminNonces
from counterfoil.wallet.parties import parse_party
from counterfoil.wallet.reshare import reshare_context
from counterfoil.wallet.reshare_approval import person_agrees, read_approval, verify_approval
from counterfoil.wallet.reshare_facts import check_facts, check_passkey, records_digest
from counterfoil.wallet.reshare_plan import Plan, check_plan, parse_plan, reshare_job, seats_of


@dataclass(frozen=True, slots=True)
class _Joined:
    """What was checked when this party joined, for when its share comes out."""

    plan: Plan
    seat: Party
    hub: bytes
    name: str
    parties: tuple[Party, ...]
    facts: dict[str, Any] | None


def give_nonce(wallet: Wallet, nonces: AdminNonces, sender: bytes, body: Mapping[str, Any]) -> dict[str, Any]:
    """An old party looks at a plan for the first time. Raises as ``join_reshare`` would, where it can be told already."""
    plan = parse_plan(body.get("plan"))
    vault = _own_vault(wallet, plan.vault)
    if vault is None:
        raise NotFound("There is no such vault here.")
    check_plan(plan, vault)
    _check_hub(plan, sender)
    person_agrees(wallet, sender, vault.id)
    wallet.unlocked.key()
    return {"nonce": nonces.give(vault.id, wallet.rng(32)).hex()}


def join_reshare(
    wallet: Wallet, nonces: AdminNonces, sender: bytes, invitation: Mapping[str, Any], body: Mapping[str, Any]
) -> Joining:
    """A paired agent changes who shares a vault's key; this one deals, gets a share, or both.

    Raises: InvalidMessage, StateConflict(reason=epoch|dealers|resharing|records|context), AssertionRefused,
            PolicyRefused(reason=needs_person), Locked
    """
    plan, name, old, records = _read_context(invitation["context"])
    _check_invitation(invitation, plan, name, old, records)
    _check_hub(plan, sender)
    seat = plan.seat_of(wallet.identity.public)
    vault = _own_vault(wallet, plan.vault)
    _check_no_other(wallet, plan, sender)
    wallet.unlocked.key()
    facts = None
    if vault is None:
        person_agrees(wallet, sender, None)
        facts = check_facts(body.get("facts"), plan.vault, records)
        check_passkey(wallet, sender, facts)
    else:
        _check_known(wallet, vault, plan, old, records)
        person_agrees(wallet, sender, vault.id)
        change, response = read_approval(body.get("approval"), plan, vault)
        nonces.spend(vault.id, change.nonces[seat.index])
        verify_approval(wallet, change, response)
    wallet.agreements.spend(sender)
    parties = tuple(parse_party(party) for party in invitation["parties"])

    joined = _Joined(plan, seat, sender, name, parties[: len(plan.parties)], facts)
    return Joining(
        job=reshare_job(plan.dealers, parties[: len(plan.parties)], old.encode(), _share_of(wallet, vault, plan, seat)),
        on_release=_never,
        on_poison=lambda party: poison.mark(wallet.db, plan.vault, plan.epoch, party, wallet.now()),
        on_result=lambda result: _keep(wallet, joined, result),
        on_failure=lambda _error: None,
    )


def join_check(wallet: Wallet, sender: bytes, invitation: Mapping[str, Any], body: Mapping[str, Any]) -> Joining:
    """A test of the new shares, while the old ones still sign. The digest is of no use to anyone.

    Raises: StateConflict where nothing waits to be tested
    """
    change = reshares.waiting(wallet.db, str(body.get("reshare_check")))
    if change is None or change.hub != sender or change.my_index is None or change.sealed is None:
        raise StateConflict("There are no new shares to test.", reason="reshare")
    will = reshares.as_vault(change)
    here = (invitation["vault"], invitation["epoch"], invitation["threshold"])
    if here != (will.id, will.epoch, will.threshold) or invitation["context"] != check_context(will):
        raise StateConflict("The ceremony is not for this check.", reason="context")
    aad = shares.share_aad(will.id, will.epoch, will.my_index)
    share = bytes(wallet.unlocked.key().open(change.sealed, aad))
    return Joining(
        job={
            "kind": "sign",
            "share": encode_base64url(share),
            "path": ACCOUNT_PATH,
            "digest": check_digest(will).hex(),
            "poisoned": sorted(poison.marked(wallet.db, will.id, will.epoch)),
        },
        on_release=lambda: None,
        on_poison=lambda party: poison.mark(wallet.db, will.id, will.epoch, party, wallet.now()),
        on_result=lambda _result: None,
        on_failure=lambda _error: None,
    )


def _keep(wallet: Wallet, joined: _Joined, result: dict[str, Any]) -> None:
    """The new share on this disk, pending; the old one stays as it is. One that leaves keeps what tells it to go."""
    outcome = outcome_of({**result, "share": result["share"] or ""}, joined.parties)
    my_index = joined.seat.index if joined.seat.index <= len(joined.plan.parties) else None
    sealed = None
    if my_index is not None:
        sealed = shares.seal_share(
            wallet.unlocked.key(),
            outcome.share,
            vault=joined.plan.vault,
            epoch=joined.plan.epoch,
            party_index=my_index,
            rng=wallet.rng,
        )
    kept = Reshare(
        vault=VaultId(joined.plan.vault),
        epoch=joined.plan.epoch,
        hub=joined.hub,
        my_index=my_index,
        name=joined.name,
        threshold=joined.plan.threshold,
        group_key=outcome.group_key,
        chain_code=outcome.chain_code,
        parties=outcome.parties,
        ot_parties=joined.plan.ot_parties(),
        context_hash=outcome.context_hash,
        confirmations=outcome.confirmations,
        created_at=wallet.now(),
        sealed=sealed,
        facts=joined.facts,
    )
    reshares.prepare(wallet.db, kept)
    log.append(wallet.db, "reshare_prepared", {"vault": joined.plan.vault, "epoch": joined.plan.epoch}, wallet.now())


def _own_vault(wallet: Wallet, vault_id: str) -> Vault | None:
    """The vault, if this party shares it now."""
    return next((vault for vault in vaults.listed(wallet.db) if vault.id == vault_id), None)


def _check_hub(plan: Plan, sender: bytes) -> None:
    """Who asks deals, and stays."""
    deals = any(party.identity == sender for party in plan.dealers)
    if not deals or plan.seat_of(sender).index > len(plan.parties):
        raise InvalidMessage("The device that asks is not a party that deals and stays.", reason="hub")


def _check_no_other(wallet: Wallet, plan: Plan, sender: bytes) -> None:
    older = reshares.waiting(wallet.db, plan.vault)
    if older is not None and older.hub != sender:
        raise StateConflict("Another change of this vault's devices is under way.", reason="resharing")
    if poison.marked(wallet.db, plan.vault, plan.epoch):
        raise StateConflict("This attempt's number was used before.", reason="epoch")


def _check_known(wallet: Wallet, vault: Vault, plan: Plan, old: PublicShare, records: str) -> None:
    """The key that is dealt is this vault's as it stands, and everyone knows the same facts."""
    check_plan(plan, vault)
    if vault.state is not VaultState.READY or old.confirmed_message() != vault.context_hash:
        raise StateConflict("This is not the key as it stands.", reason="epoch")
    if records != records_digest(wallet.db, vault.id):
        raise StateConflict("The devices do not know the same of this vault.", reason="records")


def _share_of(wallet: Wallet, vault: Vault | None, plan: Plan, seat: Party) -> bytes | None:
    if vault is None or seat.identity not in {party.identity for party in plan.dealers}:
        return None
    return bytes(shares.load(wallet.db, wallet.unlocked.key(), vault.id, vault.epoch))


def _check_invitation(invitation: Mapping[str, Any], plan: Plan, name: str, old: PublicShare, records: str) -> None:
    """The session is for exactly this plan; only a recovery file's identity is still open in a plan."""
    here = (invitation["vault"], invitation["epoch"], invitation["threshold"])
    if here != (plan.vault, plan.epoch, plan.threshold) or old.vault != plan.vault:
        raise StateConflict("The ceremony is not for this change.", reason="context")
    old_parties = dict(zip(old.parties, old.identities, strict=True))
    if any(old_parties.get(dealer.index) != dealer.identity for dealer in plan.dealers):
        raise StateConflict("The change is not dealt by parties of that key.", reason="dealers")
    if encode_canonical(invitation["context"]) != encode_canonical(reshare_context(plan, name, old.encode(), records)):
        raise InvalidMessage("The change can't be read.", reason="context")
    sitting = [parse_party(party) for party in invitation["parties"]]
    planned = seats_of(plan.dealers, plan.parties)
    if len(sitting) != len(planned) or not all(map(_is_same, sitting, planned)):
        raise StateConflict("The ceremony is not for these parties.", reason="parties")


def _is_same(sitting: Party, planned: Party) -> bool:
    is_file = planned.kind is PartyKind.RECOVERY_FILE
    same = (sitting.index, sitting.name, sitting.kind) == (planned.index, planned.name, planned.kind)
    return same and (is_file or sitting.identity == planned.identity)


def _read_context(context: Any) -> tuple[Plan, str, PublicShare, str]:  # noqa: ANN401 - from another agent
    match context:
        case {"plan": plan, "name": str(name), "old": str(old), "records": str(records)} if 0 < len(name) <= 64:
            reader = Reader(parse_base64url(old))
            public = read_public_share(reader)
            reader.end()
            return parse_plan(plan), name, public, records
    raise InvalidMessage("The change can't be read.", reason="context")


def _never() -> None:
    raise Bug("A reshare releases nothing.")
