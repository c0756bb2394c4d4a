"""What a kill -9 leaves behind: whole transactions or nothing of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from counterfoil.store import log, poison, requests, settings, slots
from counterfoil.store.db import Database
from counterfoil.types import RequestState
from tests.unit.store.rows import ACCOUNT, CHAIN, VAULT, new_request

_START = """
import sys, time
from pathlib import Path
from counterfoil.store import log, poison, requests, settings, slots
from counterfoil.store.db import Database
from counterfoil.types import RequestState as S
from tests.unit.store.rows import *
db = Database.open(Path(sys.argv[1]))
def wait():
    print("ready", flush=True)
    time.sleep(60)
"""


def run_and_kill(path, program):
    process = subprocess.Popen(
        [sys.executable, "-c", _START + program, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_a_transaction_cut_short_leaves_nothing(path):
    run_and_kill(
        path,
        """
settings.put(db, "before", 1)
with db.transaction():
    request = requests.insert(db, new_request(id="ab" * 16))
    slots.reserve(db, request.id, chain=CHAIN, account=ACCOUNT, slots=["nonce:7"], digests=[b"d" * 32], now=1)
    log.append(db, "proposed", {"request": request.id}, 1)
    wait()
""",
    )
    db = Database.open(path)
    assert settings.everything(db) == {"before": 1}
    assert requests.listed(db) == []
    assert slots.held(db, CHAIN, ACCOUNT) == []
    assert log.verify(db) == 0
    db.close()


def test_what_was_committed_survives_the_kill(path):
    run_and_kill(
        path,
        """
request = request_in(db, S.APPROVED, id="ab" * 16)
slots.reserve(db, request.id, chain=CHAIN, account=ACCOUNT, slots=["nonce:7"], digests=[b"d" * 32], now=1)
requests.move(db, request.id, {S.APPROVED}, S.RELEASED, now=2)
poison.mark(db, VAULT, 0, 2, 3)
log.append(db, "released", {"request": request.id}, 2)
wait()
""",
    )
    db = Database.open(path)
    assert requests.get(db, "ab" * 16).state is RequestState.RELEASED
    assert slots.held(db, CHAIN, ACCOUNT) == ["nonce:7"]
    assert poison.marked(db, VAULT, 0) == {2}
    assert log.verify(db) == 1
    db.close()


@pytest.mark.parametrize("wait_at", range(3))
def test_a_kill_while_the_schema_is_made_is_made_up_for(path, wait_at):
    program = f"""
import counterfoil.store.migrations as migrations
path = Path(sys.argv[1] + "2")
statements = migrations._statements
def slow(sql):
    for number, statement in enumerate(statements(sql)):
        if number == {wait_at * 20}:
            wait()
        yield statement
migrations._statements = slow
Database.open(path)
"""
    run_and_kill(path, program)
    db = Database.open(path.parent / (path.name + "2"))
    requests.insert(db, new_request())
    assert log.append(db, "first", {}, 1).seq == 1
    db.close()
