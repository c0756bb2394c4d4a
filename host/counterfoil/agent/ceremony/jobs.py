"""The jobs a worker knows, read from its pipe: make a key, deal it anew, sign a digest."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, TypeAlias

from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.crypto.identity import Identity, verify_signature
from counterfoil.errors import InvalidMessage
from counterfoil.store.recovery_file import RecoveryFile, seal_recovery
from counterfoil.threshold.derive import parse_path
from counterfoil.threshold.dkls.keygen import KeygenMachine
from counterfoil.threshold.dkls.reshare import Reshared, ReshareMachine
from counterfoil.threshold.dkls.reshare.roster import Roster
from counterfoil.threshold.dkls.sign import SignMachine
from counterfoil.threshold.machine import Machine
from counterfoil.threshold.public_share import PublicShare, read_public_share
from counterfoil.threshold.session import Session
from counterfoil.threshold.share import KeyShare
from counterfoil.threshold.wire import Reader
from counterfoil.types import Signature, VaultId
from counterfoil.wallet.parties import parse_party

_CONFIRM_TAG = "counterfoil/keygen-confirmation/1"


@dataclass(frozen=True, slots=True, repr=False)
class RecoverySeal:
    """How the recovery file's own worker closes its share: nothing of it leaves the process in clear."""

    passphrase: str
    vault_name: str
    parties: list[Any]
    created_at: int


@dataclass(frozen=True, slots=True, repr=False)
class KeygenJob:
    """Make this party's share. With ``recovery``, the result is the sealed file instead."""

    ot_parties: frozenset[int]
    recovery: RecoverySeal | None

    def machine(self, session: Session, identity: Identity) -> Machine[KeyShare]:
        """The machine of this party."""
        return KeygenMachine(
            session,
            ot_parties=self.ot_parties,
            sign_identity=lambda message: identity.sign(_CONFIRM_TAG, message),
            verify_identity=lambda public, message, signature: verify_signature(
                public, signature, _CONFIRM_TAG, message
            ),
            rng=os.urandom,
        )

    def describe(self, share: KeyShare) -> dict[str, Any]:
        """What the agent gets: the share to be sealed, or the file; and the public part."""
        return _described(share.public, share, self.recovery)


@dataclass(frozen=True, slots=True, repr=False)
class ReshareJob:
    """Deal from the old share, receive a new one, or both. ``dealers``: seat → old number."""

    old: bytes
    dealers: dict[int, int]
    members: int
    ot_parties: frozenset[int]
    share: bytes | None
    recovery: RecoverySeal | None

    def machine(self, session: Session, identity: Identity) -> Machine[Reshared]:
        """The machine of this party."""
        reader = Reader(self.old)
        old = read_public_share(reader)
        reader.end()
        return ReshareMachine(
            session,
            Roster(old, self.dealers, self.members),
            None if self.share is None else KeyShare.parse(self.share),
            ot_parties=self.ot_parties,
            sign_identity=lambda message: identity.sign(_CONFIRM_TAG, message),
            verify_identity=lambda public, message, signature: verify_signature(
                public, signature, _CONFIRM_TAG, message
            ),
            rng=os.urandom,
        )

    def describe(self, reshared: Reshared) -> dict[str, Any]:
        """As of a new key; a party that leaves has no share."""
        return _described(reshared.public, reshared.share, self.recovery)


def _described(public: PublicShare, share: KeyShare | None, recovery: RecoverySeal | None) -> dict[str, Any]:
    described: dict[str, Any] = {
        "group_key": encode_base64url(public.group_key),
        "chain_code": encode_base64url(public.chain_code),
        "transcript_hash": encode_base64url(public.confirmed_message()),
        "confirmations": {
            str(index): encode_base64url(signature)
            for index, signature in zip(public.parties, public.confirmations, strict=True)
        },
    }
    if recovery is not None and share is not None:
        described["file"] = encode_base64url(_seal(share, recovery))
    else:
        described["share"] = None if share is None else encode_base64url(share.encode())
    return described


@dataclass(frozen=True, slots=True, repr=False)
class SignJob:
    """Sign one digest with the child key at ``path``."""

    share: bytes
    path: str
    digest: bytes
    poisoned: frozenset[int]

    def machine(self, session: Session, _identity: Identity) -> Machine[Signature]:
        """The machine of this party."""
        return SignMachine(
            session,
            KeyShare.parse(self.share),
            path=parse_path(self.path),
            digest=self.digest,
            poisoned=self.poisoned,
            rng=os.urandom,
        )

    def describe(self, signature: Signature) -> dict[str, Any]:
        """The signature; it is no secret."""
        return {"r": str(signature.r), "s": str(signature.s), "recovery_id": signature.recovery_id}


Job: TypeAlias = KeygenJob | ReshareJob | SignJob


def read_job(value: Any) -> Job:  # noqa: ANN401 - straight from the pipe
    """Raises InvalidMessage."""
    match value:
        case {"kind": "keygen", "ot_parties": list(ot), "recovery": None}:
            return KeygenJob(frozenset(ot), None)
        case {"kind": "keygen", "ot_parties": list(ot), "recovery": dict(seal)}:
            return KeygenJob(frozenset(ot), RecoverySeal(**seal))
        case {"kind": "sign", "share": str(share), "path": str(path), "digest": str(digest), "poisoned": list(bad)}:
            return SignJob(parse_base64url(share), path, bytes.fromhex(digest), frozenset(bad))
        case {"kind": "reshare", "old": str(old), "dealers": dict(dealers), "members": int(members),
              "ot_parties": list(ot), "share": share, "recovery": seal}:  # fmt: skip
            return ReshareJob(
                parse_base64url(old),
                {int(seat): index for seat, index in dealers.items()},
                members,
                frozenset(ot),
                None if share is None else parse_base64url(share),
                None if seal is None else RecoverySeal(**seal),
            )
    raise InvalidMessage("This job is not known.")


def _seal(share: KeyShare, seal: RecoverySeal) -> bytes:
    recovery = share.recovery()
    content = RecoveryFile(
        vault=VaultId(share.public.vault),
        vault_name=seal.vault_name,
        epoch=share.public.epoch,
        threshold=share.public.threshold,
        parties=tuple(parse_party(party) for party in seal.parties),
        party_index=share.me,
        group_key=share.public.group_key,
        chain_code=share.public.chain_code,
        share=recovery.encode(),
        created_at=seal.created_at,
    )
    return seal_recovery(content, seal.passphrase)
