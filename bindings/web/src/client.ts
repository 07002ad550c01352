// Programs whose `lib` has no disposing compile all the same.
/// <reference lib="esnext.disposable" preserve="true" />

/** The client, as applications have it: its life, its events, what is known of it. */

import type { Platform } from "./access.ts";
import { Access } from "./access.ts";
import { checkedEvent, checkedOptions, checkedText } from "./checks.ts";
import { load, matches } from "./engine.ts";
import type { NetworkChange } from "./engine-api.ts";
import { mqttkaError } from "./errors.ts";
import type { Connected, EventMap } from "./events.ts";
import { Events, Listeners, tellUncaught } from "./listeners.ts";
import type { Message, Messages } from "./messages.ts";
import { Operations } from "./operations.ts";
import type { DisconnectOptions, Options, Signalled } from "./options.ts";
import type { Counters, Metric, NetworkUpdate, State, Status } from "./status.ts";
import { statusWithout } from "./status.ts";

/** The events that a client can be listened to for. */
export type ClientEvents = EventMap & { message: Message };

type Listener<Name extends keyof ClientEvents> = (event: ClientEvents[Name]) => unknown;

/** The only taker of `message` where there is one: its loop. */
interface Listening {
  messages: Messages;
}

/** See `Client` of the package's entry, which knows its platform. */
export class BaseClient extends Operations implements AsyncDisposable {
  readonly #access: Access;
  #listening: Listening | undefined;

  /** @internal */
  constructor(platform: Platform, uri: string | URL | Options, options?: Options) {
    const given =
      typeof uri === "string" || uri instanceof URL ? { ...options, uri: String(uri) } : { ...uri };
    const access = new Access(platform, given, new Listeners(), new Set());
    super(access);
    this.#access = access;
  }

  /**
   * Starts an attempt at once, and tells how it ends; where `reconnect` is not false, the client then goes on by
   * itself. Where the signal aborts, the attempt ends, too.
   *
   * @throws MqttkaError `connectFailed` with `error`; `invalidOption` where the options are wrong;
   * `alreadyConnected`, `closed`.
   */
  connect(options: Signalled = {}): Promise<Connected> {
    try {
      checkedOptions("connect", options);
    } catch (error) {
      return Promise.reject(error);
    }
    const { signal } = options;
    let begun = false;
    const connecting = this.#access.with((driver) => {
      // It may have aborted while the engine was loaded. What began nothing ends nobody's attempt.
      signal?.throwIfAborted();
      begun = true;
      const connecting = driver.operation<Connected>((engine, now, id) => engine.connect(id, now));
      driver.attempts();
      return connecting;
    }, signal);
    if (signal !== undefined) {
      connecting.catch(() => {
        if (begun && signal.aborted) {
          this.disconnect().catch(() => undefined);
        }
      });
    }
    return connecting;
  }

  /**
   * Sends DISCONNECT after what is queued, within the smaller of half a keep-alive and 2 s. It resolves when the
   * connection or the attempt has ended, whatever its end was, and at once where there is none. `connect` begins anew.
   *
   * @throws MqttkaError `invalidOption`.
   */
  async disconnect(options: DisconnectOptions = {}): Promise<void> {
    const { signal, ...others } = checkedOptions("disconnect", options);
    if (this.#access.isClosed) {
      return;
    }
    const ended = this.#access.with(
      (driver) => driver.operation<void>((engine, now, id) => engine.disconnect(id, now, others)),
      signal,
    );
    try {
      await ended;
    } catch (error) {
      const code = (error as { code?: unknown } | undefined)?.code;
      if (code !== "notConnected" && code !== "closed") {
        throw error;
      }
    }
  }

  /** What was negotiated for the present connection; undefined where there is none. */
  get negotiated(): Connected | undefined {
    const told = this.#access.look((engine) => engine.negotiated());
    return told === undefined ? undefined : (JSON.parse(told) as Connected);
  }

  /** What the client has counted since it was made, over all its connections; undefined before and after its engine. */
  counters(): Counters | undefined {
    const told = this.#access.look((engine, now) => engine.counters(now));
    return told === undefined ? undefined : (JSON.parse(told) as Counters);
  }

  /**
   * The same under the names, units and attributes that OpenTelemetry's conventions would have, in an order that does
   * not change, for an exporter that is one loop; empty before and after the client's engine.
   */
  metrics(): Metric[] {
    const told = this.#access.look((engine, now) => engine.metrics(now));
    return told === undefined ? [] : (JSON.parse(told) as Metric[]);
  }

  /**
   * Calls the listener at each event of this name; of `message`, for each message that comes, which counts as
   * consumed when the listener has returned, or the promise that it returned is settled.
   */
  on<Name extends keyof ClientEvents>(name: Name, listener: Listener<Name>): this {
    checkedEvent(name);
    this.#access.listeners.add(name, listener);
    if (name === "message" && this.#listening === undefined && !this.#access.isClosed) {
      this.#listen();
    }
    return this;
  }

  /** As `on`, for the next one alone. */
  once<Name extends keyof ClientEvents>(name: Name, listener: Listener<Name>): this {
    const once: Listener<Name> = (event) => {
      this.off(name, once);
      return listener(event);
    };
    return this.on(name, once);
  }

  /** The listener is called no more. */
  off<Name extends keyof ClientEvents>(name: Name, listener: Listener<Name>): this {
    this.#access.listeners.remove(name, listener);
    if (name === "message" && this.#access.listeners.of(name).length === 0) {
      void this.#listening?.messages.close();
      this.#listening = undefined;
    }
    return this;
  }

  #listen(): void {
    const listening: Listening = { messages: this.messages() };
    this.#listening = listening;
    void (async () => {
      while (this.#listening === listening && !this.#access.isClosed) {
        try {
          for await (const message of listening.messages) {
            for (const listener of this.#access.listeners.of("message")) {
              try {
                await (listener as (message: Message) => unknown)(message);
              } catch (error) {
                tellUncaught(error);
              }
            }
            if (this.#listening !== listening) {
              listening.messages.done();
              break;
            }
          }
          return;
        } catch {
          // The client stopped for good, which events tell; later connections have messages again.
          listening.messages = this.messages();
        }
      }
    })();
  }

  /** A loop over the events from now on. */
  events(): Events {
    const events = new Events((events) => this.#access.loops.delete(events));
    if (this.#access.isClosed) {
      events.end();
    } else {
      this.#access.loops.add(events);
    }
    return events;
  }

  /** Where the client stands. */
  get state(): State {
    const told = this.#access.look((engine) => engine.state());
    return (told ?? (this.#access.isClosed ? "closed" : "idle")) as State;
  }

  /** What is known at this moment. */
  status(): Status {
    const told = this.#access.look((engine, now) => engine.status(now));
    return told === undefined ? statusWithout(this.state) : (JSON.parse(told) as Status);
  }

  /** Asks the broker for a sign of life within so many seconds, 0.001 to 86,400; else the connection ends. */
  probeNow(timeout: number): void {
    this.#access.tell((engine, now) => engine.probeNow(now, timeout));
  }

  /** Where the client waits to try again, it tries now. */
  reconnectNow(): void {
    this.#access.tell((engine, now) => engine.reconnectNow(now));
  }

  /** The network changed: a hint. What the page or the system tells is known without it. */
  networkChanged(update: NetworkChange | NetworkUpdate): void {
    const whole = typeof update === "string" ? { change: update } : update;
    this.#access.tell((engine, now) => engine.networkUpdate(now, whole));
  }

  /** The application is in the background: pings may be as rare as they are allowed to be. */
  enteredBackground(): void {
    this.#access.tell((engine) => engine.enteredBackground());
  }

  /** The application is in the foreground: the broker has 2 s to show that it lives. */
  enteredForeground(): void {
    this.#access.tell((engine) => engine.enteredForeground());
  }

  /**
   * Closes the client for good, after a goodbye: what was queued is sent, then DISCONNECT, within the smaller of
   * half a keep-alive and 2 s. It resolves when all is told. Repeating it does nothing more.
   */
  close(): Promise<void> {
    this.#access.leave((engine, now) => engine.close(now));
    return this.#access.whenOver;
  }

  /** Closes the client for good and at once, without a word to the broker, which publishes the Will. */
  abort(): void {
    this.#access.leave((engine, now) => engine.abort(now));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Connects a new client, and gives it when it is connected; closes it where the first attempt fails. */
export async function connected<C extends BaseClient>(
  client: C,
  signal: AbortSignal | undefined,
): Promise<C> {
  try {
    await client.connect({ signal });
    return client;
  } catch (error) {
    client.abort();
    throw error;
  }
}

/**
 * Whether messages of `topic` belong to `filter`: `+` stands for one level, `#` for all that follow, and neither for
 * topics that begin with `$`.
 */
export async function topicMatchesOn(
  platform: Platform,
  filter: string,
  topic: string,
): Promise<boolean> {
  await load(platform.source);
  try {
    return matches(checkedText("filter", filter), checkedText("topic", topic));
  } catch (thrown) {
    throw typeof thrown === "string" ? mqttkaError(JSON.parse(thrown)) : thrown;
  }
}
