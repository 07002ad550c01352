/**
 * What the page tells of itself and of the network: hints, never verdicts (rule L17). Listened to
 * once for all clients. No `unload` and no `beforeunload`: they would keep the page out of the
 * back/forward cache.
 */

import type { NetworkChange } from "../engine-api.ts";

/** What a client does with hints. */
export interface Hinted {
  foreground(): void;
  background(): void;
  networkChanged(change: NetworkChange): void;
  /** The page goes on after it stood still. */
  resumed(): void;
  /** The page goes, perhaps to the back/forward cache, or is frozen where it is. */
  hide(): void;
  /** The page is back. */
  show(): void;
}

/** Where clients hear of hints. */
export interface Hints {
  add(client: Hinted): void;
  delete(client: Hinted): void;
  /** Whether this client has nothing that an end would have to be told of. */
  rest?(client: Hinted, resting: boolean): void;
}

/** What is used of an event. */
interface EventLike {
  readonly persisted?: boolean;
}

type Handler = (event: EventLike) => void;

/** What is used of an `EventTarget`. */
export interface Target {
  addEventListener(type: string, handler: Handler, options?: { capture: boolean }): void;
  removeEventListener(type: string, handler: Handler, options?: { capture: boolean }): void;
}

/** What a page has; in a Worker only `scope` and perhaps `connection`. */
export interface Surroundings {
  /** `window`, or a Worker's `self`. */
  readonly scope?: Target | undefined;
  readonly document?: (Target & { readonly visibilityState?: string }) | undefined;
  /** `navigator.connection`, where there is one. */
  readonly connection?: Target | undefined;
}

/**
 * A window that had no focus for so long, in milliseconds, was left, not only overlapped: that it
 * is looked at again is worth a probe.
 */
const LEFT = 30_000;

export class Page implements Hints {
  readonly #surroundings: Surroundings;
  readonly #now: () => number;
  readonly #clients = new Set<Hinted>();
  readonly #handlers: readonly (readonly [Target, string, Handler])[];
  #blurred = Infinity;
  #hidden = false;

  constructor(surroundings: Surroundings, now: () => number) {
    this.#surroundings = surroundings;
    this.#now = now;
    this.#handlers = this.#all();
  }

  add(client: Hinted): void {
    if (this.#clients.size === 0) {
      this.#blurred = Infinity;
      this.#hidden = false;
      for (const [target, type, handler] of this.#handlers) {
        // Capturing: an application that stops an event's propagation does not hide it from us.
        target.addEventListener(type, handler, { capture: true });
      }
    }
    this.#clients.add(client);
  }

  delete(client: Hinted): void {
    if (this.#clients.delete(client) && this.#clients.size === 0) {
      for (const [target, type, handler] of this.#handlers) {
        target.removeEventListener(type, handler, { capture: true });
      }
    }
  }

  #tell(what: (client: Hinted) => void): void {
    for (const client of [...this.#clients]) {
      // A client that ended in the meantime does nothing with it.
      what(client);
    }
  }

  #all(): (readonly [Target, string, Handler])[] {
    const { scope, document, connection } = this.#surroundings;
    const handlers: (readonly [Target, string, Handler])[] = [];
    if (scope !== undefined) {
      handlers.push(
        [scope, "online", () => this.#tell((it) => it.networkChanged("available"))],
        [scope, "offline", () => this.#tell((it) => it.networkChanged("lost"))],
      );
    }
    if (connection !== undefined) {
      handlers.push([connection, "change", () => this.#tell((it) => it.networkChanged("changed"))]);
    }
    if (scope !== undefined && document !== undefined) {
      handlers.push(
        [document, "visibilitychange", () => this.#visibilityChanged()],
        [document, "freeze", () => this.#hide()],
        [document, "resume", () => this.#resume()],
        [scope, "blur", () => (this.#blurred = this.#now())],
        [scope, "focus", () => this.#focused()],
        [scope, "pagehide", () => this.#hide()],
        [scope, "pageshow", (event) => this.#show(event)],
      );
    }
    return handlers;
  }

  #visibilityChanged(): void {
    if (this.#surroundings.document?.visibilityState === "hidden") {
      this.#tell((it) => it.background());
    } else if (!this.#hidden) {
      this.#blurred = Infinity;
      this.#tell((it) => it.foreground());
    }
  }

  #focused(): void {
    const left = this.#now() - this.#blurred >= LEFT;
    this.#blurred = Infinity;
    if (left) {
      this.#tell((it) => it.foreground());
    }
  }

  /**
   * Whether or not it is `persisted`: of a page that is thrown away the goodbye is right, too. A page
   * that is only frozen, a tab that nobody looks at, loses its sockets as well: Chromium closes them.
   */
  #hide(): void {
    // One in the back/forward cache is frozen, too.
    if (!this.#hidden) {
      this.#hidden = true;
      this.#tell((it) => it.hide());
    }
  }

  /** From a freeze; one from the back/forward cache shows itself, too, and is back already then. */
  #resume(): void {
    if (this.#hidden) {
      this.#hidden = false;
      this.#tell((it) => it.show());
    } else {
      this.#tell((it) => it.resumed());
    }
  }

  /** A page's first `pageshow` is not `persisted`; it tells nothing. */
  #show(event: EventLike): void {
    if (this.#hidden || event.persisted === true) {
      this.#hidden = false;
      this.#tell((it) => it.show());
    }
  }
}

/** Where a script runs now. */
export function surroundings(): Surroundings {
  const it = globalThis as unknown as {
    readonly document?: Surroundings["document"];
    readonly navigator?: { readonly connection?: Partial<Target> };
  } & Partial<Target>;
  const hears = (target: Partial<Target> | undefined) =>
    typeof target?.addEventListener === "function" ? (target as Target) : undefined;
  return {
    scope: hears(it),
    document: it.document,
    connection: hears(it.navigator?.connection),
  };
}
