// Whatever another extension may try with permission for every site; a test calls these from attack.html.
chrome.runtime.onMessage.addListener(() => undefined);
