/** MQTT.js's client over mqttka's. @module */

import type { BaseClient } from "../client.ts";
import type {
  ConnectedEvent,
  ConnectFailedEvent,
  DisconnectedEvent,
  ReconnectingEvent,
} from "../events.ts";
import type { Options, Provided } from "../options.ts";
import { Emitter } from "./emitter.ts";
import { connectError, disconnectError, operationError } from "./errors.ts";
import { judge, translated } from "./options.ts";
import {
  publishPacket,
  publishProperties,
  receivedProperties,
  subscribeProperties,
} from "./packets.ts";
import { uri } from "./server.ts";
import { isValidFilter, requests } from "./subscriptions.ts";
import type {
  ClientSubscribeCallback,
  DoneCallback,
  IClientOptions,
  IClientPublishOptions,
  IClientSubscribeOptions,
  IClientUnsubscribeOptions,
  IDisconnectPacket,
  IPublishPacket,
  ISubscriptionGrant,
  ISubscriptionMap,
  MqttClientEventCallbacks,
  PacketCallback,
  Payload,
  PayloadInput,
  QoS,
} from "./types.ts";
import { warn } from "./warnings.ts";

/** Makes a client of mqttka's; throws what is wrong with its options. */
export type MakeClient = (options: Options) => BaseClient;

/** What MQTT.js has as numbers, as the protocol does. */
const HANDLING = ["sendAtSubscribe", "sendIfNew", "doNotSend"] as const;

/** How long `end` waits for acknowledgements, in seconds. */
const DRAIN = 30;

/** A client with MQTT.js's names. */
export class MqttClient extends Emitter<MqttClientEventCallbacks> {
  /** There is a connection. */
  connected = false;
  /** The client tries to come back. */
  reconnecting = false;
  /** `end` was called, and has not ended. */
  disconnecting = false;
  /** `end` has ended. */
  disconnected = false;
  /** As they were given, with defaults. Name and password are read before each attempt. */
  readonly options: IClientOptions;

  readonly #make: MakeClient;
  readonly #defaultProtocol: string;
  #client: BaseClient;
  /** The filters that are subscribed, as they were asked for. */
  readonly #filters = new Map<string, IClientSubscribeOptions>();
  #pending = 0; // publishes, subscribes and unsubscribes
  #attempt: ReturnType<typeof setTimeout> | undefined; // `reconnect` is said when it begins

  /** Use `connect` of this module. */
  constructor(make: MakeClient, options: IClientOptions, defaultProtocol: string) {
    super();
    if (options.clean === false && !options.clientId)
      throw new Error("Missing clientId for unclean clients");
    this.#make = make;
    this.#defaultProtocol = defaultProtocol;
    const clientId = `mqttjs_${Math.random().toString(16).slice(2, 10).padEnd(8, "0")}`;
    // What is undefined is not given.
    const given = Object.fromEntries(
      Object.entries(options).filter(([, value]) => value !== undefined),
    );
    this.options = { keepalive: 60, protocolVersion: 4, clean: true, clientId, ...given };
    this.#client = this.#open();
    void this.#readMessages(this.#client);
    if (!this.options.manualConnect) this.connect();
  }

  /** With `manualConnect`: connects. */
  connect(): this {
    this.#client.connect().catch((error: { code?: string }) => {
      // How an attempt goes, events say. What is wrong with the options is known when the engine is loaded.
      if (String(error.code).startsWith("invalid")) this.emit("error", error as Error);
    });
    return this;
  }

  /** Connects again after `end`, or now instead of after the wait. */
  reconnect(options: IClientOptions = {}): this {
    judge(options); // MQTT.js takes stores here
    if (this.disconnecting && !this.disconnected) {
      this.once("end", () => this.reconnect());
    } else if (this.disconnected) {
      this.disconnected = this.disconnecting = false;
      this.#client = this.#open();
      void this.#readMessages(this.#client);
      for (const [topic, options] of this.#filters)
        this.#subscribe([{ topic, qos: 0, ...options }], options.properties).catch(() => {});
      this.emit("reconnect");
      this.connect();
    } else if (this.#client.state === "idle") {
      this.emit("reconnect");
      this.connect();
    } else this.#client.reconnectNow();
    return this;
  }

  publish(topic: string, message: PayloadInput, callback?: PacketCallback): this;
  publish(
    topic: string,
    message: PayloadInput,
    options?: IClientPublishOptions | null,
    callback?: PacketCallback,
  ): this;
  publish(
    topic: string,
    message: PayloadInput,
    second?: IClientPublishOptions | PacketCallback | null,
    third?: PacketCallback,
  ): this {
    const [options, callback] = typeof second === "function" ? [{}, second] : [second ?? {}, third];
    return this.#run(callback, () => this.#publish(topic, message, options));
  }

  /** The same as a promise. */
  publishAsync(
    topic: string,
    message: PayloadInput,
    options?: IClientPublishOptions,
  ): Promise<IPublishPacket | undefined> {
    return promised((callback) => this.publish(topic, message, options, callback)) as Promise<
      IPublishPacket | undefined
    >;
  }

  subscribe(topic: string | string[] | ISubscriptionMap, callback?: ClientSubscribeCallback): this;
  subscribe(
    topic: string | string[] | ISubscriptionMap,
    options?: IClientSubscribeOptions,
    callback?: ClientSubscribeCallback,
  ): this;
  subscribe(
    topic: string | string[] | ISubscriptionMap,
    second?: IClientSubscribeOptions | ClientSubscribeCallback,
    third?: ClientSubscribeCallback,
  ): this {
    const [options, callback] = typeof second === "function" ? [{}, second] : [second ?? {}, third];
    const version = this.options.protocolVersion ?? 4;
    const { wanted, resubscribe } = requests(topic, options, version);
    const invalid =
      wanted.length === 0
        ? "empty_topic_list"
        : wanted.find((request) => !isValidFilter(request.topic))?.topic;
    if (invalid !== undefined) {
      this.#fail(callback as PacketCallback | undefined, new Error(`Invalid topic ${invalid}`));
      return this;
    }
    // What is subscribed already is not asked for again, as MQTT.js has it.
    const fresh = wanted.filter(({ topic, qos }) => {
      const before = this.#filters.get(topic);
      return before === undefined || (before.qos ?? 0) < qos || resubscribe;
    });
    const answered =
      callback &&
      ((error?: Error | null, granted?: unknown) =>
        callback(error ?? null, (granted as ISubscriptionGrant[]) ?? fresh));
    return this.#run(answered as PacketCallback | undefined, () =>
      this.#subscribe(fresh, options.properties),
    );
  }

  /** The same as a promise. */
  subscribeAsync(
    topic: string | string[] | ISubscriptionMap,
    options?: IClientSubscribeOptions,
  ): Promise<ISubscriptionGrant[]> {
    return promised((callback) =>
      this.subscribe(topic, options, callback as ClientSubscribeCallback),
    ) as Promise<ISubscriptionGrant[]>;
  }

  unsubscribe(topic: string | string[], callback?: PacketCallback): this;
  unsubscribe(
    topic: string | string[],
    options?: IClientUnsubscribeOptions,
    callback?: PacketCallback,
  ): this;
  unsubscribe(
    topic: string | string[],
    second?: IClientUnsubscribeOptions | PacketCallback,
    third?: PacketCallback,
  ): this {
    const [options, callback] = typeof second === "function" ? [{}, second] : [second ?? {}, third];
    const filters = [topic].flat();
    const invalid =
      filters.length === 0 ? "empty_topic_list" : filters.find((filter) => !isValidFilter(filter));
    if (invalid !== undefined) {
      this.#fail(callback, new Error(`Invalid topic ${invalid}`));
      return this;
    }
    return this.#run(callback, async () => {
      for (const filter of filters) this.#filters.delete(filter);
      await this.#client
        .unsubscribe(filters, { properties: subscribeProperties(options.properties) })
        .catch((error: unknown) => Promise.reject(operationError("Unsubscribe", error)));
      return { cmd: "unsuback", granted: [] };
    });
  }

  /** The same as a promise. */
  unsubscribeAsync(
    topic: string | string[],
    options?: IClientUnsubscribeOptions,
  ): Promise<unknown> {
    return promised((callback) => this.unsubscribe(topic, options, callback));
  }

  end(callback?: DoneCallback): this;
  end(force?: boolean, callback?: DoneCallback): this;
  end(options?: IDisconnectPacket, callback?: DoneCallback): this;
  end(force?: boolean, options?: IDisconnectPacket | null, callback?: DoneCallback): this;
  end(...given: unknown[]): this {
    const force = given[0] === true;
    const callback = given.find((one) => typeof one === "function") as DoneCallback | undefined;
    const options = given.find((one) => typeof one === "object" && one !== null) as
      | IDisconnectPacket
      | undefined;
    if (this.disconnecting) {
      callback?.();
      return this;
    }
    if (options?.properties !== undefined)
      warn("end: properties", "have no effect: a DISCONNECT has its reason code alone");
    this.disconnecting = true;
    void this.#end(force, options).then(() => callback?.());
    return this;
  }

  /** The same as a promise. */
  endAsync(force?: boolean, options?: IDisconnectPacket): Promise<void> {
    return promised((callback) =>
      this.end(force, options, callback as DoneCallback),
    ) as Promise<void>;
  }

  /**
   * Called with each message after its listeners. One of your own acknowledges by calling back: the next
   * message comes after that.
   */
  handleMessage(_packet: IPublishPacket, callback: DoneCallback): void {
    callback();
  }

  protected override added(name: string): void {
    if (name.startsWith("packet")) warn(name, "never comes: packets are not shown");
  }

  #open(): BaseClient {
    const options = translated(this.options, this.#defaultProtocol);
    const client = this.#make({ ...options, provider: () => this.#connection() });
    client.on("connected", (event) => this.#onConnected(event));
    client.on("disconnected", (event) => this.#onDisconnected(event));
    client.on("connectFailed", (event) => this.#onConnectFailed(event));
    client.on("reconnecting", (event) => this.#onReconnecting(event));
    client.on("reconnectStopped", () => {
      this.reconnecting = false;
    });
    return client;
  }

  /** What the next attempt connects with: `transformWsUrl` and who else may have changed `options`. */
  #connection(): Provided {
    const { transformWsUrl } = this.options;
    const wsUrl = transformWsUrl?.(uri(this.options, this.#defaultProtocol), this.options, this);
    // Read after that: it may have changed them.
    const { username, password } = this.options;
    return { uri: wsUrl, userName: username, password };
  }

  #onConnected(event: ConnectedEvent): void {
    this.#beginAttempt();
    this.connected = true;
    this.reconnecting = false;
    const is5 = this.options.protocolVersion === 5;
    const properties = receivedProperties(event.properties);
    this.emit("connect", {
      cmd: "connack",
      sessionPresent: event.sessionPresent,
      ...(is5 ? { reasonCode: 0, properties } : { returnCode: 0 }),
    });
  }

  #onDisconnected(event: DisconnectedEvent): void {
    this.connected = false;
    const { cause } = event;
    if (
      this.disconnecting ||
      cause.kind === "disconnectRequested" ||
      cause.kind === "clientClosed"
    ) {
      this.emit("close");
      return;
    }
    if (cause.kind === "serverDisconnect")
      this.emit("disconnect", { cmd: "disconnect", reasonCode: cause.reasonCode });
    this.#offline(event);
    const error = disconnectError(cause);
    if (error !== undefined) this.emit("error", error);
    this.emit("close");
  }

  #onConnectFailed(event: ConnectFailedEvent): void {
    this.#beginAttempt();
    if (this.disconnecting) return;
    this.emit("error", connectError(event.error, this.options.protocolVersion));
    this.#offline(event);
    this.emit("close");
  }

  #offline(event: DisconnectedEvent | ConnectFailedEvent): void {
    if (!event.willReconnect || this.reconnecting) return;
    this.emit("offline");
    this.reconnecting = true;
  }

  #onReconnecting(event: ReconnectingEvent): void {
    this.#attempt = setTimeout(() => this.#beginAttempt(), event.delay * 1000);
  }

  /** MQTT.js says `reconnect` when an attempt begins, mqttka `reconnecting` when it is decided. */
  #beginAttempt(): void {
    if (this.#attempt === undefined) return;
    clearTimeout(this.#attempt);
    this.#attempt = undefined;
    if (!this.disconnecting) this.emit("reconnect");
  }

  async #readMessages(client: BaseClient): Promise<void> {
    // A loop ends where the client stops for good, or handleMessage fails; later connections have messages again.
    while (client === this.#client && !this.disconnecting && client.state !== "closed") {
      try {
        for await (const message of client.messages()) await this.#take(publishPacket(message));
      } catch (error) {
        if (this.connected) this.emit("error", error as Error);
      }
    }
  }

  async #take(packet: IPublishPacket): Promise<void> {
    try {
      this.emit("message", packet.topic, packet.payload as Payload, packet);
    } catch (error) {
      // A listener's fault is its program's to hear of, and no reason to lose messages.
      queueMicrotask(() => {
        throw error;
      });
    }
    // Who has none of their own pays no turn for it.
    if (this.handleMessage === MqttClient.prototype.handleMessage) return;
    await new Promise<void>((resolve, reject) =>
      this.handleMessage(packet, (error) => (error ? reject(error) : resolve())),
    );
  }

  async #publish(
    topic: string,
    message: PayloadInput,
    options: IClientPublishOptions,
  ): Promise<IPublishPacket> {
    const { qos = 0, retain = false, dup = false, properties, cbStorePut, ...others } = options;
    for (const other of Object.keys(others))
      warn(`publish: ${other}`, "is no option that is known here");
    if (dup)
      throw new TypeError(
        "dup cannot be set: whether a publish is sent again is the client's business",
      );
    if (qos === 0 && this.options.queueQoSZero === false && !this.connected)
      throw new Error("No connection to broker");
    const is5 = this.options.protocolVersion === 5;
    const sent = this.#client.publish(topic, message, {
      qos,
      retain,
      properties: is5 && properties ? publishProperties(properties) : undefined,
    });
    if (cbStorePut !== undefined) queueMicrotask(cbStorePut);
    await sent.catch((error: unknown) => Promise.reject(operationError("Publish", error)));
    return { cmd: "publish", topic, payload: message, qos, retain, dup: false };
  }

  async #subscribe(
    wanted: ISubscriptionGrant[],
    properties: IClientSubscribeOptions["properties"],
  ): Promise<ISubscriptionGrant[]> {
    if (wanted.length === 0) return [];
    for (const { topic, ...options } of wanted)
      this.#filters.set(topic, {
        ...(options as IClientSubscribeOptions),
        ...(properties && { properties }),
      });
    const subscriptions = wanted.map(({ topic, qos, nl, rap, rh }) => ({
      filter: topic,
      qos: qos as QoS,
      noLocal: nl,
      retainAsPublished: rap,
      retainHandling: rh === undefined ? undefined : HANDLING[rh],
    }));
    try {
      const { reasonCodes } = await this.#client.subscribeOnly(subscriptions, {
        properties: subscribeProperties(properties),
      });
      return wanted.map((request, i) => ({ ...request, qos: reasonCodes[i] ?? request.qos }));
    } catch (error) {
      for (const { topic } of wanted) this.#filters.delete(topic);
      throw operationError("Subscribe", error);
    }
  }

  async #end(force: boolean, options: IDisconnectPacket | undefined): Promise<void> {
    const client = this.#client;
    clearTimeout(this.#attempt);
    this.#attempt = undefined;
    if (force) {
      const closed = this.connected && new Promise<void>((resolve) => this.once("close", resolve));
      client.abort();
      await closed;
    } else {
      const reasonCode = options?.reasonCode;
      await client
        .disconnect({
          ...(this.#pending > 0 ? { drainTimeout: DRAIN } : {}),
          ...(reasonCode === undefined ? {} : { reasonCode }),
        })
        .catch(() => {});
      client.close();
    }
    this.connected = this.reconnecting = false;
    this.disconnected = true;
    this.emit("end");
  }

  /** Runs an operation, and tells its end to a callback, or to `error` where there is none. */
  #run(callback: PacketCallback | undefined, operation: () => Promise<unknown>): this {
    if (this.disconnecting) {
      this.#fail(callback, new Error("client disconnecting"));
      return this;
    }
    this.#pending += 1;
    const done = () => {
      this.#pending -= 1;
      if (this.disconnecting && this.#pending === 0) this.emit("outgoingEmpty");
    };
    operation().then(
      (packet) => {
        done();
        callback?.(null, packet as IPublishPacket);
      },
      (error: Error) => {
        done();
        if (callback !== undefined) callback(error);
        else this.emit("error", error);
      },
    );
    return this;
  }

  #fail(callback: PacketCallback | undefined, error: Error): void {
    queueMicrotask(() => {
      if (callback !== undefined) callback(error);
      else this.emit("error", error);
    });
  }
}

/** A function with a callback, as a promise. */
function promised(call: (callback: PacketCallback) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) =>
    call((error, result) => (error ? reject(error) : resolve(result))),
  );
}
