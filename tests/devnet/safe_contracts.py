"""Safe's published contracts on a local chain, each at the address that it has everywhere.

The bytecode comes from npm and is put through the same two factories as on real networks. An address
that differs from the published one is another contract: the check is one of our supply chain too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from tests.devnet.anvil import REPOSITORY, Anvil

SAFE_FACTORY: Final = "0x914d7Fec6aaC8cd542e72Bca78B30650d45643d7"
"""Safe's singleton factory."""

ARACHNID: Final = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
"""The deterministic deployment proxy, which anvil brings along; Safe's factory is the same 69 bytes."""

_NO_SALT: Final = "00" * 32
_ENTRY_POINT_SALT: Final = "90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3"
_ENTRY_POINT: Final = "0" * 24 + "0000000071727De22E5E9d8BAf0edAc6f37da032"
_SAFE: Final = "@safe-global/safe-contracts/build/artifacts/contracts"
_PASSKEY: Final = "@safe-global/safe-passkey/build/artifacts/contracts"
_MODULE: Final = "@safe-global/safe-4337/build/artifacts/contracts"


@dataclass(frozen=True)
class Published:
    """A contract: where npm has its bytecode, through which factory it goes, and where it must come out."""

    name: str
    artifact: str
    address: str
    factory: str = SAFE_FACTORY
    salt: str = _NO_SALT
    arguments: str = ""
    """Of the constructor, ABI-encoded."""


PUBLISHED: Final = (
    Published("Safe", f"{_SAFE}/Safe.sol/Safe.json", "0x41675C099F32341bf84BFc5382aF534df5C7461a"),
    Published("SafeL2", f"{_SAFE}/SafeL2.sol/SafeL2.json", "0x29fcB43b46531BcA003ddC8FCB67FFE91900C762"),
    Published(
        "SafeProxyFactory",
        f"{_SAFE}/proxies/SafeProxyFactory.sol/SafeProxyFactory.json",
        "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67",
    ),
    Published(
        "MultiSend",
        f"{_SAFE}/libraries/MultiSend.sol/MultiSend.json",
        "0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526",
    ),
    Published(
        "MultiSendCallOnly",
        f"{_SAFE}/libraries/MultiSendCallOnly.sol/MultiSendCallOnly.json",
        "0x9641d764fc13c8B624c04430C7356C1C7C8102e2",
    ),
    Published(
        "CompatibilityFallbackHandler",
        f"{_SAFE}/handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json",
        "0xfd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99",
    ),
    Published(
        "SignMessageLib",
        f"{_SAFE}/libraries/SignMessageLib.sol/SignMessageLib.json",
        "0xd53cd0aB83D845Ac265BE939c57F53AD838012c9",
    ),
    Published(
        "CreateCall",
        f"{_SAFE}/libraries/CreateCall.sol/CreateCall.json",
        "0x9b35Af71d77eaf8d7e40252370304687390A1A52",
    ),
    Published(
        "SimulateTxAccessor",
        f"{_SAFE}/accessors/SimulateTxAccessor.sol/SimulateTxAccessor.json",
        "0x3d4BA2E0884aa488718476ca2FB8Efc291A46199",
    ),
    Published(
        "SafeModuleSetup",
        f"{_MODULE}/SafeModuleSetup.sol/SafeModuleSetup.json",
        "0x2dd68b007B46fBe91B9A7c3EDa5A7a1063cB5b47",
        factory=ARACHNID,
    ),
    Published(
        "Safe4337Module",
        f"{_MODULE}/Safe4337Module.sol/Safe4337Module.json",
        "0x75cf11467937ce3F2f357CE24ffc3DBF8fD5c226",
        factory=ARACHNID,
        arguments=_ENTRY_POINT,
    ),
    Published(
        "SafeWebAuthnSignerFactory",
        f"{_PASSKEY}/SafeWebAuthnSignerFactory.sol/SafeWebAuthnSignerFactory.json",
        "0xF7488fFbe67327ac9f37D5F722d83Fc900852Fbf",
        factory=ARACHNID,
    ),
    Published(
        "SafeWebAuthnSharedSigner",
        f"{_PASSKEY}/4337/SafeWebAuthnSharedSigner.sol/SafeWebAuthnSharedSigner.json",
        "0xfD90FAd33ee8b58f32c00aceEad1358e4AFC23f9",
        factory=ARACHNID,
    ),
    Published(
        "FCLP256Verifier",
        f"{_PASSKEY}/verifiers/FCLP256Verifier.sol/FCLP256Verifier.json",
        "0x445a0683e494ea0c5AF3E83c5159fBE47Cf9e765",
        factory=ARACHNID,
    ),
    Published(
        "EntryPoint",
        "@account-abstraction/contracts/artifacts/EntryPoint.json",
        "0x0000000071727De22E5E9d8BAf0edAc6f37da032",
        factory=ARACHNID,
        salt=_ENTRY_POINT_SALT,
    ),
)


def deploy_safe_contracts(node: Anvil) -> dict[str, str]:
    """Every contract of ``PUBLISHED`` on the chain; their addresses by name. What stands already is left alone."""
    node.rpc("anvil_setCode", SAFE_FACTORY, node.rpc("eth_getCode", ARACHNID, "latest"))
    sent = [(one, _create(node, one)) for one in PUBLISHED if not has_code(node, one.address)]
    for one, transaction in sent:
        if node.receipt(transaction)["status"] != "0x1" or not has_code(node, one.address):
            raise RuntimeError(f"{one.name} did not come out at {one.address}: npm's bytecode is not the published one")
    return {one.name: one.address for one in PUBLISHED}


def has_code(node: Anvil, address: str) -> bool:
    """Whether a contract stands there."""
    return str(node.rpc("eth_getCode", address, "latest")) != "0x"


def creation_code(package_file: str) -> str:
    """A contract's bytecode as npm has it, in hex without 0x."""
    path = REPOSITORY / "node_modules" / package_file
    if not path.is_file():
        raise FileNotFoundError(f"{package_file} is missing: run ./scripts/bootstrap")
    return str(json.loads(path.read_text())["bytecode"]).removeprefix("0x")


def _create(node: Anvil, one: Published) -> str:
    code = creation_code(one.artifact) + one.arguments
    payload = {"from": node.accounts[0], "to": one.factory, "data": "0x" + one.salt + code, "gas": hex(9_000_000)}
    return str(node.rpc("eth_sendTransaction", payload))
