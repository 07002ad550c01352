/** The state of one stream, which the client has even where nobody has its loop any more. */

import type { ErrorCode, ErrorDetails } from "./errors.ts";
import { MqttkaError, mqttkaError } from "./errors.ts";
import type { ConnectError, DisconnectCause } from "./events.ts";
import type { Message } from "./messages.ts";

/** Why nothing follows, as the engine tells it. */
export interface StreamEnd {
  readonly type:
    | "disconnected"
    | "connectFailed"
    | "subscribeFailed"
    | "unsubscribed"
    | "closed"
    | "other";
  readonly description: string;
  readonly cause?: DisconnectCause;
  readonly error?: ConnectError;
  readonly failed?: { code: ErrorCode; message: string } & ErrorDetails;
}

/** What a stream asks of its client. */
export interface StreamOwner {
  /** So many more were consumed. */
  done(id: number, count: number): void;
  /** The stream is over; resolves when the broker knows. */
  leave(id: number, subscribed: boolean): Promise<void>;
}

interface Reader {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: unknown): void;
  /** The loop, which has to live while somebody waits for it. */
  readonly loop: object;
}

/** The end of an iteration. */
export const EMPTY: IteratorReturnResult<undefined> = Object.freeze({
  done: true,
  value: undefined,
});

/** One stream of messages. */
export class Stream {
  readonly id: number;
  readonly subscribed: boolean;
  readonly #owner: StreamOwner;
  #queue: Message[] = [];
  #at = 0;
  readonly #readers: Reader[] = [];
  /** Given out, and followed by no further request. */
  #given = 0;
  /** Nothing follows: an error, or undefined at a plain end. */
  #end: { error: unknown } | undefined;
  #left: Promise<void> | undefined;
  /** What the broker said when it refused the subscription: the end tells less. */
  #refusal: ErrorDetails | undefined;
  #unsignal: (() => void) | undefined;

  constructor(id: number, subscribed: boolean, owner: StreamOwner, signal?: AbortSignal) {
    this.id = id;
    this.subscribed = subscribed;
    this.#owner = owner;
    if (signal !== undefined) {
      const abort = () => {
        this.#finish({ error: signal.reason });
        void this.leave();
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#unsignal = () => signal.removeEventListener("abort", abort);
    }
  }

  /** A message came. */
  push(message: Message): void {
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#queue.push(message);
    } else {
      this.#given++;
      reader.resolve({ done: false, value: message });
    }
  }

  /** The next one, for this loop. */
  next(loop: object): Promise<IteratorResult<Message, undefined>> {
    this.done();
    const message = this.#queue[this.#at];
    if (message !== undefined && this.#left === undefined) {
      this.#at++;
      if (this.#at === this.#queue.length) {
        this.#queue = [];
        this.#at = 0;
      }
      this.#given++;
      return Promise.resolve({ done: false, value: message });
    }
    if (this.#end !== undefined) {
      const { error } = this.#end;
      // An error is told once; a loop that goes on all the same is at its end.
      this.#end = { error: undefined };
      return error === undefined ? Promise.resolve(EMPTY) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject, loop }));
  }

  /** What was given out was consumed. */
  done(): void {
    const given = this.#given;
    if (given > 0) {
      this.#given = 0;
      this.#owner.done(this.id, given);
    }
  }

  /** Its SUBSCRIBE failed; its end follows. */
  refused(details: ErrorDetails): void {
    this.#refusal = details;
  }

  /** The engine has no more for it. */
  ended(end: StreamEnd): void {
    this.#finish({ error: endError(end, this.#refusal) });
    this.#owner.leave(this.id, false).catch(() => undefined);
    this.#left ??= Promise.resolve();
  }

  /** The engine could not open it, or has failed. */
  failed(error: unknown): void {
    this.#finish({ error });
    this.#left ??= Promise.resolve();
  }

  #finish(end: { error: unknown }): void {
    this.#unsignal?.();
    this.#unsignal = undefined;
    if (this.#end !== undefined) {
      return;
    }
    this.#end = end;
    for (const reader of this.#readers.splice(0)) {
      // All who wait are told; who comes later is at the end.
      this.#end = { error: undefined };
      if (end.error === undefined) {
        reader.resolve(EMPTY);
      } else {
        reader.reject(end.error);
      }
    }
  }

  /** Gives back what is not consumed, and ends the subscription. */
  leave(): Promise<void> {
    if (this.#left === undefined) {
      this.#finish({ error: undefined });
      const unread = this.#queue.slice(this.#at);
      this.#queue = [];
      this.#at = this.#given = 0;
      this.#left = this.#owner.leave(this.id, this.subscribed);
      for (const message of unread) {
        message.giveBack();
      }
    }
    return this.#left;
  }

  /** As `leave`, where nobody waits. */
  close(): void {
    this.leave().catch(() => undefined);
  }
}

/** Where the application itself ended what the stream belonged to, the loop just ends. */
function endError(end: StreamEnd, refusal: ErrorDetails | undefined): MqttkaError | undefined {
  switch (end.type) {
    case "unsubscribed":
    case "closed":
      return undefined;
    case "disconnected": {
      const cause = end.cause;
      if (cause?.kind === "disconnectRequested" || cause?.kind === "clientClosed") {
        return undefined;
      }
      const details = cause === undefined ? {} : { disconnectCause: cause };
      return new MqttkaError("disconnected", end.description, details);
    }
    case "connectFailed": {
      const error = end.error;
      if (error?.kind === "disconnectRequested" || error?.kind === "clientClosed") {
        return undefined;
      }
      return new MqttkaError(
        "connectFailed",
        end.description,
        error === undefined ? {} : { error },
      );
    }
    case "subscribeFailed":
      if (end.failed !== undefined) {
        return mqttkaError({ ...refusal, ...end.failed, message: end.description });
      }
  }
  return new MqttkaError("disconnected", end.description);
}
