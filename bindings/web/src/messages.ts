/** Messages, and loops over them. */

import { checkedOptions } from "./checks.ts";
import { traceOf } from "./engine.ts";
import { MqttkaError } from "./errors.ts";
import type { Outcome, RefuseOptions, TraceContext } from "./options.ts";
import type { Properties } from "./properties.ts";
import { readProperties } from "./properties.ts";
import type { Stream } from "./streams.ts";
import { EMPTY } from "./streams.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Who tells the broker of acknowledgements. */
export interface AcknowledgementOwner {
  acknowledge(number: number): void;
  refuse(number: number, reasonCode: number, options: RefuseOptions): void;
  answer(number: number, payload: Uint8Array | undefined): void;
  giveBack(number: number): void;
}

interface Undecided {
  readonly number: number;
  readonly owner: AcknowledgementOwner;
}

/** A message that nobody has any more, and that was neither acknowledged nor refused, comes again. */
const forgotten = new FinalizationRegistry<Undecided>(({ number, owner }) =>
  owner.giveBack(number),
);

/** A message that came. */
export class Message {
  /** Where it was published. */
  readonly topic: string;
  /** The application's bytes, its own from now on. */
  readonly payload: Uint8Array;
  /** The number of the connection that it came over. */
  readonly connectionNumber: number;
  readonly #flags: number;
  #properties: Uint8Array | Properties | undefined;
  #undecided: Undecided | undefined;

  /** @internal */
  constructor(
    topic: string,
    payload: Uint8Array,
    flags: number,
    connectionNumber: number,
    properties: Uint8Array | undefined,
    number?: number,
    owner?: AcknowledgementOwner,
  ) {
    this.topic = topic;
    this.payload = payload;
    this.connectionNumber = connectionNumber;
    this.#flags = flags;
    this.#properties = properties;
    if (number !== undefined && owner !== undefined) {
      this.#undecided = { number, owner };
      forgotten.register(this, this.#undecided, this);
    }
  }

  #decide(): Undecided | undefined {
    const undecided = this.#undecided;
    this.#undecided = undefined;
    if (undecided !== undefined) {
      forgotten.unregister(this);
    }
    return undecided;
  }

  /**
   * The application has consumed it: where its loop has `manualAcknowledgement`, the broker hears that, in the order
   * in which messages came. Else, for QoS 0, and a second time it does nothing.
   */
  acknowledge(): void {
    const undecided = this.#decide();
    undecided?.owner.acknowledge(undecided.number);
  }

  /**
   * The application does not want it: the broker hears this reason, one of section 3.4.2.1 from 0x80 on, and does not
   * send it again. As to when it does something, it is as `acknowledge`.
   *
   * @throws MqttkaError `notSupported` in 3.1.1, `invalidOption` for another code: nothing was decided.
   */
  refuse(reasonCode: number, options: RefuseOptions = {}): void {
    checkedOptions("refuse", options);
    const undecided = this.#undecided;
    if (undecided !== undefined) {
      undecided.owner.refuse(undecided.number, reasonCode, options);
      this.#decide();
    }
  }

  /** @internal What answers it, of a responder's: with this payload, or not at all. */
  toAnswer(): (payload?: Uint8Array) => void {
    const undecided = this.#decide();
    return (payload) => undecided?.owner.answer(undecided.number, payload);
  }

  /** @internal It goes back, where it is not decided, and comes again. */
  giveBack(): void {
    const undecided = this.#decide();
    undecided?.owner.giveBack(undecided.number);
  }

  /** The trace that it belongs to, where it is in one. */
  get traceContext(): TraceContext | undefined {
    const pairs = this.properties.userProperties ?? [];
    const of = (wanted: string) => pairs.find(([name]) => name === wanted)?.[1];
    const traceparent = of("traceparent");
    return traceparent === undefined ? undefined : traceOf(traceparent, of("tracestate"));
  }

  /** @internal Whether it is a request: it says where an answer is expected. */
  get isRequest(): boolean {
    return (this.#flags & 128) !== 0;
  }

  /** The QoS with which it came. */
  get qos(): 0 | 1 | 2 {
    return (this.#flags & 3) as 0 | 1 | 2;
  }

  /** Whether the broker had kept it for later subscribers. */
  get retain(): boolean {
    return (this.#flags & 4) !== 0;
  }

  /** Whether this may be a repeated delivery. */
  get dup(): boolean {
    return (this.#flags & 8) !== 0;
  }

  /** Its properties (MQTT 5.0). */
  get properties(): Properties {
    if (this.#properties === undefined || this.#properties instanceof Uint8Array) {
      this.#properties = readProperties(this.#properties);
    }
    return this.#properties;
  }

  /**
   * The payload as text.
   *
   * @throws MqttkaError `invalidText` where it is not UTF-8.
   */
  text(): string {
    try {
      return utf8.decode(this.payload);
    } catch (cause) {
      const message = `the payload of ${this.payload.length} bytes is not UTF-8 text`;
      throw new MqttkaError("invalidText", message, undefined, { cause });
    }
  }

  /**
   * What the payload is as JSON.
   *
   * @throws MqttkaError `invalidText` where it is not UTF-8; SyntaxError where it is not JSON.
   */
  // biome-ignore lint/suspicious/noExplicitAny: as JSON.parse has it
  json(): any {
    return JSON.parse(this.text());
  }
}

/** What the broker granted: one reason code for each filter, the QoS or a failure. */
export interface Granted extends Outcome {
  readonly reasonCodes: readonly number[];
}

/** Closes the streams whose loops nobody has any more. */
const abandoned = new FinalizationRegistry<Stream>((stream) => stream.close());

/**
 * A loop over messages: `for await (const message of messages)`.
 *
 * A message of QoS 1 or 2 is acknowledged when the next one is asked for. Leaving the loop, by `break`, an error or
 * a signal, ends the stream and its subscription, and loses nothing: what was not followed by the next, the last
 * one too unless `done` was called, goes to other streams that want it, or the broker sends it again.
 *
 * Of what comes, at most 256 messages and about 1 MiB are here; the rest waits in the engine, whose bounds are options.
 */
export class Messages implements AsyncIterableIterator<Message, undefined>, AsyncDisposable {
  /**
   * What the broker granted. It rejects where the SUBSCRIBE failed, which the loop tells, too. Of a stream without
   * a subscription it is there at once.
   */
  readonly ready: Promise<Granted>;
  readonly #stream: Stream;

  /** @internal */
  constructor(stream: Stream, ready: Promise<Granted>) {
    this.#stream = stream;
    this.ready = ready;
    // Whoever has only the loop is told by the loop.
    ready.catch(() => undefined);
    abandoned.register(this, stream, stream);
  }

  /** The next message; the one before is consumed. Several may wait at a time, and take turns. */
  next(): Promise<IteratorResult<Message, undefined>> {
    return this.#stream.next(this);
  }

  /** The message that was given last was consumed, too, although no next one is asked for. */
  done(): void {
    this.#stream.done();
  }

  /** Ends the stream; as leaving the loop does. */
  async return(): Promise<IteratorResult<Message, undefined>> {
    await this.close();
    return EMPTY;
  }

  /**
   * Ends the stream, and its subscription as far as no other one needs its filters. It resolves when the broker has
   * answered, or there is no connection.
   */
  async close(): Promise<void> {
    abandoned.unregister(this.#stream);
    await this.#stream.leave();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
