// A client with the public API of the package that is honest, or lies as the page's configuration says: the lab's own test.

const lie = JSON.parse(new URL(location.href).searchParams.get("config")).lie ?? "honest";

const text = (value) => {
  const bytes = new TextEncoder().encode(value);
  return [bytes.length >> 8, bytes.length & 255, ...bytes];
};

function packet(head, body) {
  const length = [];
  let left = body.length;
  do {
    length.push((left & 127) | (left > 127 ? 128 : 0));
    left >>= 7;
  } while (left);
  return new Uint8Array([head, ...length, ...body]);
}

export class Client {
  #url;
  #options;
  #listeners = {};
  #socket;
  #heardAt = 0;
  #connected = false;
  #acknowledged = new Map();
  #lastId = 0;
  #parked = false;

  constructor(url, options) {
    this.#url = url;
    this.#options = options;
    setInterval(() => this.#look(), 100);
    setInterval(() => this.#connected && this.#send(packet(0xc0, [])), options.keepAlive * 500);
    addEventListener("pagehide", () => {
      if (lie !== "rude") this.#send(packet(0xe0, []));
      this.#parked = true;
      this.#lose("clientClosed");
    });
    addEventListener("pageshow", ({ persisted }) => {
      this.#parked = false;
      if (persisted) this.#open();
    });
  }

  on(event, listener) {
    this.#listeners[event] = listener;
  }

  async connect() {
    this.#open();
  }

  async publish(topic, payload, { qos }) {
    if (!this.#connected) return;
    if (qos) this.#lastId = (this.#lastId % 65535) + 1;
    const id = this.#lastId;
    this.#send(
      packet(0x30 | (qos << 1), [...text(topic), ...(qos ? [id >> 8, id & 255] : []), ...payload]),
    );
    if (qos) await new Promise((done) => this.#acknowledged.set(id, done));
  }

  #tell(event, fields = {}) {
    this.#listeners[event]?.(fields);
  }

  #send(bytes) {
    if (this.#socket?.readyState === 1) this.#socket.send(bytes);
  }

  #open() {
    const socket = new WebSocket(this.#url, "mqtt");
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    const { clientId, keepAlive, will } = this.#options;
    socket.onopen = () => {
      const flags = 2 | (will ? 4 : 0);
      const last = will ? [...text(will.topic), ...text(will.payload)] : [];
      this.#send(
        packet(0x10, [...text("MQTT"), 4, flags, 0, keepAlive, ...text(clientId), ...last]),
      );
    };
    socket.onmessage = ({ data }) => this.#take(new Uint8Array(data));
    socket.onclose = () => {
      if (this.#connected) this.#lose("closedByServer");
      else this.#again();
    };
  }

  #take(bytes) {
    this.#heardAt = performance.now();
    if (bytes[0] === 0x20) {
      this.#connected = true;
      this.#tell("connected");
    }
    if (bytes[0] === 0x40) this.#acknowledged.get((bytes[2] << 8) | bytes[3])?.();
  }

  #look() {
    const bound = { late: 1.8, never: Infinity, eager: 0.3 }[lie] ?? 1.45;
    if (
      this.#connected &&
      performance.now() - this.#heardAt > bound * 1000 * this.#options.keepAlive
    ) {
      this.#lose(lie === "wrong-cause" ? "protocol" : "keepAliveTimeout");
    }
  }

  #lose(cause) {
    if (!this.#connected) return;
    this.#connected = false;
    this.#socket.onclose = this.#socket.onmessage = null;
    this.#socket.close();
    this.#tell("disconnected", { cause: { kind: cause } });
    if (lie === "twice")
      setTimeout(() => this.#tell("disconnected", { cause: { kind: cause } }), 100);
    if (lie !== "stays-away") this.#again();
  }

  #again() {
    if (!this.#parked) setTimeout(() => !this.#parked && this.#open(), 300);
  }
}
