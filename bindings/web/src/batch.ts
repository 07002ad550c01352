/** Reads what the engine hands out in bytes: messages, topics by number, plain outcomes. */

import { Message } from "./messages.ts";

/** The kinds of records: `engine/src/outbox.rs` writes them. */
const TOPIC = 1;
const MESSAGE = 2;

/** Of a message's flags: properties follow; the payload is not here, but where a number says. */
const WITH_PROPERTIES = 16;
const ELSEWHERE = 32;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whoever takes what is read. */
export interface Taker {
  message(stream: number, message: Message): void;
  outcome(id: number, reasonCode: number, packetId: number): void;
}

/** Keeps the topics that the engine tells by number. */
export class BatchReader {
  readonly #topics: string[] = [];

  /**
   * All records of a batch, which is in this memory; nothing of it is kept. The engine must not be called before the
   * end, as its memory may move.
   */
  read(memory: Uint8Array, start: number, length: number, taker: Taker): void {
    const view = new DataView(memory.buffer);
    const over = start + length;
    let at = start;
    while (at < over) {
      const kind = memory[at];
      if (kind === MESSAGE) {
        const flags = view.getUint8(at + 1);
        const topic = this.#topics[view.getUint16(at + 2, true)] ?? "";
        const stream = view.getUint32(at + 4, true);
        const connection = view.getUint32(at + 8, true);
        const size = view.getUint32(at + 12, true);
        let from = at + 16;
        at = from + size;
        if ((flags & ELSEWHERE) !== 0) {
          at = from + 4;
          from = view.getUint32(from, true);
        }
        const payload = memory.slice(from, from + size);
        let properties: Uint8Array | undefined;
        if ((flags & WITH_PROPERTIES) !== 0) {
          const end = at + 4 + view.getUint32(at, true);
          properties = memory.slice(at + 4, end);
          at = end;
        }
        taker.message(stream, new Message(topic, payload, flags, connection, properties));
      } else if (kind === TOPIC) {
        const end = at + 8 + view.getUint32(at + 4, true);
        this.#topics[view.getUint16(at + 2, true)] = utf8.decode(memory.subarray(at + 8, end));
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
