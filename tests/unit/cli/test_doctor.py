"""The doctor names what is wrong and the exact fix; each check has a test that breaks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from counterfoil.cli.browsers.extension import copied_extension
from counterfoil.cli.browsers.host_manifest import FILE_NAME, wrapper_path
from counterfoil.errors import Locked, UnsupportedVersion
from tests.fakes.cli_agent import FakeAgent, Terminal
from tests.fakes.wire_values import a_lock_state, a_profile, a_vault


@pytest.fixture
def healthy(terminal: Terminal) -> Terminal:
    terminal.agent = FakeAgent(
        {
            "profile_list": {"profiles": [a_profile()]},
            "agent_diagnose": {"checks": [], "facts": {}},
            "vault_list": {"vaults": [a_vault(recovery_proven=True)]},
            "lock_state": a_lock_state(),
        }
    )
    assert terminal.run("setup", "--browser", "chromium").code == 0
    terminal.home.socket.touch(0o600)
    return terminal


def checks(terminal: Terminal, code: int) -> dict[str, dict[str, Any]]:
    outcome = terminal.run("doctor", "--json")
    assert outcome.code == code, outcome.out
    found = json.loads(outcome.out)
    assert found["ok"] is (code == 0)
    return {check["name"]: check for check in found["checks"]}


def wrong(terminal: Terminal) -> dict[str, dict[str, Any]]:
    found = {name: check for name, check in checks(terminal, 1).items() if check["level"] == "wrong"}
    assert all(check["fix"] for check in found.values())
    return found


def manifest_of(terminal: Terminal) -> Path:
    return terminal.person / ".config/chromium/NativeMessagingHosts" / FILE_NAME


def test_finds_nothing_wrong_after_set_up(healthy: Terminal) -> None:
    found = checks(healthy, 0)
    assert found["vault My vault: co-signer"]["level"] == "note"
    assert "Everything fits together." in healthy.run("doctor").out


def test_on_a_fresh_computer_it_leads_to_set_up(terminal: Terminal) -> None:
    terminal.agent = None
    found = wrong(terminal)
    assert "counterfoil setup" in found["data folder"]["fix"]
    assert "counterfoil agent start" in found["running program"]["fix"]
    assert not terminal.home.data.exists()


def test_sees_a_data_folder_open_to_others(healthy: Terminal) -> None:
    healthy.home.data.chmod(0o755)
    assert wrong(healthy)["data folder"]["fix"].startswith(f"Run: chmod 700 {healthy.home.data}")


@pytest.mark.parametrize("change", ["altered", "added", "missing", "gone"])
def test_sees_an_altered_extension(healthy: Terminal, change: str) -> None:
    folder = copied_extension(healthy.home)
    if change == "altered":
        (folder / "extension/worker.js").write_text("fetch('https://evil.example')")
    elif change == "added":
        (folder / "extension/more.js").write_text("")
    elif change == "missing":
        (folder / "extension/worker.js").unlink()
    else:
        folder.rename(folder.with_name("elsewhere"))
    assert "counterfoil setup" in wrong(healthy)["extension"]["fix"]


def test_sees_a_missing_manifest(healthy: Terminal) -> None:
    manifest_of(healthy).unlink()
    assert "counterfoil install --browser chromium" in wrong(healthy)["Chromium: host manifest"]["fix"]


@pytest.mark.parametrize(
    "change",
    [
        {"path": "/elsewhere/evil"},
        {"allowed_origins": ["chrome-extension://" + "a" * 32 + "/"]},
        {"allowed_origins": []},
        {"extra": 1},
    ],
)
def test_sees_a_manifest_that_admits_or_starts_another(healthy: Terminal, change: dict[str, Any]) -> None:
    file = manifest_of(healthy)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    assert "Chromium: host manifest" in wrong(healthy)


def test_a_browser_that_was_left_out_is_no_mistake(healthy: Terminal) -> None:
    (healthy.person / ".mozilla").mkdir()
    found = checks(healthy, 0)["Firefox: host manifest"]
    assert found["level"] == "note"
    assert "counterfoil install --browser firefox" in found["fix"]


def test_sees_an_unreadable_manifest(healthy: Terminal) -> None:
    manifest_of(healthy).write_text("{")
    assert "Chromium: host manifest" in wrong(healthy)


@pytest.mark.parametrize("folder", [False, True])
def test_sees_a_manifest_that_others_may_change(healthy: Terminal, folder: bool) -> None:
    place = manifest_of(healthy).parent if folder else manifest_of(healthy)
    place.chmod(place.stat().st_mode | 0o022)
    assert f"chmod go-w {place}" in wrong(healthy)["Chromium: host manifest"]["fix"]


def test_sees_a_manifest_for_another_user_data_dir(healthy: Terminal, tmp_path: Path) -> None:
    healthy.run("install", "--user-data-dir", str(tmp_path / "udd"))
    checks(healthy, 0)
    (tmp_path / "udd/NativeMessagingHosts" / FILE_NAME).unlink()
    [fix] = [check["fix"] for check in wrong(healthy).values()]
    assert f"--user-data-dir {tmp_path / 'udd'}" in fix


@pytest.mark.parametrize("change", ["text", "mode", "loose", "gone"])
def test_sees_a_start_script_that_is_not_ours(healthy: Terminal, change: str) -> None:
    path = wrapper_path(healthy.home)
    if change == "text":
        path.write_text("#!/bin/sh\nexec evil\n")
    elif change == "mode":
        path.chmod(0o644)
    elif change == "loose":
        path.chmod(0o777)
    else:
        path.unlink()
    assert "start script" in wrong(healthy)


def test_sees_an_agent_of_another_version(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent = FakeAgent(healthy.agent.answers, version="0.0.9")
    assert "counterfoil agent stop" in wrong(healthy)["running program"]["fix"]


def test_sees_a_socket_open_to_others(healthy: Terminal) -> None:
    healthy.home.socket.chmod(0o666)
    assert "chmod 600" in wrong(healthy)["socket"]["fix"]


def test_passes_on_what_the_agent_finds(healthy: Terminal) -> None:
    assert healthy.agent is not None
    finding = {"name": "clock", "ok": False, "found": "5 minutes slow", "fix": "Set the clock."}
    healthy.agent.answers["agent_diagnose"] = {"checks": [finding], "facts": {}}
    assert wrong(healthy)["clock"]["fix"] == "Set the clock."


def test_one_failing_check_does_not_hide_the_others(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent.answers |= {"agent_diagnose": Locked(), "profile_list": {"profiles": []}}
    assert {"diagnosis", "paired browsers"} <= wrong(healthy).keys()


def test_sees_that_no_browser_is_paired(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent.answers["profile_list"] = {"profiles": []}
    assert "counterfoil pair" in wrong(healthy)["paired browsers"]["fix"]


def test_sees_an_unproven_recovery_file(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent.answers["vault_list"] = {"vaults": [a_vault()]}
    assert "counterfoil backup save abababab" in wrong(healthy)["vault My vault: recovery file"]["fix"]


def test_sees_a_party_in_quarantine(healthy: Terminal) -> None:
    assert healthy.agent is not None
    vault = a_vault(recovery_proven=True)
    vault["parties"][1]["poisoned"] = True
    healthy.agent.answers["vault_list"] = {"vaults": [vault]}
    assert "vault My vault: Co-signer" in wrong(healthy)


def test_locked_is_worth_saying_and_not_wrong(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent.answers["lock_state"] = a_lock_state(agent_unlocked=False, cosigner_unlocked=False)
    assert checks(healthy, 0)["lock"]["level"] == "note"


def test_an_agent_that_speaks_another_protocol(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent.answers["agent_diagnose"] = UnsupportedVersion()
    assert "running program" in wrong(healthy)


def fake_program(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)


def test_says_what_a_snap_cannot_do(healthy: Terminal, tmp_path: Path) -> None:
    fake_program(tmp_path / "snap/bin", "chromium")
    healthy.environ["PATH"] = str(tmp_path / "snap/bin")
    assert "Snap" in wrong(healthy)["Chromium: packaging"]["found"]


def test_a_firefox_snap_works_after_a_yes(healthy: Terminal, tmp_path: Path) -> None:
    fake_program(tmp_path / "snap/bin", "firefox")
    healthy.environ["PATH"] = str(tmp_path / "snap/bin")
    healthy.run("install", "--browser", "firefox")
    assert checks(healthy, 0)["Firefox: packaging"]["level"] == "note"


def test_says_what_a_flatpak_cannot_do(healthy: Terminal) -> None:
    (healthy.person / ".local/share/flatpak/app/org.chromium.Chromium").mkdir(parents=True)
    assert "Flatpak" in wrong(healthy)["Chromium: packaging"]["found"]


def test_windows_is_not_examined_further(terminal: Terminal) -> None:
    terminal.platform = "win32"
    terminal.agent = None
    assert "platform" in wrong(terminal)


def test_says_what_is_right_once_and_what_is_wrong_always(healthy: Terminal) -> None:
    assert healthy.agent is not None
    agents_own = [
        {"name": "lock", "ok": True, "found": "Counterfoil is locked.", "fix": None},
        {"name": "socket", "ok": False, "found": "odd", "fix": "Look at it."},
    ]
    healthy.agent.answers["agent_diagnose"] = {"checks": agents_own, "facts": {}}
    found = [check["name"] for check in json.loads(healthy.run("doctor", "--json").out)["checks"]]
    assert (found.count("lock"), found.count("socket")) == (1, 2)
