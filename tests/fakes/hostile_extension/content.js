// In the dapp's page, in an isolated world of its own: speaks to our content script as the page could.
window.addEventListener("hostile:say", (event) => {
  for (const message of JSON.parse(event.detail)) {
    const detail = JSON.stringify(message);
    for (const name of ["counterfoil:ask", "counterfoil:tell", "counterfoil:touched"]) window.dispatchEvent(new CustomEvent(name, { detail }));
    window.postMessage(message, "*");
    chrome.runtime.sendMessage(message).catch(() => undefined);
  }
});
