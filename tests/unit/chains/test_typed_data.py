from __future__ import annotations

import json
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.family import Kind
from counterfoil.errors import InputError, InvalidTransaction, UnsafeToSign
from tests.node_tools import ask_node, node_package
from tests.unit.chains.evm_samples import ACCOUNT, ETHEREUM, LOCAL, OTHER, SPENDER, USDC, sign
from tests.unit.chains.typed_samples import DOMAIN, MAIL, any_typed_data, changed, permit, read, typed, unsigned_of

JUDGES = """
const sigUtil = require('@metamask/eth-sig-util'), { TypedDataEncoder } = require('ethers');
const answers = read().map(data => {
  const types = { ...data.types };
  delete types.EIP712Domain;
  return [
    '0x' + Buffer.from(sigUtil.TypedDataUtils.eip712Hash(data, 'V4')).toString('hex'),
    TypedDataEncoder.hash(data.domain, types, data.message),
  ];
});
process.stdout.write(JSON.stringify(answers));
"""


def digest(data: object) -> bytes:
    return FAMILY.digests(ETHEREUM, Kind.TYPED_DATA, unsigned_of(data))[0]


def reachable(data: dict[str, Any]) -> dict[str, Any]:
    """eth-account guesses the primary type from the types, so it gets only those that are used."""
    return {**data, "types": {"EIP712Domain": DOMAIN, **json.loads(unsigned_of(data))["types"]}}


@settings(max_examples=100)
@given(any_typed_data())
def test_eth_account_finds_the_same_digest(data: dict[str, Any]) -> None:
    assert digest(data) == bytes(_hash_eip191_message(encode_typed_data(full_message=reachable(data))))


def test_metamask_and_ethers_find_the_same_digests() -> None:
    for package in ("@metamask/eth-sig-util", "ethers"):
        node_package(package)
    from hypothesis import HealthCheck, Phase

    found: list[dict[str, Any]] = [MAIL, permit()]

    @settings(max_examples=40, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(any_typed_data())
    def collect(data: dict[str, Any]) -> None:
        found.append(reachable(data))

    collect()
    for data, answers in zip(found, ask_node(JUDGES, found), strict=True):
        assert answers == ["0x" + digest(data).hex()] * 2


def test_eth_account_recovers_the_signer() -> None:
    unsigned = unsigned_of(MAIL)
    (hashed,) = FAMILY.digests(ETHEREUM, Kind.TYPED_DATA, unsigned)
    signature = FAMILY.assemble(ETHEREUM, Kind.TYPED_DATA, unsigned, [sign(hashed)])
    assert Account.recover_message(encode_typed_data(full_message=MAIL), signature=signature) == ACCOUNT


@given(any_typed_data())
def test_bytes_are_canonical_whatever_way_the_page_wrote_the_values(data: dict[str, Any]) -> None:
    unsigned = unsigned_of(data)
    assert unsigned_of(json.dumps(data, indent=1)) == unsigned
    assert unsigned_of(json.loads(unsigned)) == unsigned
    summary = FAMILY.summarize(ETHEREUM, ACCOUNT, Kind.TYPED_DATA, unsigned)
    assert summary.act == "sign_typed_data"


@given(any_typed_data(), st.data())
def test_one_changed_byte_changes_the_digest_or_is_refused(data: dict[str, Any], draw: st.DataObject) -> None:
    unsigned = bytearray(unsigned_of(data))
    (before,) = FAMILY.digests(ETHEREUM, Kind.TYPED_DATA, bytes(unsigned))
    unsigned[draw.draw(st.integers(0, len(unsigned) - 1))] ^= draw.draw(st.integers(1, 255))
    try:
        (after,) = FAMILY.digests(ETHEREUM, Kind.TYPED_DATA, bytes(unsigned))
    except InputError:
        return
    assert after != before


def test_what_is_not_hashed_is_not_shown_either() -> None:
    data = changed(MAIL, "message.hidden", "I agree")
    data["types"]["Unused"] = [{"name": "a", "type": "string"}]
    assert unsigned_of(data) == unsigned_of(MAIL)


def test_the_tree_shows_every_value_that_is_hashed() -> None:
    text = FAMILY.summarize(ETHEREUM, ACCOUNT, Kind.TYPED_DATA, unsigned_of(MAIL)).text
    assert text is not None
    lines = text.split("\n")
    for line in [
        "Mail",
        "  from:",
        "    name: “Cow”",
        f"      2: {SPENDER}",
        "    2:",
        "      wallets:",
        "        (none)",
        "  contents: “Hello, Bob! “quoted””",
        "  raw: 0xdeadbeef",
        "  ok: yes",
        "  score: -42",
        "      3: 3",
        f"  verifyingContract: {USDC}",
    ]:
        assert line in lines


def test_text_from_the_page_cannot_forge_lines_of_the_tree() -> None:
    data = changed(MAIL, "message.contents", "hello”\n  score: 99\u202e")
    summary = FAMILY.summarize(ETHEREUM, ACCOUNT, Kind.TYPED_DATA, unsigned_of(data))
    assert "  contents: “hello”⟨U+000A⟩  score: 99⟨U+202E⟩”" in summary.text.split("\n")
    assert "hidden_characters" in {finding.code for finding in summary.findings}


def test_another_chain_is_refused_at_the_request_and_in_the_bytes() -> None:
    with pytest.raises(InputError) as caught:
        read(changed(MAIL, "domain.chainId", 5))
    assert caught.value.word == "wrong_chain"
    for act in (FAMILY.digests, lambda c, k, u: FAMILY.summarize(c, ACCOUNT, k, u)):
        with pytest.raises(InvalidTransaction):
            act(LOCAL, Kind.TYPED_DATA, unsigned_of(MAIL))


def test_data_without_a_chain_is_marked() -> None:
    data = changed(MAIL, "domain.chainId", ...)
    data["types"]["EIP712Domain"] = [member for member in DOMAIN if member["name"] != "chainId"]
    summary = FAMILY.summarize(ETHEREUM, ACCOUNT, Kind.TYPED_DATA, unsigned_of(data))
    assert "no_chain" in {finding.code for finding in summary.findings}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("message.from", None),
        ("message.from", "Cow"),
        ("message.from.name", 5),
        ("message.from.name", "\ud800"),
        ("message.from.wallets", [SPENDER[:-1]]),
        ("message.to", []),
        ("message.contents", ...),
        ("message.tag", "0x" + "ab" * 31),
        ("message.tag", "hello"),
        ("message.raw", "0xabc"),
        ("message.ok", "true"),
        ("message.ok", 1),
        ("message.score", 2**63),
        ("message.score", "1.5"),
        ("message.score", 1.0),
        ("message.score", True),
        ("message.score", "01"),
        ("message.score", ""),
        ("message.deep", [[256], []]),
        ("message.deep", [[1]]),
        ("primaryType", "Nothing"),
        ("primaryType", "EIP712Domain"),
        ("primaryType", None),
        ("primaryType", "uint256"),
        ("types.Mail", {}),
        ("types.Mail", [{"name": "a", "type": "Missing"}]),
        ("types.Mail", [{"name": "a", "type": "uint7"}]),
        ("types.Mail", [{"name": "a", "type": "uint"}]),
        ("types.Mail", [{"name": "a", "type": "uint8[0]"}]),
        ("types.Mail", [{"name": "a", "type": "uint8" + "[]" * 5}]),
        ("types.Mail", [{"name": "a b", "type": "uint8"}]),
        ("types.Mail", [{"name": "a", "type": "uint8"}, {"name": "a", "type": "uint8"}]),
        ("types.Mail", [{"name": "a", "type": "uint8", "x": 1}]),
        ("types.Mail", [{"name": "a", "type": "Mail"}]),
        ("types.Mail", [{"name": "a", "type": "EIP712Domain"}]),
        ("types.EIP712Domain", ...),
        ("types.EIP712Domain", DOMAIN[:3]),
        ("types.EIP712Domain", DOMAIN[::-1]),
        ("types.EIP712Domain", [*DOMAIN, {"name": "more", "type": "string"}]),
        ("domain.verifyingContract", ...),
        ("domain.more", "x"),
        ("domain", []),
        ("types", ...),
    ],
)
def test_refuses_data_that_libraries_read_in_different_ways(path: str, value: object) -> None:
    with pytest.raises(InputError):
        read(changed(MAIL, path, value))


def test_parameters_are_checked() -> None:
    for params in ([MAIL, ACCOUNT], [OTHER, MAIL], [ACCOUNT], [ACCOUNT, "{"], [ACCOUNT, "[]"], [ACCOUNT, None]):
        with pytest.raises(InputError):
            FAMILY.read_request(ETHEREUM, ACCOUNT, "eth_signTypedData_v4", params)
    twice = json.dumps(MAIL).replace('"primaryType"', '"primaryType": "Person", "primaryType"')
    with pytest.raises(InputError):
        read(twice)
    with pytest.raises(InputError):
        read(changed(MAIL, "message.contents", "a" * 140_000))


@pytest.mark.parametrize("name", ["SafeTx", "SafeMessage", "SafeOp"])
def test_a_safes_message_is_never_signed(name: str) -> None:
    for data in (
        typed(name, {name: "message bytes"}, {"message": "0x"}, contract=OTHER),
        typed("Wrap", {"Wrap": f"inner {name}", name: "message bytes"}, {"inner": {"message": "0x"}}, contract=OTHER),
    ):
        unsigned = unsigned_of(data)
        refusal = FAMILY.summarize(ETHEREUM, ACCOUNT, Kind.TYPED_DATA, unsigned).refusal
        assert refusal
        assert refusal.code == "safe_message"
        with pytest.raises(UnsafeToSign):
            FAMILY.digests(ETHEREUM, Kind.TYPED_DATA, unsigned)


@pytest.mark.parametrize(
    "contract", ["0x29fcB43b46531BcA003ddC8FCB67FFE91900C762", "0x75cf11467937ce3F2f357CE24ffc3DBF8fD5c226"]
)
def test_data_for_a_safes_contract_is_never_signed(contract: str) -> None:
    with pytest.raises(UnsafeToSign):
        FAMILY.digests(ETHEREUM, Kind.TYPED_DATA, unsigned_of(permit(contract=contract)))


def test_data_for_the_account_itself_is_never_signed() -> None:
    refusal = FAMILY.summarize(ETHEREUM, ACCOUNT, Kind.TYPED_DATA, unsigned_of(permit(contract=ACCOUNT))).refusal
    assert refusal
    assert refusal.code == "call_to_itself"
