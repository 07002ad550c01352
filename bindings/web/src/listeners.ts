/** Who hears events: listeners and loops. */

import { MqttkaError } from "./errors.ts";
import type { Event } from "./events.ts";

type Listener = (event: never) => unknown;

/** Told as any error that nobody caught, and of no consequence to the client. */
export function tellUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Those who listen. */
export class Listeners {
  readonly #lists = new Map<string, readonly Listener[]>();

  add(name: string, listener: Listener): void {
    if (typeof listener !== "function") {
      throw new TypeError(`the listener of ${name} is not a function`);
    }
    this.#lists.set(name, [...this.of(name), listener]);
  }

  /** Whether it was there: the one that was added last goes. */
  remove(name: string, listener: Listener): boolean {
    const list = this.of(name);
    const at = list.lastIndexOf(listener);
    if (at >= 0) {
      this.#lists.set(
        name,
        list.filter((_, index) => index !== at),
      );
    }
    return at >= 0;
  }

  of(name: string): readonly Listener[] {
    return this.#lists.get(name) ?? [];
  }

  /** What one of them throws, or rejects with, is told, and keeps none of the others from it. */
  emit(event: Event): void {
    for (const listener of this.of(event.type)) {
      try {
        const result = listener(event as never);
        if (result instanceof Promise) {
          result.catch(tellUncaught);
        }
      } catch (error) {
        tellUncaught(error);
      }
    }
  }
}

/** So many events may wait for a loop over them. */
const MOST_EVENTS = 1024;

/**
 * A loop over events, from the moment it was made. Where the client is closed, it ends. Where more than 1,024 events
 * wait for it, it has those, and then fails with `eventsNotTaken`.
 */
export class Events implements AsyncIterableIterator<Event>, AsyncDisposable {
  readonly #waiting: Event[] = [];
  readonly #readers: ((result: IteratorResult<Event, undefined>) => void)[] = [];
  readonly #forget: (events: Events) => void;
  #ended = false;
  #overflown = false;

  /** @internal */
  constructor(forget: (events: Events) => void) {
    this.#forget = forget;
  }

  /** @internal */
  push(event: Event): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: event });
    } else if (this.#waiting.length < MOST_EVENTS) {
      this.#waiting.push(event);
    } else {
      this.#overflown = true;
      this.#forget(this);
    }
  }

  /** @internal */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) {
      reader({ done: true, value: undefined });
    }
  }

  /** The next event. */
  next(): Promise<IteratorResult<Event, undefined>> {
    const event = this.#waiting.shift();
    if (event !== undefined) {
      return Promise.resolve({ done: false, value: event });
    }
    if (this.#overflown) {
      this.#overflown = false;
      this.#ended = true;
      const message = `more than ${MOST_EVENTS} events waited to be taken`;
      return Promise.reject(new MqttkaError("eventsNotTaken", message));
    }
    if (this.#ended) {
      return Promise.resolve({ done: true, value: undefined });
    }
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<Event, undefined>> {
    this.#forget(this);
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
