"""Sites, networks, profiles, passkeys, accounts and the log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from counterfoil.errors import LogBroken, NodeUnreachable, NotFound
from tests.fakes.cli_agent import FakeAgent, Terminal
from tests.fakes.wire_values import ACCOUNT_ID, VAULT_ID, a_pairing, a_profile

ETHEREUM = {
    "chain": "eip155:1", "name": "Ethereum", "symbol": "ETH", "decimals": 18, "testnet": False, "rpc_url": None,
    "explorer": None, "own": False,
}  # fmt: skip
SITE = {
    "origin": "https://app.example", "accounts": ["0x" + "11" * 20], "chain": "eip155:1", "has_passkey": True,
    "connected_at": 1,
}  # fmt: skip
PASSKEY = {
    "credential_id": "AAAA", "role": "site", "origin": "https://app.example", "name": "Key", "place": "device",
    "maker": None, "uses": [{"kind": "site", "name": "https://app.example"}], "may": ["Approves"], "advice": "Keep it.",
    "can_unlock": False, "unlocks_here": False, "created_at": 1, "last_used_at": None, "record_version": 1,
}  # fmt: skip
ACCOUNT = {
    "account_id": ACCOUNT_ID, "vault_id": VAULT_ID, "name": "Account 1", "namespace": "eip155",
    "address": "0x" + "11" * 20, "receive_ready": True, "kind": "vault", "chains": [],
}  # fmt: skip
ENTRY = {"seq": 3, "time": 1, "kind": "vault_created", "body": {"name": "\x1b[2J"}, "hash": "00" * 32}
LISTS: list[tuple[tuple[str, str], str, dict[str, Any], dict[str, Any], str]] = [
    (("site", "list"), "site_list", {"sites": [SITE]}, {"sites": []}, "https://app.example"),
    (("passkey", "list"), "passkey_list", {"passkeys": [PASSKEY]}, {"passkeys": []}, "https://app.example"),
    (("account", "list"), "account_list", {"accounts": [ACCOUNT]}, {"accounts": []}, "0x" + "11" * 20),
    (("profile", "list"), "profile_list", {"profiles": [a_profile()]}, {"profiles": []}, "34" * 16),
    (("log", "show"), "log_show", {"entries": [ENTRY], "more": True}, {"entries": [], "more": False}, "--before 3"),
    (
        ("chain", "list"),
        "chain_list",
        {"chains": [ETHEREUM], "current": "eip155:1"},
        {"chains": [], "current": "eip155:1"},
        "Ethereum",
    ),
]


@pytest.mark.parametrize(("command", "method", "full", "empty", "words"), LISTS, ids=lambda value: str(value)[:20])
def test_lists(
    terminal: Terminal, command: tuple[str, str], method: str, full: dict[str, Any], empty: dict[str, Any], words: str
) -> None:
    terminal.agent = FakeAgent({method: full})
    outcome = terminal.run(*command)
    assert outcome.code == 0, outcome.err
    assert words in outcome.out
    assert "\x1b" not in outcome.out
    assert json.loads(terminal.run(*command, "--json").out) == full
    terminal.agent = FakeAgent({method: empty})
    assert terminal.run(*command).out  # an empty list is a sentence, not nothing


def test_an_address_is_hidden_until_it_can_receive(terminal: Terminal) -> None:
    terminal.agent = FakeAgent({"account_list": {"accounts": [{**ACCOUNT, "receive_ready": False}]}})
    assert "0x11" not in terminal.run("account", "list").out


def test_disconnects_a_site_after_a_yes(terminal: Terminal) -> None:
    terminal.agent = agent = FakeAgent({"site_list": {"sites": [SITE]}, "site_revoke": {}})
    assert terminal.run("site", "revoke", "https://app.example", typed="n\n", is_terminal=True).code == 1
    assert agent.called("site_revoke") == []
    assert terminal.run("site", "revoke", "https://app.example", "--yes").code == 0
    assert agent.called("site_revoke")[0].origin == "https://app.example"
    assert terminal.run("site", "revoke", "https://app.example.evil", "--yes").code == 5


def test_uses_another_node(terminal: Terminal) -> None:
    view = {**ETHEREUM, "rpc_url": "http://127.0.0.1:8545"}
    terminal.agent = agent = FakeAgent({"chain_setEndpoint": view})
    assert terminal.run("chain", "set-endpoint", "eip155:1", "http://127.0.0.1:8545").code == 0
    assert terminal.run("chain", "set-endpoint", "eip155:1", "file:///etc/passwd").code == 2
    agent.answers["chain_setEndpoint"] = NodeUnreachable()
    assert terminal.run("chain", "set-endpoint", "eip155:1", "http://127.0.0.1:1").code == 7


def test_adds_a_network_and_forgets_it_after_a_yes(terminal: Terminal) -> None:
    mine = {**ETHEREUM, "chain": "eip155:4242", "name": "Mine", "rpc_url": "https://node.example", "own": True}
    rest = {"chains": [ETHEREUM], "current": "eip155:1"}
    terminal.agent = agent = FakeAgent({"chain_add": mine, "chain_remove": rest})
    words = ("chain", "add", "eip155:4242", "https://node.example", "--name", "Mine", "--symbol", "MNE")
    assert "Mine is added" in terminal.run(*words).out
    given = agent.called("chain_add")[0]
    assert (given.coin, given.explorer, given.testnet) == ("MNE", None, False)
    assert json.loads(terminal.run(*words, "--json").out) == mine
    assert terminal.run("chain", "add", "eip155:4242", "node.example", "--name", "M", "--symbol", "M").code == 2
    assert terminal.run("chain", "remove", "eip155:4242", typed="n\n", is_terminal=True).code == 1
    assert agent.called("chain_remove") == []
    assert "forgotten" in terminal.run("chain", "remove", "eip155:4242", "--yes").out


def test_chooses_the_network_of_new_sites(terminal: Terminal) -> None:
    terminal.agent = FakeAgent({"chain_setDefault": {"chains": [ETHEREUM], "current": "eip155:1"}})
    assert "New sites start on Ethereum." in terminal.run("chain", "use", "eip155:1").out


def test_pairs_after_the_code_was_compared(terminal: Terminal) -> None:
    waiting = iter([[], [a_pairing()]])
    terminal.agent = agent = FakeAgent(
        {"profile_pending": lambda _: {"pairings": next(waiting)}, "profile_confirm": a_profile()}
    )
    outcome = terminal.run("pair", typed="y\n", is_terminal=True)
    assert outcome.code == 0, outcome.err
    assert agent.called("profile_confirm")[0].code == "123456"


def test_does_not_pair_a_code_that_differs(terminal: Terminal) -> None:
    terminal.agent = agent = FakeAgent({"profile_pending": {"pairings": [a_pairing()]}})
    outcome = terminal.run("pair", typed="n\n", is_terminal=True)
    assert outcome.code == 1
    assert agent.called("profile_confirm") == []


def test_never_pairs_unasked(terminal: Terminal) -> None:
    terminal.agent = agent = FakeAgent({"profile_pending": {"pairings": [a_pairing()]}})
    assert terminal.run("pair").code == 2
    assert agent.called("profile_confirm") == []


def test_waits_for_the_browser_only_so_long(terminal: Terminal) -> None:
    terminal.agent = FakeAgent({"profile_pending": {"pairings": []}})
    assert terminal.run("pair", "--wait", "3", is_terminal=True).code == 6


@pytest.mark.parametrize(("code", "status"), [("123 456", 0), ("12345", 2), ("12345a", 2), ("١٢٣٤٥٦", 2)])
def test_confirms_a_typed_code(terminal: Terminal, code: str, status: int) -> None:
    terminal.agent = FakeAgent({"profile_confirm": a_profile()})
    assert terminal.run("profile", "confirm", code).code == status


def test_a_code_nobody_shows_is_not_found(terminal: Terminal) -> None:
    terminal.agent = FakeAgent({"profile_confirm": NotFound()})
    assert terminal.run("profile", "confirm", "123456").code == 5


def test_forgets_a_profile(terminal: Terminal) -> None:
    terminal.agent = agent = FakeAgent({"profile_list": {"profiles": [a_profile()]}, "profile_revoke": {}})
    assert terminal.run("profile", "revoke", "3434", "--yes").code == 0
    assert agent.called("profile_revoke")[0].profile_id == "34" * 16
    assert terminal.run("profile", "revoke", "nobody", "--yes").code == 5


def test_verifies_the_log(terminal: Terminal) -> None:
    terminal.agent = agent = FakeAgent({"log_verify": {"seq": 3, "hash": "00" * 32}})
    assert "3 entries" in terminal.run("log", "verify").out
    agent.answers["log_verify"] = LogBroken()
    assert terminal.run("log", "verify").code == 1


def test_locks(terminal: Terminal) -> None:
    locked = {"agent_unlocked": False, "cosigner_unlocked": False, "idle_lock_at": None}
    terminal.agent = FakeAgent({"lock_lock": locked})
    assert json.loads(terminal.run("lock", "--json").out) == locked


def test_says_how_the_agent_stands(terminal: Terminal) -> None:
    assert "co-signer: running" in terminal.run("agent", "status").out
    terminal.agent = None
    outcome = terminal.run("agent", "status", "--json")
    assert outcome.code == 4
    assert json.loads(outcome.out)["reason"] == "not_running"
