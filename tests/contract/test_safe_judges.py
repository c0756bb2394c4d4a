"""Safe's own protocol-kit writes the same bytes, and viem believes our signatures, before the account stands and after."""

from __future__ import annotations

import pytest

from counterfoil.chains.evm.address import encode_address
from counterfoil.chains.evm.message import digest_message
from counterfoil.chains.evm.safe import messages, owners
from counterfoil.chains.evm.safe.account import ENABLE_MODULES, encode_call, encode_create_safe
from counterfoil.chains.evm.safe.contracts import MODULE_4337, MODULE_SETUP, VERIFIERS
from counterfoil.chains.evm.safe.first_act import Outer, Standing, encode_act, first_safe_tx
from counterfoil.chains.evm.safe.multi_send import Item
from counterfoil.chains.evm.safe.safe_tx import SafeTx, digest_safe_tx, encode_execution, safe_tx_of
from counterfoil.codecs.base64url import encode_base64url
from tests.contract.safe_fixtures import chain, running  # noqa: F401 - pytest finds them here
from tests.devnet.anvil import ETHER
from tests.devnet.safe_chain import CHAIN_ID, SafeChain
from tests.devnet.safe_contracts import PUBLISHED
from tests.node_tools import ask_node, node_package
from tests.unit.chains.safe.samples import SafePerson

SALT = bytes(range(1, 33))
TARGET = b"\x77" * 20
NEW = encode_address(b"\x44" * 20)

PROTOCOL_KIT = """
const Safe = require('@safe-global/protocol-kit').default;
const { hashSafeMessage } = require('@safe-global/protocol-kit');
const { decodeAbiParameters } = require('viem');
const q = read();
const bytes = (text) => Uint8Array.from(Buffer.from(text, 'base64url')).buffer;
const contractNetworks = { 31337: q.contracts };
const passkey = (touch) => ({ rawId: '01', coordinates: q.coordinates, verifierAddress: q.verifiers,
  getFn: async ({ publicKey }) => {
    if (Buffer.from(publicKey.challenge).toString('hex') !== touch.digest) throw new Error('another challenge');
    return { response: { authenticatorData: bytes(touch.authenticatorData), clientDataJSON: bytes(touch.clientData),
      signature: bytes(touch.signature) } };
  } });
(async () => {
  const predicted = await Safe.init({ provider: q.url, contractNetworks, predictedSafe: {
    safeAccountConfig: { owners: q.owners, threshold: 2, to: q.setupTo, data: q.setupData, fallbackHandler: q.handler },
    safeDeploymentConfig: { saltNonce: q.saltNonce, safeVersion: '1.4.1' } } });
  const deployment = await predicted.createSafeDeploymentTransaction();
  const answer = { address: await predicted.getAddress(), deployment, acts: [] };
  for (const one of q.acts) {
    const kit = await Safe.init({ provider: q.url, contractNetworks, safeAddress: q.safe, signer: q.key });
    let tx = await kit.createTransaction({ transactions: one.calls, onlyCalls: true, options: one.options });
    const hash = await kit.getTransactionHash(tx);
    tx = await kit.signTransaction(tx);
    const second = await Safe.init({ provider: q.url, contractNetworks, safeAddress: q.safe, signer: passkey(one.touch) });
    tx = await second.signTransaction(tx);
    answer.acts.push({ hash, signatures: tx.encodedSignatures(), call: await kit.getEncodedTransaction(tx) });
  }
  const kit = await Safe.init({ provider: q.url, contractNetworks, safeAddress: q.safe, signer: q.key });
  const of = async (made) => (await made).data.data;
  answer.owners = {
    swap_first: await of(kit.createSwapOwnerTx({ oldOwnerAddress: q.owners[0], newOwnerAddress: q.newOwner })),
    swap_second: await of(kit.createSwapOwnerTx({ oldOwnerAddress: q.owners[1], newOwnerAddress: q.newOwner })),
    add: await of(kit.createAddOwnerTx({ ownerAddress: q.newOwner, threshold: 3 })),
    remove: await of(kit.createRemoveOwnerTx({ ownerAddress: q.owners[1], threshold: 1 })),
    threshold: await of(kit.createChangeThresholdTx(1)),
    module: await of(kit.createEnableModuleTx(q.newOwner)),
  };
  answer.message = await kit.getSafeMessageHash(hashSafeMessage('hello'));
  console.log(JSON.stringify(answer));
})();
"""

NAMES = {
    "safeSingletonAddress": "SafeL2",
    "safeProxyFactoryAddress": "SafeProxyFactory",
    "multiSendAddress": "MultiSend",
    "multiSendCallOnlyAddress": "MultiSendCallOnly",
    "fallbackHandlerAddress": "CompatibilityFallbackHandler",
    "signMessageLibAddress": "SignMessageLib",
    "createCallAddress": "CreateCall",
    "simulateTxAccessorAddress": "SimulateTxAccessor",
    "safeWebAuthnSignerFactoryAddress": "SafeWebAuthnSignerFactory",
    "safeWebAuthnSharedSignerAddress": "SafeWebAuthnSharedSigner",
}


@pytest.mark.parametrize("running", ["osaka"], indirect=True)  # bytes don't depend on the chain's rules
@pytest.mark.parametrize("key_first", [True, False])
def test_protocol_kit_writes_the_same_bytes(chain: SafeChain, key_first: bool) -> None:  # noqa: F811 - the fixture
    node_package("@safe-global/protocol-kit")
    people = (SafePerson(bytes([seed])) for seed in range(64))
    person = next(one for one in people if (one.account(chain.codes).owners[0] == one.owner) is key_first)
    account, next_one = person.account(chain.codes), person.account(chain.codes, 8)
    at = {one.name: one.address for one in PUBLISHED}
    chain.node.fund(account.address, ETHER)
    first = first_safe_tx(account, CHAIN_ID, (), SALT)
    chain.pay(encode_act(account, first, person.sign(account, first), standing=Standing()))

    txs = [
        safe_tx_of(CHAIN_ID, account.address, 1, items, SALT)
        for items in [(Item(TARGET, 5, b""),), (Item(TARGET, 5, b"data"), Item(b"\x99" * 20, 2**90, bytes(50)))]
    ]
    ours, acts = [], []
    for tx in txs:
        packed, question = _act(person, account, tx)
        ours.append(
            {
                "hash": "0x" + digest_safe_tx(tx).hex(),
                "signatures": "0x" + packed.hex(),
                "call": "0x" + encode_execution(tx, packed).hex(),
            }
        )
        acts.append(question)
    theirs = ask_node(
        PROTOCOL_KIT,
        {
            "url": chain.node.url,
            "contracts": {name: at[known] for name, known in NAMES.items()},
            "owners": list(account.owners),
            "setupTo": MODULE_SETUP.address,
            "setupData": "0x" + encode_call(ENABLE_MODULES, [MODULE_4337.raw]).hex(),
            "handler": MODULE_4337.address,
            "saltNonce": str(next_one.salt_nonce),
            "safe": account.address,
            "key": "0x" + person.key.secret.hex(),
            "coordinates": {"x": hex(person.passkey.x), "y": hex(person.passkey.y)},
            "verifiers": "0x" + VERIFIERS.to_bytes(22, "big").hex(),
            "newOwner": NEW,
            "acts": acts,
        },
    )
    assert theirs["address"] == next_one.address
    assert [_clean(one) for one in theirs["acts"]] == ours
    assert theirs["message"] == _hex(messages.digest_safe_message(CHAIN_ID, account.address, digest_message(b"hello")))
    before = list(account.owners)
    assert theirs["owners"] == {
        "swap_first": _hex(owners.encode_swap_owner(account.address, before, before[0], NEW)),
        "swap_second": _hex(owners.encode_swap_owner(account.address, before, before[1], NEW)),
        "add": _hex(owners.encode_add_owner(account.address, before, NEW, 3)),
        "remove": _hex(owners.encode_remove_owner(before, before[1], 1)),
        "threshold": _hex(owners.encode_change_threshold(before, 1)),
        "module": _hex(encode_call("enableModule(address)", b"\x44" * 20)),
    }
    assert theirs["deployment"]["data"] == _hex(encode_create_safe(next_one.setup, next_one.salt_nonce))
    chain.pay(Outer(account.address, bytes.fromhex(theirs["acts"][0]["call"][2:])))


def _act(person: SafePerson, account, tx: SafeTx) -> tuple[bytes, dict]:  # type: ignore[no-untyped-def]
    """Both owners' signatures, packed by us, and the same touch for protocol-kit to pack."""
    from counterfoil.chains.evm.safe.signatures import (
        ContractSignature,
        KeySignature,
        PasskeySignature,
        encode_passkey_signature,
        pack_signatures,
    )
    from tests.unit.chains.evm_samples import sign

    digest = digest_safe_tx(tx)
    touched = person.assertion(digest)
    parts = PasskeySignature(touched.authenticator_data, touched.client_data_raw, touched.r, touched.s)
    packed = pack_signatures(
        [
            KeySignature(person.owner, sign(digest, person.key)),
            ContractSignature(account.signer, encode_passkey_signature(parts, digest)),
        ]
    )
    return packed, {
        "calls": [{"to": encode_address(one.to), "value": str(one.value), "data": _hex(one.data)} for one in tx.items],
        "options": {
            "nonce": tx.nonce,
            "safeTxGas": "0",
            "gasToken": encode_address(SALT[20:] + bytes(8)),
            "refundReceiver": encode_address(SALT[:20]),
        },
        "touch": {
            "digest": digest.hex(),
            "authenticatorData": encode_base64url(touched.authenticator_data),
            "clientData": encode_base64url(touched.client_data_raw),
            "signature": encode_base64url(touched.signature),
        },
    }


def _clean(theirs: dict[str, str]) -> dict[str, str]:
    """Without protocol-kit's own marks: an address written with its checksum, and v = 31 in a passkey's last padding byte."""
    lower = {name: text.lower() for name, text in theirs.items()}
    signatures = lower["signatures"]
    assert signatures.endswith("1f")
    padded = signatures[:-2] + "00"
    return {**lower, "signatures": padded, "call": lower["call"].replace(signatures[2:], padded[2:])}


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


VIEM = """
const { createPublicClient, http } = require('viem');
const { foundry } = require('viem/chains');
const { url, address, message, signature } = read();
const client = createPublicClient({ chain: foundry, transport: http(url) });
client.verifyMessage({ address, message, signature }).then((good) => console.log(JSON.stringify(good)));
"""


def believes(chain_: SafeChain, address: str, message: str, signature: bytes) -> bool:
    question = {"url": chain_.node.url, "address": address, "message": message, "signature": _hex(signature)}
    return ask_node(VIEM, question) is True


def test_viem_believes_a_text_signed_by_an_account_before_and_after_it_stands(chain: SafeChain) -> None:  # noqa: F811
    person = SafePerson()
    account = person.account(chain.codes)
    chain.node.fund(account.address, ETHER)
    digest = messages.digest_safe_message(CHAIN_ID, account.address, digest_message(b"hello"))
    signed = person.sign_digest(account, digest)
    wrapped = messages.encode_signature(account, signed, chain.standing(account))
    assert wrapped.endswith(messages.ERC6492_SUFFIX)
    assert believes(chain, account.address, "hello", wrapped)
    assert not believes(chain, account.address, "hullo", wrapped)
    assert not believes(chain, account.address, "hello", signed)
    other = person.account(chain.codes, 99)
    assert not believes(chain, other.address, "hello", wrapped)

    tx = first_safe_tx(account, CHAIN_ID, (), SALT)
    chain.pay(encode_act(account, tx, person.sign(account, tx), standing=Standing()))
    plain = messages.encode_signature(account, signed, chain.standing(account))
    assert plain == signed
    assert believes(chain, account.address, "hello", plain)
    assert believes(chain, account.address, "hello", wrapped)
    assert not believes(chain, account.address, "hullo", plain)
