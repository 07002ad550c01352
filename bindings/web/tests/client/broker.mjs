// A broker that a test controls byte by byte: it says what is in the bytes that come, and sends what it is told to.

import { once } from "node:events";
import { createServer } from "node:net";

const NAMES = [
  "",
  "CONNECT",
  "CONNACK",
  "PUBLISH",
  "PUBACK",
  "PUBREC",
  "PUBREL",
  "PUBCOMP",
  "SUBSCRIBE",
  "SUBACK",
  "UNSUBSCRIBE",
  "UNSUBACK",
  "PINGREQ",
  "PINGRESP",
  "DISCONNECT",
  "AUTH",
];

/** The packets that are whole at the beginning of these bytes, and what is left. */
function packets(bytes) {
  const found = [];
  for (;;) {
    let [length, at, shift] = [0, 1, 0];
    for (; at < bytes.length && at < 5; at++, shift += 7) {
      length |= (bytes[at] & 127) << shift;
      if (bytes[at] < 128) break;
    }
    if (at >= bytes.length || bytes.length < at + 1 + length) return [found, bytes];
    const body = bytes.subarray(at + 1, at + 1 + length);
    found.push({ name: NAMES[bytes[0] >> 4], flags: bytes[0] & 15, body });
    bytes = bytes.subarray(at + 1 + length);
  }
}

/** One connection of a client. */
export class Peer {
  #packets = [];
  #waiting = [];
  #rest = Buffer.alloc(0);
  /** How many chunks came: what was written at once comes at once, as far as it is small. */
  chunks = 0;

  constructor(socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      this.chunks++;
      const [found, rest] = packets(Buffer.concat([this.#rest, data]));
      this.#rest = rest;
      this.#packets.push(...found);
      this.#serve();
    });
    this.closed = once(socket, "close");
    socket.on("close", () => {
      this.#packets.push({ name: "END" });
      this.#serve();
    });
  }

  #serve() {
    while (this.#waiting.length > 0 && this.#packets.length > 0) {
      this.#waiting.shift()(this.#packets.shift());
    }
  }

  /** The next packet, which has to be of this name; pings are answered beside. */
  async packet(name) {
    for (;;) {
      const packet = await new Promise((resolve) => {
        this.#waiting.push(resolve);
        this.#serve();
      });
      if (packet.name === "PINGREQ" && name !== "PINGREQ") {
        this.send([0xd0, 0]);
      } else if (name !== undefined && packet.name !== name) {
        throw new Error(`${packet.name} came instead of ${name}`);
      } else {
        return packet;
      }
    }
  }

  send(bytes) {
    this.socket.write(Uint8Array.from(bytes));
  }

  /** CONNECT comes, CONNACK goes. */
  async accept(properties = []) {
    const connect = await this.packet("CONNECT");
    this.send([0x20, 3 + properties.length, 0, 0, properties.length, ...properties]);
    return connect;
  }

  /** SUBSCRIBE comes, and these codes go back. */
  async grant(codes = [1]) {
    const { body } = await this.packet("SUBSCRIBE");
    this.send([0x90, 3 + codes.length, body[0], body[1], 0, ...codes]);
    return body;
  }

  /** UNSUBSCRIBE comes, and success goes back. */
  async release() {
    const { body } = await this.packet("UNSUBSCRIBE");
    this.send([0xb0, 4, body[0], body[1], 0, 0]);
  }

  /** A message of one-letter topic and short text. */
  publish(topic, text, { qos = 0, id = 0 } = {}) {
    const payload = Buffer.from(text);
    const head = [0, 1, topic.charCodeAt(0), ...(qos > 0 ? [id >> 8, id & 255] : []), 0];
    this.send([0x30 | (qos << 1), head.length + payload.length, ...head, ...payload]);
  }

  puback(id, code = 0) {
    this.send(code === 0 ? [0x40, 2, id >> 8, id & 255] : [0x40, 3, id >> 8, id & 255, code]);
  }
}

/** A server on a port of the system's choice; it ends with the test. */
export async function broker(t) {
  const peers = [];
  const waiting = [];
  const server = createServer((socket) => {
    const peer = new Peer(socket);
    const one = waiting.shift();
    if (one) one(peer);
    else peers.push(peer);
    all.push(peer);
  });
  const all = [];
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const peer of all) peer.socket.destroy();
    server.close();
  });
  return {
    uri: `mqtt://127.0.0.1:${server.address().port}`,
    /** The next connection. */
    peer: async () => peers.shift() ?? new Promise((resolve) => waiting.push(resolve)),
  };
}

/** A client that is connected, and its peer; both end with the test. */
export async function connected(t, Client, options = {}) {
  const { uri, peer } = await broker(t);
  const client = new Client(uri, { keepAlive: 60, ...options });
  t.after(() => client.abort());
  const connecting = client.connect();
  const first = await peer();
  await first.accept();
  await connecting;
  return { client, peer: first, next: peer };
}

/** The identifier of a PUBACK. */
export const idOf = ({ body }) => body.readUInt16BE(0);
