/** Reads what the engine hands out in bytes: messages, topics by number, plain outcomes. */

import { Message } from "./messages.ts";

/** The kinds of records: `engine/src/outbox.rs` writes them. */
const TOPIC = 1;
const MESSAGE = 2;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whoever takes what is read. */
export interface Taker {
  message(stream: number, message: Message): void;
  outcome(id: number, reasonCode: number, packetId: number): void;
}

/** Keeps the topics that the engine tells by number. */
export class BatchReader {
  readonly #topics: string[] = [];

  /** All records of a batch; the batch is the messages' own from now on. */
  read(batch: Uint8Array, taker: Taker): void {
    const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
    let at = 0;
    while (at < batch.length) {
      const kind = batch[at];
      if (kind === MESSAGE) {
        const flags = view.getUint8(at + 1);
        const topic = this.#topics[view.getUint16(at + 2, true)] ?? "";
        const stream = view.getUint32(at + 4, true);
        const connection = view.getUint32(at + 8, true);
        const from = at + 16;
        const to = from + view.getUint32(at + 12, true);
        // A copy of its own: a small message that is kept must not keep the whole batch.
        const payload = batch.slice(from, to);
        let properties: Uint8Array | undefined;
        at = to;
        if ((flags & 16) !== 0) {
          const end = at + 4 + view.getUint32(at, true);
          properties = batch.slice(at + 4, end);
          at = end;
        }
        taker.message(stream, new Message(topic, payload, flags, connection, properties));
      } else if (kind === TOPIC) {
        const end = at + 8 + view.getUint32(at + 4, true);
        this.#topics[view.getUint16(at + 2, true)] = utf8.decode(batch.subarray(at + 8, end));
        at = end;
      } else {
        taker.outcome(
          view.getUint32(at + 4, true),
          view.getUint8(at + 1),
          view.getUint16(at + 2, true),
        );
        at += 8;
      }
    }
  }
}
