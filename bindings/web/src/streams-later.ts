/** Streams that are not there: refused, or until the engine is loaded. */

import type { Message } from "./messages.ts";
import { Messages } from "./messages.ts";
import { Stream } from "./streams.ts";

const nobody = { done: () => undefined, leave: () => Promise.resolve() };

/** A loop that was refused at once. */
export function refused(error: unknown): Messages {
  const stream = new Stream(0, false, nobody);
  stream.failed(error);
  return new Messages(stream, Promise.reject(error));
}

/** Stands for a stream until the engine is there. */
export class LaterStream extends Stream {
  readonly #stream: Promise<Stream>;
  #now: Stream | undefined;

  constructor(stream: Promise<Stream>) {
    super(0, false, nobody);
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
