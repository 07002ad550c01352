/** Bytes with the methods of a Buffer that programs use of a payload. @module */

import type { Payload } from "./types.ts";

const utf8 = new TextDecoder();

/** Where there is no `Buffer`: `String(payload)` is its text, as it is there. */
class Text extends Uint8Array {
  // What slice() and the like make is of no interest to anybody.
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array;
  }

  override toString(encoding = "utf8"): string {
    if (encoding === "utf8" || encoding === "utf-8") return utf8.decode(this);
    if (encoding === "hex")
      return Array.from(this, (byte) => byte.toString(16).padStart(2, "0")).join("");
    throw new TypeError(
      `encoding is ${JSON.stringify(encoding)}; without Buffer it must be "utf8" or "hex"`,
    );
  }
}

interface BufferLike {
  from(buffer: ArrayBufferLike, byteOffset: number, length: number): Payload;
}

/** The same bytes, not a copy. */
export function payload(bytes: Uint8Array): Payload {
  const buffer = (globalThis as { Buffer?: BufferLike }).Buffer;
  if (buffer !== undefined) return buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Text(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
