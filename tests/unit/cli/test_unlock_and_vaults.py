"""Passphrases reach the agent sealed, and a vault is made, saved and proven in one go."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from counterfoil.errors import BackupUnreadable, NotFound, WrongPassphrase
from counterfoil.protocol.event import Progress
from counterfoil.protocol.request import PartyProgress
from tests.fakes.cli_agent import FakeAgent, Terminal
from tests.fakes.wire_values import VAULT_ID, a_lock_state, a_vault

NO_SLOTS = {"request_options_json": None, "passphrase": False, "cosigner": False}
PASSPHRASES = "one two three\nfour five six\nseven eight\n"
FILE = b"a sealed recovery file"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def opened(agent: FakeAgent, secrets: list[Any]) -> list[tuple[str, str]]:
    return [agent.opened(secret.secret) for secret in secrets]


@pytest.fixture
def agent(terminal: Terminal) -> FakeAgent:
    agent = FakeAgent(
        {
            "lock_options": NO_SLOTS,
            "lock_unlock": a_lock_state(),
            "vault_beginRefresh": {"change_id": "cd" * 16, "request_options_json": None},
            "vault_reshare": lambda _params: a_vault(),
            "vault_create": a_vault(),
            "vault_list": {"vaults": [a_vault()]},
            "backup_download": {"file_name": "counterfoil.age", "content": b64(FILE)},
            "backup_prove": a_vault(recovery_proven=True, receive_ready=True),
        }
    )
    terminal.agent = agent
    return agent


def test_unlocks_both_parties_with_sealed_passphrases(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["lock_options"] = {"request_options_json": None, "passphrase": True, "cosigner": True}
    outcome = terminal.run("unlock", "--passphrase-stdin", typed=PASSPHRASES)
    assert outcome.code == 0, outcome.err
    [params] = agent.called("lock_unlock")
    assert [secret.kind for secret in params.secrets] == ["passphrase", "passphrase"]
    assert opened(agent, params.secrets) == [("agent", "one two three"), ("cosigner", "four five six")]
    assert "unlocked" in outcome.out


def test_asks_only_for_this_computer_without_a_cosigner(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["lock_options"] = {"request_options_json": None, "passphrase": True, "cosigner": False}
    assert terminal.run("unlock", "--passphrase-stdin", typed=PASSPHRASES).code == 0
    assert opened(agent, agent.called("lock_unlock")[0].secrets) == [("agent", "one two three")]


def test_a_wallet_of_passkeys_is_unlocked_in_the_window(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["lock_options"] = {"request_options_json": "{}", "passphrase": False, "cosigner": True}
    outcome = terminal.run("unlock", "--passphrase-stdin", typed=PASSPHRASES)
    assert outcome.code == 6
    assert agent.called("lock_unlock") == []


def test_a_wrong_passphrase_is_refused_in_words(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers |= {"lock_options": {**NO_SLOTS, "passphrase": True}, "lock_unlock": WrongPassphrase()}
    outcome = terminal.run("unlock", "--passphrase-stdin", typed=PASSPHRASES)
    assert outcome.code == 1
    assert "passphrase" in outcome.err


def test_passphrases_are_typed_without_echo(
    terminal: Terminal, agent: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.answers["lock_options"] = {**NO_SLOTS, "passphrase": True}
    monkeypatch.setattr("getpass.getpass", lambda _prompt: "one two three")
    assert terminal.run("unlock", is_terminal=True).code == 0
    assert opened(agent, agent.called("lock_unlock")[0].secrets) == [("agent", "one two three")]


def test_without_a_terminal_it_says_how_to_give_passphrases(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["lock_options"] = {**NO_SLOTS, "passphrase": True}
    outcome = terminal.run("unlock", typed=PASSPHRASES)
    assert outcome.code == 2
    assert "--passphrase-stdin" in outcome.err


def create(terminal: Terminal, file: Path, *more: str, typed: str = PASSPHRASES) -> Any:
    return terminal.run("vault", "create", "--recovery-file", str(file), "--passphrase-stdin", *more, typed=typed)


def test_makes_a_vault_and_proves_its_recovery_file(terminal: Terminal, agent: FakeAgent, tmp_path: Path) -> None:
    file = tmp_path / "recovery.age"
    outcome = create(terminal, file)
    assert outcome.code == 0, outcome.err
    [params] = agent.called("vault_create")
    assert opened(agent, params.slots) == [("agent", "one two three"), ("cosigner", "four five six")]
    assert agent.opened(params.recovery_passphrase) == ("agent", "seven eight")
    [proof] = agent.called("backup_prove")
    assert (proof.vault_id, proof.content) == (VAULT_ID, b64(FILE))
    assert agent.opened(proof.passphrase) == ("agent", "seven eight")
    assert file.read_bytes() == FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert "saved and reopened" in outcome.out


def test_a_wallet_with_passkeys_is_asked_for_one_passphrase_only(
    terminal: Terminal, agent: FakeAgent, tmp_path: Path
) -> None:
    agent.answers["lock_options"] = {"request_options_json": "{}", "passphrase": False, "cosigner": True}
    assert create(terminal, tmp_path / "r.age", typed="seven eight\n").code == 0
    assert agent.called("vault_create")[0].slots == []


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("one two three\none two three\nseven eight\n", "same_passphrase"),
        ("one two three\nfour five six\none two three\n", "same_passphrase"),
        ("short\nfour five six\nseven eight\n", "short_passphrase"),
        ("one two three\n", "no_passphrase"),
        ("", "no_passphrase"),
    ],
)
def test_makes_nothing_with_passphrases_that_protect_nothing(
    terminal: Terminal, agent: FakeAgent, tmp_path: Path, typed: str, reason: str
) -> None:
    outcome = create(terminal, tmp_path / "r.age", "--json", typed=typed)
    assert outcome.code == 2
    assert json.loads(outcome.out)["reason"] == reason
    assert agent.called("vault_create") == []


def test_makes_nothing_when_the_two_typings_differ(
    terminal: Terminal, agent: FakeAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["one two three", "one two thee"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    outcome = terminal.run("vault", "create", "--recovery-file", str(tmp_path / "r.age"), is_terminal=True)
    assert outcome.code == 2
    assert agent.called("vault_create") == []


def test_never_writes_over_a_file(terminal: Terminal, agent: FakeAgent, tmp_path: Path) -> None:
    file = tmp_path / "recovery.age"
    file.write_text("something dear")
    assert create(terminal, file).code == 1
    assert file.read_text() == "something dear"
    assert agent.called("vault_create") == []


def test_says_how_to_go_on_when_the_file_was_not_proven(terminal: Terminal, agent: FakeAgent, tmp_path: Path) -> None:
    agent.answers["backup_prove"] = BackupUnreadable()
    outcome = create(terminal, tmp_path / "r.age")
    assert outcome.code == 1
    assert "counterfoil backup save abababab FILE" in outcome.err


def test_saves_the_recovery_file_later(terminal: Terminal, agent: FakeAgent, tmp_path: Path) -> None:
    file = tmp_path / "later.age"
    outcome = terminal.run("backup", "save", "My vault", str(file), "--passphrase-stdin", typed="seven eight\n")
    assert outcome.code == 0, outcome.err
    assert file.read_bytes() == FILE


def test_shows_each_party_at_work(terminal: Terminal, agent: FakeAgent, tmp_path: Path) -> None:
    parties = [PartyProgress(index=2, name="Co-signer", kind="cosigner", state="working")]
    agent.progress = [Progress(token=VAULT_ID, stage="Making the keys", step=1, of=4, parties=parties)]
    outcome = create(terminal, tmp_path / "r.age")
    assert "Making the keys (1 of 4);  Co-signer: working" in outcome.err


def test_json_of_a_new_vault_is_one_document(terminal: Terminal, agent: FakeAgent, tmp_path: Path) -> None:
    outcome = create(terminal, tmp_path / "r.age", "--json")
    found = json.loads(outcome.out)
    assert found["vault"]["recovery_proven"] is True
    assert found["recovery_file"] == str(tmp_path / "r.age")
    assert outcome.err == ""


def refresh(terminal: Terminal, file: Path, *more: str) -> Any:
    return terminal.run(
        "vault",
        "refresh",
        "My vault",
        "--recovery-file",
        str(file),
        "--passphrase-stdin",
        *more,
        typed="nine ten eleven\n",
    )


def test_renews_a_vault_and_its_recovery_file(terminal: Terminal, agent: FakeAgent, tmp_path: Path) -> None:
    outcome = refresh(terminal, tmp_path / "new.age")
    assert outcome.code == 0, outcome.err
    [params] = agent.called("vault_reshare")
    assert (params.change_id, params.response) == ("cd" * 16, None)
    assert agent.opened(params.recovery_passphrase) == ("agent", "nine ten eleven")
    [proof] = agent.called("backup_prove")
    assert proof.content == b64(FILE)
    assert (tmp_path / "new.age").read_bytes() == FILE
    assert "worthless" in outcome.out


def test_a_wallet_with_a_passkey_is_renewed_in_the_browser(
    terminal: Terminal, agent: FakeAgent, tmp_path: Path
) -> None:
    agent.answers["vault_beginRefresh"] = {"change_id": "cd" * 16, "request_options_json": "{}"}
    outcome = refresh(terminal, tmp_path / "new.age", "--json")
    assert outcome.code != 0
    assert json.loads(outcome.out)["reason"] == "window_needed"
    assert agent.called("vault_reshare") == []
    assert not (tmp_path / "new.age").exists()


def test_a_renewal_never_writes_over_a_file(terminal: Terminal, agent: FakeAgent, tmp_path: Path) -> None:
    (tmp_path / "old.age").write_text("something dear")
    assert refresh(terminal, tmp_path / "old.age").code == 1
    assert agent.called("vault_reshare") == []
    assert agent.called("vault_beginRefresh") == []


def test_lists_and_shows_vaults(terminal: Terminal, agent: FakeAgent) -> None:
    assert VAULT_ID in terminal.run("vault", "list").out
    for name in ("My vault", VAULT_ID, VAULT_ID[:6]):
        outcome = terminal.run("vault", "show", name)
        assert outcome.code == 0
        assert "2 of these 3 sign together" in outcome.out
        assert "backup save" in outcome.out
    assert terminal.run("vault", "show", "other").code == 5
    agent.answers["vault_list"] = {"vaults": []}
    assert "no vault yet" in terminal.run("vault", "list").out


def test_does_not_guess_between_two_vaults(terminal: Terminal, agent: FakeAgent) -> None:
    agent.answers["vault_list"] = {"vaults": [a_vault(), a_vault(vault_id="ab" * 15 + "00")]}
    assert terminal.run("vault", "show", "abab").code == 2


@pytest.mark.parametrize(("known", "current", "code"), [(True, True, 0), (True, False, 1), (False, False, 1)])
def test_verifies_a_recovery_file(
    terminal: Terminal, agent: FakeAgent, tmp_path: Path, known: bool, current: bool, code: int
) -> None:
    file = tmp_path / "r.age"
    file.write_bytes(FILE)
    agent.answers["backup_verify"] = {
        "vault_id": VAULT_ID, "vault_name": "My vault", "epoch": 0, "party_index": 3, "threshold": 2,
        "created_at": 1, "known": known, "current": current,
    }  # fmt: skip
    outcome = terminal.run("backup", "verify", str(file), "--passphrase-stdin", typed="seven eight\n")
    assert outcome.code == code
    [params] = agent.called("backup_verify")
    assert params.content == b64(FILE)
    assert agent.opened(params.passphrase) == ("agent", "seven eight")


def test_a_recovery_file_that_is_not_there(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.run("backup", "verify", str(tmp_path / "none"), "--passphrase-stdin", typed="x\n").code == 5


def test_exports_this_computers_share(terminal: Terminal, agent: FakeAgent, tmp_path: Path) -> None:
    agent.answers["backup_export"] = {"file_name": "share.age", "content": b64(b"a share")}
    file = tmp_path / "share.age"
    outcome = terminal.run("backup", "export", "My vault", str(file), "--passphrase-stdin", typed="nine ten eleven\n")
    assert outcome.code == 0, outcome.err
    assert file.read_bytes() == b"a share"
    assert agent.opened(agent.called("backup_export")[0].passphrase) == ("agent", "nine ten eleven")


def test_the_recovery_file_was_handed_over_already(terminal: Terminal, agent: FakeAgent, tmp_path: Path) -> None:
    agent.answers["backup_download"] = NotFound("The recovery file was handed over already.")
    outcome = terminal.run(
        "backup", "save", "My vault", str(tmp_path / "x"), "--passphrase-stdin", typed="seven eight\n"
    )
    assert outcome.code == 5
    assert not (tmp_path / "x").exists()
