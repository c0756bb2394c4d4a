"""Requests from the terminal: seen whole, refused, agreed to, never signed without the window."""

from __future__ import annotations

import json
from typing import Any

import pytest

from counterfoil.errors import AgentUnreachable, StateConflict, UnknownChain, WindowNeeded
from tests.fakes.cli_agent import FakeAgent, Terminal
from tests.fakes.wire_values import ACCOUNT_ID, REQUEST_ID, a_change, a_request, an_explanation

MADE_ID = "ab" * 16
ASSERT_HOME = {"next": {"step": "assert_home_passkey", "options_json": "{}", "why": "to approve"}}
CHOICE = {"account_id": ACCOUNT_ID, "name": "Account 1", "address": "0x" + "11" * 20, "kind": "vault"}


@pytest.fixture
def agent(terminal: Terminal) -> FakeAgent:
    terminal.agent = FakeAgent(
        {
            "request_list": {"requests": [a_request()], "more": False},
            "request_get": a_request(),
            "request_approve": {"next": {"step": "done", "request": a_request(state="consented")}},
            "request_refuse": a_request(state="refused"),
        }
    )
    return terminal.agent


def test_lists_what_waits(terminal: Terminal, agent: FakeAgent) -> None:
    outcome = terminal.run("request", "list")
    assert "https://app.example" in outcome.out
    assert "waits for you" in outcome.out
    assert agent.called("request_list")[0].pending is True
    terminal.run("request", "list", "--all", "--limit", "3", "--before", "9")
    assert agent.called("request_list")[1].model_dump() == {"pending": False, "before": 9, "limit": 3}


def test_shows_who_asks_and_what_the_bytes_do(terminal: Terminal, agent: FakeAgent) -> None:
    out = terminal.run("request", "show", REQUEST_ID).out
    for words in ("https://app.example asks:", "− 1.5 ETH to 0x22", "at most 0.000021 ETH", "amber bread cloud dune"):
        assert words in out


def test_says_any_amount_and_the_worst_finding(terminal: Terminal, agent: FakeAgent) -> None:
    finding = {"code": "unlimited", "level": "danger", "sentence": "It may take all.", "why": "No limit.", "action": ""}
    change = a_change(direction="permission", asset="0xtoken", amount=None, symbol="USDC", decimals=6)
    agent.answers["request_get"] = a_request(changes=[change], findings=[finding])
    out = terminal.run("request", "show", REQUEST_ID).out
    assert "to spend any amount of USDC" in out
    assert "danger: It may take all." in out


def test_the_pages_text_cannot_act_on_the_terminal(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["request_get"] = a_request(text="Hello\n\x1b[2J\u202eevil", kind="message", changes=[])
    out = terminal.run("request", "show", REQUEST_ID).out
    assert "    | Hello\n" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_finds_a_request_by_the_beginning_of_its_id(terminal: Terminal, agent: FakeAgent) -> None:
    other = a_request(request_id="00" * 16, seq=6)
    agent.answers["request_list"] = lambda params: (
        {"requests": [other], "more": False} if params.before else {"requests": [a_request()], "more": True}
    )
    assert terminal.run("request", "show", "0000").code == 0
    assert terminal.run("request", "show", REQUEST_ID[:8]).code == 0
    assert terminal.run("request", "show", "ffff").code == 5


def test_refuses_in_the_persons_name(terminal: Terminal, agent: FakeAgent) -> None:
    outcome = terminal.run("request", "refuse", REQUEST_ID)
    assert outcome.code == 0
    assert "Nothing was signed" in outcome.out
    assert agent.called("request_refuse")[0].request_id == REQUEST_ID


def test_agrees_only_after_a_yes(terminal: Terminal, agent: FakeAgent) -> None:
    outcome = terminal.run("request", "approve", REQUEST_ID, typed="no\n", is_terminal=True)
    assert outcome.code == 1
    assert "Send 1.5 ETH" in outcome.out
    assert agent.called("request_approve") == []
    assert terminal.run("request", "approve", REQUEST_ID, typed="y\n", is_terminal=True).code == 0
    assert agent.called("request_approve")[0].model_dump() == {"request_id": REQUEST_ID, "seq": 7, "account_ids": []}


def test_without_a_terminal_it_does_not_agree(terminal: Terminal, agent: FakeAgent) -> None:
    outcome = terminal.run("request", "approve", REQUEST_ID)
    assert outcome.code == 2
    assert agent.called("request_approve") == []


def test_consent_never_stands_in_for_the_passkey(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["request_approve"] = ASSERT_HOME
    outcome = terminal.run("request", "approve", REQUEST_ID, "--yes", "--json")
    assert outcome.code == 6
    found = json.loads(outcome.out)
    assert found["reason"] == "window_needed"
    assert "Nothing was signed" in found["message"]
    assert found["details"] == {"request_id": REQUEST_ID}


@pytest.mark.parametrize("state", ["released", "sent", "final", "refused", "expired"])
def test_does_not_ask_about_what_is_decided(terminal: Terminal, agent: FakeAgent, state: str) -> None:
    agent.answers["request_get"] = a_request(state=state)
    assert terminal.run("request", "approve", REQUEST_ID, "--yes").code == 1
    assert agent.called("request_approve") == []


def test_a_request_that_moved_on_is_not_approved_again(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["request_approve"] = StateConflict()
    assert terminal.run("request", "approve", REQUEST_ID, "--yes").code == 1


def test_a_lost_connection_says_what_may_have_happened(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["request_approve"] = AgentUnreachable()
    outcome = terminal.run("request", "approve", REQUEST_ID, "--yes")
    assert outcome.code == 4
    assert "may have arrived" in outcome.err
    assert "request show cdcdcdcd" in outcome.err


def connection(choices: int) -> dict[str, Any]:
    accounts = [CHOICE, {**CHOICE, "account_id": "00" * 16, "name": "Account 2"}][:choices]
    return a_request(kind="connect", changes=[], account_choices=accounts)


def test_a_connection_shows_only_chosen_accounts(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["request_get"] = connection(2)
    assert terminal.run("request", "approve", REQUEST_ID, "--yes").code == 2
    assert agent.called("request_approve") == []
    assert terminal.run("request", "approve", REQUEST_ID, "--yes", "--account", "Account 2").code == 0
    assert agent.called("request_approve")[0].account_ids == ["00" * 16]
    assert terminal.run("request", "approve", REQUEST_ID, "--yes", "--account", "Account 9").code == 5


def test_the_only_account_needs_no_choice(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["request_get"] = connection(1)
    assert terminal.run("request", "approve", REQUEST_ID, "--yes").code == 0
    assert agent.called("request_approve")[0].account_ids == [ACCOUNT_ID]


def test_other_requests_take_no_account(terminal: Terminal, agent: FakeAgent) -> None:
    assert terminal.run("request", "approve", REQUEST_ID, "--yes", "--account", "Account 1").code == 2


@pytest.mark.parametrize("raw", ["0x02F870", "02f870", " 0x02\nf870 "])
def test_explains_bytes_in_any_spelling(terminal: Terminal, agent: FakeAgent, raw: str) -> None:
    agent.answers["tx_explain"] = an_explanation()
    outcome = terminal.run("tx", "explain", raw)
    assert outcome.code == 0
    assert "Send 1.5 ETH" in outcome.out
    assert agent.called("tx_explain")[0].model_dump() == {"chain": "eip155:1", "raw": "0x02f870", "account": None}
    assert terminal.run("tx", "explain", "-", typed=raw).code == 0


@pytest.mark.parametrize("raw", ["", "0x", "0x0", "hello", "0x" + "00" * 262145])
def test_refuses_what_is_no_hex(terminal: Terminal, agent: FakeAgent, raw: str) -> None:
    assert terminal.run("tx", "explain", raw).code == 2
    assert agent.calls == []


def test_an_unknown_network_is_not_found(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["tx_explain"] = UnknownChain()
    assert terminal.run("tx", "explain", "0x00", "--chain", "eip155:999999").code == 5
    assert terminal.run("tx", "explain", "0x00", "--chain", "nonsense").code == 5


@pytest.mark.parametrize(
    ("word", "choice", "method"),
    [
        ("speed-up", "speed_up", "request_speedUp"),
        ("cancel", "cancel", "request_cancel"),
        ("fill", "fill", "request_fill"),
    ],
)
def test_makes_a_request_of_its_own_about_one_that_is_on_its_way(
    terminal: Terminal, agent: FakeAgent, word: str, choice: str, method: str
) -> None:
    agent.answers["request_get"] = a_request(state="sent", choices=[choice], note="It waits.")
    agent.answers[method] = a_request(request_id=MADE_ID, origin="cli", parent_id=REQUEST_ID)
    outcome = terminal.run("request", word, REQUEST_ID)
    assert outcome.code == 0
    assert agent.called(method)[0].request_id == REQUEST_ID
    for words in ("amber bread cloud dune", f"in the place of: {REQUEST_ID[:8]}", "Nothing is signed yet."):
        assert words in outcome.out
    assert json.loads(terminal.run("request", word, REQUEST_ID, "--json").out)["request_id"] == MADE_ID


@pytest.mark.parametrize("word", ["speed-up", "cancel", "fill"])
def test_what_can_not_be_done_any_more_is_said_before_anything_is_asked(
    terminal: Terminal, agent: FakeAgent, word: str
) -> None:
    agent.answers["request_get"] = a_request(state="final")
    outcome = terminal.run("request", word, REQUEST_ID)
    assert outcome.code != 0
    assert "Nothing was changed." in outcome.err
    assert [name for name, _ in agent.calls] == ["request_get"]


def test_without_a_browser_there_is_nobody_to_ask_for_the_passkey(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["request_get"] = a_request(state="sent", choices=["cancel"])
    agent.answers["request_cancel"] = WindowNeeded()
    assert terminal.run("request", "cancel", REQUEST_ID).code == 6


def test_says_what_the_node_expects_and_what_can_be_done(terminal: Terminal, agent: FakeAgent) -> None:
    failure = {"code": "would_fail", "level": "caution", "sentence": "It would fail.", "why": "", "action": ""}
    simulation = {
        "level": "simulated",
        "sentence": "Simulated by your node.",
        "changes": [a_change()],
        "failure": failure,
    }
    agent.answers["request_get"] = a_request(simulation=simulation, choices=["speed_up"], note="It waits for a number.")
    out = terminal.run("request", "show", REQUEST_ID).out
    for words in ("Simulated by your node.", "It would fail.", "It waits for a number.", "what you can do: speed-up"):
        assert words in out
