/** Reads what the engine hands out in bytes: messages, topics by number, plain outcomes. */

import type { AcknowledgementOwner } from "./messages.ts";
import { Message } from "./messages.ts";
import type { Receipt } from "./options.ts";

/** The kinds of records: `engine/src/outbox.rs` writes them. */
const TOPIC = 1;
const MESSAGE = 2;

/** Of a message's flags: properties follow; the payload is not here, but where a number says. */
const WITH_PROPERTIES = 16;
const ELSEWHERE = 32;
/** The application is to acknowledge it, under a number. */
const MANUAL = 64;

/** By the number that an outcome's kind has, less 1. */
const RECEIPTS: readonly Receipt[] = ["written", "read", "acknowledged"];

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whoever takes what is read. */
export interface Taker extends AcknowledgementOwner {
  message(stream: number, message: Message): void;
  outcome(id: number, reasonCode: number, packetId: number, receipt: Receipt | undefined): void;
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
        let number: number | undefined;
        if ((flags & MANUAL) !== 0) {
          number = view.getUint32(at, true);
          at += 4;
        }
        const message = new Message(topic, payload, flags, connection, properties, number, taker);
        taker.message(stream, message);
      } else if (kind === TOPIC) {
        const end = at + 8 + view.getUint32(at + 4, true);
        this.#topics[view.getUint16(at + 2, true)] = utf8.decode(memory.subarray(at + 8, end));
        at = end;
      } else {
        taker.outcome(
          view.getUint32(at + 4, true),
          view.getUint8(at + 1),
          view.getUint16(at + 2, true),
          RECEIPTS[((kind ?? 0) >> 4) - 1],
        );
        at += 8;
      }
    }
  }
}
