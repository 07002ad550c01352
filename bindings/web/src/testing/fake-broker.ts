/** The fake broker: what a test tells it, and what it has seen. */

import { mqttkaError } from "../errors.ts";
import type { Broker } from "../generated/mqttka-testing.js";
import { openDoor } from "../host/doors.ts";
import type { Payload, PublishProperties, Text } from "../options.ts";
import { payloadBytes } from "../options.ts";
import type { Link, LinkOwner } from "./links.ts";
import { memory, stopped } from "./links.ts";
import type { BearingPacket, BrokerProperties } from "./properties.ts";
import type { Acknowledging, Announced, ExpectOptions, Seen, SeenKind } from "./seen.ts";
import { MissingError, messageOf, seenOf } from "./seen.ts";

/** What only a hang reaches, in seconds. */
const PATIENCE = 10;

/** The longest that timers of every platform can wait, in milliseconds. */
const LONGEST = 2_147_483_647;

interface Waiting {
  readonly kind: SeenKind;
  readonly filter: string | undefined;
  settle(seen: Seen | undefined, error?: unknown): void;
}

let made = 0;

/** See `FakeBroker` of the package's entry, which knows its platform. */
export abstract class BaseFakeBroker implements AsyncDisposable {
  readonly #broker: Broker;
  readonly #links = new Map<number, Link>();
  /** Who wants in, while the internet is gone. */
  readonly #knocking = new Map<Link, (connection: number) => void>();
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  #stopped = false;
  /** Where clients of this program find it, without a socket. */
  protected readonly name: string;

  /** @internal */
  constructor(broker: Broker) {
    this.#broker = broker;
    made++;
    this.name = `fake-broker-${made}.test`;
    openDoor(this.name, memory(this.owner));
  }

  /** Where clients find it. */
  abstract get uri(): string;

  /** @internal */
  protected readonly owner: LinkOwner = {
    knock: (link, opened) => {
      if (this.#stopped) {
        link.reset();
      } else if (this.#broker.silent()) {
        this.#knocking.set(link, opened);
        link.silence(true);
      } else {
        this.#admit(link, opened);
      }
    },
    leave: (link) => {
      this.#knocking.delete(link);
    },
    received: (connection, bytes) =>
      this.#tell((broker, now) => broker.received(now, connection, bytes)),
    ended: (connection) => this.#tell((broker, now) => broker.ended(now, connection)),
  };

  #admit(link: Link, opened: (connection: number) => void): void {
    this.#tell((broker, now) => {
      const connection = broker.opened(now);
      this.#links.set(connection, link);
      opened(connection);
    });
  }

  /** Calls the broker, and does what comes of it. What it throws becomes an error of this package's. */
  #tell<T>(what: (broker: Broker, now: number) => T): T | undefined {
    if (this.#stopped) {
      return undefined;
    }
    try {
      return what(this.#broker, performance.now());
    } catch (thrown) {
      throw typeof thrown === "string" ? mqttkaError(JSON.parse(thrown)) : thrown;
    } finally {
      this.#follow();
    }
  }

  /** What was said holds: all that follows from it at once. */
  #follow(): void {
    // What is done with one output may bring the next.
    if (this.#busy || this.#stopped) {
      return;
    }
    this.#busy = true;
    for (;;) {
      this.#broker.timeout(performance.now());
      const [what, connection, bytes] = this.#broker.takeOutput() ?? [];
      if (what === undefined) {
        break;
      }
      this.#put(what, connection, bytes);
    }
    this.#busy = false;
    this.#waiting = this.#waiting.filter((one) => {
      const told = this.#broker.take(one.kind, one.filter);
      if (told !== undefined) {
        one.settle(seenOf(told));
      }
      return told === undefined;
    });
    clearTimeout(this.#timer);
    const delay = Math.min(Math.max(this.#broker.deadline() - performance.now(), 1), LONGEST);
    this.#timer = setTimeout(() => this.#follow(), delay);
    // A broker that nobody asks anything of keeps no process alive.
    (this.#timer as { unref?(): void }).unref?.();
  }

  #put(what: "send" | "finish" | "close" | "reset", connection: number, bytes: Uint8Array): void {
    const link = this.#links.get(connection);
    if (what === "send") {
      link?.send(bytes);
      return;
    }
    link?.[what]();
    if (what !== "finish") {
      this.#links.delete(connection);
    }
  }

  /** Whether it was stopped. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Stops it: connections are reset, and nobody finds it any more. Repeating it does nothing. */
  async stop(): Promise<void> {
    if (this.#stopped) {
      return;
    }
    this.#stopped = true;
    openDoor(this.name, stopped);
    clearTimeout(this.#timer);
    for (const link of [...this.#links.values(), ...this.#knocking.keys()]) {
      link.reset();
    }
    this.#links.clear();
    this.#knocking.clear();
    for (const one of this.#waiting.splice(0)) {
      one.settle(undefined);
    }
    this.#broker.free();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Waits for the oldest thing of this kind that was not taken before, and takes it. `filter`: of a message, its topic
   * matches it; of a subscription, it is its filter.
   *
   * @throws MissingError where it does not come in time, or the broker is stopped; it says what came instead.
   */
  expect(kind: SeenKind, filter?: string, options: ExpectOptions = {}): Promise<Seen> {
    const { timeout = PATIENCE, signal } = options;
    if (signal?.aborted) {
      return Promise.reject(signal.reason);
    }
    return new Promise((resolve, reject) => {
      let missing = `the fake broker was stopped before '${kind}' came`;
      const abort = () => end(undefined, signal?.reason);
      const end = (seen: Seen | undefined, error?: unknown) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        this.#waiting = this.#waiting.filter((other) => other !== one);
        if (seen === undefined) {
          reject(error ?? new MissingError(missing));
        } else {
          resolve(seen);
        }
      };
      const one: Waiting = { kind, filter, settle: end };
      const late = () => {
        missing = this.#broker.missing(kind, filter);
        end(undefined);
      };
      const timer = setTimeout(late, Math.min(timeout * 1000, LONGEST));
      signal?.addEventListener("abort", abort, { once: true });
      try {
        const told = this.#tell((broker) => broker.take(kind, filter));
        if (told !== undefined) {
          end(seenOf(told));
        } else if (this.#stopped) {
          end(undefined);
        } else {
          this.#waiting.push(one);
        }
      } catch (error) {
        end(undefined, error);
      }
    });
  }

  /** As `expect`, for the next message on a topic that matches the filter. */
  async expectPublish(
    filter = "#",
    options: ExpectOptions = {},
  ): Promise<NonNullable<Seen["message"]>> {
    const { message, description } = await this.expect("published", filter, options);
    if (message === undefined) {
      throw new MissingError(description);
    }
    return message;
  }

  /** Takes the oldest thing that was seen and not taken before, whatever it is. Does not wait. */
  takeAny(): Seen | undefined {
    const told = this.#tell((broker) => broker.takeAny());
    return told === undefined ? undefined : seenOf(told);
  }

  /** Forgets what was seen so far. */
  forgetSeen(): void {
    this.#tell((broker) => broker.forgetSeen());
  }

  /** The identifiers of the clients that are connected, in alphabetical order. */
  get clients(): string[] {
    return this.#tell((broker) => broker.clients()) ?? [];
  }

  /** The message that is retained on this topic. */
  retained(topic: string): Seen["message"] {
    const told = this.#tell((broker) => broker.retained(topic));
    return told === undefined ? undefined : messageOf(told, 0);
  }

  /**
   * The internet is gone: connections stay open, and nothing is read or answered any more, new connections included.
   * What the broker is told to send waits, too. Its clock goes on: clients that it does not hear are lost to it after one
   * and a half keep-alives.
   */
  goSilent(): void {
    this.#tell((broker) => broker.goSilent());
    for (const link of this.#links.values()) {
      link.silence(true);
    }
  }

  /** Whether the internet is gone. */
  get isSilent(): boolean {
    return this.#tell((broker) => broker.silent()) ?? false;
  }

  /** The internet is back: what was sent meanwhile is read and answered, what waits is sent. */
  comeBack(): void {
    this.#tell((broker, now) => broker.comeBack(now));
    for (const link of this.#links.values()) {
      link.silence(false);
    }
    const knocking = [...this.#knocking];
    this.#knocking.clear();
    for (const [link, opened] of knocking) {
      this.#admit(link, opened);
    }
  }

  /**
   * Refuses connections from now on, with this code in CONNACK, by default 0x87 (not authorized): the next `times`, or
   * all. A code that MQTT 3.1.1 has no number for is sent there as "server unavailable".
   */
  refuseConnections(reasonCode = 0x87, times?: number): void {
    this.#tell((broker) => broker.refuseConnections(reasonCode, times));
  }

  /** Accepts connections again. */
  acceptConnections(): void {
    this.#tell((broker) => broker.acceptConnections());
  }

  /** Whether CONNECT is answered. Where it is not, that connection never is. */
  answerConnects(answer: boolean): void {
    this.#tell((broker) => broker.answerConnects(answer));
  }

  /** Whether PINGREQ is answered. Where it is not, all else works. */
  answerPings(answer: boolean): void {
    this.#tell((broker) => broker.answerPings(answer));
  }

  /** When PUBLISH, PUBREL, SUBSCRIBE and UNSUBSCRIBE are acknowledged. What they ask for is done in any case. */
  acknowledge(acknowledging: Acknowledging): void {
    this.#tell((broker) => broker.acknowledge(acknowledging));
  }

  /**
   * Refuses messages of QoS 1 and 2 from now on, with this code, by default 0x87; null: takes them again. They are seen,
   * and go to nobody. MQTT 3.1.1 has no way to say so: there they are acknowledged.
   */
  refusePublishes(reasonCode: number | null = 0x87): void {
    this.#tell((broker) => broker.refusePublishes(reasonCode));
  }

  /** Refuses subscriptions from now on, with this code, by default 0x87; null: grants them again. */
  refuseSubscriptions(reasonCode: number | null = 0x87): void {
    this.#tell((broker) => broker.refuseSubscriptions(reasonCode));
  }

  /**
   * Refuses to end subscriptions from now on, with this code, by default 0x87; null: ends them again. Those that are not
   * ended go on. MQTT 3.1.1 has no way to say so: there they are ended.
   */
  refuseUnsubscriptions(reasonCode: number | null = 0x87): void {
    this.#tell((broker) => broker.refuseUnsubscriptions(reasonCode));
  }

  /** Puts this property into each CONNACK of MQTT 5.0 from now on, and holds to it. */
  announceNumber(property: Announced, value: number): void {
    this.#tell((broker) => broker.announceNumber(property, value));
  }

  /**
   * Puts these properties into each CONNACK of MQTT 5.0 from now on, in place of what was announced of them, and holds to
   * them; user properties are added to those that were announced.
   *
   * @throws MqttkaError `invalidOption` for a name or value that there is none of; `invalidArgument` where a CONNACK cannot
   * have it. Then none of them is announced.
   */
  announce(properties: BrokerProperties): void {
    this.#tell((broker) => broker.announce(properties));
  }

  /**
   * Puts these properties into each packet of this kind from now on, where the client speaks MQTT 5.0. In CONNACK they
   * are only said: what is to be held to, `announce`. Those of the last call count; where they are empty, there are none.
   *
   * @throws MqttkaError as `announce`, of a packet of this kind.
   */
  setProperties(packetType: BearingPacket, properties: BrokerProperties): void {
    this.#tell((broker) => broker.setProperties(packetType, properties));
  }

  /** Whether messages to clients have topic aliases, as many as the client takes. Default false. */
  useTopicAliases(use: boolean): void {
    this.#tell((broker) => broker.useTopicAliases(use));
  }

  /**
   * Whether a message goes to a client once for each of its subscriptions that match, with the identifier of each, as
   * mosquitto sends it. Default false: once, with all.
   */
  sendCopies(send: boolean): void {
    this.#tell((broker) => broker.sendCopies(send));
  }

  /** Clients have to go through enhanced authentication by this method, as the script says; null: no more. */
  authenticate(method: string | null): void {
    this.#tell((broker) => broker.authenticate(method));
  }

  /** The next challenge of that script. */
  challenge(data: Text): void {
    this.#tell((broker) => broker.challenge(data));
  }

  /** What comes with the end of it; undefined: nothing. */
  finishAuthentication(data?: Text): void {
    this.#tell((broker) => broker.finishAuthentication(data));
  }

  /** Clients have to prove by SCRAM-SHA-256 that they know this password. */
  authenticateScram(userName: string, password: string): void {
    this.#tell((broker) => broker.authenticateScram(userName, password));
  }

  /** Each exchange ends with this code, by default 0x87, also that of a client that authenticates again; null: no more. */
  refuseAuthentications(reasonCode: number | null = 0x87): void {
    this.#tell((broker) => broker.refuseAuthentications(reasonCode));
  }

  /** Publishes a message to whoever has subscribed to it, as if another client had. */
  publish(
    topic: string,
    payload?: Payload,
    options: {
      readonly qos?: 0 | 1 | 2 | undefined;
      readonly retain?: boolean | undefined;
      readonly properties?: PublishProperties | undefined;
    } = {},
  ): void {
    const { qos, retain, properties } = options;
    const bytes = payloadBytes(payload);
    this.#tell((broker, now) => broker.publish(now, topic, bytes, qos, retain, properties));
  }

  /** Sends these bytes, whatever they are, to this client, or to all. */
  sendBytes(bytes: Uint8Array, clientId?: string): void {
    this.#tell((broker) => broker.sendBytes(bytes, clientId));
  }

  /**
   * Sends DISCONNECT with this code, by default 0x8B (server shutting down), and closes; of this client, or of all. A
   * broker of MQTT 3.1.1 has no such packet: there it closes only. The client's Will is published.
   */
  disconnect(reasonCode = 0x8b, clientId?: string, reasonString?: string): void {
    this.#tell((broker, now) => broker.disconnect(now, reasonCode, clientId, reasonString));
  }

  /** Closes the connection of this client, or all, without a word. The client's Will is published. */
  close(clientId?: string): void {
    this.#tell((broker, now) => broker.close(now, clientId));
  }

  /** Says that it sends no more, and goes on reading. */
  halfClose(clientId?: string): void {
    this.#tell((broker) => broker.halfClose(clientId));
  }

  /** Resets the connection of this client, or all. The client's Will is published. */
  reset(clientId?: string): void {
    this.#tell((broker, now) => broker.reset(now, clientId));
  }

  /** Forgets the sessions of the clients that are not connected, as a broker that was restarted does. */
  forgetSessions(): void {
    this.#tell((broker) => broker.forgetSessions());
  }
}
