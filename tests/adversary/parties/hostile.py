"""A requester that skips every check of its own: it has the device's share, identity and screen, and is after the rest."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from counterfoil.agent.ceremony.orders import SIGN, Invitation
from counterfoil.chains.evm.message import digest_message
from counterfoil.chains.family import Kind
from counterfoil.chains.registry import family_of
from counterfoil.types import Origin
from counterfoil.wallet.approve import proposal_of
from counterfoil.wallet.authorise import challenge_of
from counterfoil.wallet.proposal import Proposal
from counterfoil.wallet.record_heads import record_heads
from counterfoil.wallet.review import Reviewed
from counterfoil.wallet.sign import sign_context
from counterfoil.wallet.witness import say
from counterfoil.webauthn.options import request_options
from tests.fakes.authenticator import HONEST, FakeAuthenticator, Twist
from tests.fakes.two_agent_person import SITE, Someone


@dataclass
class Hostile:
    """``consent`` and ``join`` are calls to the co-signer; ``touched`` is what the person's passkey says to a challenge."""

    someone: Someone
    own_nonce: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    their_nonce: bytes = b""

    @property
    def _call(self) -> Any:
        links, cosigner = self.someone.pair.device.links, self.someone.pair.cosigner
        return lambda kind, body: links.call(cosigner.identity.public, kind, body)

    async def proposal(self, **call: Any) -> Proposal:
        """Of an honest request; its row stays at the device."""
        return proposal_of(self.someone.wallet, await self.someone.ask_to_send(**call))

    def heads(self) -> Any:
        return record_heads(self.someone.pair.device.db, self.someone.vault.id)

    async def consent(self, proposal: Proposal) -> None:
        answer = await self._call("request_consent", {"proposal": proposal.as_dict(), "records": self.heads()})
        self.their_nonce = bytes.fromhex(answer["nonce"])

    @property
    def nonces(self) -> dict[int, bytes]:
        return {1: self.own_nonce, 2: self.their_nonce}

    def reviewed(self, proposal: Proposal) -> Reviewed:
        """Everything the challenge needs, with no refusal."""
        wallet = self.someone.wallet
        chain = wallet.networks.chain(proposal.chain)
        family = family_of(chain)
        digests = _digests(family, chain, proposal)
        return Reviewed(proposal, self.someone.vault, chain, family, None, digests, (), b"")  # type: ignore[arg-type]

    def challenge(self, proposal: Proposal) -> bytes:
        return challenge_of(self.reviewed(proposal), self.nonces)[0]

    def touched(
        self,
        challenge: bytes,
        authenticator: FakeAuthenticator | None = None,
        *,
        origin: str = SITE,
        twist: Twist = HONEST,
        role: str = "site",
    ) -> dict[str, Any]:
        """An approval, as it goes into a join."""
        authenticator = authenticator or self.someone.site
        credential = authenticator.credentials[0]
        options = request_options(
            challenge=challenge, rp_id=credential.rp_id, credential_ids=[credential.id], timeout_ms=1000
        )
        response = authenticator.get(options, origin=origin, twist=twist)
        return {"role": role, "credential_id": credential.id.hex(), "response": response}

    async def join(self, final: Proposal, approval: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Ask the co-signer into the session; ``changes`` replace members of the call."""
        vault = self.someone.vault
        digest = self.reviewed(final).digests[0]
        parties = tuple(party for party in vault.parties if party.index in self.nonces)
        context = sign_context(final, self.challenge(final), digest, 0)
        invitation = Invitation(
            secrets.token_hex(16), SIGN, vault.id, vault.epoch, vault.threshold, parties, context
        ).as_dict()
        body = {
            "invitation": invitation,
            "me": 2,
            "proposal": final.as_dict(),
            "nonces": {str(index): nonce.hex() for index, nonce in self.nonces.items()},
            "approval": approval,
            "records": self.heads(),
            "heads": say(self.someone.wallet, self.someone.pair.cosigner.identity.public),
            "position": 0,
        }
        return await self._call("ceremony_join", {**body, **changes})

    async def consent_and_join(self, proposal: Proposal, final: Proposal | None = None, **touch: Any) -> dict[str, Any]:
        """The whole way, with an honest touch of what is really asked for."""
        await self.consent(proposal)
        final = final or proposal
        return await self.join(final, self.touched(self.challenge(final), **touch))


def _digests(family: Any, chain: Any, proposal: Proposal) -> Any:
    if proposal.kind is Kind.MESSAGE:
        return (digest_message(proposal.unsigned),)
    return family.digests(chain, proposal.kind, proposal.unsigned)


def as_text(proposal: Proposal, text: bytes) -> Proposal:
    """The same request, but to sign a text."""
    return replace(proposal, kind=Kind.MESSAGE, method="personal_sign", unsigned=text, fee_cap=0)


OTHER_SITE = Origin("https://other.example")
