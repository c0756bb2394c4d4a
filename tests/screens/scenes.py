"""The screens, each brought about in the real wallet, in the order of a first day with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from playwright.sync_api import Page, expect

from tests.demo.attacks import ASK
from tests.devnet.anvil import ETHER, Anvil
from tests.devnet.dapp_server import DappServer
from tests.e2e.browser import REPOSITORY, Browser
from tests.e2e.persona import RECOVERY, Persona
from tests.screens.camera import Camera

SHOP = "<!doctype html><meta charset=utf-8><title>A shop</title><h1>A shop</h1>"
TOKEN = REPOSITORY / "node_modules/@openzeppelin/contracts/build/contracts/ERC20PresetFixedSupply.json"
SPENDER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
LONG_NAME = "Rock \u202eredaeR\u202c of the very long and rather unbelievable token name " * 3
LONG_SYMBOL = "UNBELIEVABLYLONG" * 6
LONG_TEXT = (
    "Pneumonoultramicroscopicsilicovolcanoconiosis" * 8 + "\n" + "A line of the agreement that nobody reads. " * 40
)
ORDER = {
    "types": {
        "EIP712Domain": [
            {"name": "name", "type": "string"},
            {"name": "version", "type": "string"},
            {"name": "chainId", "type": "uint256"},
            {"name": "verifyingContract", "type": "address"},
        ],
        "Order": [
            {"name": "maker", "type": "address"},
            {"name": "item", "type": "string"},
            {"name": "price", "type": "uint256"},
            {"name": "deadline", "type": "uint256"},
        ],
    },
    "primaryType": "Order",
    "domain": {"name": "A shop", "version": "1", "chainId": 31337, "verifyingContract": SPENDER},
}


class Scenes:
    """``Scenes(browser, node, camera, folder).all()``."""

    def __init__(self, browser: Browser, node: Anvil, camera: Camera, folder: Path) -> None:
        self.browser = browser
        self.node = node
        self.camera = camera
        self.folder = folder
        self.me = Persona(browser)
        self.account = ""

    def all(self) -> None:
        """Every screen."""
        self.onboarding()
        with DappServer(None, pages={"/": SHOP}) as shop:
            page = self.me.visit(shop.url)
            self.connect(page)
            self.send(page)
            self.token(page)
            self.typed_data(page)
            self.network(page)
            self.refusal(page)
            self.error(page)
            self.home()
            self.locked(page)

    def onboarding(self) -> None:
        """The code and the four steps."""
        page = self.me.open_set_up()
        expect(page.locator("output.code")).to_be_visible(timeout=20_000)
        self.camera.shoot(page, "pairing")
        self.me.pair(page)
        self.me.use_node(self.node.url)
        expect(page.get_by_role("button", name="Make the passkey")).to_be_visible(timeout=20_000)
        self.camera.shoot(page, "onboarding-1")
        page.bring_to_front()
        self.me.make_home_passkey(page)
        page.get_by_label("Passphrase of the recovery file").fill(RECOVERY)
        page.get_by_label("The same once more").fill(RECOVERY)
        self.camera.shoot(page, "onboarding-2")
        self.me.make_vault(page)
        saved = self.me.save_recovery_file(page, self.folder)
        self.camera.shoot(page, "onboarding-3")
        self.me.prove_recovery_file(page, saved)
        self.camera.shoot(page, "onboarding-4")

    def connect(self, page: Page) -> None:
        """A site wants to see an address."""
        shown = self._asked(page, "eth_requestAccounts", [])
        self.camera.shoot(shown, "connect")
        page.bring_to_front()
        self.me.approve(shown)
        expect(shown.locator("#done")).to_be_visible(timeout=30_000)
        self.camera.shoot(shown, "connected")
        self.me.carry_all()
        self.me.finish(shown)
        self.account = to_checksum_address(page.evaluate(ASK, {"method": "eth_accounts", "params": []})["result"][0])
        self.node.fund(self.account, 3 * ETHER)

    def send(self, page: Page) -> None:
        """A payment, and its end."""
        shown = self._transaction(page, {"to": FRIEND, "value": hex(ETHER // 100)})
        self.camera.shoot(shown, "send")
        page.bring_to_front()
        self.me.approve(shown)
        expect(shown.locator("#done")).to_be_visible(timeout=30_000)
        self.camera.shoot(shown, "sent")
        self.me.finish(shown)

    def token(self, page: Page) -> None:
        """An unlimited allowance over a real ERC-20."""
        for name, token, symbol in (("", "Tally Dollar", "TLD"), ("-long", LONG_NAME, LONG_SYMBOL)):
            made = encode(["string", "string", "uint256", "address"], [token, symbol, 10**24, self.account])
            address = self.node.deploy(json.loads(TOKEN.read_text())["bytecode"] + made.hex())
            call = keccak(text="approve(address,uint256)")[:4] + encode(["address", "uint256"], [SPENDER, 2**256 - 1])
            shown = self._transaction(page, {"to": address, "data": "0x" + call.hex()})
            self.camera.shoot(shown, f"token-approval-unlimited{name}")
            self.me.refuse(shown)

    def typed_data(self, page: Page) -> None:
        """An order, a short one and one that goes on and on."""
        for name, item in (("", "A chair, oak, as seen"), ("-long", LONG_TEXT)):
            order = {
                **ORDER,
                "message": {"maker": self.account, "item": item, "price": "250000000", "deadline": "1900000000"},
            }
            shown = self._asked(page, "eth_signTypedData_v4", [self.account, json.dumps(order)])
            self.camera.shoot(shown, f"typed-data{name}")
            self.me.refuse(shown)

    def network(self, page: Page) -> None:
        """A site brings a network that borrows a name."""
        with Anvil(chain_id=4242) as other:
            coin = {"name": "Ether", "symbol": "ETH", "decimals": 18}
            chain = {"chainId": "0x1092", "chainName": "Ethereum", "rpcUrls": [other.url], "nativeCurrency": coin}
            shown = self._asked(page, "wallet_addEthereumChain", [chain])
            self.camera.shoot(shown, "add-network")
            self.me.refuse(shown)

    def refusal(self, page: Page) -> None:
        """What is never signed: 32 bytes that may be anything's hash."""
        shown = self._asked(page, "personal_sign", ["0x" + "42" * 32, self.account])
        expect(shown.locator("#done")).to_be_visible(timeout=20_000)
        self.camera.shoot(shown, "refusal")
        self.me.refuse(shown)

    def error(self, page: Page) -> None:
        """The person's passkey says something else than what was asked."""
        shown = self._transaction(page, {"to": FRIEND, "value": hex(ETHER // 100)})
        self.me.pages[page].spoil("isBogusSignature")
        page.bring_to_front()
        self.me.approve(shown)
        expect(shown.get_by_role("alert")).to_be_visible(timeout=30_000)
        self.camera.shoot(shown, "error")
        self.me.pages[page].spoil()
        self.me.refuse(shown)

    def home(self) -> None:
        """The wallet's own page."""
        page = self.browser.open("extension/ui/home.html")
        expect(page.get_by_text("ETH").first).to_be_visible(timeout=20_000)
        self.camera.shoot(page, "home")

    def locked(self, page: Page) -> None:
        """Locked, in the window and at home."""
        shown = self._transaction(page, {"to": FRIEND, "value": hex(ETHER // 100)})
        self.me.terminal("lock")
        unlock = shown.get_by_role("button", name="Unlock to go on")
        unlock.click(timeout=20_000)
        expect(shown.get_by_role("heading", name="locked")).to_be_visible(timeout=20_000)
        self.camera.shoot(shown, "locked")

    # ── small things ─────────────────────────────────────────────────────────────────────────────
    def _transaction(self, page: Page, transaction: dict[str, Any]) -> Page:
        return self._asked(page, "eth_sendTransaction", [{"from": self.account, **transaction}])

    def _asked(self, page: Page, method: str, params: list[Any]) -> Page:
        with self.me.window() as window:
            page.evaluate(f"(asked) => void ({ASK})(asked)", {"method": method, "params": params})
            shown = window()
        expect(shown.locator("#approve, #done")).to_be_visible(timeout=20_000)
        return shown
