// Programs whose `lib` has no disposing compile all the same.
/// <reference lib="esnext.disposable" preserve="true" />

/** The client, as applications have it. */

import {
  checkedEvent,
  checkedOptions,
  checkedSignal,
  checkedSize,
  checkedText,
  flagsOf,
} from "./checks.ts";
import { Driver } from "./driver.ts";
import type { Engine, Source } from "./engine.ts";
import { isLoaded, load, makeEngine, matches } from "./engine.ts";
import type { Host, NetworkChange } from "./engine-api.ts";
import { closedError, MqttkaError, mqttkaError } from "./errors.ts";
import type { Connected, EventMap } from "./events.ts";
import { Events, Listeners, tellUncaught } from "./listeners.ts";
import type { Granted, Message } from "./messages.ts";
import { Messages } from "./messages.ts";
import type {
  DisconnectOptions,
  Filters,
  FlushOptions,
  Options,
  Outcome,
  Payload,
  PublishOptions,
  RequestOptions,
  RespondOptions,
  Signalled,
  StreamOptions,
  SubscribeOptions,
} from "./options.ts";
import { payloadBytes, subscriptionsOf, tracedProperties } from "./options.ts";
import type { Counters, NetworkUpdate, State, Status } from "./status.ts";
import { statusWithout } from "./status.ts";
import { Stream } from "./streams.ts";

/** What differs between platforms. */
export interface Platform {
  readonly source: Source;
  createHost(): Host;
}

/** The events that a client can be listened to for. */
export type ClientEvents = EventMap & { message: Message };

type Listener<Name extends keyof ClientEvents> = (event: ClientEvents[Name]) => unknown;

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
  return authenticator && "authenticate" in authenticator
    ? { ...options, authenticator: { method: authenticator.method } }
    : options;
}

/** The only taker of `message` where there is one: its loop. */
interface Listening {
  messages: Messages;
}

/** See `Client` of the package's entry, which knows its platform. */
export class BaseClient implements AsyncDisposable {
  readonly #listeners = new Listeners();
  readonly #loops = new Set<Events>();
  readonly #made: Promise<Driver>;
  #driver: Driver | undefined;
  #closed = false;
  #listening: Listening | undefined;
  #over!: () => void;
  readonly #whenOver = new Promise<void>((resolve) => {
    this.#over = resolve;
  });

  /** @internal */
  constructor(platform: Platform, uri: string | URL | Options, options?: Options) {
    const given =
      typeof uri === "string" || uri instanceof URL ? { ...options, uri: String(uri) } : { ...uri };
    const make = (): Driver => {
      if (this.#closed) {
        throw closedError();
      }
      this.#driver = this.#make(platform, given);
      return this.#driver;
    };
    if (isLoaded()) {
      // Options that are wrong are told in the same way whether or not it was loaded.
      try {
        this.#made = Promise.resolve(make());
      } catch (error) {
        this.#made = Promise.reject(error);
      }
    } else {
      this.#made = load(platform.source).then(make);
    }
    this.#made.catch(() => this.#finish());
  }

  #make(platform: Platform, options: Options): Driver {
    const host = platform.createHost();
    let engine: Engine;
    try {
      engine = makeEngine(engineOptions(options), host.capabilities.sockets, host.now());
    } catch (thrown) {
      throw typeof thrown === "string" ? mqttkaError(JSON.parse(thrown)) : thrown;
    }
    return new Driver(engine, host, this.#listeners, this.#loops, options, () => this.#finish());
  }

  #finish(): void {
    this.#closed = true;
    for (const loop of this.#loops) {
      loop.end();
    }
    this.#loops.clear();
    this.#over();
  }

  /** Now, where the engine is there, else when it is; in the order of the calls. */
  #with<T>(what: (driver: Driver) => Promise<T>, signal?: AbortSignal): Promise<T> {
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

  /** As `#with`, for what tells nothing back. */
  #tell(what: (engine: Engine, now: number) => void): void {
    if (this.#driver !== undefined) {
      this.#driver.call(what);
    } else if (!this.#closed) {
      this.#made.then((driver) => driver.call(what)).catch(tellUncaught);
    }
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
    const connecting = this.#with((driver) => {
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
    if (this.#closed) {
      return;
    }
    const ended = this.#with(
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

  /**
   * Publishes a message, and waits until it was handed to the socket (QoS 0) or the broker has it (QoS 1 and 2),
   * where the client comes back by itself also over several connections. A signal ends the waiting, and
   * withdraws the message where no connection has sent it yet; what was sent goes on.
   *
   * @throws MqttkaError `notConnected`, `queueFull`, `packetTooLarge`, `invalidTopic`, `refused`, `expired`,
   * `timedOut` and others.
   */
  publish(topic: string, payload: Payload, options: PublishOptions = {}): Promise<Outcome> {
    let bytes: Uint8Array;
    let flags: number;
    let properties: PublishOptions["properties"];
    try {
      checkedOptions("publish", options);
      const { qos = 0, retain = false, receipt = false } = options;
      checkedText("topic", topic);
      flags = flagsOf(qos, retain, receipt);
      properties = tracedProperties(options);
      bytes = checkedSize(payloadBytes(payload));
    } catch (error) {
      return Promise.reject(error);
    }
    const { timeout, signal } = options;
    if (this.#driver === undefined) {
      // Whoever gave it may change it before the engine is there.
      bytes = bytes.slice();
    }
    return this.#with(
      (driver) =>
        driver.operation<Outcome>(
          (engine, now, id) => engine.publish(id, now, topic, bytes, flags, timeout, properties),
          signal,
        ),
      signal,
    );
  }

  /**
   * Queues a message, and waits for nothing.
   *
   * @throws MqttkaError as `publish` rejects where it is refused at once.
   */
  enqueue(topic: string, payload: Payload, options: PublishOptions = {}): void {
    const { qos = 0, retain = false, timeout } = checkedOptions("publish", options);
    checkedText("topic", topic);
    const properties = tracedProperties(options);
    const flags = flagsOf(qos, retain);
    const bytes = checkedSize(payloadBytes(payload));
    const own = this.#driver === undefined ? bytes.slice() : bytes;
    this.#tell((engine, now) => engine.publish(0, now, topic, own, flags, timeout, properties));
  }

  /**
   * Resolves when the broker has read everything that was asked for before: it answered a PINGREQ that followed it.
   * That is no acknowledgement. Between connections it waits for the next one.
   *
   * @throws MqttkaError `disconnected` where the connection ended after all was sent and before the answer;
   * `timedOut`; `queueFull`; `notConnected`; `closed`.
   */
  async flush(options: FlushOptions = {}): Promise<void> {
    const { timeout, signal } = checkedOptions("flush", options);
    await this.#with(
      (driver) =>
        driver.operation<Outcome>((engine, now, id) => engine.flush(id, now, timeout), signal),
      signal,
    );
  }

  /**
   * Publishes a request, and gives its response: the first message to this client's response topic with the request's
   * correlation data, which are both the client's own. MQTT 5.0 only. A signal ends the waiting.
   *
   * @throws MqttkaError `timedOut`; `refused` where the broker refuses it, or says (QoS 1 and 2) that nobody subscribes
   * to the topic; `notSupported` in 3.1.1; as `publish`.
   */
  async request(topic: string, payload: Payload, options: RequestOptions = {}): Promise<Message> {
    const { qos = 0, retain = false, timeout, signal } = checkedOptions("request", options);
    checkedText("topic", topic);
    const flags = flagsOf(qos, retain);
    const properties = tracedProperties(options);
    const bytes = checkedSize(payloadBytes(payload));
    const own = this.#driver === undefined ? bytes.slice() : bytes;
    return this.#with(
      (driver) =>
        driver.operation<Message>((engine, now, id) =>
          engine.request(id, now, topic, own, flags, timeout, properties),
        ),
      signal,
    );
  }

  /**
   * Publishes the answer to a request that came: to its response topic, with its correlation data, at its QoS.
   *
   * @throws MqttkaError `invalidArgument` where the message is no request; as `publish`.
   */
  async reply(request: Message, payload: Payload): Promise<Outcome> {
    const { responseTopic, correlationData } = request.properties;
    if (responseTopic === undefined) {
      const message = "the message is no request: it has no response topic";
      throw new MqttkaError("invalidArgument", message);
    }
    return this.publish(responseTopic, payload, {
      qos: request.qos,
      properties: { correlationData },
    });
  }

  /**
   * Subscribes, and answers the requests that come, one at a time: the handler's payload, or that of its promise, goes
   * to the request's response topic; undefined is no answer. What it throws is told as an uncaught error. It ends when
   * the loop that it gives is closed, which nobody else may read. MQTT 5.0 only. `$share/group/...` divides
   * the requests among all responders of the group.
   */
  respond(
    filters: Filters,
    handler: (request: Message) => Payload | PromiseLike<Payload>,
    options: RespondOptions = {},
  ): Messages {
    try {
      checkedOptions("respond", options);
    } catch (error) {
      return refused(error);
    }
    const requests = this.#stream(true, options.signal, (engine, now, id) => {
      engine.checkResponding();
      const subscriptions = subscriptionsOf(filters, options);
      engine.openSubscription(id, id, now, subscriptions, undefined, true, false);
    });
    void this.#answer(requests, handler);
    return requests;
  }

  async #answer(
    requests: Messages,
    handler: (request: Message) => Payload | PromiseLike<Payload>,
  ): Promise<void> {
    for (;;) {
      let request: IteratorResult<Message, undefined>;
      try {
        request = await requests.next();
      } catch {
        // `ready` tells what was wrong, and events tell of connections.
        return;
      }
      if (request.done) {
        return;
      }
      try {
        if (request.value.properties.responseTopic !== undefined) {
          const payload = await handler(request.value);
          if (payload !== undefined) {
            this.reply(request.value, payload).catch(() => undefined);
          }
        }
      } catch (error) {
        tellUncaught(error);
      }
    }
  }

  /**
   * Proves anew to the broker who the client is, while the connection goes on, by `authenticator`.
   *
   * @throws MqttkaError `refused`, `authentication`, for which the connection ends; `notConnected`;
   * `invalidArgument` where there is no authenticator.
   */
  async reauthenticate(): Promise<void> {
    await this.#with((driver) =>
      driver.operation<Outcome>((engine, now, id) => engine.reauthenticate(id, now)),
    );
  }

  /** What was negotiated for the present connection; undefined where there is none. */
  get negotiated(): Connected | undefined {
    const driver = this.#driver;
    if (driver === undefined || driver.isOver) {
      return undefined;
    }
    const told = driver.look((engine) => engine.negotiated());
    return told === undefined ? undefined : (JSON.parse(told) as Connected);
  }

  /** What the client has counted since it was made, over all its connections; undefined before and after its engine. */
  counters(): Counters | undefined {
    const driver = this.#driver;
    if (driver === undefined || driver.isOver) {
      return undefined;
    }
    return JSON.parse(driver.look((engine, now) => engine.counters(now))) as Counters;
  }

  /**
   * A loop over the messages that match these filters, which are subscribed to with one SUBSCRIBE. Where the client
   * comes back by itself, it goes on, and is subscribed again where the broker lost the session; it ends with an
   * error when the client stops for good.
   *
   * A signal ends the loop with its reason. What is wrong with the call is told by `ready` and by the loop.
   */
  subscribe(filters: Filters, options: StreamOptions = {}): Messages {
    try {
      checkedOptions("subscribe", options);
    } catch (error) {
      return refused(error);
    }
    const { properties, outlivesConnections, manualAcknowledgement, signal } = options;
    const lives = outlivesConnections === true;
    const manual = manualAcknowledgement === true;
    return this.#stream(true, signal, (engine, now, id) => {
      const subscriptions = subscriptionsOf(filters, options);
      engine.openSubscription(id, id, now, subscriptions, properties, lives, manual);
    });
  }

  /**
   * A loop over the messages that match `filter`, or over all, from now on, and those that wait for a consumer. It
   * subscribes to nothing itself.
   */
  messages(filter?: string, options: Signalled = {}): Messages {
    try {
      checkedOptions("messages", options);
    } catch (error) {
      return refused(error);
    }
    return this.#stream(false, options.signal, (engine, now, id) =>
      engine.openMessages(id, now, filter),
    );
  }

  #stream(
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

  /** Subscribes without a loop: the messages come to `messages()` and `on("message", ...)`. */
  async subscribeOnly(filters: Filters, options: SubscribeOptions = {}): Promise<Granted> {
    const { properties, signal } = checkedOptions("subscribe", options);
    return this.#with(
      (driver) =>
        driver.operation<Granted>(
          (engine, now, id) =>
            engine.subscribe(id, now, subscriptionsOf(filters, options), properties),
          signal,
        ),
      signal,
    );
  }

  /** Unsubscribes from what `subscribeOnly` subscribed to; loops end their own. */
  async unsubscribe(
    filters: string | readonly string[],
    options: Pick<SubscribeOptions, "properties" | "signal"> = {},
  ): Promise<Outcome> {
    const { properties, signal } = checkedOptions("unsubscribe", options);
    const each = Array.isArray(filters)
      ? filters.map((filter) => checkedText("filter", filter))
      : [checkedText("filter", filters)];
    return this.#with(
      (driver) =>
        driver.operation<Outcome>(
          (engine, now, id) => engine.unsubscribe(id, now, each, properties),
          signal,
        ),
      signal,
    );
  }

  /**
   * Calls the listener at each event of this name; of `message`, for each message that comes, which counts as
   * consumed when the listener has returned, or the promise that it returned is settled.
   */
  on<Name extends keyof ClientEvents>(name: Name, listener: Listener<Name>): this {
    checkedEvent(name);
    this.#listeners.add(name, listener);
    if (name === "message" && this.#listening === undefined && !this.#closed) {
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
    this.#listeners.remove(name, listener);
    if (name === "message" && this.#listeners.of(name).length === 0) {
      void this.#listening?.messages.close();
      this.#listening = undefined;
    }
    return this;
  }

  #listen(): void {
    const listening: Listening = { messages: this.messages() };
    this.#listening = listening;
    void (async () => {
      while (this.#listening === listening && !this.#closed) {
        try {
          for await (const message of listening.messages) {
            for (const listener of this.#listeners.of("message")) {
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
    const events = new Events((events) => this.#loops.delete(events));
    if (this.#closed) {
      events.end();
    } else {
      this.#loops.add(events);
    }
    return events;
  }

  /** Where the client stands. */
  get state(): State {
    const driver = this.#driver;
    if (driver === undefined || driver.isOver) {
      return this.#closed ? "closed" : "idle";
    }
    return driver.look((engine) => engine.state()) as State;
  }

  /** What is known at this moment. */
  status(): Status {
    const driver = this.#driver;
    if (driver === undefined || driver.isOver) {
      return statusWithout(this.state);
    }
    return JSON.parse(driver.look((engine, now) => engine.status(now))) as Status;
  }

  /** Asks the broker for a sign of life within so many seconds, 0.001 to 86,400; else the connection ends. */
  probeNow(timeout: number): void {
    this.#tell((engine, now) => engine.probeNow(now, timeout));
  }

  /** Where the client waits to try again, it tries now. */
  reconnectNow(): void {
    this.#tell((engine, now) => engine.reconnectNow(now));
  }

  /** The network changed: a hint. What the page or the system tells is known without it. */
  networkChanged(update: NetworkChange | NetworkUpdate): void {
    const whole = typeof update === "string" ? { change: update } : update;
    this.#tell((engine, now) => engine.networkUpdate(now, whole));
  }

  /** The application is in the background: pings may be as rare as they are allowed to be. */
  enteredBackground(): void {
    this.#tell((engine) => engine.enteredBackground());
  }

  /** The application is in the foreground: the broker has 2 s to show that it lives. */
  enteredForeground(): void {
    this.#tell((engine) => engine.enteredForeground());
  }

  /**
   * Closes the client for good, after a goodbye: what was queued is sent, then DISCONNECT, within the smaller of
   * half a keep-alive and 2 s. It resolves when all is told. Repeating it does nothing more.
   */
  close(): Promise<void> {
    this.#leave((engine, now) => engine.close(now));
    return this.#whenOver;
  }

  /** Closes the client for good and at once, without a word to the broker, which publishes the Will. */
  abort(): void {
    this.#leave((engine, now) => engine.abort(now));
  }

  #leave(how: (engine: Engine, now: number) => void): void {
    if (this.#driver === undefined) {
      this.#finish();
    } else if (!this.#driver.isOver) {
      this.#driver.call(how);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A loop that was refused at once. */
function refused(error: unknown): Messages {
  const owner = { done: () => undefined, leave: () => Promise.resolve() };
  const stream = new Stream(0, false, owner);
  stream.failed(error);
  return new Messages(stream, Promise.reject(error));
}

/** Stands for a stream until the engine is there. */
class LaterStream extends Stream {
  readonly #stream: Promise<Stream>;
  #now: Stream | undefined;

  constructor(stream: Promise<Stream>) {
    super(0, false, { done: () => undefined, leave: () => Promise.resolve() });
    this.#stream = stream;
    stream.then(
      (now) => {
        this.#now = now;
      },
      () => undefined,
    );
  }

  override next(loop: object): Promise<IteratorResult<Message, undefined>> {
    return this.#now?.next(loop) ?? this.#stream.then((stream) => stream.next(loop));
  }

  override done(): void {
    this.#now?.done();
  }

  override leave(): Promise<void> {
    return this.#stream.then(
      (stream) => stream.leave(),
      () => undefined,
    );
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
