/** Messages, and loops over them. */

import { MqttkaError } from "./errors.ts";
import type { Outcome } from "./options.ts";
import type { Properties } from "./properties.ts";
import { readProperties } from "./properties.ts";
import type { Stream } from "./streams.ts";
import { EMPTY } from "./streams.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

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

  /** @internal */
  constructor(
    topic: string,
    payload: Uint8Array,
    flags: number,
    connectionNumber: number,
    properties: Uint8Array | undefined,
  ) {
    this.topic = topic;
    this.payload = payload;
    this.connectionNumber = connectionNumber;
    this.#flags = flags;
    this.#properties = properties;
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
