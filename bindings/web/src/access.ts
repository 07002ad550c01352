/** The way from a client to its engine: made when the WebAssembly is there, and gone when the client is closed. */

import { checkedSignal } from "./checks.ts";
import { Driver } from "./driver.ts";
import type { Engine, Source } from "./engine.ts";
import { isLoaded, load, makeEngine } from "./engine.ts";
import type { Host } from "./engine-api.ts";
import { closedError, mqttkaError } from "./errors.ts";
import type { Events, Listeners } from "./listeners.ts";
import { tellUncaught } from "./listeners.ts";
import type { Granted } from "./messages.ts";
import { Messages } from "./messages.ts";
import type { Authenticator, Options } from "./options.ts";
import { LaterStream, refused } from "./streams-later.ts";

/** What differs between platforms. */
export interface Platform {
  readonly source: Source;
  createHost(): Host;
}

/** Rejects with the signal's reason where that comes first; what the promise stands for goes on. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener("abort", abort, { once: true });
    const settled = () => signal.removeEventListener("abort", abort);
    promise.then(resolve, reject).finally(settled);
  });
}

/** As the engine takes them: of the application's authenticator its method is told alone. */
function engineOptions(options: Options): object {
  const { authenticator } = options;
  return authenticator ? { ...options, authenticator: { method: authenticator.method } } : options;
}

/** One client's. */
export class Access {
  readonly listeners: Listeners;
  readonly loops: Set<Events>;
  /** Resolves when the client is closed, and all of that was told. */
  readonly whenOver: Promise<void>;
  readonly #made: Promise<Driver>;
  #driver: Driver | undefined;
  #closed = false;
  #over!: () => void;

  constructor(platform: Platform, options: Options, listeners: Listeners, loops: Set<Events>) {
    this.listeners = listeners;
    this.loops = loops;
    this.whenOver = new Promise((resolve) => {
      this.#over = resolve;
    });
    const make = (authenticator?: Authenticator): Driver => {
      if (this.#closed) {
        throw closedError();
      }
      const own = authenticator === undefined ? options : { ...options, authenticator };
      this.#driver = this.#make(platform, own);
      return this.#driver;
    };
    // Bound to what it belongs to; what it throws at once is told as what it throws later.
    const prepare = options.authenticator?.prepare?.bind(options.authenticator);
    if (isLoaded() && prepare === undefined) {
      // Options that are wrong are told in the same way whether or not it was loaded.
      try {
        this.#made = Promise.resolve(make());
      } catch (error) {
        this.#made = Promise.reject(error);
      }
    } else {
      this.#made = load(platform.source)
        .then(() => prepare?.())
        .then(make);
    }
    this.#made.catch(() => this.finish());
  }

  #make(platform: Platform, options: Options): Driver {
    const host = platform.createHost();
    let engine: Engine;
    try {
      engine = makeEngine(engineOptions(options), host.capabilities.sockets, host.now());
    } catch (thrown) {
      throw typeof thrown === "string" ? mqttkaError(JSON.parse(thrown)) : thrown;
    }
    return new Driver(engine, host, this.listeners, this.loops, options, () => this.finish());
  }

  /** Nothing follows: all who wait hear it. */
  finish(): void {
    this.#closed = true;
    for (const loop of this.loops) {
      loop.end();
    }
    this.loops.clear();
    this.#over();
  }

  /** The client was closed, has failed, or could not be made. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** The engine is there: what bytes are given to it now is copied before the call returns. */
  get isMade(): boolean {
    return this.#driver !== undefined;
  }

  /** What the engine knows at this moment; undefined where there is none yet, or no longer. */
  look<T>(what: (engine: Engine, now: number) => T): T | undefined {
    const driver = this.#driver;
    return driver === undefined || driver.isOver ? undefined : driver.look(what);
  }

  /** Now, where the engine is there, else when it is; in the order of the calls. */
  with<T>(what: (driver: Driver) => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      checkedSignal(signal);
    } catch (error) {
      return Promise.reject(error);
    }
    if (signal?.aborted) {
      return Promise.reject(signal.reason);
    }
    const driver = this.#driver;
    const result = driver === undefined ? this.#made.then(what) : what(driver);
    return unlessAborted(result, signal);
  }

  /** As `with`, for what tells nothing back. */
  tell(what: (engine: Engine, now: number) => void): void {
    if (this.#driver !== undefined) {
      this.#driver.call(what);
    } else if (!this.#closed) {
      this.#made.then((driver) => driver.call(what)).catch(tellUncaught);
    }
  }

  /** A loop over the stream that `open` opens. */
  stream(
    subscribed: boolean,
    signal: AbortSignal | undefined,
    open: (engine: Engine, now: number, id: number) => void,
  ): Messages {
    try {
      checkedSignal(signal);
    } catch (error) {
      return refused(error);
    }
    if (signal?.aborted) {
      return refused(signal.reason);
    }
    const driver = this.#driver;
    if (driver !== undefined) {
      const { stream, outcome } = driver.stream(subscribed, signal, open);
      return new Messages(stream, outcome as Promise<Granted>);
    }
    // Until the engine is there, a loop over the loop to come.
    const later = this.#made.then((driver) => driver.stream(subscribed, signal, open));
    later.catch(() => undefined);
    const stream = new LaterStream(later.then(({ stream }) => stream));
    return new Messages(
      stream,
      later.then(({ outcome }) => outcome as Promise<Granted>),
    );
  }

  /** Ends the client for good. */
  leave(how: (engine: Engine, now: number) => void): void {
    if (this.#driver === undefined) {
      this.finish();
    } else if (!this.#driver.isOver) {
      this.#driver.call(how);
    }
  }
}
