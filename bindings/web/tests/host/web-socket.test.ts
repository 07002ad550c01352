import assert from "node:assert/strict";
import { test } from "node:test";
import type { Leaf, Listener, Target } from "../../src/host/transport.ts";
import type { WebSocketLike } from "../../src/host/web-socket.ts";
import { address, closure, webSockets } from "../../src/host/web-socket.ts";
import { bytes, FakeEngine, open as openAction, Stage, settled } from "./fakes.ts";

const target: Target = {
  server: { transport: "wss", host: "broker.test", port: 8084, path: "/mqtt?x=1" },
  protocol: "mqtt",
};

/** A socket of which the test decides everything. */
class FakeSocket implements WebSocketLike {
  binaryType = "blob";
  bufferedAmount = 0;
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: { message?: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly did: string[] = [];
  refuses = false;
  readonly url: string;
  readonly protocols: string[];

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(data: Uint8Array): void {
    if (this.refuses) {
      throw new Error("InvalidStateError");
    }
    this.did.push(`send ${new TextDecoder().decode(data)}`);
  }

  close(code?: number): void {
    this.did.push(code === undefined ? "close" : `close ${code}`);
    this.readyState = 2;
    if (this.refuses) {
      throw new Error("InvalidAccessError");
    }
  }

  get handlers(): number {
    return [this.onopen, this.onmessage, this.onerror, this.onclose].filter((it) => it !== null)
      .length;
  }

  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  closes(code: number, reason = ""): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

function made(): { socket: FakeSocket; leaf: Leaf; told: string[] } {
  let socket: FakeSocket | undefined;
  const told: string[] = [];
  const listener = writer(told);
  const make = (url: string, protocols: string[]) => {
    socket = new FakeSocket(url, protocols);
    return socket;
  };
  const leaf = webSockets(make)(target, listener);
  assert.ok(socket !== undefined);
  return { socket, leaf, told };
}

function writer(told: string[]): Listener {
  return {
    stage: (stage) => told.push(`stage ${stage}`),
    opened: () => told.push("opened"),
    openFailed: (stage, { kind, number }) => told.push(`openFailed ${stage} ${kind} ${number}`),
    received: (it) => told.push(`received ${new TextDecoder().decode(it)}`),
    drained: () => told.push("drained"),
    ended: () => told.push("ended"),
    failed: ({ kind, number }) => told.push(`failed ${kind} ${number}`),
  };
}

test("bytes go both ways", () => {
  const { socket, leaf, told } = made();
  assert.equal(socket.url, "wss://broker.test:8084/mqtt?x=1");
  assert.deepEqual(socket.protocols, ["mqtt"]);
  assert.equal(socket.binaryType, "arraybuffer");
  socket.opens();
  leaf.write(bytes("a"));
  socket.bufferedAmount = 7;
  assert.equal(leaf.buffered, 7);
  socket.onmessage?.({ data: bytes("b").buffer });
  socket.onmessage?.({ data: bytes("xcx").subarray(1, 2) });
  assert.deepEqual(socket.did, ["send a"]);
  assert.deepEqual(told, ["stage webSocket", "opened", "received b", "received c"]);
});

test("a socket that never opens is closed and abandoned", () => {
  const { socket, leaf, told } = made();
  leaf.abort();
  assert.deepEqual(socket.did, ["close"]);
  assert.equal(socket.handlers, 0);
  // A browser may say it much later.
  socket.opens();
  socket.closes(1006);
  assert.deepEqual(told, ["stage webSocket"]);
  leaf.abort();
  leaf.write(bytes("x"));
  leaf.finish();
  assert.deepEqual(socket.did, ["close"]);
  assert.equal(leaf.buffered, 0);
});

test("the close that a browser reports half a minute later changes nothing", async () => {
  const stage = new Stage();
  let socket: FakeSocket | undefined;
  stage.open = webSockets((url, protocols) => {
    socket = new FakeSocket(url, protocols);
    return socket;
  });
  const client = await stage.client(new FakeEngine());
  await client.act(openAction(1));
  socket?.opens();
  await client.act({ type: "abort", stream: 1 });
  client.engine.told();
  const [did, handlers] = [socket?.did, socket?.handlers];
  stage.time.pass(30_000);
  socket?.closes(1006);
  await settled();
  stage.yielder.run();
  assert.deepEqual([did, handlers], [["close"], 0]);
  assert.deepEqual(client.engine.told(), []);
});

test("what is wrong before it opens is a failed attempt", () => {
  const { socket, told } = made();
  socket.onerror?.({});
  assert.deepEqual(told, ["stage webSocket"], "the close event says it");
  socket.closes(1006);
  socket.closes(1006);
  assert.deepEqual(told, ["stage webSocket", "openFailed webSocket system undefined"]);
  assert.equal(socket.handlers, 0);
});

test("an address that the platform refuses is a failed attempt", () => {
  const told: string[] = [];
  const leaf = webSockets(() => {
    throw new DOMException("insecure", "SecurityError");
  })(target, writer(told));
  assert.deepEqual(told, ["stage webSocket", "openFailed webSocket system undefined"]);
  leaf.write(bytes("x"));
  leaf.finish();
  leaf.abort();
});

test("without WebSocket there is an error that says so", () => {
  const global = globalThis as { WebSocket?: unknown };
  const saved = Object.getOwnPropertyDescriptor(global, "WebSocket");
  Object.defineProperty(global, "WebSocket", { value: undefined, configurable: true });
  const told: string[] = [];
  webSockets()(target, writer(told)).abort();
  if (saved === undefined) {
    delete global.WebSocket;
  } else {
    Object.defineProperty(global, "WebSocket", saved);
  }
  assert.deepEqual(told, ["stage webSocket", "openFailed webSocket notBuilt undefined"]);
});

test("a send that throws breaks the stream, once", () => {
  const { socket, leaf, told } = made();
  socket.opens();
  socket.refuses = true;
  leaf.write(bytes("a"));
  leaf.write(bytes("b"));
  socket.closes(1006);
  assert.deepEqual(told.slice(2), ["failed system undefined"]);
  assert.equal(socket.handlers, 0);
});

test("a text frame breaks the stream", () => {
  const { socket, told } = made();
  socket.opens();
  socket.onmessage?.({ data: "text" });
  socket.onmessage?.({ data: bytes("late").buffer });
  assert.deepEqual(told.slice(2), ["failed webSocketProtocol undefined"]);
  assert.deepEqual(socket.did, ["close"]);
});

test("a goodbye goes out before the close, and reading goes on until the end", () => {
  const { socket, leaf, told } = made();
  socket.opens();
  leaf.write(bytes("goodbye"));
  leaf.finish();
  leaf.finish();
  leaf.write(bytes("never"));
  assert.deepEqual(socket.did, ["send goodbye", "close 1000"]);
  socket.onmessage?.({ data: bytes("still").buffer });
  socket.closes(1000);
  assert.deepEqual(told.slice(2), ["received still", "ended"]);
  assert.equal(socket.handlers, 0);
});

test("a close without us says why", () => {
  for (const [code, reason, told] of [
    [1001, "restart", "failed webSocketClosed 1001"],
    [4000, "", "failed webSocketClosed 4000"],
    [1005, "", "failed webSocketClosed undefined"],
    [1006, "", "failed closed 1006"],
  ] as const) {
    const it = made();
    it.socket.opens();
    it.socket.closes(code, reason);
    assert.deepEqual(it.told.slice(2), [told]);
  }
});

test("close codes and reasons are told in words, and print nothing strange", () => {
  assert.equal(closure(1012, "").message, "service restart");
  assert.equal(closure(1012, "back\nat 5\u001b[1m").message, "back\uFFFDat 5\uFFFD[1m");
  assert.equal(closure(4_711, "").message, "the server closed the WebSocket with code 4711");
});

test("addresses", () => {
  const of = (transport: "ws" | "wss", host: string, path: string) =>
    address({ transport, host, port: 9, path });
  assert.equal(of("ws", "::1", "/mqtt"), "ws://[::1]:9/mqtt");
  assert.equal(of("wss", "h", "mqtt"), "wss://h:9/mqtt");
  assert.equal(of("wss", "h", ""), "wss://h:9/");
});
