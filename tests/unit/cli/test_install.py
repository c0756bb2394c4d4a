"""Host manifests: written where each browser looks, the same again when repeated, removed to the last folder."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from counterfoil import __version__
from counterfoil.cli.browsers.extension import copied_extension, copy_extension, extension_id, fingerprints
from counterfoil.cli.browsers.host_manifest import FILE_NAME, wrapper_path
from counterfoil.codecs.frames import encode_frame
from tests.fakes.cli_agent import FakeAgent, Terminal
from tests.fakes.wire_values import a_pairing, a_profile

HOST = Path(__file__).parents[3] / "host"
LINUX = {
    "chrome": ".config/google-chrome/NativeMessagingHosts",
    "chromium": ".config/chromium/NativeMessagingHosts",
    "edge": ".config/microsoft-edge/NativeMessagingHosts",
    "brave": ".config/BraveSoftware/Brave-Browser/NativeMessagingHosts",
    "firefox": ".mozilla/native-messaging-hosts",
}
MAC = {
    "chrome": "Google/Chrome/NativeMessagingHosts",
    "chromium": "Chromium/NativeMessagingHosts",
    "edge": "Microsoft Edge/NativeMessagingHosts",
    "brave": "BraveSoftware/Brave-Browser/NativeMessagingHosts",
    "firefox": "Mozilla/NativeMessagingHosts",
}


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): "" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize(("platform", "folders"), [("linux", LINUX), ("darwin", MAC)])
def test_writes_where_each_browser_looks(terminal: Terminal, platform: str, folders: dict[str, str]) -> None:
    terminal.platform = platform
    root = terminal.person if platform == "linux" else terminal.person / "Library/Application Support"
    for browser, folder in folders.items():
        outcome = terminal.run("install", "--browser", browser)
        assert outcome.code == 0, outcome.err
        found = json.loads((root / folder / FILE_NAME).read_text())
        assert found["name"] == "app.counterfoil.host"
        assert found["type"] == "stdio"
        assert found["path"] == str(wrapper_path(terminal.home))
        if browser == "firefox":
            assert found["allowed_extensions"] == ["wallet@counterfoil.app"]
            assert "allowed_origins" not in found
        else:
            assert found["allowed_origins"] == [f"chrome-extension://{extension_id(terminal.extension)}/"]
            assert "allowed_extensions" not in found


def test_the_extensions_id_is_that_of_chromium(terminal: Terminal) -> None:
    digest = hashlib.sha256(b"a public key").hexdigest()[:32]
    assert extension_id(terminal.extension) == "".join("abcdefghijklmnop"[int(digit, 16)] for digit in digest)


def test_the_start_script_runs_the_stub_of_this_home(terminal: Terminal) -> None:
    assert terminal.run("install", "--browser", "chromium").code == 0
    wrapper = wrapper_path(terminal.home)
    assert stat.S_IMODE(wrapper.stat().st_mode) == 0o755
    lines = wrapper.read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert lines[1] == f"export COUNTERFOIL_HOME={terminal.home.data}"
    assert lines[2].startswith("exec ")
    assert lines[2].endswith('native.py "$@"')
    assert " -I " in lines[2]


def test_the_start_script_answers_a_browser(terminal: Terminal) -> None:
    terminal.run("install", "--browser", "chromium")
    call = encode_frame({"id": 1, "method": "stub_hello", "params": {}})
    with subprocess.Popen(
        [wrapper_path(terminal.home), "chrome-extension://x/"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"], "HOME": str(terminal.person)},
    ) as stub:  # fmt: skip
        assert stub.stdin is not None
        assert stub.stdout is not None
        stub.stdin.write(call)
        stub.stdin.flush()
        length = struct.unpack("=I", stub.stdout.read(4))[0]
        answer = json.loads(stub.stdout.read(length))
    assert answer["result"]["stub_version"] == __version__
    assert stub.returncode == 0
    stop = {"COUNTERFOIL_HOME": str(terminal.home.data), "PYTHONPATH": str(HOST), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-m", "counterfoil", "agent", "start"], env=stop, check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "counterfoil", "agent", "stop"], env=stop, check=True, capture_output=True)


def test_installing_twice_changes_nothing(terminal: Terminal) -> None:
    first = terminal.run("install", "--browser", "all", "--json")
    before = tree(terminal.person)
    times = {path: path.stat().st_mtime_ns for path in terminal.person.rglob("*")}
    second = terminal.run("install", "--browser", "all", "--json")
    assert {file["changed"] for file in json.loads(first.out)["files"]} == {True}
    assert {file["changed"] for file in json.loads(second.out)["files"]} == {False}
    assert tree(terminal.person) == before
    assert {path: path.stat().st_mtime_ns for path in terminal.person.rglob("*")} == times


def test_installs_for_the_browsers_that_are_here(terminal: Terminal) -> None:
    (terminal.person / ".config/chromium").mkdir(parents=True)
    terminal.run("install")
    assert (terminal.person / LINUX["chromium"] / FILE_NAME).exists()
    assert not (terminal.person / ".mozilla").exists()


def test_finds_the_settings_where_the_environment_puts_them(terminal: Terminal, tmp_path: Path) -> None:
    terminal.environ["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")
    terminal.run("install", "--browser", "chromium")
    assert (tmp_path / "xdg/chromium/NativeMessagingHosts" / FILE_NAME).exists()


def test_uninstall_leaves_everything_as_it_was(terminal: Terminal, tmp_path: Path) -> None:
    kept = terminal.person / ".config/chromium/NativeMessagingHosts"
    kept.mkdir(parents=True)
    (kept / "other.host.json").write_text("{}")
    (terminal.person / ".mozilla/native-messaging-hosts").mkdir(parents=True)
    data = tmp_path / "udd"
    data.mkdir()
    before, before_data = tree(terminal.person), tree(data)
    assert terminal.run("install", "--browser", "all").code == 0
    assert terminal.run("install", "--user-data-dir", str(data)).code == 0
    assert tree(data) != before_data
    outcome = terminal.run("uninstall", "--json")
    assert outcome.code == 0
    assert len(json.loads(outcome.out)["removed"]) == 6
    assert tree(terminal.person) == before
    assert tree(data) == before_data
    assert not wrapper_path(terminal.home).parent.exists()
    assert terminal.run("uninstall").code == 0


def test_uninstall_keeps_a_manifest_that_leads_elsewhere(terminal: Terminal) -> None:
    terminal.run("install", "--browser", "chromium")
    file = terminal.person / LINUX["chromium"] / FILE_NAME
    other = json.dumps({**json.loads(file.read_text()), "path": "/another/native"})
    file.write_text(other)
    assert terminal.run("uninstall").code == 0
    assert file.read_text() == other


def test_uninstalls_one_browser_alone(terminal: Terminal) -> None:
    terminal.run("install", "--browser", "chromium", "--browser", "firefox")
    terminal.run("uninstall", "--browser", "firefox")
    assert (terminal.person / LINUX["chromium"] / FILE_NAME).exists()
    assert not (terminal.person / ".mozilla").exists()
    assert wrapper_path(terminal.home).exists()


def test_an_unknown_browser_is_refused(terminal: Terminal) -> None:
    assert terminal.run("install", "--browser", "netscape").code == 2


def test_windows_is_refused_in_words(terminal: Terminal) -> None:
    terminal.platform = "win32"
    outcome = terminal.run("install", "--browser", "chrome")
    assert outcome.code == 1
    assert "Linux and macOS" in outcome.err


def test_the_copy_of_the_extension_is_exact_and_renewed(terminal: Terminal) -> None:
    target = copied_extension(terminal.home)
    assert copy_extension(terminal.extension, target) is True
    assert copy_extension(terminal.extension, target) is False
    assert fingerprints(target) == fingerprints(terminal.extension)
    (target / "extension/worker.js").write_text("// altered")
    (target / "extension/extra.js").write_text("// put there by someone")
    assert copy_extension(terminal.extension, target) is True
    assert fingerprints(target) == fingerprints(terminal.extension)
    assert not (target / "extension/extra.js").exists()
    assert not [path for path in target.parent.iterdir() if path.name.startswith("extension.")]


def test_setup_goes_all_the_way_to_a_paired_browser(terminal: Terminal) -> None:
    terminal.agent = agent = FakeAgent(
        {
            "profile_list": {"profiles": []},
            "profile_pending": {"pairings": [a_pairing()]},
            "profile_confirm": a_profile(),
        }
    )
    outcome = terminal.run("setup", "--browser", "chromium", typed="y\n", is_terminal=True)
    assert outcome.code == 0, outcome.err
    folder = copied_extension(terminal.home)
    assert fingerprints(folder) == fingerprints(terminal.extension)
    assert (terminal.person / LINUX["chromium"] / FILE_NAME).exists()
    assert f"“Load unpacked” and choose {folder}" in outcome.err
    assert "chrome://extensions" in outcome.err
    assert agent.called("profile_confirm")[0].code == "123456"
    assert "The browser is paired" in outcome.out


def test_setup_can_be_repeated_and_does_not_pair_again(terminal: Terminal) -> None:
    terminal.agent = agent = FakeAgent({"profile_list": {"profiles": [a_profile()]}})
    for _ in range(2):
        outcome = terminal.run("setup", "--browser", "chromium", "--json")
        assert outcome.code == 0
        assert json.loads(outcome.out)["paired"] is True
    assert agent.called("profile_pending") == []


def test_setup_without_a_terminal_says_what_comes_next(terminal: Terminal) -> None:
    terminal.agent = FakeAgent({"profile_list": {"profiles": []}})
    outcome = terminal.run("setup", "--browser", "firefox")
    assert outcome.code == 0
    assert "about:debugging" in outcome.err
    assert "counterfoil pair" in outcome.out
