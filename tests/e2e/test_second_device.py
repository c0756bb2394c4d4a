"""A second device joins from its terminal; from then on its person is asked for what a page wants signed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.devnet import process
from tests.devnet.anvil import ETHER
from tests.e2e.browser import REPOSITORY
from tests.e2e.standing import Standing, answer, blank_site, start

FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
PASSPHRASE = "marble lantern quiver"
NEW_RECOVERY = "lantern tundra fiddle oyster"


class OtherTerminal:
    """The terminal of another computer: a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = process.environment(
            {"COUNTERFOIL_HOME": str(home), "PYTHONPATH": str(REPOSITORY / "host"), "NO_COLOR": "1", "HOME": str(home)}
        )

    def run(self, *words: str, given: str = "") -> dict[str, Any]:
        """A command's answer."""
        with self.begin(*words, given=given) as running:
            out, err = running.communicate(timeout=90)
        assert running.returncode == 0, f"{words}: {out}{err}"
        return dict(json.loads(out))

    def begin(self, *words: str, given: str = "") -> subprocess.Popen[str]:
        """A command that goes on while the person does something elsewhere."""
        running = subprocess.Popen(
            [sys.executable, "-m", "counterfoil", *words, "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        assert running.stdin is not None
        running.stdin.write(given)
        running.stdin.flush()
        return running


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherTerminal]:
    home = Path(os.environ.get("TMPDIR", "/tmp")) / f"cf-other-{os.getpid()}"
    home.mkdir(mode=0o700)
    try:
        yield OtherTerminal(home)
    finally:
        process.reap("COUNTERFOIL_HOME", str(home))
        subprocess.run(["rm", "-rf", str(home)], check=False)


def add_second_device(wallet: Standing, other: OtherTerminal, folder: Path) -> Page:
    """The section of the home page, from the code to the proven file."""
    page = wallet.browser.open("extension/ui/home.html")
    wallet.me.attach(page)
    section = page.locator("#second-device")
    expect(section).to_be_visible(timeout=20_000)
    section.locator("summary").click()
    section.get_by_role("button", name="Show the code").click()
    shown = section.locator("code", has_text="vault join")
    expect(shown).to_be_visible(timeout=20_000)
    code = re.sub(r".*vault join ", "", shown.text_content() or "")
    joining = other.begin(
        "vault", "join", code, "--name", "Phone", "--yes", "--passphrase-stdin", given=PASSPHRASE + "\n"
    )
    words = section.locator("#pairing-words b")
    expect(words).to_have_count(4, timeout=30_000)
    section.locator("#words-same").click()
    page.bring_to_front()
    again = page.locator("#second-device")
    expect(again.get_by_label("Passphrase of the new recovery file")).to_be_visible(timeout=20_000)
    again.get_by_label("Passphrase of the new recovery file").fill(NEW_RECOVERY)
    again.get_by_label("The same once more").fill(NEW_RECOVERY)
    again.get_by_role("button", name="Touch the home passkey").click()
    file = page.locator("#new-recovery-file")
    expect(file).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        file.get_by_role("button", name="Save the file").click()
    saved = folder / download.value.suggested_filename
    download.value.save_as(saved)
    file.get_by_label("The file").set_input_files(saved)
    file.get_by_label("Its passphrase").fill(NEW_RECOVERY)
    file.get_by_role("button", name="Open it").click()
    expect(file).to_be_hidden(timeout=60_000)
    out, err = joining.communicate(timeout=90)
    assert joining.returncode == 0, err
    assert json.loads(out)["vault"]["state"] == "ready"
    wallet.me.carry_all()
    return page


def test_a_second_device_joins_and_its_person_agrees_in_the_terminal(
    wallet: Standing, other: OtherTerminal, tmp_path: Path
) -> None:
    page = add_second_device(wallet, other, tmp_path)
    expect(page.get_by_text("Phone").first).to_be_visible(timeout=20_000)
    expect(page.locator("#second-device")).to_have_count(0)
    page.close()
    other.run("chain", "set-endpoint", "eip155:31337", wallet.node.url)
    with blank_site() as site, wallet.visiting(site.url) as dapp:
        account = wallet.connect(dapp)
        wallet.node.fund(account, ETHER)
        with wallet.me.window() as window:
            start(dapp, "sent", "eth_sendTransaction", [{"from": account, "to": FRIEND, "value": hex(ETHER // 4)}])
            shown = window()
        wallet.me.approve(shown)
        expect(shown.get_by_role("heading", name="Waiting for Phone")).to_be_visible(timeout=30_000)
        waiting = other.run("request", "list")["requests"]
        assert (len(waiting), waiting[0]["origin"], waiting[0]["state"]) == (1, site.url.rstrip("/"), "proposed")
        assert "0.25 ETH" in waiting[0]["sentence"]
        dapp.bring_to_front()
        agreed = other.run("request", "approve", waiting[0]["request_id"], "--yes")
        assert agreed["request"]["state"] == "consented"
        wallet.me.finish(shown)
        transaction = answer(dapp, "sent")["result"]
        assert wallet.node.receipt(transaction)["status"] == "0x1"
