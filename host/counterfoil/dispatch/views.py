"""What clients are shown, made from the wallet's values; nothing here decides."""

from __future__ import annotations

import re
from typing import Any

from counterfoil.chains.family import Change, Finding, Kind, Own, Summary
from counterfoil.crypto.hashes import framed_hash
from counterfoil.devices.words import words_of
from counterfoil.errors import NotFound
from counterfoil.protocol import request as wire
from counterfoil.protocol import vault as vault_wire
from counterfoil.protocol.model import Fault
from counterfoil.store import accounts, poison, simulations, unsettled, vaults
from counterfoil.store.accounts import Account
from counterfoil.store.request_states import OVER
from counterfoil.store.requests import Request
from counterfoil.store.vaults import Vault
from counterfoil.types import Caip2, PartyKind
from counterfoil.wallet import connect, safe_create
from counterfoil.wallet.backup import is_file_to_be_saved, is_second_file_proven
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import site_passkey
from counterfoil.wallet.ports import PartyState
from counterfoil.wallet.replace import choices, waits_for
from counterfoil.wallet.simulate import decode_simulation
from counterfoil.wallet.summary_json import decode_summary
from counterfoil.wallet.waiting import awaiting_person
from counterfoil.webauthn.origin import registrable_domain_hint

NOTCHES, POSITIONS, DEPTHS = 8, 16, 3
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_TRANSACTIONS = frozenset(kind.value for kind in Kind if kind.is_transaction)
_LEVELS = {"danger": 0, "caution": 1, "info": 2}


def request_view(wallet: Wallet, request: Request) -> wire.RequestView:
    """A request as the window shows it."""
    waiting = [item.id for item in awaiting_person(wallet.db, request.profile_id)]
    summary = decode_summary(request.summary) if request.summary else None
    account = _account(wallet, request)
    chain = wallet.networks.find(Caip2(request.chain)) if request.chain else None
    vault = vaults.get(wallet.db, request.vault) if request.vault else None
    seed = request.challenge or request.id.encode()
    fee = None
    if chain is not None and request.fee_cap is not None and request.kind in _TRANSACTIONS:
        fee = wire.Fee(cap=str(request.fee_cap), symbol=chain.native.symbol, decimals=chain.native.decimals)
    explorer = (
        f"{chain.explorer}/tx/{request.transaction_id}" if chain and chain.explorer and request.transaction_id else None
    )
    return wire.RequestView(
        request_id=request.id,
        seq=request.seq,
        state=request.state.value,
        kind=_kind(request),  # type: ignore[arg-type]
        method=request.method,
        origin=request.origin,
        asked_by=_asked_by(request, vault),
        registrable_domain=_domain(request.origin),
        created_at=request.created_at,
        expires_at=request.expires_at,
        account_id=account.id if account else None,
        account_name=account.name if account else None,
        address=request.account,
        chain=request.chain,
        chain_name=chain.name if chain else None,
        testnet=chain.testnet if chain else False,
        act=summary.act if summary else "connect",
        sentence=clean(summary.sentence) if summary else "Let this site see your account and ask for signatures.",
        to=summary.to if summary else None,
        changes=[change_view(change) for change in summary.changes] if summary else [],
        fee=fee,
        findings=findings_view(summary),
        refusal=finding_view(summary.refusal) if summary and summary.refusal else None,
        text=clean(summary.text) if summary and summary.text is not None else None,
        details=details_view(request, summary),
        words=list(words_of(seed, 4)),
        notches=notches_of(seed),
        site_passkey="present" if _has_passkey(wallet, request, vault) else "none",
        account_choices=[account_choice(item) for item in connect.choices(wallet, request.origin)]
        if request.kind == "connect"
        else [],
        parties=parties_view(wallet, request, vault),
        transaction_id=request.transaction_id,
        reverted=isinstance(request.result, dict) and request.result.get("status") == "reverted",
        explorer_url=explorer,
        error=Fault.model_validate(request.error) if request.error else None,
        position=waiting.index(request.id) + 1 if request.id in waiting else 0,
        waiting=len(waiting),
        simulation=simulation_view(wallet, request),
        parent_id=request.parent_id,
        choices=[_CHOICES[own] for own in choices(wallet, request)],
        note=_note(wallet, request),
    )


_CHOICES: dict[Own, wire.Choice] = {Own.SPEED_UP: "speed_up", Own.CANCEL: "cancel", Own.FILL: "fill"}


def _note(wallet: Wallet, request: Request) -> str | None:
    """Why a transaction does not go on by itself."""
    if request.state in OVER and unsettled.is_held(wallet.db, request.id):
        return "Another device of yours had agreed to it and keeps its number. Later transactions wait: call it off."
    if waits_for(request) is not None:
        return "It waits for a number before its own that was set aside and never used."
    return None


def simulation_view(wallet: Wallet, request: Request) -> wire.SimulationView | None:
    """What the node said, if it said anything yet."""
    found = simulations.get(wallet.db, request.id)
    if found is None:
        return None
    simulation = decode_simulation(found)
    failure = finding_view(simulation.failure) if simulation.failure else None
    changes = [change_view(change) for change in simulation.changes]
    return wire.SimulationView(
        level=simulation.level,  # type: ignore[arg-type]
        sentence=simulation.sentence,
        changes=changes,
        failure=failure,
    )


def clean(text: str) -> str:
    """Text without characters that reorder, hide or control."""
    return _CONTROL.sub("�", text)


def notches_of(seed: bytes) -> list[int]:
    """8 of 16 positions × 3 depths: a picture to match windows by, never a check."""
    stream = framed_hash("counterfoil/notches/1", seed, length=64)
    left = list(range(POSITIONS))
    chosen = [(left.pop(stream[2 * i] % len(left)), stream[2 * i + 1] % DEPTHS) for i in range(NOTCHES)]
    return sorted(position * DEPTHS + depth for position, depth in chosen)


def change_view(change: Change) -> wire.ChangeView:
    """One change; null amount means any amount."""
    return wire.ChangeView(
        direction=change.direction,  # type: ignore[arg-type]
        asset=change.asset,
        amount=None if change.amount is None else str(change.amount),
        symbol=None if change.symbol is None else clean(change.symbol),
        token_name=None if change.token_name is None else clean(change.token_name),
        decimals=change.decimals,
        counterparty=change.counterparty,
        expires_at=change.expires_at,
    )


def finding_view(finding: Finding) -> wire.FindingView:
    """One finding."""
    return wire.FindingView(
        code=finding.code,
        level=finding.level.value,
        sentence=clean(finding.sentence),
        why=clean(finding.why),
        action=clean(finding.action),
    )


def findings_view(summary: Summary | None) -> list[wire.FindingView]:
    """Worst first."""
    found = summary.findings if summary else ()
    return [finding_view(finding) for finding in sorted(found, key=lambda item: _LEVELS[item.level.value])]


def details_view(request: Request, summary: Summary | None) -> list[wire.Detail]:
    """The folded part: what the bytes say field by field, the bytes, the hashes."""
    rows = list(summary.details) if summary else []
    if request.unsigned is not None:
        rows.append(("Bytes to sign", "0x" + request.unsigned.hex()))
    if request.challenge is not None:
        rows.append(("Challenge", "0x" + request.challenge.hex()))
    return [wire.Detail(label=label, value=clean(value)) for label, value in rows]


def party_progress(party: PartyState) -> wire.PartyProgress:
    """A party of a ceremony."""
    return wire.PartyProgress(
        index=party.party.index,
        name=party.party.name,
        kind=party.party.kind.value,
        state=party.state,  # type: ignore[arg-type]
    )


def parties_view(wallet: Wallet, request: Request, vault: Vault | None) -> list[wire.PartyProgress]:
    """Those that are asked for their consent now; else those of a vault that could sign, before a ceremony began."""
    if vault is None:
        return []
    gathering = wallet.consents.get(request.id)
    if gathering is not None:
        return [party_progress(party) for party in gathering.progress()]
    signing = [party for party in vault.parties if party.kind is not PartyKind.RECOVERY_FILE]
    return [party_progress(PartyState(party, "waiting")) for party in signing[: vault.threshold]]


def vault_view(wallet: Wallet, vault: Vault) -> vault_wire.Vault:
    """A vault."""
    marked = poison.marked(wallet.db, vault.id, vault.epoch)
    return vault_wire.Vault(
        vault_id=vault.id,
        name=vault.name,
        epoch=vault.epoch,
        threshold=vault.threshold,
        parties=[
            vault_wire.PartyView(
                index=party.index,
                name=party.name,
                kind=party.kind.value,
                is_this=party.index == vault.my_index,
                poisoned=party.index in marked,
            )
            for party in vault.parties
        ],
        state=vault.state.value,
        recovery_proven=vault.recovery_proven_at is not None and not is_file_to_be_saved(wallet, vault),
        second_file_proven=is_second_file_proven(wallet, vault),
        receive_ready=vaults.receive_ready(vault),
        created_at=vault.created_at,
    )


def account_choice(account: Account) -> wire.AccountChoice:
    """An account that a connection may show."""
    kind: Any = account.kind
    return wire.AccountChoice(account_id=account.id, name=account.name, address=account.address, kind=kind)


def explanation(summary: Summary, symbol: str, decimals: int) -> wire.Explanation:
    """A summary by itself."""
    return wire.Explanation(
        sentence=clean(summary.sentence),
        act=summary.act,
        to=summary.to,
        changes=[change_view(change) for change in summary.changes],
        fee=wire.Fee(cap=str(summary.fee_cap), symbol=symbol, decimals=decimals) if summary.fee_cap else None,
        findings=findings_view(summary),
        refusal=finding_view(summary.refusal) if summary.refusal else None,
        details=[wire.Detail(label=label, value=clean(value)) for label, value in summary.details],
    )


def _account(wallet: Wallet, request: Request) -> Account | None:
    if request.account is None or request.chain is None:
        return None
    try:
        return accounts.by_address(wallet.db, request.chain.split(":")[0], request.account)
    except NotFound:
        return None


def _asked_by(request: Request, vault: Vault | None) -> str | None:
    """The device that asks; one that is no party any more is not named."""
    if request.intent is None or vault is None:
        return None
    index = request.intent.get("requester")
    return next((party.name for party in vault.parties if party.index == index), "A device of yours")


def _kind(request: Request) -> str:
    """What a person sees: a Safe's act is a transaction, its message a text or typed data as the page sent it."""
    if request.kind == Kind.SAFE_MESSAGE.value:
        return "typed_data" if request.method == "eth_signTypedData_v4" else "message"
    return {Kind.SAFE_TRANSACTION.value: "transaction", safe_create.KIND: "safe"}.get(request.kind, request.kind)


def _domain(origin: str) -> str:
    if "://" not in origin:
        return origin
    try:
        return registrable_domain_hint(origin)  # type: ignore[arg-type]
    except ValueError:
        return origin


def _has_passkey(wallet: Wallet, request: Request, vault: Vault | None) -> bool:
    candidates: list[Any] = [vault] if vault else vaults.listed(wallet.db)
    return any(site_passkey(wallet.db, candidate.id, request.origin) is not None for candidate in candidates)
