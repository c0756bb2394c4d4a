"""``passkey`` and ``change``: what the terminal can do, and where it sends the person for a touch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.cli_agent import FakeAgent, Terminal
from tests.fakes.views import a_change


def a_passkey(name: str, role: str = "home", **changes: Any) -> dict[str, Any]:
    return {
        "credential_id": f"{name.lower()}AAAA", "role": role, "origin": "https://app.example", "name": name,
        "place": "device", "maker": None, "uses": [{"kind": "home", "name": "Counterfoil"}], "may": ["Lets sites in"],
        "advice": "Have a second one.", "can_unlock": True, "unlocks_here": True, "created_at": 1, "last_used_at": None,
        "record_version": 1, **changes,
    }  # fmt: skip


def with_passkeys(terminal: Terminal, *passkeys: dict[str, Any]) -> FakeAgent:
    terminal.agent = FakeAgent({"passkey_list": {"passkeys": list(passkeys)}, "passkey_rename": {}})
    return terminal.agent


def test_lists_place_duties_and_advice_and_asks_for_a_second(terminal: Terminal) -> None:
    with_passkeys(terminal, a_passkey("Laptop", maker="Windows Hello"))
    said = terminal.run("passkey", "list").out
    for part in (
        "Laptop",
        "this device only, Windows Hello",
        "Lets sites in",
        "Have a second one.",
        "one home passkey",
    ):
        assert part in said
    with_passkeys(terminal, a_passkey("Laptop"), a_passkey("Drawer", place="hardware"))
    said = terminal.run("passkey", "list").out
    assert "security key" in said
    assert "one home passkey" not in said


def test_add_and_remove_lead_to_the_browser(terminal: Terminal) -> None:
    with_passkeys(terminal, a_passkey("Laptop"), a_passkey("Drawer"))
    added = terminal.run("passkey", "add")
    assert (added.code, "Add a second passkey" in added.err) == (6, True)
    removed = terminal.run("passkey", "remove", "Drawer")
    assert (removed.code, "another home passkey" in removed.err) == (6, True)
    assert "Nothing was changed" in removed.err


def test_the_last_home_passkey_is_not_even_sent_to_the_browser(terminal: Terminal) -> None:
    with_passkeys(terminal, a_passkey("Laptop"), a_passkey("Shop", role="site"))
    outcome = terminal.run("passkey", "remove", "Laptop", "--json")
    assert (outcome.code, json.loads(outcome.out)["reason"]) == (1, "last_home_passkey")
    assert terminal.run("passkey", "remove", "https://app.example").code == 6


def test_an_unknown_passkey_is_not_found(terminal: Terminal) -> None:
    with_passkeys(terminal, a_passkey("Laptop"))
    assert terminal.run("passkey", "remove", "Phone").code == 5
    assert terminal.run("passkey", "rename", "Phone", "Tablet").code == 5


def test_renames_here(terminal: Terminal) -> None:
    agent = with_passkeys(terminal, a_passkey("Laptop"))
    assert terminal.run("passkey", "rename", "Laptop", "Old laptop").code == 0
    [params] = agent.called("passkey_rename")
    assert params.name == "Old laptop"
    assert terminal.run("passkey", "rename", "Laptop", "x" * 65).code == 2


@pytest.fixture
def asked(terminal: Terminal) -> FakeAgent:
    done = a_change(state="waiting", can_agree=False)
    terminal.agent = FakeAgent(
        {"change_list": {"changes": [a_change()]}, "change_agree": done, "change_cancel": a_change(state="cancelled")}
    )
    return terminal.agent


def test_shows_what_waits_and_how_to_end_it(terminal: Terminal, asked: FakeAgent) -> None:
    said = terminal.run("change", "list").out
    for part in ("“Phone”", "asked for by Laptop", "counterfoil change cancel cdcdcdcd"):
        assert part in said
    asked.answers["change_list"] = {"changes": []}
    assert "No change waits." in terminal.run("change", "list").out


def test_agrees_only_after_a_yes(terminal: Terminal, asked: FakeAgent) -> None:
    assert terminal.run("change", "agree", "cdcd", typed="n\n", is_terminal=True).code == 1
    assert asked.called("change_agree") == []
    assert terminal.run("change", "agree", "cdcd", typed="y\n", is_terminal=True).code == 0
    assert [params.change_id for params in asked.called("change_agree")] == ["cd" * 16]


def test_calls_off_at_once(terminal: Terminal, asked: FakeAgent) -> None:
    assert terminal.run("change", "cancel", "cdcd").code == 0
    assert len(asked.called("change_cancel")) == 1
