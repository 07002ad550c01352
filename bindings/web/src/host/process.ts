/**
 * The end of a process of Node, Deno or Bun. A client that lives has a socket or a timer, so the
 * process does not end by itself; where it is ended (`process.exit`, an error nobody caught), the
 * clients say goodbye as far as that goes without an event loop: what the system takes at once is
 * sent. Signals are the application's: without a handler of its own they end a process so that
 * nothing runs any more.
 */

import type { Hinted, Hints } from "./page.ts";

/** What is used of `process`. */
export interface ProcessLike {
  on(event: "exit", listener: () => void): unknown;
  removeListener(event: "exit", listener: () => void): unknown;
}

export class ProcessEnd implements Hints {
  readonly #process: ProcessLike;
  readonly #clients = new Set<Hinted>();
  readonly #exit = (): void => {
    for (const client of [...this.#clients]) {
      client.hide();
    }
  };

  constructor(process: ProcessLike) {
    this.#process = process;
  }

  add(client: Hinted): void {
    if (this.#clients.size === 0) {
      this.#process.on("exit", this.#exit);
    }
    this.#clients.add(client);
  }

  /** One that rests has no goodbye to say; who drops it is rid of it. */
  rest(client: Hinted, resting: boolean): void {
    if (resting) {
      this.delete(client);
    } else {
      this.add(client);
    }
  }

  delete(client: Hinted): void {
    if (this.#clients.delete(client) && this.#clients.size === 0) {
      this.#process.removeListener("exit", this.#exit);
    }
  }
}
