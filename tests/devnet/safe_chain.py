"""A local chain with Safe's contracts, and short words for what tests do there."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from counterfoil.chains.evm.address import address_bytes
from counterfoil.chains.evm.calls import encode_call
from counterfoil.chains.evm.safe.account import SafeAccount
from counterfoil.chains.evm.safe.contracts import NEEDED, PROXY_FACTORY, SIGNER_FACTORY
from counterfoil.chains.evm.safe.creation_code import CreationCodes, read_creation_codes
from counterfoil.chains.evm.safe.first_act import Outer, Standing
from counterfoil.chains.evm.safe.slow_lock import lock_address, slow_lock
from counterfoil.codecs.abi import Value, parse_abi
from tests.devnet.anvil import Anvil, NodeError
from tests.devnet.safe_contracts import deploy_safe_contracts, has_code

GAS = 8_000_000
CHAIN_ID = 31337


class SafeChain:
    """``with SafeChain(hardfork="osaka") as chain``: ``chain.pay(outer)``, ``chain.ask(to, "nonce()", ["uint256"])``."""

    def __init__(self, hardfork: str = "osaka") -> None:
        self.hardfork = hardfork
        self.node = Anvil(hardfork=hardfork, chain_id=CHAIN_ID)

    def __enter__(self) -> Self:
        self.node.__enter__()
        try:
            deploy_safe_contracts(self.node)
            self.codes = self._creation_codes()
        except BaseException:
            self.node.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.node.stop()

    def code(self, address: str) -> bytes:
        return bytes.fromhex(self.node.rpc("eth_getCode", address, "latest")[2:])

    def needed_codes(self) -> dict[str, bytes]:
        """What stands where Safe's contracts should."""
        return {one.address: self.code(one.address) for one in NEEDED}

    def standing(self, account: SafeAccount) -> Standing:
        lock = lock_address(slow_lock(account.owner, account.address))
        return Standing(*(has_code(self.node, one) for one in (account.signer, account.address, lock)))

    def send(self, to: str, data: bytes, *, sender: str | None = None) -> dict[str, Any]:
        """The receipt of a transaction of the node's first account, or of any account at all."""
        payer = sender or self.node.accounts[0]
        if sender is not None:
            self.node.fund(sender)
            self.node.rpc("anvil_impersonateAccount", sender)
        payload = {"from": payer, "to": to, "data": "0x" + data.hex(), "gas": hex(GAS)}
        sent = self.node.rpc("eth_sendTransaction", payload)
        if sender is not None:
            self.node.rpc("anvil_stopImpersonatingAccount", sender)
        return self.node.receipt(sent)

    def pay(self, outer: Outer) -> dict[str, Any]:
        """The receipt of an act of a Safe, which must go through."""
        receipt = self.send(outer.to, outer.data)
        assert receipt["status"] == "0x1", self.why(outer.to, outer.data)
        return receipt

    def refuses(self, to: str, data: bytes, *, sender: str | None = None) -> bool:
        """Whether the transaction is mined and reverted."""
        receipt = self.send(to, data, sender=sender)
        return receipt["status"] == "0x0"

    def why(self, to: str, data: bytes, *, sender: str | None = None) -> str:
        """The node's reason for a revert; empty if there is none."""
        call = {"from": sender or self.node.accounts[0], "to": to, "data": "0x" + data.hex(), "gas": hex(GAS)}
        try:
            self.node.rpc("eth_call", call, "latest")
        except NodeError as error:
            return str(error)
        return ""

    def ask(self, to: str, signature: str, answer: list[str], *values: Value) -> Value:
        """What a view function answers: its one value."""
        call = {"to": to, "data": "0x" + encode_call(signature, *values).hex()}
        (found,) = parse_abi(answer, bytes.fromhex(self.node.rpc("eth_call", call, "latest")[2:]))
        return found

    def owners(self, safe: str) -> list[bytes]:
        found = self.ask(safe, "getOwners()", ["address[]"])
        assert isinstance(found, list)
        return [one for one in found if isinstance(one, bytes)]

    def has_module(self, safe: str, module: str) -> bool:
        return self.ask(safe, "isModuleEnabled(address)", ["bool"], address_bytes(module)) is True

    def has_role(self, lock: str, role: bytes, account: str) -> bool:
        return self.ask(lock, "hasRole(bytes32,address)", ["bool"], role, address_bytes(account)) is True

    def pass_time(self, seconds: int) -> None:
        """From the last block's time on, which runs ahead of the clock where blocks come quickly."""
        last = self.node.rpc("eth_getBlockByNumber", "latest", False)
        self.node.rpc("evm_setNextBlockTimestamp", int(last["timestamp"], 16) + seconds)
        self.node.mine()

    def _creation_codes(self) -> CreationCodes:
        return read_creation_codes(self.code(PROXY_FACTORY.address), self.code(SIGNER_FACTORY.address))
