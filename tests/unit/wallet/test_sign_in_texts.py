"""A sign-in text of another site: shown as refused, signed by no party."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from counterfoil.errors import UnsafeToSign
from counterfoil.store.requests import Request
from counterfoil.wallet.approve import proposal_of
from counterfoil.wallet.cosign import consent
from counterfoil.wallet.end import refuse
from counterfoil.wallet.record_heads import record_heads
from tests.fakes.two_agent_person import Someone

TEXT = (
    "{domain} wants you to sign in with your Ethereum account:\n{account}\n\n\nURI: https://{domain}\nVersion: 1\n"
    "Chain ID: {chain}\nNonce: 12345678\nIssued At: {issued}"
)


async def asked(someone: Someone, domain: str = "app.example", chain: int = 1) -> Request:
    issued = datetime.fromtimestamp(someone.pair.clock.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return await someone.ask_to_sign(TEXT.format(domain=domain, account=someone.address, chain=chain, issued=issued))


async def test_the_sites_own_sign_in_is_signed(someone: Someone) -> None:
    request = await asked(someone)
    assert request.summary["sentence"] == "Sign in to app.example"
    assert (await someone.decide(request)).state.value == "final"


@pytest.mark.parametrize(
    ("domain", "chain", "reason"), [("bank.example", 1, "sign_in_domain"), ("app.example", 5, "sign_in_chain")]
)
async def test_another_ones_is_refused_by_the_asking_device_and_by_every_party(
    someone: Someone, domain: str, chain: int, reason: str
) -> None:
    request = await asked(someone, domain, chain)
    assert request.summary["refusal"]["code"] == reason
    with pytest.raises(UnsafeToSign) as caught:
        await someone.approve(request)
    assert caught.value.word == reason
    device, cosigner = someone.pair.both
    body = {
        "proposal": proposal_of(someone.wallet, request).as_dict(),
        "records": record_heads(device.db, someone.vault.id),
    }
    with pytest.raises(UnsafeToSign) as caught:
        consent(cosigner.wallet, device.identity.public, body)
    assert caught.value.word == reason
    assert refuse(someone.wallet, request.id).error["reason"] == reason
