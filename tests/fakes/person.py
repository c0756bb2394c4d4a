"""A person with a passkey and a browser, without the browser: does what the window and the page would do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from counterfoil.agent.client import AgentClient
from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.crypto.hpke_seal import seal
from counterfoil.protocol.agent import ProfileProof
from tests.fakes.authenticator import HONEST, FakeAuthenticator, Twist

EXTENSION = "chrome-extension://" + "abcdefghijklmnop" * 2
SITE = "https://app.example"
RECOVERY = "correct horse battery staple"


class Person:
    """``window`` is a paired browser profile's connection, ``terminal`` the command line's."""

    def __init__(self, window: AgentClient, terminal: AgentClient) -> None:
        self.window = window
        self.terminal = terminal
        self.home = FakeAuthenticator(b"home")
        self.site = FakeAuthenticator(b"site")
        self.touches = 0
        self.calls = 0

    async def pair(self) -> None:
        """Compare the code and become a profile."""
        pairing = await self.window.call("profile_begin", {"name": "Test", "browser": "chromium"})
        await self.terminal.call("profile_confirm", {"code": pairing["code"]})
        paired = await self.window.call("profile_await", {"pairing_id": pairing["pairing_id"]})
        await self.come_back(ProfileProof.model_validate(paired))

    async def come_back(self, proof: ProfileProof) -> None:
        """The browser that was paired before, on a new connection."""
        self.proof = proof
        await self.window.hello(client="browser", profile=proof)

    async def seal(self, recipient: str, secret: bytes) -> dict[str, str]:
        """A secret for one recipient's fresh key."""
        opened = await self.window.call("seal_open", {"recipients": [recipient]})
        key = opened["keys"][0]
        box = seal(
            parse_base64url(key["public_key"]), secret, info=b"counterfoil/seal/1", aad=key["session_id"].encode()
        )
        return {"session_id": key["session_id"], "box": encode_base64url(box)}

    async def prf_slots(self, response: dict[str, Any]) -> list[dict[str, Any]]:
        """Key slots of the two PRF outputs of one touch."""
        results = response["clientExtensionResults"]["prf"]["results"]
        return [
            {
                "recipient": recipient,
                "kind": "prf",
                "credential_id": response["id"],
                "secret": await self.seal(recipient, parse_base64url(results[name])),
            }
            for recipient, name in (("agent", "first"), ("cosigner", "second"))
        ]

    async def make_home_passkey(self) -> None:
        begun = await self.window.call("passkey_beginHome", {})
        self.touches += 1
        response = self.home.create(json.loads(begun["options_json"]), origin=EXTENSION)
        slots = await self.prf_slots(response)
        await self.window.call(
            "passkey_finishHome",
            {
                "ceremony_id": begun["ceremony_id"],
                "response": _without_prf(response),
                "name": "This laptop",
                "slots": slots,
            },
        )

    async def add_home_passkey(self, new: FakeAuthenticator) -> dict[str, Any]:
        """Another home passkey, let in by the one that is there, with its key slots; how it ended."""
        begun = await self.window.call("passkey_beginHome", {})
        made = new.create(json.loads(begun["options_json"]), origin=EXTENSION)
        params = {"ceremony_id": begun["ceremony_id"], "response": _without_prf(made), "name": "Key in the drawer"}
        step = await self.window.call("passkey_addHome", {**params, "can_unlock": True})
        outcome = await self.confirm(step)
        if outcome["done"]:
            await self.window.call("passkey_addSlots", {"slots": await self.prf_slots(made)})
        return outcome

    async def confirm(self, step: dict[str, Any], by: FakeAuthenticator | None = None) -> dict[str, Any]:
        """The home passkey, or another one, is touched for an act of administration."""
        response = (by or self.home).get(json.loads(step["options_json"]), origin=EXTENSION)
        self.touches += 1
        return await self.window.call(
            "change_approve", {"step_id": step["step_id"], "response": _without_prf(response)}
        )

    async def unlock(self, by: FakeAuthenticator | None = None) -> None:
        options = await self.window.call("lock_options", {})
        self.touches += 1
        response = (by or self.home).get(json.loads(options["request_options_json"]), origin=EXTENSION)
        await self.window.call("lock_unlock", {"secrets": await self.prf_slots(response)})

    async def make_vault(self) -> dict[str, Any]:
        """Vault made, recovery file saved and reopened."""
        vault = await self.window.call(
            "vault_create",
            {"name": "Savings", "slots": [], "recovery_passphrase": await self.seal("agent", RECOVERY.encode())},
        )
        file = await self.window.call("backup_download", {"vault_id": vault["vault_id"]})
        self.recovery_file = parse_base64url(file["content"])
        return await self.window.call(
            "backup_prove",
            {
                "vault_id": vault["vault_id"],
                "content": file["content"],
                "passphrase": await self.seal("agent", RECOVERY.encode()),
            },
        )

    async def ask(self, method: str, params: Any = (), *, origin: str = SITE, call_id: str | None = None) -> Any:
        """A page's call; its result, or the error as ``PageError``."""
        self.calls += 1
        answer = await self.window.call(
            "provider_request",
            {
                "context": {"origin": origin, "tab_id": 1, "frame_id": 0, "document_id": "D" * 32},
                "call_id": call_id or str(self.calls),
                "payload": json.dumps({"method": method, "params": list(params)}),
            },
        )
        if answer["error"] is not None:
            raise PageError(answer["error"])
        return json.loads(answer["result_json"])

    async def waiting(self, count: int = 1) -> list[dict[str, Any]]:
        """Requests that wait in the window, once there are ``count``."""
        while True:
            listed = await self.window.call("request_list", {"pending": True, "before": None, "limit": 50})
            if len(listed["requests"]) >= count:
                return listed["requests"]
            async for name, _ in self.window.events():
                if name == "requests_changed":
                    break

    async def decide(
        self,
        request: dict[str, Any],
        *,
        twist: Twist = HONEST,
        bend: Callable[[dict[str, Any]], dict[str, Any]] = lambda response: response,
        page_fails: bool = False,
        origin: str | None = None,
    ) -> dict[str, Any]:
        """The window's loop, to its end. ``twist`` and ``bend`` make a passkey's answer wrong."""
        account_ids = [choice["account_id"] for choice in request["account_choices"]]
        reply = await self.window.call(
            "request_approve",
            {"request_id": request["request_id"], "seq": request["seq"], "account_ids": account_ids},
        )
        while (step := reply["next"])["step"] != "done":
            reply = await self.window.call(
                "request_answer",
                {"request_id": request["request_id"], **self._touch(step, twist, bend, page_fails, origin)},
            )
        return step["request"]

    def _touch(
        self, step: dict[str, Any], twist: Twist, bend: Callable[..., Any], page_fails: bool, origin: str | None
    ) -> dict[str, Any]:
        options, name = json.loads(step["options_json"]), step["step"]
        if page_fails and name == "assert_site_passkey":
            failure = {"name": "NotAllowedError", "message": "The page is not focused."}
            return {"step": name, "response": None, "failure": failure}
        self.touches += 1
        if name == "create_site_passkey":
            response = self.site.create(options, origin=step["target"]["origin"])
        elif name == "assert_site_passkey":
            response = bend(self.site.get(options, origin=origin or step["target"]["origin"], twist=twist))
        else:
            response = self.home.get(options, origin=EXTENSION)
        return {"step": name, "response": _without_prf(response), "failure": None}


class PageError(Exception):
    """An EIP-1193 error."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.code = error["code"]
        self.data = error["data"]
        super().__init__(f"{self.code} {error['message']} {self.data}")


def _without_prf(response: dict[str, Any]) -> dict[str, Any]:
    results = {key: value for key, value in response["clientExtensionResults"].items() if key != "prf"}
    return {**response, "clientExtensionResults": results}
