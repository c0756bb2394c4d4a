"""A Safe account of test keys and all that signs for it, for tests of bytes and for tests on a real chain."""

from __future__ import annotations

from coincurve import PrivateKey

from counterfoil.chains.evm.address import address_of
from counterfoil.chains.evm.safe.account import Passkey, SafeAccount, plan_account
from counterfoil.chains.evm.safe.creation_code import CreationCodes
from counterfoil.chains.evm.safe.safe_tx import SafeTx, digest_safe_tx
from counterfoil.chains.evm.safe.signatures import (
    ContractSignature,
    KeySignature,
    PasskeySignature,
    encode_passkey_signature,
    pack_signatures,
)
from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.types import Digest32
from counterfoil.webauthn.assertion import ExpectedAssertion, Verified, verify_assertion
from tests.devnet.safe_contracts import creation_code
from tests.fakes.authenticator import HONEST, FakeAuthenticator, N, Twist
from tests.node_tools import node_package
from tests.unit.chains.evm_samples import sign

ORIGIN = "https://app.example"
SALT_NONCE = 0x0102030405060708


def published_codes() -> CreationCodes:
    """The proxies' creation code as npm has it."""
    node_package("@safe-global/safe-contracts")
    node_package("@safe-global/safe-passkey")
    return CreationCodes(
        bytes.fromhex(
            creation_code("@safe-global/safe-contracts/build/artifacts/contracts/proxies/SafeProxy.sol/SafeProxy.json")
        ),
        bytes.fromhex(
            creation_code(
                "@safe-global/safe-passkey/build/artifacts/contracts/SafeWebAuthnSignerProxy.sol/SafeWebAuthnSignerProxy.json"
            )
        ),
    )


class SafePerson:
    """A Safe-owner key and a passkey, and the account that they own together."""

    def __init__(self, seed: bytes = b"safe", *, verifiers: int | None = None) -> None:
        from hashlib import sha256

        self.key = PrivateKey(sha256(seed).digest())
        self.owner = address_of(self.key.public_key.format())
        self.authenticator = FakeAuthenticator(seed)
        options = {
            "rp": {"id": "app.example"},
            "challenge": encode_base64url(bytes(32)),
            "user": {"id": encode_base64url(bytes(64))},
            "authenticatorSelection": {"residentKey": "discouraged"},
        }
        self.authenticator.create(options, origin=ORIGIN)
        (self.credential,) = self.authenticator.credentials
        x, y = self.credential.point()
        self.passkey = Passkey(x, y) if verifiers is None else Passkey(x, y, verifiers)

    def account(self, codes: CreationCodes, salt_nonce: int = SALT_NONCE) -> SafeAccount:
        return plan_account(codes, self.owner, self.passkey, salt_nonce)

    def assertion(self, challenge: bytes, twist: Twist = HONEST) -> Verified:
        """A touch on the passkey, checked as the wallet checks it."""
        count = self.credential.sign_count
        options = {
            "challenge": encode_base64url(challenge),
            "rpId": "app.example",
            "allowCredentials": [{"id": encode_base64url(self.credential.id)}],
        }
        response = self.authenticator.get(options, origin=ORIGIN, twist=twist)
        if twist is not HONEST:
            return self._unchecked(response)
        expected = ExpectedAssertion(
            challenge=challenge,
            origin=ORIGIN,
            rp_id="app.example",
            credential_id=self.credential.id,
            public_key=self.credential.cose(),
            sign_count=count,
            backup_eligible=False,
        )
        return verify_assertion(response, expected=expected, now=1, expires_at=2)

    def passkey_signature(self, digest: Digest32, twist: Twist = HONEST) -> PasskeySignature:
        touched = self.assertion(digest, twist)
        return PasskeySignature(touched.authenticator_data, touched.client_data_raw, touched.r, touched.s)

    def sign_digest(self, account: SafeAccount, digest: Digest32) -> bytes:
        """Both owners' signatures, packed."""
        data = encode_passkey_signature(self.passkey_signature(digest), digest)
        return pack_signatures(
            [KeySignature(self.owner, sign(digest, self.key)), ContractSignature(account.signer, data)]
        )

    def sign(self, account: SafeAccount, tx: SafeTx) -> bytes:
        return self.sign_digest(account, digest_safe_tx(tx))

    def _unchecked(self, response: dict) -> Verified:
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        inner = response["response"]
        signature = parse_base64url(inner["signature"])
        r, s = decode_dss_signature(signature)
        return Verified(
            credential_id=self.credential.id,
            sign_count=0,
            backed_up=False,
            user_verified=True,
            client_data_raw=parse_base64url(inner["clientDataJSON"]),
            authenticator_data=parse_base64url(inner["authenticatorData"]),
            signature=signature,
            r=r,
            s=min(s, N - s),
        )
