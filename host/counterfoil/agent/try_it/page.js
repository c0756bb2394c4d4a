// A site like any other: it finds wallets by EIP-6963 and talks to the one called Counterfoil.
(() => {
  "use strict";
  const by = (/** @type {string} */ id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));
  const TO = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
  /** @type {any} */ let provider = null;
  /** @type {string[]} */ let accounts = [];

  window.addEventListener("eip6963:announceProvider", (/** @type {any} */ event) => {
    if (event.detail.info.rdns === "app.counterfoil" && !provider) {
      provider = event.detail.provider;
      provider.on("accountsChanged", show);
    }
  });
  window.dispatchEvent(new Event("eip6963:requestProvider"));

  const say = (/** @type {string} */ text) => {
    const line = document.createElement("li");
    line.textContent = text;
    by("log").prepend(line);
  };

  const show = (/** @type {string[]} */ next) => {
    accounts = next;
    by("sign").disabled = by("send").disabled = accounts.length === 0;
  };

  const act = (/** @type {string} */ id, /** @type {() => Promise<string>} */ work) =>
    by(id).addEventListener("click", async () => {
      if (!provider) return say("Counterfoil is not here yet. Load its extension, then reload this page.");
      try {
        say(await work());
      } catch (error) {
        say(`${/** @type {any} */ (error).message} (${/** @type {any} */ (error).code})`);
      }
    });

  act("connect", async () => {
    show(await provider.request({ method: "eth_requestAccounts" }));
    return `Connected: ${accounts[0]}`;
  });

  act("sign", async () => {
    const text = `Hello from ${location.host}, ${new Date().toLocaleString()}.`;
    const hex = "0x" + Array.from(new TextEncoder().encode(text), (b) => b.toString(16).padStart(2, "0")).join("");
    return `Signed: ${await provider.request({ method: "personal_sign", params: [hex, accounts[0]] })}`;
  });

  act("send", async () => {
    const hash = await provider.request({
      method: "eth_sendTransaction",
      params: [{ from: accounts[0], to: TO, value: "0x2386f26fc10000" }],
    });
    for (let i = 0; i < 120; i += 1) {
      const receipt = await provider.request({ method: "eth_getTransactionReceipt", params: [hash] });
      if (receipt) return `Mined in block ${parseInt(receipt.blockNumber, 16)}: ${hash}`;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return `Sent, not mined yet: ${hash}`;
  });
})();
