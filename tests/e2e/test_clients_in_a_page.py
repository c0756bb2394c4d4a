"""viem and ethers, the libraries that most dapps are built on, in a page of ours: what they expect of a wallet holds.

Both come as they lie in node_modules. Of viem only what is used is loaded: its index alone is a thousand files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from playwright.sync_api import Page

from tests.devnet.dapp_server import REPOSITORY, DappServer
from tests.devnet.import_map import import_map
from tests.e2e.standing import Standing, ask

MODULES = REPOSITORY / "node_modules"
FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
TEXT = "Good morning, wallet"
TYPED = {
    "domain": {"name": "Shop", "version": "1", "chainId": 31337, "verifyingContract": FRIEND},
    "types": {"Order": [{"name": "what", "type": "string"}, {"name": "count", "type": "uint256"}]},
    "primaryType": "Order",
    "message": {"what": "tea", "count": 2},
}
VIEM = """
import { createClient } from "/viem/_esm/clients/createClient.js";
import { custom } from "/viem/_esm/clients/transports/custom.js";
import { anvil } from "/viem/_esm/chains/definitions/anvil.js";
import { requestAddresses } from "/viem/_esm/actions/wallet/requestAddresses.js";
import { sendTransaction } from "/viem/_esm/actions/wallet/sendTransaction.js";
import { signMessage } from "/viem/_esm/actions/wallet/signMessage.js";
import { signTypedData } from "/viem/_esm/actions/wallet/signTypedData.js";
import { sendCalls } from "/viem/_esm/actions/wallet/sendCalls.js";
import { waitForCallsStatus } from "/viem/_esm/actions/wallet/waitForCallsStatus.js";
import { getCapabilities } from "/viem/_esm/actions/wallet/getCapabilities.js";
import { waitForTransactionReceipt } from "/viem/_esm/actions/public/waitForTransactionReceipt.js";
const client = createClient({ chain: anvil, transport: custom(window.ethereum), pollingInterval: 50 });
const named = (error) => {
  const told = error.walk?.((e) => "code" in e) ?? error;
  return { name: told.name, code: told.code };
};
window.client = {
  connect: async () => (await requestAddresses(client))[0],
  send: async (account, to) => {
    const hash = await sendTransaction(client, { account, to, value: 1000n });
    return { hash, status: (await waitForTransactionReceipt(client, { hash })).status === "success" ? 1 : 0 };
  },
  signText: (account, message) => signMessage(client, { account, message }),
  signTyped: (account, typed) => signTypedData(client, { account, ...typed }),
  unknown: () => client.request({ method: "wallet_doesNotExist" }),
  capabilities: (account) => getCapabilities(client, { account, chainId: anvil.id }),
  batch: async (account, to) => {
    const { id } = await sendCalls(client, { account, calls: [{ to, value: 1000n }] });
    const { status, receipts, atomic } = await waitForCallsStatus(client, { id });
    return { status, atomic, receipts: receipts.map(({ status }) => status) };
  },
  atomic: (account, to) => sendCalls(client, { account, calls: [{ to }, { to }], forceAtomic: true }),
  named,
};
"""
ETHERS = """
import { BrowserProvider } from "ethers";
const provider = new BrowserProvider(window.ethereum, "any", { pollingInterval: 50 });
const named = (error) => ({ name: error.code, code: (error.info?.error ?? error.error)?.code });
window.client = {
  connect: async () => (await provider.getSigner()).address,
  send: async (account, to) => {
    const sent = await (await provider.getSigner(account)).sendTransaction({ to, value: 1000n });
    return { hash: sent.hash, status: (await sent.wait()).status };
  },
  signText: async (account, message) => (await provider.getSigner(account)).signMessage(message),
  signTyped: async (account, { domain, types, message }) => (await provider.getSigner(account)).signTypedData(domain, types, message),
  unknown: () => provider.send("wallet_doesNotExist", []),
  named,
};
"""
CALL = """([name, args]) => { window.calling = window.client[name](...args).then(
    (result) => ({result}), (error) => ({error: window.client.named(error)})); }"""
REJECTED = {
    "viem": {"name": "UserRejectedRequestError", "code": 4001},
    "ethers": {"name": "ACTION_REJECTED", "code": 4001},
}
UNKNOWN = {"viem": {"name": "UnsupportedProviderMethodError", "code": 4200}, "ethers": {"code": 4200}}


@pytest.fixture(scope="module")
def served() -> Iterator[DappServer]:
    maps = import_map(
        MODULES,
        [
            "viem",
            "abitype",
            "ox",
            "ethers",
            "@adraffy/ens-normalize",
            "@noble/curves",
            "@noble/hashes",
            "isows",
            "eventemitter3",
        ],
    )
    maps = maps.replace("/ethers/lib.esm/index.js", "/ethers/dist/ethers.min.js")
    page = """<!doctype html><script type="importmap">%s</script><script type="module">%s</script><h1>%s</h1>"""
    pages = {f"/{name}": page % (maps, code, name) for name, code in {"viem": VIEM, "ethers": ETHERS}.items()}
    with DappServer(MODULES, pages=pages, headers={"cache-control": "max-age=600"}) as server:
        yield server


@pytest.fixture(params=["viem", "ethers"])
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(wallet: Standing, served: DappServer, library: str) -> Iterator[Page]:
    with wallet.visiting(served.url + library) as page:
        page.wait_for_function("window.client", timeout=60_000)
        yield page


@pytest.fixture
def account(wallet: Standing, page: Page) -> str:
    return wallet.connect(page)


def call(page: Page, name: str, *args: Any) -> Callable[[], None]:
    return lambda: page.evaluate(CALL, [name, list(args)])


def ended(page: Page) -> Any:
    return page.evaluate("window.calling")


def test_connects(wallet: Standing, page: Page) -> None:
    if ask(page, "eth_accounts")["result"]:
        ask(page, "wallet_revokePermissions", [{"eth_accounts": {}}])
    wallet.me.connect(page, call(page, "connect"))
    assert ended(page)["result"].lower() == ask(page, "eth_accounts")["result"][0]


def test_sends_and_waits_for_the_receipt(wallet: Standing, page: Page, account: str) -> None:
    before = wallet.node.balance(FRIEND)
    wallet.approve(call(page, "send", account, FRIEND))
    sent = ended(page)["result"]
    assert sent["status"] == 1
    assert wallet.node.receipt(sent["hash"])["from"] == account
    assert wallet.node.balance(FRIEND) - before == 1000


def test_signs_a_text(wallet: Standing, page: Page, account: str) -> None:
    wallet.approve(call(page, "signText", account, TEXT))
    signer = Account.recover_message(encode_defunct(text=TEXT), signature=ended(page)["result"])
    assert signer.lower() == account


def test_signs_typed_data(wallet: Standing, page: Page, account: str) -> None:
    wallet.approve(call(page, "signTyped", account, TYPED))
    domain = [{"name": name, "type": kind} for name, kind in DOMAIN.items()]
    whole = {**TYPED, "types": {**TYPED["types"], "EIP712Domain": domain}}  # type: ignore[dict-item] # a dict of dicts
    signer = Account.recover_message(encode_typed_data(full_message=whole), signature=ended(page)["result"])
    assert signer.lower() == account


DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


@pytest.mark.parametrize("library", ["viem"], indirect=True)
def test_sends_a_batch_and_waits_for_it(wallet: Standing, page: Page, account: str) -> None:
    call(page, "capabilities", account)()
    assert ended(page)["result"] == {"atomic": {"status": "unsupported"}}
    call(page, "atomic", account, FRIEND)()
    assert ended(page)["error"] == {"name": "AtomicityNotSupportedError", "code": 5760}
    before = wallet.node.balance(FRIEND)
    wallet.approve(call(page, "batch", account, FRIEND))
    assert ended(page)["result"] == {"status": "success", "atomic": False, "receipts": ["success"]}
    assert wallet.node.balance(FRIEND) - before == 1000


def test_knows_a_refusal_by_its_own_name(wallet: Standing, page: Page, library: str, account: str) -> None:
    wallet.refuse(call(page, "signText", account, TEXT))
    assert ended(page)["error"] == REJECTED[library]


def test_knows_what_is_not_supported(page: Page, library: str, account: str) -> None:
    call(page, "unknown")()
    assert UNKNOWN[library].items() <= ended(page)["error"].items()
