"""Making a Safe: an explicit act, approved by the home passkey and kept by every party.   DESIGN §3

Nothing happens on a chain. The Safe is an address that follows from a key of the vault, a passkey and
a salt; its first act creates it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counterfoil.chains.evm.safe.creation_code import CreationCodes
from counterfoil.chains.family import Finding, Level, Summary
from counterfoil.chains.registry import family_of
from counterfoil.codecs.strict_json import encode_json, parse_json
from counterfoil.crypto.hashes import framed_hash, is_equal
from counterfoil.errors import InvalidMessage, NotFound, PageCannotAssert, RecoveryUnproven, StateConflict, WalletError
from counterfoil.store import accounts, log, records, requests, reshares, vaults
from counterfoil.store.accounts import Account
from counterfoil.store.records import Record
from counterfoil.store.request_states import PENDING
from counterfoil.store.requests import NewRequest, Request
from counterfoil.store.vaults import Vault
from counterfoil.types import Caip2, Origin, Party, RequestId, RequestState
from counterfoil.wallet.ask import ask
from counterfoil.wallet.challenge import AdminContent, joint_nonce
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.decisions import Decision
from counterfoil.wallet.end import told
from counterfoil.wallet.enrol import verify_home
from counterfoil.wallet.home import home_request_options
from counterfoil.wallet.nonces import read_nonce
from counterfoil.wallet.passkey_records import PasskeyRecord, home_passkey, home_passkeys, site_passkey
from counterfoil.wallet.propose import life_seconds, refuse_flood
from counterfoil.wallet.record_wire import record_as_dict, signed_record
from counterfoil.wallet.review import account_address
from counterfoil.wallet.safe_records import OWNER_PATH, SafeRecord, parse_safe, plan_safe, safes_on_record
from counterfoil.wallet.signers import other_agents
from counterfoil.wallet.steps import ASSERT_HOME, AssertHomePasskey, Done, Step
from counterfoil.wallet.summary_json import encode_summary
from counterfoil.webauthn.cose import parse_cose_key

KIND = "safe_create"
_ACT = "create_safe"
_EVM = Caip2("eip155:1")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Creation:
    """A new Safe that waits for the home passkey."""

    safe: SafeRecord
    content: AdminContent
    nonces: dict[int, bytes]
    others: tuple[Party, ...]


async def propose_safe(
    wallet: Wallet, *, chain: Caip2, site: str | None, origin: Origin, profile_id: str | None
) -> Request:
    """A request for a new Safe, whose passkey is the wallet's own or that of a connected ``site``.

    In:     ``chain``: a network on which Safe's published contracts stand
    Raises: NotFound, RecoveryUnproven, RateLimited, NodeUnreachable, InvalidTransaction(reason=no_safe_here)
    """
    refuse_flood(wallet, origin)
    vault = _vault(wallet)
    passkey = _passkey(wallet, vault, site)
    row = wallet.networks.chain(chain)
    codes = await wallet.networks.client(row).creation_codes(row)
    safe = _plan(wallet, vault, passkey, codes)
    now = wallet.now()
    new = NewRequest(
        id=RequestId(wallet.rng(16).hex()),
        origin=origin,
        kind=KIND,
        method=KIND,
        payload=encode_json({"vault": vault.id, "safe": safe.as_dict()}).decode(),
        created_at=now,
        expires_at=now + life_seconds(wallet),
        profile_id=profile_id,
        summary=encode_summary(_summary(safe)),
    )
    request = requests.insert(wallet.db, new)
    wallet.events.requests_changed(request.id)
    return request


async def approve(wallet: Wallet, request: Request) -> Step:
    """The person said yes: every other party gives a nonce, and the home passkey is asked. Raises PartyUnavailable."""
    wallet.unlocked.key()
    vault, safe = _asked(wallet, request)
    reshares.refuse_during(wallet.db, vault.id)
    others = other_agents(vault)
    nonces = {vault.my_index: wallet.rng(32)}
    body = {"vault": vault.id, "kind": safe.kind.value, "subject": safe.subject}
    for party in others:
        answered = await ask(wallet, party, "admin_nonce", body, expires_at=request.expires_at)
        nonces[party.index] = read_nonce(answered.get("nonce"))
    content = safe_content(vault, safe, nonces, request.expires_at)
    creation = Creation(safe, content, nonces, others)
    wallet.decisions.put(request.id, Decision(ASSERT_HOME, content.challenge(), {"creation": creation}))
    left = max(1, request.expires_at - wallet.now()) * 1000
    options = home_request_options(wallet, vault.id, content.challenge(), left)
    return AssertHomePasskey(request, options, "Touch the passkey of Counterfoil to make this Safe.")


async def answer(
    wallet: Wallet,
    request: Request,
    decision: Decision,
    response: Mapping[str, Any] | None,
    failure: tuple[str, str] | None,
) -> Step:
    """The home passkey was touched: every party keeps the Safe. Raises AssertionRefused, PageCannotAssert."""
    try:
        if response is None:
            name = failure[0] if failure else "Unknown"
            raise PageCannotAssert(f"The passkey was not used ({name}). Nothing was made.", reason="not_used")
        creation: Creation = decision.data["creation"]
        await _carry_out(wallet, creation, response)
    except WalletError:
        wallet.decisions.put(request.id, decision)
        raise
    now = wallet.now()
    with wallet.db.transaction():
        requests.move(wallet.db, request.id, PENDING, RequestState.APPROVED, now=now)
        ended = requests.move(
            wallet.db,
            request.id,
            {RequestState.APPROVED},
            RequestState.FINAL,
            now=now,
            result={"address": creation.safe.account.address},
        )
    told(wallet, request.id)
    wallet.events.state_changed()
    return Done(ended)


def safe_content(vault: Vault, safe: SafeRecord, nonces: Mapping[int, bytes], expires_at: int) -> AdminContent:
    """The content that the home passkey's challenge is made of."""
    return AdminContent(
        vault=vault.id,
        epoch=vault.epoch,
        act=_ACT,
        parameters={"safe": safe.as_dict(), "version": _VERSION},
        nonce=joint_nonce("admin", list(nonces.items())),
        expires_at=expires_at,
    )


def check_new_safe(wallet: Wallet, vault: Vault, record: Record) -> SafeRecord:
    """Another party's record of a new Safe: its owner is our own child key, its passkey is on our own record.

    Raises: InvalidMessage, StateConflict(reason=owner_index)
    """
    safe = parse_safe(record.body)
    if record.subject != safe.subject or record.version != _VERSION:
        raise InvalidMessage("This is not a Safe's record.")
    if not is_equal(owner_address(wallet, vault, safe.owner_path).encode(), safe.account.owner.encode()):
        raise InvalidMessage("This Safe's owner is not a key of this vault.", reason="safe_owner")
    if any(known.owner_index == safe.owner_index for known in safes_on_record(wallet.db, vault.id)):
        raise StateConflict("This key owns another Safe already.", reason="owner_index")
    known = (
        home_passkey(wallet.db, vault.id, safe.credential_id)
        if safe.passkey_role == "home"
        else site_passkey(wallet.db, vault.id, safe.passkey_origin)
    )
    named = (safe.credential_id, safe.passkey_role, safe.passkey_origin)
    if known is None or (known.credential_id, known.role, known.origin) != named or not _has_key(safe, known):
        raise InvalidMessage("This Safe's passkey is not on record.", reason="safe_passkey")
    return safe


def keep_safe(wallet: Wallet, record: Record, safe: SafeRecord) -> bool:
    """On record, and an account from now on: both or neither. True if it is news."""
    now = wallet.now()
    with wallet.db.transaction():
        if not records.put(wallet.db, record):
            return False
        address = safe.account.address
        account = Account(
            wallet.rng(16).hex(), record.vault, "eip155", safe.owner_path, address, safe.name, now, accounts.SAFE
        )
        if all(known.address != address for known in accounts.listed(wallet.db, record.vault)):
            accounts.insert(wallet.db, account)
        log.append(wallet.db, "safe_made", {"address": address, "passkey": safe.passkey_origin}, now)
    return True


def owner_address(wallet: Wallet, vault: Vault, path: str) -> str:
    """A Safe-owner key's own address, as this party derives it."""
    chain = wallet.networks.chain(_EVM)
    return account_address(vault, chain, family_of(chain), path)


async def _carry_out(wallet: Wallet, creation: Creation, response: Mapping[str, Any]) -> None:
    """Nothing is kept here before every party keeps it."""
    content = creation.content
    verify_home(wallet, content, response)
    vault = vaults.get(wallet.db, content.vault)
    evidence = {
        "response": dict(response),
        "nonces": {str(index): nonce.hex() for index, nonce in creation.nonces.items()},
        "expires_at": content.expires_at,
    }
    record = signed_record(wallet, vault, creation.safe, _VERSION, evidence)
    check_new_safe(wallet, vault, record)
    for party in creation.others:
        await ask(wallet, party, "record_put", {"record": record_as_dict(record)}, expires_at=content.expires_at)
    keep_safe(wallet, record, creation.safe)


def _asked(wallet: Wallet, request: Request) -> tuple[Vault, SafeRecord]:
    match parse_json(request.payload):
        case {"vault": str(vault), "safe": body}:
            return vaults.get(wallet.db, vault), parse_safe(body)
    raise InvalidMessage("This request can't be read.")


def _vault(wallet: Wallet) -> Vault:
    for vault in vaults.listed(wallet.db):
        if vaults.receive_ready(vault):
            return vault
    raise RecoveryUnproven


def _passkey(wallet: Wallet, vault: Vault, site: str | None) -> PasskeyRecord:
    if site is not None:
        found = site_passkey(wallet.db, vault.id, site)
        if found is None:
            raise NotFound("This site has no passkey of yours yet.", remedy="Connect the site first.")
        return found
    own = home_passkeys(wallet.db, vault.id)
    if not own:
        raise NotFound("This wallet has no passkey of its own yet.")
    return own[0]


def _plan(wallet: Wallet, vault: Vault, passkey: PasskeyRecord, codes: CreationCodes) -> SafeRecord:
    taken = [safe.owner_index for safe in safes_on_record(wallet.db, vault.id)]
    index = max(taken, default=-1) + 1
    site = passkey.rp_id if passkey.role == "site" else ""
    name = (f"Safe for {site}" if site else f"Safe {index + 1}")[:64]
    owner = owner_address(wallet, vault, f"{OWNER_PATH}{index}")
    salt = int.from_bytes(framed_hash("counterfoil/safe-account/1", owner.encode()), "big")
    return plan_safe(codes, owner, index, passkey, name=name, now=wallet.now(), salt_nonce=salt)


def _has_key(safe: SafeRecord, passkey: PasskeyRecord) -> bool:
    point = parse_cose_key(passkey.public_key)
    return (point.x, point.y) == (safe.account.passkey.x, safe.account.passkey.y)


def _summary(safe: SafeRecord) -> Summary:
    """What is about to be made, for the window."""
    whose = f"the passkey of {safe.passkey_origin}" if safe.passkey_role == "site" else "your home passkey"
    at_site = safe.passkey_origin if safe.passkey_role == "site" else "the address of this extension"
    findings = [
        Finding(
            "safe_publishes",
            Level.INFO,
            "Each act of a Safe publishes what its passkey signed.",
            f"Anyone can read on the chain, for ever, that it was touched on {at_site}, and the passkey's public key."
            " Your vault account publishes neither.",
        ),
        Finding(
            "safe_two_keys",
            Level.INFO,
            f"It moves only when both sign: a key of your vault, and {whose}.",
            "The chain itself checks both. Stolen parts of your vault alone can't move it.",
        ),
        Finding(
            "safe_way_back",
            Level.INFO,
            "Its first act costs more: it creates the account and a 14-day lock.",
            "If the passkey is lost, your vault can replace it after 14 days. On real networks the address is shown"
            " only once that lock stands there.",
        ),
    ]
    if safe.passkey_role == "site":
        findings.append(
            Finding(
                "safe_of_site",
                Level.CAUTION,
                f"Only pages of {safe.passkey_origin} can ask for its touch.",
                "If that site closes or its passkey is deleted, nothing moves for 14 days until the lock has put a new"
                " passkey in its place.",
            )
        )
    details = (
        ("Address", safe.account.address),
        ("Owner key", safe.account.owner),
        ("Passkey's contract", safe.account.signer),
        ("Salt", str(safe.account.salt_nonce)),
    )
    return Summary(
        act=KIND,
        sentence=f"Make a Safe account, owned by your vault and {whose}",
        changes=(),
        to=None,
        fee_cap=0,
        priced=False,
        details=details,
        findings=tuple(findings),
    )
