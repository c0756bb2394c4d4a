/** Values that redraw what was drawn from them: a signal, an effect, nothing else. */

/** @typedef {{ run: () => void, sources: Set<Set<Effect>>, owned: Effect[], dead: boolean }} Effect */
/** @template T @typedef {{ value: T, peek: () => T }} Signal */

/** @type {Effect | null} */
let current = null;

/** @template T @param {T} first @returns {Signal<T>} */
export function signal(first) {
  let held = first;
  /** @type {Set<Effect>} */
  const readers = new Set();
  return {
    get value() {
      if (current) {
        readers.add(current);
        current.sources.add(readers);
      }
      return held;
    },
    set value(next) {
      if (Object.is(next, held)) return;
      held = next;
      for (const reader of [...readers]) reader.run();
    },
    peek: () => held,
  };
}

/** @param {Effect} effect */
function release(effect) {
  for (const source of effect.sources) source.delete(effect);
  effect.sources.clear();
  for (const owned of effect.owned) {
    owned.dead = true;
    release(owned);
  }
  effect.owned = [];
}

/** Runs now, and again whenever a signal it has read changes. @param {() => void} work @returns {() => void} stop */
export function effect(work) {
  /** @type {Effect} */
  const self = {
    sources: new Set(),
    owned: [],
    dead: false,
    run() {
      if (self.dead) return;
      release(self);
      const outer = current;
      current = self;
      try {
        work();
      } finally {
        current = outer;
      }
    },
  };
  current?.owned.push(self);
  self.run();
  return () => {
    self.dead = true;
    release(self);
  };
}

/** A signal that follows others and moves only when its own value does. @template T @param {() => T} compute @returns {Signal<T>} */
export function derived(compute) {
  /** @type {Signal<T> | null} */
  let out = null;
  effect(() => {
    const value = compute();
    if (out) out.value = value;
    else out = signal(value);
  });
  return /** @type {Signal<T>} */ (/** @type {unknown} */ (out));
}
