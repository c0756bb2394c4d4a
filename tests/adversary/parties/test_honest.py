"""The measure for everything else here: nobody lies, and it works."""

from __future__ import annotations

from eth_account import Account
from eth_account.messages import encode_defunct

from counterfoil.types import RequestState
from tests.fakes.two_agent_person import Someone


async def test_a_transaction_is_signed_by_both_and_sent(someone: Someone) -> None:
    request = await someone.decide(await someone.ask_to_send())
    assert request.state is RequestState.SENT
    assert someone.at_cosigner(request).state is RequestState.SIGNED
    assert someone.at_cosigner(request).signed == request.signed
    assert someone.pair.node.sent == [request.signed]
    assert Account.recover_transaction(request.signed) == someone.address


async def test_a_text_is_signed_by_both(someone: Someone) -> None:
    request = await someone.decide(await someone.ask_to_sign("Hello"))
    assert request.state is RequestState.FINAL
    assert Account.recover_message(encode_defunct(text="Hello"), signature=request.result) == someone.address
