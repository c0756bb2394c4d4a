/**
 * The provider that a page sees: EIP-1193, EIP-6963. What it uses is taken before the page's first script,
 * and nothing with the page's prototypes is walked: a page that bends them later bends its own code only.
 */
(() => {
  "use strict";
  const { apply } = Reflect;
  const { create, defineProperty, freeze, getOwnPropertyDescriptor } = Object;
  const { parse, stringify } = JSON;
  const OwnPromise = Promise;
  const OwnError = Error;
  const OwnEvent = CustomEvent;
  const { addEventListener, dispatchEvent } = EventTarget.prototype;
  const later = setTimeout.bind(window);
  const readDetail = /** @type {() => unknown} */ (getOwnPropertyDescriptor(OwnEvent.prototype, "detail")?.get);
  const uuid = crypto.randomUUID();

  /** @typedef {(data: any) => void} Listener */
  /** @typedef {{ fn: Listener, next: Node | null } | null} Node immutable */
  /** @type {Record<string, Node>} */
  const listeners = create(null);
  /** @type {Record<string, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = create(null);
  let count = 0;
  /** @type {string | null} */
  let chainId = null;
  let connected = true;

  /** @param {string} name @param {string} detail */
  const say = (name, detail) => {
    const init = create(null);
    init.detail = detail;
    apply(dispatchEvent, window, [new OwnEvent(name, init)]);
  };

  /** @param {object} target @param {string} key @param {unknown} value */
  const put = (target, key, value) => {
    const as = create(null);
    as.value = value;
    as.enumerable = as.configurable = as.writable = true;
    defineProperty(target, key, as);
  };

  /** @param {number} code @param {string} message @param {unknown} [data] */
  const fault = (code, message, data) => {
    const error = new OwnError(message);
    put(error, "code", code);
    if (data !== undefined) put(error, "data", data);
    return error;
  };

  /** Without a prototype, so that nothing is inherited. @type {(fn: Listener, next: Node) => Node} */
  const node = (fn, next) => {
    const made = create(null);
    made.fn = fn;
    made.next = next;
    return made;
  };
  /** @type {(list: Node, fn: Listener) => Node} */
  const append = (list, fn) => (list ? node(list.fn, append(list.next, fn)) : node(fn, null));
  /** @type {(list: Node, fn: Listener) => Node} */
  const without = (list, fn) => list && (list.fn === fn ? list.next : node(list.fn, without(list.next, fn)));
  /** @param {string} name @param {unknown} data */
  const emit = (name, data) => {
    for (let at = listeners[name] ?? null; at; at = at.next) {
      try {
        apply(at.fn, provider, [data]);
      } catch (error) {
        later(() => {
          throw error;
        });
      }
    }
  };
  /** @param {string} name @param {Listener} fn */
  const on = (name, fn) => {
    if (typeof fn !== "function") throw new TypeError("No function.");
    listeners[name] = append(listeners[name] ?? null, fn);
    return provider;
  };
  /** @param {string} name @param {Listener} fn */
  const removeListener = (name, fn) => {
    listeners[name] = without(listeners[name] ?? null, fn);
    return provider;
  };

  /** @param {any} args @returns {Promise<any>} */
  const request = (args) =>
    new OwnPromise((resolve, reject) => {
      const method = args?.method;
      if (typeof method !== "string" || method === "") {
        return reject(fault(-32600, "A request needs a method."));
      }
      const call = create(null);
      call.method = method;
      call.params = args.params ?? [];
      const envelope = create(null);
      envelope.id = `${uuid}:${++count}`;
      try {
        envelope.payload = stringify(call);
      } catch {
        return reject(fault(-32602, "The params can't be written as JSON."));
      }
      const both = create(null);
      both.resolve = resolve;
      both.reject = reject;
      waiting[envelope.id] = both;
      say("counterfoil:ask", stringify(envelope));
    });

  /** @param {string | null} next */
  const setChain = (next) => {
    if (typeof next !== "string" || next === chainId) return;
    const first = chainId === null;
    chainId = next;
    if (!first) emit("chainChanged", next);
  };
  /** @type {string | null} the accounts told last, as JSON */
  let known = null;
  /** The first word of a fresh page is no change. @param {unknown} accounts @param {boolean} first */
  const setAccounts = (accounts, first) => {
    const before = known;
    known = stringify(accounts);
    if (!first && known !== before) emit("accountsChanged", accounts);
  };

  apply(addEventListener, window, [
    "counterfoil:tell",
    (/** @type {Event} */ event) => {
      const text = apply(readDetail, event, []);
      if (typeof text !== "string") return;
      const told = parse(text);
      const call = told.id ? waiting[told.id] : undefined;
      if (call) {
        delete waiting[told.id];
        if (told.error) call.reject(fault(told.error.code, told.error.message, told.error.data));
        else call.resolve(told.result);
      } else if (told.event === "connect") {
        const wasConnected = connected && chainId !== null;
        connected = true;
        setChain(told.data.chainId);
        setAccounts(told.data.accounts, known === null);
        const info = create(null);
        info.chainId = chainId;
        if (!wasConnected) emit("connect", info);
      } else if (told.event === "disconnect") {
        if (connected) emit("disconnect", fault(4900, told.data.message));
        connected = false;
      } else if (told.event === "chainChanged") {
        setChain(told.data);
      } else if (told.event === "accountsChanged") {
        setAccounts(told.data, false);
      } else if (told.event === "message") {
        emit("message", told.data);
      }
    },
  ]);

  /** @type {any} */
  const provider = {
    request,
    on,
    removeListener,
    isConnected: () => connected,
    // Pages older than EIP-6963 stay dead without it.
    isMetaMask: true,
    get chainId() {
      return chainId;
    },
    // Older pages set this; frozen, it would make them fail.
    get autoRefreshOnNetworkChange() {
      return false;
    },
    set autoRefreshOnNetworkChange(_) {},
  };
  freeze(provider);

  const info = freeze({
    uuid,
    name: "Counterfoil",
    icon: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64' fill='%231f5f4a'%3E%3Cpath transform='translate(32)' d='M-18 3H-0.9V14.6l-9 5.8 9 5.8V26.2l-5 5.8 5 5.8V37.8l-13 5.8 13 5.8V61H-18a6 6 0 0 1-6-6V9a6 6 0 0 1 6-6z'/%3E%3Cpath transform='matrix(-1 0 0 1 32 0)' d='M-18 3H-0.9V14.6l-9 5.8 9 5.8V26.2l-5 5.8 5 5.8V37.8l-13 5.8 13 5.8V61H-18a6 6 0 0 1-6-6V9a6 6 0 0 1 6-6z'/%3E%3C/svg%3E",
    rdns: "app.counterfoil",
  });
  const detail = freeze({ info, provider });
  const announce = () => {
    const init = create(null);
    init.detail = detail;
    apply(dispatchEvent, window, [new OwnEvent("eip6963:announceProvider", init)]);
  };
  apply(addEventListener, window, ["eip6963:requestProvider", announce]);
  announce();
})();
