// What goes by: the MQTT packets in one direction of a WebSocket, by name. It reads along and changes nothing.

const NAMES = [
  "", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
  "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
];

/** The names of the MQTT packets that begin in each piece of a byte stream: HTTP head, then WebSocket frames. */
export class Packets {
  #head = true; // still in the HTTP head
  #frame = []; // the header of a frame, as far as it has come
  #left = 0; // bytes of the frame's payload that are to come
  #mask = null;
  #masked = 0; // how many bytes of this frame were unmasked
  #isData = false;
  #packet = null; // {left, shift}: the MQTT packet that is under way; shift is null once its length is known
  #last = ""; // the last bytes of the head

  /** Reads on; returns the names of what began. */
  read(bytes) {
    const begun = [];
    let at = this.#head ? this.#skipHead(bytes) : 0;
    while (at < bytes.length) {
      if (this.#left === 0) {
        this.#frame.push(bytes[at++]);
        this.#openFrame();
        continue;
      }
      const end = Math.min(bytes.length, at + this.#left);
      if (this.#isData) for (let i = at; i < end; i++) this.#byte(this.#unmask(bytes[i]), begun);
      this.#left -= end - at;
      at = end;
    }
    return begun;
  }

  #skipHead(bytes) {
    for (let at = 0; at < bytes.length; at++) {
      this.#last = (this.#last + String.fromCharCode(bytes[at])).slice(-4);
      if (this.#last === "\r\n\r\n") {
        this.#head = false;
        return at + 1;
      }
    }
    return bytes.length;
  }

  /** Begins the payload, once the header is whole (RFC 6455, section 5.2). */
  #openFrame() {
    const header = this.#frame;
    if (header.length < 2) return;
    const short = header[1] & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const maskAt = 2 + lengthBytes;
    const hasMask = (header[1] & 0x80) !== 0;
    if (header.length < maskAt + (hasMask ? 4 : 0)) return;
    let length = short;
    if (lengthBytes > 0) length = header.slice(2, maskAt).reduce((sum, byte) => sum * 256 + byte, 0);
    this.#left = length;
    this.#mask = hasMask ? header.slice(maskAt) : null;
    this.#masked = 0;
    this.#isData = (header[0] & 0x0f) < 8; // else: close, ping, pong of the WebSocket's own
    this.#frame = [];
  }

  #unmask(byte) {
    return this.#mask ? byte ^ this.#mask[this.#masked++ % 4] : byte;
  }

  /** One byte of the MQTT stream. */
  #byte(byte, begun) {
    const packet = this.#packet;
    if (!packet) {
      begun.push(NAMES[byte >> 4] || "?");
      this.#packet = { left: 0, shift: 0 };
    } else if (packet.shift !== null) {
      packet.left += (byte & 0x7f) * 2 ** packet.shift;
      packet.shift = byte & 0x80 ? packet.shift + 7 : null;
      if (packet.shift === null && packet.left === 0) this.#packet = null;
    } else if (--packet.left === 0) {
      this.#packet = null;
    }
  }
}
