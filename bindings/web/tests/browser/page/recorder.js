// What the page's WebSockets heard, and when: the lab's own witness of the last sign of life.

/** Milliseconds on a clock that pages and Workers share. */
export const now = () => performance.timeOrigin + performance.now();

const records = new Map();

/** Of a client under test, which is the path of its socket's URL. */
export function recordOf(client) {
  let record = records.get(client);
  if (!record) {
    record = { heardAt: undefined, received: 0, sent: 0, socket: undefined, onPing: undefined };
    records.set(client, record);
  }
  return record;
}

/** From here on every socket is recorded: a listener of its own comes before those of the client. */
export function install() {
  const Plain = globalThis.WebSocket;
  globalThis.WebSocket = class extends Plain {
    #record;

    constructor(url, protocols) {
      super(url, protocols);
      const record = recordOf(new URL(url).pathname.slice(1));
      this.#record = record;
      record.socket = this;
      this.addEventListener("message", ({ data }) => {
        record.heardAt = now();
        record.received += data.byteLength ?? data.size ?? data.length;
      });
    }

    send(data) {
      super.send(data);
      this.#record.sent += data.byteLength ?? data.length;
      const bytes = ArrayBuffer.isView(data)
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : new Uint8Array(data);
      if (bytes[0] === 0xc0) this.#record.onPing?.();
    }
  };
}

/** Stops this thread for `seconds`, just after the client's next PINGREQ: a request that is answered late uses no processor. */
export function blockAtPing(client, seconds, say) {
  const record = recordOf(client);
  record.onPing = () => {
    record.onPing = undefined;
    // Not before the client has done its turn.
    setTimeout(() => {
      say("blocked");
      const request = new XMLHttpRequest();
      request.open("GET", `/block?seconds=${seconds}`, false);
      request.send();
      say("unblocked");
    });
  };
}
