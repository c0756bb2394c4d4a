"""The tree of errors that a person, a page or a program may meet.

Every error has a stable numeric ``code`` (append-only, never reused), a sentence that says what
happened and, where there is one, a remedy that says what to do now. ``reason`` is a stable word for
programs. Messages never contain secrets: errors cross process borders and reach pages.

WalletError
├ InputError     1xxx  the request itself is wrong; asking again as it stands is pointless
├ Refused        2xxx  understood, and not done
├ ProtocolAbort  3xxx  a ceremony among parties ended without a result
├ NetworkError   4xxx  something outside this computer did not answer or said no
├ StorageError   5xxx  the database or a sealed share
└ Bug            9xxx  ours; a page sees the code only
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, which would cost the stub a tenth of its start
if TYPE_CHECKING:
    from typing import ClassVar


class WalletError(Exception):
    """Base of every error with a stable code. ``details`` holds JSON-safe facts, never secrets."""

    code: ClassVar[int] = 9000
    reason: ClassVar[str] = "error"
    summary: ClassVar[str] = "Something went wrong."
    cure: ClassVar[str | None] = None

    def __init__(
        self,
        message: str | None = None,
        *,
        remedy: str | None = None,
        reason: str | None = None,
        **details: str | int | bool | list[int] | list[str] | None,
    ) -> None:
        self.message = message or self.summary
        self.remedy = remedy or self.cure
        self.word = reason or self.reason
        self.details = details
        super().__init__(self.message)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return _rebuild, (type(self), self.message, self.remedy, self.word, self.details)

    def as_dict(self) -> dict[str, object]:
        """The error as every interface of ours shows it: code, reason, message, remedy, details."""
        return {
            "code": self.code,
            "reason": self.word,
            "message": self.message,
            "remedy": self.remedy,
            "details": dict(self.details),
        }


def _rebuild(
    kind: type[WalletError], message: str, remedy: str | None, word: str, details: dict[str, str | int | bool | None]
) -> WalletError:
    return kind(message, remedy=remedy, reason=word, **details)


# ── 1xxx ──────────────────────────────────────────────────────────────────────────────────────────
class InputError(WalletError, ValueError):
    code = 1000
    reason = "invalid_input"
    summary = "The request is not valid."


class InvalidEncoding(InputError):
    code = 1001
    reason = "invalid_encoding"
    summary = "These bytes can't be read."


class InvalidAddress(InputError):
    code = 1002
    reason = "invalid_address"
    summary = "This is not a valid address."


class InvalidAmount(InputError):
    code = 1003
    reason = "invalid_amount"
    summary = "This is not a valid amount."


class InvalidTransaction(InputError):
    code = 1004
    reason = "invalid_transaction"
    summary = "This is not a valid transaction."


class UnknownMethod(InputError):
    code = 1005
    reason = "unknown_method"
    summary = "Counterfoil does not know this method."


class UnknownChain(InputError):
    code = 1006
    reason = "unknown_chain"
    summary = "Counterfoil does not know this chain."


class FrameTooLarge(InputError):
    code = 1007
    reason = "frame_too_large"
    summary = "The message is too large."


class InvalidFrame(InputError):
    code = 1008
    reason = "invalid_frame"
    summary = "The message can't be read."


class InvalidMessage(InputError):
    code = 1009
    reason = "invalid_message"
    summary = "The message does not have the agreed form."


class UnsupportedVersion(InputError):
    code = 1010
    reason = "unsupported_version"
    summary = "The two halves of Counterfoil have versions that don't fit together."
    cure = "Update the extension and the companion to the same version."


class UnsafeToSign(InputError):
    """DESIGN §6: forms of text and data that are refused on every account."""

    code = 1011
    reason = "unsafe_to_sign"
    summary = "Counterfoil never signs this kind of message."


class NotFound(InputError):
    code = 1012
    reason = "not_found"
    summary = "There is no such thing here."


class UnsupportedPlatform(InputError):
    code = 1013
    reason = "unsupported_platform"
    summary = "Counterfoil does not run on this system yet."


class SimulationFailed(InputError):
    code = 1014
    reason = "execution_reverted"
    summary = "The network says that this transaction would fail."


class BatchRefused(InputError):
    """``reason``: capability chain duplicate_id unknown_id too_large not_atomic, as EIP-5792 tells them apart."""

    code = 1015
    reason = "batch_refused"
    summary = "Counterfoil can't do this batch of calls."


# ── 2xxx ──────────────────────────────────────────────────────────────────────────────────────────
class Refused(WalletError):
    code = 2000
    reason = "refused"
    summary = "This was refused."


class NotPermitted(Refused):
    code = 2001
    reason = "not_permitted"
    summary = "This site has no permission for that."
    cure = "Connect the site to Counterfoil first."


class UserRejected(Refused):
    code = 2002
    reason = "user_rejected"
    summary = "You refused this request."


class Locked(Refused):
    code = 2003
    reason = "locked"
    summary = "Counterfoil is locked."
    cure = "Unlock it in the extension, or with `counterfoil unlock`."


class RequestExpired(Refused):
    code = 2004
    reason = "expired"
    summary = "The request expired before it was approved. Nothing was signed."
    cure = "Ask again."


class AssertionRefused(Refused):
    """``reason`` says which check failed: CHALLENGE ORIGIN TYPE CROSS_ORIGIN RP_ID FLAGS COUNTER SIGNATURE CREDENTIAL EXPIRED ENCODING."""

    code = 2005
    reason = "assertion_refused"
    summary = "The passkey's answer does not fit this request. Nothing was signed."


class PolicyRefused(Refused):
    code = 2006
    reason = "policy_refused"
    summary = "A device of yours refused this by its policy. Nothing was signed."


class NotPaired(Refused):
    code = 2007
    reason = "not_paired"
    summary = "This browser profile is not paired with Counterfoil on this computer."
    cure = "Open Counterfoil in the browser and confirm the code."


class WrongPassphrase(Refused):
    code = 2008
    reason = "wrong_passphrase"
    summary = "The passphrase or passkey does not open this."


class Cancelled(Refused):
    code = 2009
    reason = "cancelled"
    summary = "This was cancelled. Nothing was signed."


class SlotHeld(Refused):
    code = 2010
    reason = "slot_held"
    summary = "Another transaction already holds this nonce."
    cure = "Wait for it, or speed it up."


class StateConflict(Refused):
    code = 2011
    reason = "state_conflict"
    summary = "The request has already moved on."


class RateLimited(Refused):
    code = 2012
    reason = "rate_limited"
    summary = "This site asks too often."
    cure = "Answer the requests that are waiting first."


class PeerRefused(Refused):
    code = 2013
    reason = "peer_not_allowed"
    summary = "Another user of this computer may not use this agent."


class PageCannotAssert(Refused):
    code = 2014
    reason = "page_cannot_assert"
    summary = "The page can't use its passkey here. Nothing was signed."


class AlreadyExists(Refused):
    code = 2015
    reason = "already_exists"
    summary = "This exists already."


class RecoveryUnproven(Refused):
    code = 2016
    reason = "recovery_unproven"
    summary = "The recovery file has not been saved and reopened yet."
    cure = "Finish the set-up: save the recovery file and open it again."


class PairingRefused(Refused):
    """``reason``: refused_here refused_there used commitment key_hash introduction confirmation."""

    code = 2017
    reason = "pairing_refused"
    summary = "The two devices were not paired."
    cure = "Make a new pairing code and try again."


class WindowNeeded(Refused):
    code = 2018
    reason = "window_needed"
    summary = "This takes a passkey, and only the wallet's window can ask for one. Nothing was signed."
    cure = "Open Counterfoil in the browser and go on there."


# ── 3xxx ──────────────────────────────────────────────────────────────────────────────────────────
class ProtocolAbort(WalletError):
    """A ceremony ended. ``culprits`` are party numbers; empty where the protocol cannot name one."""

    code = 3000
    reason = "ceremony_aborted"
    summary = "The devices could not finish together. Nothing was signed."

    @property
    def culprits(self) -> tuple[int, ...]:
        """Numbers of the parties whose messages failed a check."""
        found = self.details.get("culprits") or []
        return tuple(c for c in found if isinstance(c, int)) if isinstance(found, list) else ()


class Ban(ProtocolAbort):
    code = 3001
    reason = "party_misbehaved"
    summary = "A device sent something that fails a check. Nothing was signed."
    cure = "Do not try again with that device: set it up afresh, or replace it."


class Retry(ProtocolAbort):
    code = 3002
    reason = "ceremony_interrupted"
    summary = "The connection between your devices broke. Nothing was signed."
    cure = "Try again."


class Poisoned(ProtocolAbort):
    code = 3003
    reason = "party_quarantined"
    summary = "A device failed a check earlier and must be set up afresh before it signs again."
    cure = "Renew the keys, under Vault in Counterfoil, or replace that device."


class PartyUnavailable(ProtocolAbort):
    code = 3004
    reason = "party_unavailable"
    summary = "Your other device does not answer. Nothing was signed."
    cure = "Wake it up and try again."


class PartyRefused(ProtocolAbort):
    code = 3005
    reason = "party_refused"
    summary = "Your other device refused. Nothing was signed."


# ── 4xxx ──────────────────────────────────────────────────────────────────────────────────────────
class NetworkError(WalletError):
    code = 4000
    reason = "network"
    summary = "The network can't be reached."


class NodeUnreachable(NetworkError):
    code = 4001
    reason = "node_unreachable"
    summary = "The chain's node does not answer."
    cure = "Check the connection, or choose another node in the settings."


class NodeRejected(NetworkError):
    """The node understood and refused; ``details['node_code']`` and ``details['data']`` are the node's own."""

    code = 4002
    reason = "node_rejected"
    summary = "The chain's node refused this."


class BroadcastUnknown(NetworkError):
    """The signed bytes are stored and will be sent again, byte for byte. Never sign again."""

    code = 4003
    reason = "broadcast_unknown"
    summary = "The transaction is signed, but it is not known whether the node took it. It is being sent again."


class RelayUnreachable(NetworkError):
    code = 4004
    reason = "relay_unreachable"
    summary = "The relay between your devices does not answer."


class AgentUnreachable(NetworkError):
    code = 4005
    reason = "agent_unreachable"
    summary = "Counterfoil on this computer does not answer."
    cure = "Run `counterfoil doctor`."


# ── 5xxx ──────────────────────────────────────────────────────────────────────────────────────────
class StorageError(WalletError):
    code = 5000
    reason = "storage"
    summary = "The wallet's data can't be read or written."


class SchemaTooNew(StorageError):
    code = 5001
    reason = "schema_too_new"
    summary = "This data was written by a newer Counterfoil."
    cure = "Update Counterfoil."


class ShareUnreadable(StorageError):
    code = 5002
    reason = "share_unreadable"
    summary = "A key share can't be read."
    cure = "Restore this device with a recovery file, or replace it."


class LogBroken(StorageError):
    code = 5003
    reason = "log_broken"
    summary = "The log of decisions was altered."


class BackupUnreadable(StorageError):
    code = 5004
    reason = "backup_unreadable"
    summary = "This is not a readable recovery file."


# ── 9xxx ──────────────────────────────────────────────────────────────────────────────────────────
class Bug(WalletError):
    code = 9000
    reason = "internal"
    summary = "Counterfoil made a mistake of its own. Nothing was signed by this step."
    cure = "Please report it with the output of `counterfoil doctor --json`."


def error_from_dict(value: object) -> WalletError:
    """The error that ``as_dict`` wrote, as its own class. Never raises.

    In:  anything that crossed a border as JSON; members of another type than ours are left out
    Out: an unknown code, or no error at all, is PartyRefused: whoever sent it did not go on
    """
    fields = value if isinstance(value, dict) else {"reason": "unreadable_error"}
    code, details = fields.get("code"), fields.get("details")
    error = (_by_code().get(code, PartyRefused) if type(code) is int else PartyRefused)(
        _text(fields.get("message")), remedy=_text(fields.get("remedy")), reason=_text(fields.get("reason"))
    )
    if isinstance(details, dict):
        error.details.update({name: item for name, item in details.items() if _is_detail(name, item)})
    return error


def _by_code() -> dict[int, type[WalletError]]:
    found: dict[int, type[WalletError]] = {}
    waiting = WalletError.__subclasses__()
    while waiting:
        kind = waiting.pop()
        if kind.__module__ == __name__:
            found[kind.code] = kind
            waiting += kind.__subclasses__()
    return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _is_detail(name: object, value: object) -> bool:
    """As the constructor takes them, so that the error can be copied and sent on."""
    if not isinstance(name, str) or not name.isidentifier() or name in {"self", "message", "remedy", "reason"}:
        return False
    if isinstance(value, list):
        return all(isinstance(item, int) for item in value) or all(isinstance(item, str) for item in value)
    return value is None or isinstance(value, str | int)
