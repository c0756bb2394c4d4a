"""What a thief would do. Each returns what the thief was told; the walk checks that nothing moved."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

ASK = """async ({ method, params }) => {
  const provider = await new Promise((found) => {
    addEventListener("eip6963:announceProvider", (event) => found(event.detail.provider), { once: true });
    dispatchEvent(new Event("eip6963:requestProvider"));
    setTimeout(() => found(null), 5000);
  });
  if (!provider) return { code: 0, message: "no wallet here" };
  try { return { result: await provider.request({ method, params }) }; }
  catch (error) { return { code: error.code, message: error.message }; }
}"""
TOUCH = """async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options));
  return (await navigator.credentials.get({ publicKey })).toJSON();
}"""
CALL = """({ method, params }) => new Promise((done) => {
  const port = chrome.runtime.connect({ name: "panel" });
  port.onMessage.addListener((message) => {
    if (message.type !== "reply") return;
    port.disconnect();
    done(message.error ? { error: message.error } : { result: message.result });
  });
  port.postMessage({ id: 1, method, params });
})"""
LATEST = {"pending": True, "before": None, "limit": 50}


def ask(page: Page, method: str, params: list[Any]) -> dict[str, Any]:
    """What any page can do: ask the wallet. ``result``, or ``code`` and ``message``."""
    return dict(page.evaluate(ASK, {"method": method, "params": params}))


def touch(page: Page, options: str) -> dict[str, Any]:
    """What any page can do: have its visitor touch a passkey of its own host, for any challenge."""
    return dict(page.evaluate(TOUCH, options))


class HijackedExtension:
    """The wallet's own extension, taken over by a thief: it may say all that the window may."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._request_id = ""
        self._step = ""

    def approve(self) -> str:
        """Approve what waits, without any person. The options, with the challenge, of the touch that it takes."""
        request = self._call("request_list", LATEST)["result"]["requests"][0]
        self._request_id = request["request_id"]
        params = {"request_id": self._request_id, "seq": request["seq"], "account_ids": []}
        step = self._call("request_approve", params)["result"]["next"]
        self._step = step["step"]
        return str(step["options_json"])

    def hand_in(self, touched: dict[str, Any]) -> dict[str, Any]:
        """Give a touch to Counterfoil on this computer; its fault, or nothing if it took it."""
        params = {"request_id": self._request_id, "step": self._step, "response": touched, "failure": None}
        return dict(self._call("request_answer", params).get("error") or {})

    def _call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        return dict(self._page.evaluate(CALL, {"method": method, "params": params}))
