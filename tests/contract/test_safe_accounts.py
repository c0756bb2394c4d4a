"""Safes from the request to the chain: two real agents, Safe's published contracts, a node that no one here wrote."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from counterfoil.chains.family import Chain
from counterfoil.errors import AlreadyExists
from counterfoil.store import requests, safe_chains
from counterfoil.types import RequestState
from counterfoil.wallet.receive import may_receive
from tests.devnet.anvil import Anvil, find_anvil
from tests.devnet.safe_contracts import deploy_safe_contracts
from tests.fakes.safe_owner import LOCAL, SafeOwner
from tests.fakes.two_agent_person import FRIEND


@pytest.fixture(scope="module", params=["osaka", "prague"])
def chain(request: pytest.FixtureRequest) -> Iterator[Anvil]:
    try:
        find_anvil()
    except FileNotFoundError as error:
        pytest.skip(f"NOT TESTED: {error}")
    with Anvil(hardfork=request.param) as node:
        deploy_safe_contracts(node)
        yield node


@pytest.fixture
async def owner(chain: Anvil, tmp_path: Path) -> AsyncIterator[SafeOwner]:
    person = await SafeOwner.at(tmp_path / "two", chain)
    yield person
    assert person.pair.mistakes() == []
    await person.close()


async def test_a_safe_is_made_acts_first_and_acts_again(owner: SafeOwner, chain: Anvil) -> None:
    safe = await owner.make_safe()
    before = chain.balance(FRIEND)
    first = await owner.decide(await owner.ask_to_send())
    assert first.state is RequestState.SENT, first.error
    done = await owner.settled(first)
    assert (done.state, done.result) == (RequestState.FINAL, {"status": "mined"})
    assert chain.balance(FRIEND) == before + 10**18
    assert safe_chains.chains_of(owner.pair.device.db, safe) == [LOCAL]
    later = await owner.settled(await owner.decide(await owner.ask_to_send(3)))
    assert later.result == {"status": "mined"}
    assert chain.balance(FRIEND) == before + 10**18 + 3
    used = [int(chain.receipt(str(r.transaction_id))["gasUsed"], 16) for r in (first, later)]
    assert used[0] < 2_500_000
    assert used[1] < 350_000
    helped = requests.get(owner.pair.cosigner.db, later.id)
    assert (helped.state, helped.released, len(helped.signatures)) == (RequestState.SIGNED, 2, 2)
    assert helped.signed == later.signed


async def test_a_safe_is_set_up_where_it_shall_receive(owner: SafeOwner) -> None:
    await owner.make_safe()
    asked = await owner.propose_set_up()
    assert (asked.summary or {})["sentence"] == "Set up your Safe on this network"
    assert not may_receive(owner.wallet, owner.account, real_network(owner))
    done = await owner.settled(await owner.decide(asked))
    assert done.result == {"status": "mined"}
    assert may_receive(owner.wallet, owner.account, real_network(owner))
    with pytest.raises(AlreadyExists):
        await owner.propose_set_up()


def real_network(owner: SafeOwner) -> Chain:
    """The local chain as if it were none for tests."""
    return dataclasses.replace(owner.wallet.networks.chain(LOCAL), testnet=False)
