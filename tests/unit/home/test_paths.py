from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import platformdirs
import pytest

from counterfoil.errors import StorageError
from counterfoil.home import paths
from counterfoil.home.paths import Home, own_folder


@pytest.mark.skipif(sys.platform != "linux", reason="platformdirs answers for the platform it runs on")
@pytest.mark.parametrize("changed", [{}, {"XDG_DATA_HOME": "/d"}, {"XDG_STATE_HOME": "/s"}, {"XDG_DATA_HOME": " "}])
def test_the_persons_own_home_is_where_platformdirs_puts_it(monkeypatch, changed):
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "COUNTERFOIL_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/h/someone")
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    home = Home.locate()
    assert home.data == platformdirs.user_data_path("counterfoil")
    assert home.logs == platformdirs.user_state_path("counterfoil") / "logs"


def test_on_macos_it_is_in_the_library():
    home = Home.locate({"HOME": "/Users/someone"}, "darwin")
    assert home.data == Path("/Users/someone/Library/Application Support/counterfoil")
    assert home.logs == Path("/Users/someone/Library/Logs/counterfoil")


def test_the_variable_holds_everything(tmp_path):
    home = Home.locate({"COUNTERFOIL_HOME": str(tmp_path / "x"), "HOME": "/h/someone"})
    assert home == Home.at(tmp_path / "x")
    for path in (home.database, home.lock_file, home.log_file, home.socket, home.cosigner.database):
        assert path.is_relative_to(tmp_path / "x")


def test_the_cosigner_is_a_home_of_its_own(tmp_path):
    home = Home.at(tmp_path)
    assert home.cosigner.data == tmp_path / "cosigner"
    assert home.cosigner.socket != home.socket and home.cosigner.database != home.database


def test_folders_are_for_their_owner_alone(tmp_path):
    home = Home.at(tmp_path / "home")
    home.prepare()
    assert stat.S_IMODE(home.data.stat().st_mode) == 0o700
    home.data.chmod(0o755)
    home.prepare()
    assert stat.S_IMODE(home.data.stat().st_mode) == 0o700


def test_a_path_too_long_for_a_socket_gets_a_short_one_that_anyone_can_find_again(tmp_path, monkeypatch):
    far = tmp_path / ("x" * 120)
    monkeypatch.setattr(paths, "_short_folder", lambda: tmp_path / "short")
    home = Home.at(far)
    assert home.socket.parent == tmp_path / "short"
    assert home.socket == Home.at(str(far)).socket != Home.at(far / "y").socket
    home.prepare()
    assert stat.S_IMODE(home.socket.parent.stat().st_mode) == 0o700


def test_the_short_folder_does_not_depend_on_the_environment(monkeypatch):
    before = paths._short_folder()
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/elsewhere")
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    assert paths._short_folder() == before
    assert len(os.fsencode(before / ("0" * 24 + ".sock"))) < 100


def test_refuses_a_folder_of_someone_else(tmp_path, monkeypatch):
    (tmp_path / "theirs").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(StorageError) as caught:
        own_folder(tmp_path / "theirs")
    assert caught.value.word == "not_ours"


def test_refuses_a_link_laid_out_for_us_in_a_folder_that_all_can_write(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "_short_root", lambda: tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "counterfoil-0").symlink_to(tmp_path / "real")
    with pytest.raises(StorageError) as caught:
        own_folder(tmp_path / "counterfoil-0")
    assert caught.value.word == "not_ours"


def test_a_folder_that_can_not_be_made_is_a_typed_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        own_folder(tmp_path / "file" / "home")
    assert caught.value.word == "unwritable"
    with pytest.raises(StorageError):
        own_folder(tmp_path / "file")
