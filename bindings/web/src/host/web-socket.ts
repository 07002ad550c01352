/** A leaf over the platform's `WebSocket`, whose time-outs nobody controls. */

import type { Server } from "../engine-api.ts";
import type { Failure, Leaf, Listener, Open, Target } from "./transport.ts";
import { thrown } from "./transport.ts";

/** What is used of a `WebSocket`. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(data: Uint8Array): void;
  close(code?: number): void;
}

/** Makes one; throws where the address or the page's rules forbid it. */
export type WebSocketMaker = (url: string, protocols: string[]) => WebSocketLike;

const CLOSING = 2;

/** The leaves of browsers, by this maker; by default the platform's. */
export function webSockets(make: WebSocketMaker = platform): Open {
  return (target, listener) => new WebSocketLeaf(target, listener, make);
}

function platform(url: string, protocols: string[]): WebSocketLike {
  return new WebSocket(url, protocols) as unknown as WebSocketLike;
}

class WebSocketLeaf implements Leaf {
  readonly tellsDrained = false;
  readonly #listener: Listener;
  #socket: WebSocketLike | undefined;
  #opened = false;
  #finished = false;

  constructor({ server, protocol }: Target, listener: Listener, make: WebSocketMaker) {
    this.#listener = listener;
    listener.stage("webSocket");
    if (typeof WebSocket === "undefined" && make === platform) {
      listener.openFailed("webSocket", {
        kind: "notBuilt",
        message: "there is no WebSocket here",
      });
      return;
    }
    try {
      const socket = make(address(server), protocol === undefined ? [] : [protocol]);
      this.#socket = socket;
      socket.binaryType = "arraybuffer";
      socket.onopen = () => {
        this.#opened = true;
        this.#listener.opened();
      };
      socket.onmessage = ({ data }) => this.#received(data);
      // A `close` event follows, and says as much as there is to say.
      socket.onerror = () => {};
      socket.onclose = ({ code, reason }) => this.#closed(code, reason);
    } catch (error) {
      this.#fail(thrown(error));
    }
  }

  /** What the socket still counts when it is gone stands for nothing. */
  get buffered(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  write(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined || this.#finished) {
      return;
    }
    try {
      socket.send(bytes);
    } catch (error) {
      this.#fail(thrown(error));
    }
  }

  /** There is no half-close: the close frame goes out behind what was written, and reading goes on. */
  finish(): void {
    if (this.#socket === undefined || this.#finished) {
      return;
    }
    this.#finished = true;
    try {
      this.#socket.close(1000);
    } catch (error) {
      this.#fail(thrown(error));
    }
  }

  /** What was sent goes out before the close frame. */
  close(): void {
    this.abort();
  }

  abort(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) {
      return;
    }
    socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
    try {
      // Where the browser waits for the peer's close frame, it waits alone.
      if (socket.readyState < CLOSING) {
        socket.close();
      }
    } catch {
      // It is abandoned in any case.
    }
  }

  // The platform offers no way to stop reading.
  pause(): void {}

  resume(): void {}

  #received(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      this.#listener.received(new Uint8Array(data));
    } else if (ArrayBuffer.isView(data)) {
      this.#listener.received(
        new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
      );
    } else {
      this.#fail({
        kind: "webSocketProtocol",
        message: "the server sent a text frame, where MQTT needs binary ones",
      });
    }
  }

  #closed(code: number, reason: string): void {
    if (!this.#opened) {
      this.#fail({
        kind: "system",
        message:
          "the WebSocket could not be opened; " +
          "why is only told in the browser's console (name, network, certificate or answer)",
      });
    } else if (this.#finished) {
      this.abort();
      this.#listener.ended();
    } else {
      this.#fail(closure(code, reason));
    }
  }

  #fail(failure: Failure): void {
    this.abort();
    if (this.#opened) {
      this.#listener.failed(failure);
    } else {
      this.#listener.openFailed("webSocket", failure);
    }
  }
}

/** The address that a `WebSocket` is made with. */
export function address({ transport, host, port, path }: Server): string {
  const scheme = transport === "wss" || transport === "tls" ? "wss" : "ws";
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `${scheme}://${name}:${port}${path.startsWith("/") ? "" : "/"}${path}`;
}

const MEANINGS: Readonly<Record<number, string>> = {
  1000: "normal closure",
  1001: "going away",
  1002: "protocol error",
  1003: "unsupported data",
  1007: "invalid data",
  1008: "policy violation",
  1009: "message too big",
  1010: "an extension is missing",
  1011: "internal error",
  1012: "service restart",
  1013: "try again later",
  1014: "bad gateway",
  3000: "unauthorized",
  3003: "forbidden",
  3008: "timeout",
};

/** The codes of a `close` event that stand for no close frame, or for one without a code. */
const ABNORMAL = 1006;
const NO_CODE = 1005;

/** A `close` event of a socket that was open and that we did not close. */
export function closure(code: number, reason: string): Failure {
  if (code === ABNORMAL) {
    const message = "the connection ended without a WebSocket close";
    return { kind: "closed", message, number: code };
  }
  const kind = "webSocketClosed";
  if (code === NO_CODE) {
    return { kind, message: "the server closed the WebSocket without a code" };
  }
  const meaning = MEANINGS[code] ?? `the server closed the WebSocket with code ${code}`;
  return { kind, message: printable(reason) || meaning, number: code };
}

/** The peer's words, on one line and without what drives terminals. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "\uFFFD");
}
