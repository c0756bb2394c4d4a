"""What the agent says of its own health: each check broken, and mended where that can be done from here."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from counterfoil import __version__
from counterfoil.chains.family import NodeState
from counterfoil.errors import NodeUnreachable
from counterfoil.store import profiles
from counterfoil.types import Caip2
from counterfoil.wallet import backup
from counterfoil.wallet.diagnose import CLOCK_TOLERANCE_SECONDS, Check, diagnose
from counterfoil.wallet.pair import PairingDesk
from tests.fakes.authenticator import FakeAuthenticator
from tests.fakes.two_agent_person import RECOVERY, Someone

RELAY = "ws://127.0.0.1:1"


async def found(someone: Someone, *, relay: bool = True, cosigner: str = "running") -> dict[str, Check]:
    checks = await diagnose(someone.wallet, relays={RELAY: relay}, cosigner=cosigner)
    return {check.code: check for check in checks}


async def wrong(someone: Someone, **around: Any) -> set[str]:
    """Codes of what is wrong, beyond what a new starter vault lacks."""
    checks = await found(someone, **around)
    bad = {code for code, check in checks.items() if check.level == "wrong"}
    assert all(checks[code].fix for code in bad)
    return bad - {"second_file.missing", "second_passkey.missing"}


async def test_a_new_vault_lacks_a_second_file_and_a_second_passkey(someone: Someone) -> None:
    assert await wrong(someone) == set()
    assert {"second_file.missing", "second_passkey.missing"} <= (await found(someone)).keys()


async def test_a_second_passkey_heals_it(someone: Someone) -> None:
    await someone.add_home_passkey(FakeAuthenticator(b"drawer"))
    assert "second_passkey.ok" in await found(someone)


async def test_a_second_file_that_was_opened_again_heals_it(someone: Someone) -> None:
    file = await backup.export(someone.wallet, someone.vault.id, RECOVERY)
    assert "second_file.missing" in await found(someone)
    await backup.verify(someone.wallet, file.content, RECOVERY)
    assert "second_file.ok" in await found(someone)


async def test_sees_rows_that_hang_in_the_air(someone: Someone) -> None:
    db = someone.pair.device.db
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute(
        "INSERT INTO accounts (id, vault, namespace, path, address, name, created_at)"
        " VALUES ('x', 'nobody', 'eip155', 'p', 'a', 'n', 1)"
    )
    assert await wrong(someone) == {"database.damaged"}


async def test_sees_a_changed_decision_in_the_log(someone: Someone) -> None:
    db = someone.pair.device.db
    db.execute("DROP TRIGGER log_is_not_changed")
    db.execute("UPDATE log SET body = '{}' WHERE seq = 1")
    assert await wrong(someone) == {"log.broken"}


async def test_sees_a_relay_that_does_not_answer_and_a_co_signer_that_stopped(someone: Someone) -> None:
    assert await wrong(someone, relay=False) == {"relay.unreachable"}
    assert await wrong(someone, cosigner="stopped") == {"cosigner.stopped"}
    assert await wrong(someone, cosigner="none") == set()


@pytest.mark.parametrize("part", ["extension", "stub"])
async def test_sees_a_browser_that_runs_another_version(someone: Someone, part: str) -> None:
    db = someone.pair.device.db
    profile, _ = profiles.create(
        db, name="Chromium", browser="Chromium", extension_id="x", rng=someone.wallet.rng, now=someone.pair.clock()
    )
    desk = PairingDesk(db, now=someone.pair.clock, random_bytes=someone.wallet.rng)
    same = {"extension": __version__, "stub": __version__}
    desk.note_versions(profile.id, same)
    assert await wrong(someone) == set()
    desk.note_versions(profile.id, {**same, part: "0.0.9"})
    assert await wrong(someone) == {f"version.{part}"}
    profiles.revoke(db, profile.id, someone.pair.clock())
    assert await wrong(someone) == set()


class Looked:
    """A node that says of itself what the test wants."""

    def __init__(self, someone: Someone) -> None:
        self.state = NodeState(Caip2("eip155:1"), 7, someone.pair.clock())
        self.error: Exception | None = None
        someone.wallet.networks.use_node("eip155:1", "http://127.0.0.1:1/")
        someone.pair.node.look = self.look  # type: ignore[method-assign]

    async def look(self, _chain: Any) -> NodeState:
        if self.error is not None:
            raise self.error
        return self.state


async def test_says_that_no_node_is_set(someone: Someone) -> None:
    assert (await found(someone))["node.none"].level == "note"


async def test_sees_a_node_that_is_silent_or_of_another_chain(someone: Someone) -> None:
    node = Looked(someone)
    assert {"node.ok", "clock.ok"} <= (await found(someone)).keys()
    node.error = NodeUnreachable()
    assert await wrong(someone) == {"node.unreachable"}
    node.error, node.state = None, dataclasses.replace(node.state, chain=Caip2("eip155:5"))
    assert await wrong(someone) == {"node.wrong_chain"}


@pytest.mark.parametrize("direction", [1, -1])
async def test_sees_a_clock_that_is_wrong(someone: Someone, direction: int) -> None:
    node = Looked(someone)
    someone.pair.clock.now += direction * CLOCK_TOLERANCE_SECONDS
    assert await wrong(someone) == set()
    someone.pair.clock.now += direction
    assert await wrong(someone) == {"clock.off"}
    node.state = dataclasses.replace(node.state, clock=None)
    assert await wrong(someone) == set()


async def test_says_that_a_change_waits(someone: Someone) -> None:
    someone.gain_a_second_device()
    await someone.add_home_passkey(FakeAuthenticator(b"drawer"))
    checks = await found(someone)
    assert checks["change.waits"].command == "counterfoil change list"
    assert "second_file.missing" not in checks, "two devices do not need a second file"


async def test_sees_a_second_device_that_is_silent_or_put_back(someone: Someone) -> None:
    someone.gain_a_second_device()
    assert "device.ok" in await found(someone)
    someone.pair.wire.dead.add("cosigner")
    assert await wrong(someone) == {"device.silent"}
    someone.pair.device.db.execute("UPDATE peers SET restored_at = 1")
    assert await wrong(someone) == {"device.restored"}
