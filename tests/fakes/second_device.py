"""A second device and the person at it, without a browser: an agent with a home of its own, driven as the terminal would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from counterfoil.agent.client import AgentClient
from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.crypto.hpke_seal import seal
from counterfoil.home.autostart import ensure_agent
from counterfoil.home.paths import Home
from tests.devnet import process
from tests.fakes.authenticator import HONEST
from tests.fakes.person import EXTENSION, Person, _without_prf

PASSPHRASE = "marble lantern quiver"
NEW_RECOVERY = "tundra oyster fiddle lamp"


@asynccontextmanager
async def second_device(home: Home, name: str = "Second laptop") -> AsyncIterator[SecondDevice]:
    """Its agent, with a passphrase of its own; ended with the block."""
    await asyncio.to_thread(_start, home)
    async with AgentClient.connect(home) as terminal:
        device = SecondDevice(terminal, name)
        try:
            yield device
        finally:
            await terminal.call("agent_shutdown", {})
    process.reap("COUNTERFOIL_HOME", str(home.data))


def _start(home: Home) -> None:
    ensure_agent(home)


class SecondDevice:
    """``terminal`` is its command line's connection."""

    def __init__(self, terminal: AgentClient, name: str) -> None:
        self.terminal = terminal
        self.name = name

    async def make_key_slot(self) -> None:
        opened = await self.terminal.call("seal_open", {"recipients": ["agent"]})
        key = opened["keys"][0]
        box = seal(
            parse_base64url(key["public_key"]),
            PASSPHRASE.encode(),
            info=b"counterfoil/seal/1",
            aad=key["session_id"].encode(),
        )
        secret = {"session_id": key["session_id"], "box": encode_base64url(box)}
        slot = {"recipient": "agent", "kind": "passphrase", "credential_id": None, "secret": secret}
        await self.terminal.call("passkey_addSlots", {"slots": [slot]})

    async def pair(self, person: Person, *, same: bool = True, relay_url: str | None = None) -> str:
        """Both people compare the words; the identity by which the first device knows this one."""
        offer = await person.window.call("device_offer", {"relay_url": relay_url, "name": "First laptop"})
        joined = await self.terminal.call("device_join", {"code": offer["code"], "name": self.name})
        there, here = await asyncio.gather(
            until(person.window, offer, {"compare"}), until(self.terminal, joined, {"compare"})
        )
        assert there["words"] == here["words"]
        assert len(here["words"]) == 4
        assert (there["peer_name"], here["peer_name"]) == (self.name, "First laptop")
        confirm = {"same": same, "accepts_share": True}
        await self.terminal.call("device_confirm", {"pairing_id": joined["pairing_id"], **confirm})
        if same:
            await person.window.call(
                "device_confirm", {"pairing_id": offer["pairing_id"], **confirm, "accepts_share": False}
            )
        there, here = await asyncio.gather(
            until(person.window, offer, {"paired", "failed"}), until(self.terminal, joined, {"paired", "failed"})
        )
        assert (there["stage"], here["stage"]) == (("paired",) * 2 if same else ("failed",) * 2)
        return str(there["identity"] or "")

    async def take_cosigners_place(self, person: Person, identity: str) -> dict[str, Any]:
        """The person at the first device touches the home passkey, and saves and proves the new recovery file."""
        vault = (await person.window.call("vault_list", {}))["vaults"][0]
        step = await person.window.call("vault_beginSecondDevice", {"vault_id": vault["vault_id"], "device": identity})
        return await make_anew(person, vault["vault_id"], step)

    async def waiting(self) -> dict[str, Any]:
        """The request that waits for this device's person."""
        while True:
            listed = await self.terminal.call("request_list", {"pending": True, "before": None, "limit": 50})
            if listed["requests"]:
                return dict(listed["requests"][0])
            async for name, _ in self.terminal.events():
                if name == "requests_changed":
                    break

    async def agree(self, request: dict[str, Any]) -> dict[str, Any]:
        """``counterfoil request approve``."""
        params = {"request_id": request["request_id"], "seq": request["seq"], "account_ids": []}
        answer = await self.terminal.call("request_approve", params)
        assert answer["next"]["step"] == "done"
        return dict(answer["next"]["request"])


async def make_anew(person: Person, vault_id: str, step: dict[str, Any]) -> dict[str, Any]:
    """Touch for a change of parties, then save and prove the new recovery file."""
    person.touches += 1
    response = person.home.get(json.loads(step["request_options_json"]), origin=EXTENSION)
    await person.window.call(
        "vault_reshare",
        {
            "change_id": step["change_id"],
            "response": _without_prf(response),
            "recovery_passphrase": await person.seal("agent", NEW_RECOVERY.encode()),
        },
    )
    file = await person.window.call("backup_download", {"vault_id": vault_id})
    proof = {"vault_id": vault_id, "content": file["content"]}
    return dict(
        await person.window.call(
            "backup_prove", {**proof, "passphrase": await person.seal("agent", NEW_RECOVERY.encode())}
        )
    )


async def until(client: AgentClient, pairing: dict[str, Any], stages: set[str]) -> dict[str, Any]:
    """How the pairing stands once it is at one of ``stages``."""
    while pairing["stage"] not in stages:
        params = {"pairing_id": pairing["pairing_id"], "seen": pairing["stage"]}
        pairing = await client.call("device_pairing", params)
        if pairing["stage"] == "failed" and "failed" not in stages:
            raise AssertionError(pairing["error"])
    return pairing


async def decide_with(person: Person, other: SecondDevice, request: dict[str, Any]) -> dict[str, Any]:
    """The first device's window up to its end; the second device's person says yes when they are asked."""
    params = {"request_id": request["request_id"], "seq": request["seq"], "account_ids": []}
    step = (await person.window.call("request_approve", params))["next"]
    assert step["step"] == "wait_for_others", step
    await other.agree(await other.waiting())
    while step["step"] == "wait_for_others":
        view = await person.window.call("request_get", {"request_id": request["request_id"]})
        if all(party["state"] == "agreed" for party in view["parties"]):
            step = (await person.window.call("request_approve", {**params, "seq": view["seq"]}))["next"]
            continue
        async for name, _ in person.window.events():
            if name == "requests_changed":
                break
    touched = person._touch(step, *_PLAIN)
    answer = await person.window.call("request_answer", {"request_id": request["request_id"], **touched})
    return dict(answer["next"]["request"])


def _plain(response: dict[str, Any]) -> dict[str, Any]:
    return response


_PLAIN = (HONEST, _plain, False, None)
