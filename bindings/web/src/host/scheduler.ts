/**
 * Whose turn it is. Clients that have more to do wait in one queue, and have turns one after the
 * other for some milliseconds; then the event loop has its turn: sockets, timers, the page, the
 * application (rule L20).
 */

/** What waits for turns. */
export interface Ready {
  /** Takes one turn; says whether it wants another at once. */
  take(): boolean;
}

/** How long turns follow each other before the event loop has its turn, in milliseconds. */
const SLICE = 4;

/** Calls back once, after the event loop had its turn. */
export interface Yielder {
  yield(callback: () => void): void;
  /** Gives back what it holds; it may be used again. */
  close(): void;
}

/** Node, Deno and Bun: after the sockets were looked at. */
export class ImmediateYielder implements Yielder {
  yield(callback: () => void): void {
    setImmediate(callback);
  }

  close(): void {}
}

/** Browsers: a message to oneself, which no timer's throttling delays. */
export class MessageYielder implements Yielder {
  #channel: MessageChannel | undefined;
  #callbacks: (() => void)[] = [];

  yield(callback: () => void): void {
    if (this.#channel === undefined) {
      this.#channel = new MessageChannel();
      this.#channel.port1.onmessage = () => this.#callbacks.shift()?.();
    }
    this.#callbacks.push(callback);
    this.#channel.port2.postMessage(0);
  }

  close(): void {
    if (this.#channel !== undefined) {
      this.#channel.port1.onmessage = null;
      this.#channel.port1.close();
      this.#channel.port2.close();
    }
    this.#channel = undefined;
    this.#callbacks = [];
  }
}

export class Scheduler {
  readonly #now: () => number;
  readonly #yielder: Yielder;
  readonly #queue = new Set<Ready>();
  #scheduled = false;
  #users = 0;

  constructor(now: () => number, yielder: Yielder) {
    this.#now = now;
    this.#yielder = yielder;
  }

  /** A client begins. */
  attach(): void {
    this.#users++;
  }

  /** A client has ended. */
  detach(client: Ready): void {
    this.#queue.delete(client);
    if (--this.#users === 0) {
      this.#yielder.close();
      this.#scheduled = false;
    }
  }

  /** Calls back after the event loop had its turn. */
  yield(callback: () => void): void {
    this.#yielder.yield(callback);
  }

  /** This client wants a turn, behind those that wait already. */
  add(client: Ready): void {
    this.#queue.add(client);
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#yielder.yield(() => this.#run());
    }
  }

  #run(): void {
    const end = this.#now() + SLICE;
    try {
      for (const client of this.#queue) {
        this.#queue.delete(client);
        if (client.take()) {
          // At the set's end, where this loop comes to it again.
          this.#queue.add(client);
        }
        if (this.#now() >= end) {
          break;
        }
      }
    } finally {
      this.#scheduled = false;
      const [next] = this.#queue;
      if (next !== undefined) {
        this.add(next);
      }
    }
  }
}
