import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { test } from "node:test";

import { type WebSocketLike, webSockets } from "../../src/host/web-socket.ts";
import { bytes } from "./fakes.ts";
import { Recorder } from "./recorder.ts";

/** What is used of the package `ws`, which has types of its own only for Node's. */
interface Ws {
  WebSocket: new (url: string, protocols: string[]) => WebSocketLike;
  WebSocketServer: new (options: object) => Server;
}

interface Server {
  address(): AddressInfo;
  close(): void;
  on(event: string, listener: (socket: Peer) => void): void;
}

interface Peer {
  readonly protocol: string;
  readonly _socket: Socket;
  on(event: "message", listener: (data: Uint8Array, binary: boolean) => void): void;
  on(event: "close", listener: (code: number) => void): void;
  send(data: Uint8Array | string): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

const name = "ws";
const { WebSocket, WebSocketServer } = (await import(name)) as Ws;

// The platform's own, where it has one: Node 22, Deno, Bun.
const own = (globalThis as { WebSocket?: Ws["WebSocket"] }).WebSocket;
const Made = own ?? WebSocket;

async function connected() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server as never, "listening");
  const accepted = new Promise<Peer>((done) => server.on("connection", done));
  const heard = new Recorder();
  const target = {
    server: { transport: "ws", host: "127.0.0.1", port: server.address().port, path: "/mqtt" },
    protocol: "mqtt",
  } as const;
  const leaf = webSockets((url, protocols) => new Made(url, protocols))(target, heard);
  const peer = await accepted;
  await heard.heard("opened");
  const end = () => {
    leaf.abort();
    peer.terminate();
    server.close();
  };
  return { heard, leaf, peer, end };
}

test("a real WebSocket: bytes both ways, in binary frames of the subprotocol mqtt", async () => {
  const { heard, leaf, peer, end } = await connected();
  assert.equal(peer.protocol, "mqtt");
  const frame = new Promise<[string, boolean]>((done) =>
    peer.on("message", (data, binary) => done([new TextDecoder().decode(data), binary])),
  );
  leaf.write(bytes("hello"));
  assert.deepEqual(await frame, ["hello", true]);
  peer.send(bytes("back"));
  await heard.read("back");
  end();
});

test("a real WebSocket: a goodbye arrives before the close, and then comes the end", async () => {
  const { heard, leaf, peer, end } = await connected();
  const told: string[] = [];
  peer.on("message", (data) => told.push(new TextDecoder().decode(data)));
  const closed = new Promise<number>((done) => peer.on("close", done));
  leaf.write(bytes("goodbye"));
  leaf.finish();
  assert.equal(await closed, 1000);
  assert.deepEqual(told, ["goodbye"]);
  await heard.heard("ended");
  end();
});

test("a real WebSocket: the server's close, text frame, and sudden end", async () => {
  const closes = await connected();
  closes.peer.close(1012, "back at five");
  assert.equal(await closes.heard.heard("failed"), "failed webSocketClosed");
  assert.deepEqual(closes.heard.failure, {
    kind: "webSocketClosed",
    message: "back at five",
    number: 1012,
  });
  closes.end();
  const texts = await connected();
  texts.peer.send("text");
  assert.equal(await texts.heard.heard("failed"), "failed webSocketProtocol");
  texts.end();
  const ends = await connected();
  ends.peer._socket.destroy();
  // Deno takes it for a close without a code.
  const sudden = "Deno" in globalThis ? "webSocketClosed" : "closed";
  assert.equal(await ends.heard.heard("failed"), `failed ${sudden}`);
  ends.end();
});

test("a real WebSocket: nobody there, and one who refuses", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
  });
  server.listen({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const attempt = async () => {
    const heard = new Recorder();
    const target = {
      server: { transport: "ws", host: "127.0.0.1", port, path: "/mqtt" },
      protocol: "mqtt",
    } as const;
    webSockets((url, protocols) => new Made(url, protocols))(target, heard);
    return await heard.heard("openFailed");
  };
  assert.equal(await attempt(), "openFailed webSocket system");
  server.close();
  await once(server, "close");
  assert.equal(await attempt(), "openFailed webSocket system");
});
