"""What two devices say to each other when they pair, and what follows from it. Pure.

1. the one that joins commits, then the one that hosts: H(role, salt, introduction)
2. the joiner opens its commitment, then the host: nobody could choose keys knowing the other's
3. words = H(code, both commitments, both openings): a man in the middle meets them with chance 2^-40, once
4. link secret and confirmation key = HKDF(X25519, that transcript); each signs the transcript once its person agreed
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from counterfoil.codecs.canonical import encode_canonical, parse_canonical
from counterfoil.crypto.hashes import framed_hash, is_equal
from counterfoil.crypto.identity import Identity, verify_signature
from counterfoil.devices.channel import Ephemeral
from counterfoil.devices.handshake import PeerKeys, RandomBytes
from counterfoil.devices.pairing_code import KEY_HASH_BYTES, PairingCode
from counterfoil.devices.relay_client import check_relay_url
from counterfoil.devices.words import words_of
from counterfoil.errors import InputError, InvalidMessage, PairingRefused
from counterfoil.types import PartyKind

WORD_COUNT = 4
MAX_NAME = 40
MAX_INTRODUCTION_BYTES = 2048
_CONFIRM = "counterfoil/pairing-confirm/1"


class Role(StrEnum):
    """HOST shows the code, JOINER reads it."""

    HOST = "host"
    JOINER = "joiner"


@dataclass(frozen=True, slots=True)
class Introduction:
    """How this device presents itself. ``passkey_hash`` is the SHA-256 of the home passkey's public key, if there is one."""

    identity: Identity
    name: str
    kind: PartyKind
    passkey_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Introduced:
    """How the other device presented itself."""

    identity: bytes
    ephemeral: bytes
    name: str
    kind: PartyKind
    relay_url: str
    passkey_hash: bytes | None


@dataclass(frozen=True, slots=True)
class Paired:
    """The result, the same on both sides but for the direction."""

    identity: bytes
    name: str
    kind: PartyKind
    relay_url: str
    passkey_hash: bytes | None
    words: tuple[str, ...]
    link_secret: bytes = field(repr=False)

    @property
    def keys(self) -> PeerKeys:
        """What a Link needs."""
        return PeerKeys(self.identity, self.link_secret)


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment: a salt and the canonical introduction."""

    role: Role
    salt: bytes
    introduction: bytes

    @property
    def commitment(self) -> bytes:
        """32 bytes that hide and bind this opening."""
        return framed_hash("counterfoil/pairing-commit/1", self.role.encode(), self.salt, self.introduction)

    def encode(self) -> bytes:
        """salt(32) ‖ introduction"""
        return self.salt + self.introduction


def parse_opening(data: bytes, *, role: Role, commitment: bytes) -> Opening:
    """The opening of the other side's commitment.

    Raises: PairingRefused(reason=commitment)
    """
    opening = Opening(role, data[:32], data[32:])
    if not is_equal(opening.commitment, commitment):
        raise PairingRefused("The other device changed what it had announced.", reason="commitment")
    return opening


def open_introduction(
    me: Introduction, role: Role, ephemeral: bytes, relay_url: str, random_bytes: RandomBytes
) -> Opening:
    """This device's introduction, under a fresh salt."""
    _check_name(me.name)
    text = encode_canonical(
        {
            "identity": me.identity.public.hex(),
            "ephemeral": ephemeral.hex(),
            "name": me.name,
            "kind": me.kind.value,
            "relay": relay_url,
            "passkey": None if me.passkey_hash is None else me.passkey_hash.hex(),
        }
    )
    return Opening(role, random_bytes(32), text)


def parse_introduction(data: bytes) -> Introduced:
    """Read the other side's introduction.

    Raises: PairingRefused(reason=introduction)
    """
    try:
        return _parse_introduction(data)
    except (InputError, ValueError):
        raise PairingRefused(
            "The other device introduced itself in a way that can't be read.", reason="introduction"
        ) from None


def key_hash(identity: bytes, ephemeral: bytes) -> bytes:
    """What the code says about the keys of the device that shows it."""
    return framed_hash("counterfoil/pairing-key/1", identity, ephemeral, length=KEY_HASH_BYTES)


class Agreement:
    """Everything that follows once both have opened: words, secret, and the confirmation of each side."""

    def __init__(self, code: PairingCode, own: Opening, peer: Opening, me: Identity, ephemeral: Ephemeral) -> None:
        self._me = me
        self._role, self._peer_role = own.role, peer.role
        self.peer = parse_introduction(peer.introduction)
        if self.peer.identity == me.public:
            raise PairingRefused("A device can't be paired with itself.", reason="introduction")
        if self.peer.relay_url != code.relay_url:
            raise PairingRefused("The two devices do not use the same relay.", reason="introduction")
        host, joiner = (own, peer) if own.role is Role.HOST else (peer, own)
        self.transcript = framed_hash(
            "counterfoil/pairing/1", code.digest, joiner.commitment, host.commitment, joiner.encode(), host.encode()
        )
        try:
            secret = ephemeral.agree({0: self.peer.ephemeral})[0]
        except InvalidMessage:
            raise PairingRefused("The other device sent an unusable key.", reason="introduction") from None
        keys = HKDF(algorithm=SHA256(), length=64, salt=self.transcript, info=b"counterfoil/pairing-keys/1").derive(
            secret
        )
        self.confirmation_key = keys[32:]
        self.paired = Paired(
            identity=self.peer.identity,
            name=self.peer.name,
            kind=self.peer.kind,
            relay_url=code.relay_url,
            passkey_hash=self.peer.passkey_hash,
            words=words_of(self.transcript, WORD_COUNT),
            link_secret=keys[:32],
        )

    def confirm(self) -> bytes:
        """Our person agreed."""
        return self._me.sign(_CONFIRM, self._role.encode(), self.transcript)

    def verify_confirm(self, signature: bytes) -> None:
        """Check that theirs did. Raises: PairingRefused(reason=confirmation)"""
        try:
            verify_signature(self.peer.identity, signature, _CONFIRM, self._peer_role.encode(), self.transcript)
        except InvalidMessage:
            raise PairingRefused("The other device's confirmation is not its own.", reason="confirmation") from None


def _parse_introduction(data: bytes) -> Introduced:
    if len(data) > MAX_INTRODUCTION_BYTES:
        raise InvalidMessage("The introduction is too long.", reason="too_large")
    match parse_canonical(data):
        case {
            "identity": str(identity),
            "ephemeral": str(ephemeral),
            "name": str(name),
            "kind": str(kind),
            "relay": str(relay),
            "passkey": str() | None as passkey,
            **rest,
        } if not rest:
            return Introduced(
                _parse_hex32(identity),
                _parse_hex32(ephemeral),
                _check_name(name),
                PartyKind(kind),
                check_relay_url(relay),
                None if passkey is None else _parse_hex32(passkey),
            )
    raise InvalidMessage("The introduction has other fields than agreed.", reason="fields")


def _parse_hex32(text: str) -> bytes:
    data = bytes.fromhex(text)
    if len(data) != 32 or data.hex() != text:
        raise InvalidMessage("This is not 32 bytes in hex.", reason="length")
    return data


def _check_name(name: str) -> str:
    """A name is shown beside a decision: one line, no characters that hide or turn text."""
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable() or name != name.strip():
        raise InvalidMessage(f"A device's name has 1 to {MAX_NAME} visible characters.", reason="name")
    return name
