/** The part of Node's EventEmitter that programs use. @module */

type Listener = (...args: never[]) => unknown;

/** Calls listeners by the name of an event. `Events` has their types. */
export class Emitter<Events extends { [Name in keyof Events]: Listener }> {
  readonly #listeners = new Map<keyof Events, { call: Listener; once: boolean }[]>();

  /** Calls `listener` at each such event. */
  on<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    return this.#add(name, listener, false);
  }

  /** The same. */
  addListener<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    return this.#add(name, listener, false);
  }

  /** Calls `listener` at the next such event alone. */
  once<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    return this.#add(name, listener, true);
  }

  /** Forgets `listener`, as often as it was added last: once. */
  off<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    // A new list, for an emit may be under way in the old one.
    const list = [...(this.#listeners.get(name) ?? [])];
    const at = list.map((entry) => entry.call).lastIndexOf(listener);
    if (at >= 0) {
      list.splice(at, 1);
      this.#listeners.set(name, list);
    }
    return this;
  }

  /** The same. */
  removeListener<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    return this.off(name, listener);
  }

  /** Forgets all listeners, or those of an event. */
  removeAllListeners(name?: keyof Events): this {
    if (name === undefined) this.#listeners.clear();
    else this.#listeners.delete(name);
    return this;
  }

  /** How many there are. */
  listenerCount(name: keyof Events): number {
    return this.#listeners.get(name)?.length ?? 0;
  }

  /** Calls the listeners, in order; false where there are none. */
  emit<Name extends keyof Events>(name: Name, ...args: Parameters<Events[Name]>): boolean {
    const list = this.#listeners.get(name) ?? [];
    for (const entry of list) {
      if (entry.once) this.off(name, entry.call as Events[Name]);
      (entry.call as (...args: unknown[]) => unknown).apply(this, args);
    }
    return list.length > 0;
  }

  /** A listener was added for the event of this name. */
  protected added(_name: string): void {}

  #add(name: keyof Events, call: Listener, once: boolean): this {
    this.added(String(name));
    const list = this.#listeners.get(name) ?? [];
    this.#listeners.set(name, [...list, { call, once }]);
    return this;
  }
}
