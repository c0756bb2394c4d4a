"""Real shares, real recovery files: both ways back to the key, and every pile of files that must not work."""

from __future__ import annotations

import io
import json
import runpy
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey

from counterfoil.store import recovery_file
from counterfoil.store.recovery_file import RecoveryFile, seal_recovery
from counterfoil.threshold.combine import combine
from counterfoil.threshold.share import KeyShare
from counterfoil.types import Party, PartyKind, VaultId
from tests.fakes.cli_agent import Outcome, Terminal
from tests.fakes.quick_age import QUICK_AGE
from tests.fakes.vaults import vault

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts" / "recover_offline"
PASSPHRASE = "correct horse"


@cache
def shares(label: str = "") -> dict[int, KeyShare]:
    return vault(2, 3, (3,), label)


def content_of(me: int, label: str = "", **changes: Any) -> RecoveryFile:
    return about(shares(label)[me], **changes)


def about(held: KeyShare, **changes: Any) -> RecoveryFile:
    public = held.public
    content = RecoveryFile(
        vault=VaultId(public.vault),
        vault_name="Zoë's vault",
        epoch=public.epoch,
        threshold=public.threshold,
        parties=tuple(Party(n, f"party {n}", PartyKind.DEVICE, bytes([n]) * 32) for n in public.parties),
        party_index=held.me,
        group_key=public.group_key,
        chain_code=public.chain_code,
        share=held.recovery().encode(),
        created_at=1_700_000_000,
    )
    return replace(content, **changes)


def sealed(me: int, label: str = "", **changes: Any) -> bytes:
    return seal_recovery(content_of(me, label, **changes), PASSPHRASE)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files open at once."""
    monkeypatch.setitem(sys.modules, "pyrage", QUICK_AGE)
    monkeypatch.setattr(recovery_file, "pyrage", QUICK_AGE)


def write(folder: Path, *files: bytes) -> list[str]:
    names = [str(folder / f"{number}.age") for number in range(len(files))]
    for name, data in zip(names, files, strict=True):
        Path(name).write_bytes(data)
    return names


def run_combine(terminal: Terminal, names: list[str], *more: str, extra: str = "") -> Outcome:
    terminal.agent = None  # works with nothing else running
    arguments = ("backup", "combine", *names, "--i-understand", "--passphrase-stdin", "--json", *more)
    return terminal.run(*arguments, typed=f"{PASSPHRASE}\n" * len(names) + extra)


OFFLINE = runpy.run_path(str(SCRIPT), run_name="recover_offline")


def run_script(
    names: list[str], monkeypatch: pytest.MonkeyPatch, *, answer: str = "I understand", passphrase: str = PASSPHRASE
) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{passphrase}\n" * len(names) + answer + "\n"))
    status: int = OFFLINE["run"](names)
    return status


def test_the_command_and_the_script_give_the_same_key(terminal: Terminal, tmp_path: Path) -> None:
    names = write(tmp_path, sealed(1), sealed(3))
    private = combine([shares()[1], shares()[2]])
    outcome = run_combine(terminal, names, "--print-private-key", "--accounts", "2")
    assert outcome.code == 0, outcome.out
    found = json.loads(outcome.out)
    assert found["private_key"] == "0x" + private.hex()
    assert PrivateKey(private).public_key.format() == shares()[1].public.group_key
    assert [account["path"] for account in found["accounts"]] == ["44/60/0/0/0", "44/60/0/0/1"]
    typed = f"{PASSPHRASE}\n" * 2 + "I understand\n"
    done = subprocess.run(
        [sys.executable, "-I", SCRIPT, *names], input=typed, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    first = found["accounts"][0]
    for value in (found["private_key"], found["chain_code"], first["private_key"], first["address"]):
        assert value in done.stdout


@pytest.mark.usefixtures("quick")
def test_the_account_is_the_one_that_the_wallet_uses(terminal: Terminal, tmp_path: Path) -> None:
    from eth_account import Account

    from counterfoil.chains.evm.address import address_of
    from counterfoil.threshold.derive import derive_public

    outcome = run_combine(terminal, write(tmp_path, sealed(2), sealed(3)), "--print-private-key")
    [account] = json.loads(outcome.out)["accounts"]
    public = shares()[1].public
    assert account["address"] == address_of(derive_public(public.group_key, public.chain_code, (44, 60, 0, 0, 0))[0])
    assert account["address"] == Account.from_key(account["private_key"]).address


@pytest.mark.usefixtures("quick")
def test_writes_the_key_into_an_age_file_and_nowhere_else(terminal: Terminal, tmp_path: Path) -> None:
    out = tmp_path / "key.age"
    names = write(tmp_path, sealed(1), sealed(3))
    outcome = run_combine(terminal, names, "--out", str(out), extra="another passphrase\n")
    assert outcome.code == 0, outcome.out
    private = combine([shares()[1], shares()[2]]).hex()
    assert private not in outcome.out + outcome.err
    assert out.stat().st_mode & 0o777 == 0o600
    inside = json.loads(QUICK_AGE.passphrase.decrypt(out.read_bytes(), "another passphrase"))
    assert inside["private_key"] == "0x" + private


def test_prints_nothing_without_the_typed_sentence(terminal: Terminal, tmp_path: Path) -> None:
    names = write(tmp_path, b"not even opened", b"")
    outcome = terminal.run(
        "backup", "combine", *names, "--print-private-key", "--passphrase-stdin", typed="yes\n", is_terminal=True
    )
    assert outcome.code == 1
    assert "No file was opened" in outcome.err
    assert terminal.run("backup", "combine", *names, "--print-private-key").code == 2


def test_wants_to_know_where_the_key_goes(terminal: Terminal, tmp_path: Path) -> None:
    names = write(tmp_path, b"", b"")
    assert run_combine(terminal, names).code == 2
    assert run_combine(terminal, names, "--print-private-key", "--out", str(tmp_path / "x")).code == 2


def test_never_writes_the_key_over_a_file(terminal: Terminal, tmp_path: Path) -> None:
    names = write(tmp_path, b"", b"")
    assert run_combine(terminal, names, "--out", names[0]).code == 1


WRONG = {
    "too few": (lambda: [sealed(1)], "needed"),
    "doubled": (lambda: [sealed(1), sealed(1)], "same"),
    "another vault": (lambda: [sealed(1), sealed(3, "other")], "do not belong together"),
    "not age": (lambda: [b"hello", sealed(1)], ""),
    "another party named": (lambda: [sealed(1, party_index=2), sealed(3)], "contradicts itself"),
    "another epoch named": (lambda: [sealed(1, epoch=9), sealed(3)], "contradicts itself"),
    "another group key named": (lambda: [sealed(1, group_key=b"\2" + b"\1" * 32), sealed(3)], "contradicts itself"),
    "a damaged share": (lambda: [sealed(1, share=damaged()), sealed(3)], ""),
}


def damaged() -> bytes:
    data = bytearray(shares()[1].recovery().encode())
    data[-40] ^= 1
    return bytes(data)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_pile_of_files_gives_no_key(
    terminal: Terminal,
    tmp_path: Path,
    case: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files, words = WRONG[case]
    names = write(tmp_path, *files())
    outcome = run_combine(terminal, names, "--print-private-key")
    assert outcome.code in {1, 2}, outcome.out
    assert "private_key" not in outcome.out
    assert run_script(names, monkeypatch) == 1
    done = capsys.readouterr()
    assert words in done.err
    assert "No key was put together." in done.err
    assert "private key" not in done.out


@pytest.mark.usefixtures("quick")
def test_a_wrong_passphrase_gives_no_key(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = write(tmp_path, sealed(1), sealed(3))
    outcome = terminal.run(
        "backup",
        "combine",
        *names,
        "--i-understand",
        "--print-private-key",
        "--passphrase-stdin",
        typed="wrong\nwrong\n",
    )
    assert outcome.code == 1
    assert run_script(names, monkeypatch, passphrase="wrong") == 1


@pytest.mark.usefixtures("quick")
def test_the_script_shows_nothing_without_the_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_script(write(tmp_path, sealed(1), sealed(3)), monkeypatch, answer="yes") == 1
    assert combine([shares()[1], shares()[2]]).hex() not in capsys.readouterr().out


def test_the_script_refuses_shares_of_two_vaults() -> None:
    first, second = (OFFLINE["read_share"](f"file {n}", json_of(shares()[n])) for n in (1, 2))
    with pytest.raises(OFFLINE["ProblemError"], match="different vaults"):
        OFFLINE["combine"]([first, {**second, "vault": "ff" * 16}])


@pytest.mark.parametrize("threshold", [2, 3])
def test_the_script_combines_every_quorum(threshold: int) -> None:
    from itertools import permutations

    found = vault(threshold, 3, (3,) if threshold == 2 else ())
    expected = int.from_bytes(combine(list(found.values())[:threshold]), "big")
    for quorum in permutations(found.values(), threshold):
        read = [OFFLINE["read_share"]("file", json_of(share)) for share in quorum]
        assert OFFLINE["combine"](read) == expected


def json_of(share: KeyShare) -> dict[str, Any]:
    content = about(share)
    return {
        "vault": content.vault,
        "epoch": content.epoch,
        "threshold": content.threshold,
        "party_index": content.party_index,
        "group_key": content.group_key.hex(),
        "chain_code": content.chain_code.hex(),
        "share": content.share.hex(),
    }


def test_the_script_refuses_a_stale_share() -> None:
    first, second = (OFFLINE["read_share"](f"file {n}", json_of(shares()[n])) for n in (1, 2))
    with pytest.raises(OFFLINE["ProblemError"], match="file 1 is out of date"):
        OFFLINE["combine"]([first, {**second, "epoch": first["epoch"] + 1}])


def test_the_script_refuses_shares_that_do_not_give_the_group_key() -> None:
    first, second = (OFFLINE["read_share"](f"file {n}", json_of(shares()[n])) for n in (1, 2))
    with pytest.raises(OFFLINE["ProblemError"], match="do not give"):
        OFFLINE["combine"]([first, {**second, "secret": second["secret"] + 1}])


@pytest.mark.parametrize("secret", [1, 2, 3, 2**255, OFFLINE["N"] - 1])
def test_the_scripts_curve_and_addresses_are_the_librarys(secret: int) -> None:
    from counterfoil.chains.evm.address import address_of

    public = PrivateKey(secret.to_bytes(32, "big")).public_key.format()
    point = OFFLINE["multiply"](secret)
    assert OFFLINE["compressed"](point) == public
    assert OFFLINE["address_of"](point) == address_of(public)


def test_the_script_uses_nothing_of_this_software() -> None:
    assert "import counterfoil" not in SCRIPT.read_text(encoding="utf-8")
    assert "from counterfoil" not in SCRIPT.read_text(encoding="utf-8")
