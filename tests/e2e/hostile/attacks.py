"""What a page or another extension has at hand: the site's passkey, and every way of saying something to the wallet."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

from playwright.sync_api import Page

from tests.e2e.hostile.world import World

ASSERT = """async ([id, challenge]) => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const credential = await navigator.credentials.get({ publicKey: {
    challenge: bytes(challenge), rpId: "localhost", userVerification: "required",
    allowCredentials: [{ type: "public-key", id: bytes(id) }] } });
  return credential.toJSON();
}"""
# Every way a page has of saying something to the content script or to the wallet's other parts.
SAY = """([id, messages]) => {
  for (const message of messages) {
    const text = JSON.stringify(message);
    for (const name of ["counterfoil:ask", "counterfoil:tell", "counterfoil:touched", "counterfoil:answer"]) {
      for (const target of [window, document]) {
        target.dispatchEvent(new CustomEvent(name, { detail: text }));
        target.dispatchEvent(new CustomEvent(name, { detail: message }));
      }
    }
    window.postMessage(message, "*");
    window.postMessage(text, "*");
    const { port1, port2 } = new MessageChannel();
    window.postMessage(message, "*", [port2]);
    port1.postMessage(message);
    new BroadcastChannel("counterfoil").postMessage(message);
    globalThis.chrome?.runtime?.sendMessage?.(id, message);
  }
}"""


def site_passkey(world: World) -> str:
    """The id of the credential, in base64url; the page may well know it."""
    found = [c for c in world.me.passkeys.values() if c["rpId"] == "localhost"]
    return str(found[0]["credentialId"]).replace("+", "-").replace("/", "_").rstrip("=")


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def replays(world: World, response: dict[str, Any]) -> list[dict[str, Any]]:
    """The page's assertion, dressed as each message that could carry one."""
    request = world.last()
    step = "assert_site_passkey"
    answer = {"request_id": request["id"], "step": step, "response": response, "failure": None}
    challenge = base64url(request["challenge"]) if request["challenge"] else ""
    messages: list[dict[str, Any]] = [
        {"method": "request_answer", "params": answer},
        {"type": "reply", "result": answer},
    ]
    for tries in range(2):
        token = f"{request['id']}:{step}:{challenge}:{tries}"
        touched = {"type": "touched", "token": token, "response": response}
        messages += [touched, {**touched, "id": "x", "payload": json.dumps(touched)}]
    messages += [
        {"id": f"forged{n}", "payload": json.dumps({"method": method, "params": [answer]})}
        for n, method in enumerate(("request_answer", "request_approve", "extension.touch", "touched"))
    ]
    return messages


def say(world: World, page: Page, messages: list[dict[str, Any]]) -> None:
    page.evaluate(SAY, [world.browser.id, messages])
