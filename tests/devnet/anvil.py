"""A real EVM node for tests: anvil, from npm, on a free port of the loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.devnet import process

REPOSITORY = Path(__file__).resolve().parents[2]
ETHER = 10**18
LISTENING = re.compile(r"Listening on 127\.0\.0\.1:(\d+)")


class NodeError(Exception):
    """The node's own JSON-RPC error."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.code = error.get("code")
        self.data = error.get("data")
        super().__init__(error.get("message", ""))


def find_anvil() -> Path:
    """The program itself, never npm's launcher, so that the process id is the node's."""
    if named := os.environ.get("ANVIL"):
        return Path(named)
    for found in sorted(REPOSITORY.glob("node_modules/@foundry-rs/anvil-*/bin/anvil")):
        return found
    if on_path := shutil.which("anvil"):
        return Path(on_path)
    raise FileNotFoundError("anvil is missing: run ./scripts/bootstrap, or name one in the variable ANVIL")


class Anvil:
    """``with Anvil() as node``: ``node.url``, ``node.rpc("eth_blockNumber")``, funded ``node.accounts``.

    The accounts are anvil's own, unlocked in the node: they fund others and never stand for a user's.
    """

    def __init__(
        self, *, hardfork: str = "osaka", chain_id: int = 31337, port: int = 0, block_time: int | None = None
    ) -> None:
        self.chain_id = chain_id
        self._options = [
            "--hardfork",
            hardfork,
            "--chain-id",
            str(chain_id),
            "--port",
            str(port),
            "--no-request-size-limit",
        ]
        if block_time is not None:
            self._options += ["--block-time", str(block_time)]
        self.url = ""

    def __enter__(self) -> Self:
        program = find_anvil()
        self._log = tempfile.NamedTemporaryFile(prefix="anvil-", suffix=".log")
        try:
            self._process = process.start([program, *self._options], stdout=self._log.file, stderr=self._log.file)
        except BaseException:
            self._log.close()
            raise
        try:
            self.url = f"http://127.0.0.1:{self._wait_for_port()}"
        except BaseException:
            self.stop()
            raise
        self.accounts: list[str] = self.rpc("eth_accounts")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the node; also in the midst of a test, for "the node is gone" cases."""
        process.stop(self._process)
        self._log.close()

    def printed(self) -> str:
        """What the node has printed so far."""
        return Path(self._log.name).read_text()

    def _wait_for_port(self, patience: float = 20.0) -> int:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if found := LISTENING.search(self.printed()):
                return int(found[1])
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"anvil did not start:\n{self.printed()[-2000:]}")

    def rpc(self, method: str, *params: Any) -> Any:
        """One JSON-RPC call; the node's refusal is a NodeError."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            reply = json.load(answer)
        if "error" in reply:
            raise NodeError(reply["error"])
        return reply["result"]

    def balance(self, address: str) -> int:
        """In wei."""
        return int(self.rpc("eth_getBalance", address, "latest"), 16)

    def fund(self, address: str, wei: int = 100 * ETHER) -> None:
        """Set the balance, out of thin air."""
        self.rpc("anvil_setBalance", address, hex(wei))

    def mine(self, blocks: int = 1) -> None:
        """Add empty or pending blocks."""
        self.rpc("anvil_mine", hex(blocks))

    def deploy(self, init_code: str) -> str:
        """Create a contract from the first account; its address."""
        sent = self.rpc("eth_sendTransaction", {"from": self.accounts[0], "data": init_code})
        receipt = self.receipt(sent)
        if receipt["status"] != "0x1":
            raise RuntimeError(f"the contract's constructor failed: {receipt}")
        return str(receipt["contractAddress"])

    def receipt(self, transaction: str, patience: float = 10.0) -> dict[str, Any]:
        """Wait for a transaction to be mined."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if (receipt := self.rpc("eth_getTransactionReceipt", transaction)) is not None:
                return dict(receipt)
            time.sleep(0.02)
        raise TimeoutError(f"{transaction} was not mined within {patience} s")

    def snapshot(self) -> str:
        """A point to come back to with ``revert``."""
        return str(self.rpc("evm_snapshot"))

    def revert(self, snapshot: str) -> None:
        """Back to the snapshot, which is used up."""
        if self.rpc("evm_revert", snapshot) is not True:
            raise RuntimeError("the node did not go back")
        self.rpc("anvil_dropAllTransactions")  # what was mined since may still be in its pool, and would be mined again
