"""Changing who shares a vault's key, or only its shares: the agent that asks.   DESIGN §3, §8; threshold note 4.7, 6

Two phases. First every new party has its new share on disk and says so; a new recovery file says so by being saved and
reopened. Until then the old parties sign. ``reshare_commit`` is the second phase.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.codecs.canonical import Canonical
from counterfoil.errors import NotFound, PartyUnavailable, StateConflict, WalletError
from counterfoil.store import log, poison, reshares, settings, shares, vaults
from counterfoil.store.reshares import COMMITTED, Reshare
from counterfoil.store.vaults import Vault, VaultState
from counterfoil.threshold.share import KeyShare
from counterfoil.types import Party, PartyKind
from counterfoil.wallet.ask import ask
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.create import ACCOUNT_PATH, CHECK_SECONDS, check_context, check_digest
from counterfoil.wallet.ports import Progress, ReshareOrder, ReshareOutcome, SignOrder
from counterfoil.wallet.reshare_acks import read_acks, sign_ack, verify_acks
from counterfoil.wallet.reshare_approval import Change, approval_as_dict, gather, verify_approval
from counterfoil.wallet.reshare_commit import agents_to_tell, commit, forget, tell
from counterfoil.wallet.reshare_facts import facts_of, records_digest
from counterfoil.wallet.reshare_plan import RESHARE, TRIED, Plan, check_plan

ACK_SECONDS = 30


async def begin(wallet: Wallet, plan: Plan, *, expires_at: int) -> Change:
    """Ask the old parties that take part, and fix what the home passkey signs: ``content.challenge()``.

    Raises: StateConflict(reason=resharing), Locked, PolicyRefused(reason=needs_person), PartyUnavailable
    """
    wallet.unlocked.key()
    vault = _ready(wallet, plan)
    if plan.vault in wallet.resharing:
        raise StateConflict("The devices of this vault are being changed.", reason="resharing")
    await _give_up_older(wallet, vault)
    await _tell_of_older(wallet, plan)
    return await gather(wallet, plan, vault, expires_at=expires_at)


async def carry_out(
    wallet: Wallet,
    change: Change,
    response: Mapping[str, Any] | None,
    *,
    recovery_passphrase: str,
    progress: Progress,
) -> Vault:
    """Deal the key anew, test the new shares with signatures, gather acknowledgements; commit where no recovery file has
    to be saved first. Else ``backup.download`` has the new file and ``backup.prove`` of it commits.

    Raises: AssertionRefused, Locked, Ban, Retry, PartyUnavailable; nothing has changed then, and the old parties sign
    """
    plan = change.plan
    vault = _ready(wallet, plan)
    if plan.vault in wallet.resharing:
        raise StateConflict("The devices of this vault are being changed.", reason="resharing")
    verify_approval(wallet, change, response)
    wallet.resharing.add(plan.vault)
    try:
        settings.put(wallet.db, TRIED + plan.vault, plan.epoch)
        order = _order(wallet, vault, plan, recovery_passphrase, approval_as_dict(change, response))
        outcome = await wallet.ceremonies.reshare(order, progress)
        kept = _keep(wallet, vault, plan, outcome)
        await _test(wallet, kept, outcome.share, progress)
        await _gather_acks(wallet, plan, kept)
    except BaseException as error:
        await forget(wallet, plan.vault, plan.epoch, plan.agents())
        if isinstance(error, WalletError):
            log.append(wallet.db, "reshare_failed", {"vault": vault.id, "reason": error.word}, wallet.now())
        raise
    finally:
        wallet.resharing.discard(plan.vault)
    if not outcome.recovery_file:
        return await commit(wallet, plan.vault)
    wallet.events.state_changed()
    return vaults.get(wallet.db, plan.vault)


def _ready(wallet: Wallet, plan: Plan) -> Vault:
    vault = vaults.get(wallet.db, plan.vault)
    if vault.state is not VaultState.READY or vaults.has_left(wallet.db, plan.vault):
        raise NotFound("This device does not share that vault.")
    check_plan(plan, vault)
    return vault


async def _give_up_older(wallet: Wallet, vault: Vault) -> None:
    """A change that this agent began and that nobody finished makes room for another one."""
    older = reshares.waiting(wallet.db, vault.id)
    if older is None:
        return
    if older.hub != wallet.identity.public:
        raise StateConflict("Another change of this vault's devices is under way.", reason="resharing")
    if not older.missing:
        raise StateConflict("The change of this vault's devices is being finished.", reason="resharing")
    await forget(wallet, vault.id, older.epoch, older.parties)


async def _tell_of_older(wallet: Wallet, plan: Plan) -> None:
    """Who takes part knows how the last change ended, so that nobody's only share is of a change between."""
    await tell(wallet, plan.vault)
    older = reshares.find(wallet.db, plan.vault)
    untold = agents_to_tell(older) if older is not None and older.state == COMMITTED else []
    if any(party.identity in untold for party in plan.agents()):
        raise PartyUnavailable("A device has not heard yet of the last change of this vault's devices.")


def _order(
    wallet: Wallet, vault: Vault, plan: Plan, recovery_passphrase: str, approval: dict[str, Any]
) -> ReshareOrder:
    share = bytes(shares.load(wallet.db, wallet.unlocked.key(), vault.id, vault.epoch))
    old_public = KeyShare.parse(share).public.encode()
    return ReshareOrder(
        vault=vault.id,
        vault_name=vault.name,
        epoch=plan.epoch,
        threshold=plan.threshold,
        dealers=plan.dealers,
        parties=plan.parties,
        old_public=old_public,
        share=share,
        context=reshare_context(plan, vault.name, old_public, records_digest(wallet.db, vault.id)),
        recovery_passphrase=recovery_passphrase,
        created_at=wallet.now(),
        extra={"approval": approval, "facts": facts_of(wallet, vault)},
    )


def reshare_context(plan: Plan, name: str, old_public: bytes, records: str) -> Canonical:
    """What the transcript carries: the plan, the old key as all old parties confirmed it, and what is on their record,
    the home passkeys among it."""
    return {
        "purpose": RESHARE,
        "plan": plan.as_dict(),
        "name": name,
        "old": encode_base64url(old_public),
        "records": records,
    }


def _keep(wallet: Wallet, vault: Vault, plan: Plan, outcome: ReshareOutcome) -> Reshare:
    """The new share on this disk, pending; the old one stays as it is."""
    me = plan.seat_of(wallet.identity.public).index
    sealed = shares.seal_share(
        wallet.unlocked.key(), outcome.share, vault=vault.id, epoch=plan.epoch, party_index=me, rng=wallet.rng
    )
    others = [party.identity.hex() for party in plan.agents() if party.identity != wallet.identity.public]
    kept = Reshare(
        vault=vault.id,
        epoch=plan.epoch,
        hub=wallet.identity.public,
        my_index=me,
        name=vault.name,
        threshold=plan.threshold,
        group_key=outcome.group_key,
        chain_code=outcome.chain_code,
        parties=outcome.parties,
        ot_parties=plan.ot_parties(),
        context_hash=outcome.context_hash,
        confirmations=outcome.confirmations,
        created_at=wallet.now(),
        sealed=sealed,
        facts={"agents": others},
        recovery_file=outcome.recovery_file or None,
        recovery_ack=outcome.recovery_ack or None,
    )
    reshares.prepare(wallet.db, kept)
    log.append(wallet.db, "reshare_prepared", {"vault": vault.id, "epoch": plan.epoch}, wallet.now())
    return kept


async def _test(wallet: Wallet, kept: Reshare, share: bytes, progress: Progress) -> None:
    """New shares that can't sign must be noticed while the old ones still can: this party signs with every other one."""
    will = reshares.as_vault(kept)
    me = next(party for party in will.parties if party.index == will.my_index)
    others = [p for p in will.parties if p.kind is not PartyKind.RECOVERY_FILE and p.index != me.index]
    needed = will.threshold - 1
    for at in range(0, len(others), needed):
        # The last group is filled up with ones that were tested already.
        helpers = others[at : at + needed] if at + needed <= len(others) else others[-needed:]
        order = _test_order(wallet, will, (me, *helpers), share)
        await wallet.ceremonies.sign(order, lambda: None, progress)


def _test_order(wallet: Wallet, will: Vault, signing: Sequence[Party], share: bytes) -> SignOrder:
    return SignOrder(
        vault=will.id,
        epoch=will.epoch,
        threshold=will.threshold,
        me=will.my_index,
        parties=tuple(sorted(signing, key=lambda party: party.index)),
        share=share,
        path=ACCOUNT_PATH,
        digest=check_digest(will),
        context=check_context(will),
        poisoned=poison.marked(wallet.db, will.id, will.epoch),
        on_poison=lambda party: poison.mark(wallet.db, will.id, will.epoch, party, wallet.now()),
        extra={"reshare_check": will.id},
        seconds=CHECK_SECONDS,
    )


async def _gather_acks(wallet: Wallet, plan: Plan, kept: Reshare) -> None:
    """Every new agent says that its share is on its disk. Kept here, so that a restart can go on."""
    for party in plan.agents():
        if party.index > len(plan.parties):
            continue  # it leaves, and has nothing to acknowledge
        if party.identity == wallet.identity.public:
            acks = {party.index: sign_ack(wallet.identity, kept.vault, kept.epoch, kept.context_hash)}
        else:
            body = {"vault": kept.vault, "epoch": kept.epoch}
            answer = await ask(wallet, party, "reshare_ack", body, expires_at=wallet.now() + ACK_SECONDS)
            acks = read_acks({str(party.index): answer.get("ack")})
        verify_acks(kept, acks)
        reshares.keep_acks(wallet.db, kept.vault, kept.epoch, acks)
