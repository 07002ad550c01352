import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo, Server as NetServer, Socket } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TlsOptions } from "node:tls";
import { createServer as createTlsServer } from "node:tls";

import type { Tls } from "../../src/engine-api.ts";
import { nodeSockets } from "../../src/host/node-socket.ts";
import type { Leaf, Open, Target } from "../../src/host/transport.ts";
import type { Certificates } from "./certificates.ts";
import { certificates } from "./certificates.ts";
import { bytes } from "./fakes.ts";
import { Recorder } from "./recorder.ts";

/** Whose servers ask for no client certificate, and speak neither old versions nor sessions. */
const deno = "Deno" in globalThis ? "Deno's servers cannot" : false;

let of: Certificates;
const cleanUp: (() => void)[] = [];

before(() => {
  of = certificates();
});

after(() => {
  for (const clean of cleanUp) {
    clean();
  }
});

/** A server, and the sockets that it accepted. */
class Peer {
  readonly server: NetServer;
  readonly sockets: Socket[] = [];
  #waiting: (() => void)[] = [];

  constructor(server: NetServer, event = "connection") {
    this.server = server;
    server.on(event, (socket: Socket) => {
      socket.on("error", () => {});
      this.sockets.push(socket);
      for (const look of this.#waiting.splice(0)) {
        look();
      }
    });
    cleanUp.push(() => {
      server.close();
      for (const socket of this.sockets) {
        socket.destroy();
      }
    });
  }

  async listen(where: { port: number; host: string } | { path: string }): Promise<this> {
    this.server.listen(where);
    await once(this.server, "listening");
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async accepted(number = 1): Promise<Socket> {
    while (this.sockets.length < number) {
      await new Promise<void>((done) => this.#waiting.push(done));
    }
    return this.sockets[number - 1] as Socket;
  }
}

const anywhere = { port: 0, host: "127.0.0.1" };
const plain = () => new Peer(createServer({ allowHalfOpen: true })).listen(anywhere);
const secure = (options: TlsOptions) =>
  new Peer(createTlsServer(options), "secureConnection").listen(anywhere);

function opened(
  peer: Peer | number,
  server: Partial<Target["server"]> = {},
  tls?: Tls,
  open: Open = nodeSockets(),
): { leaf: Leaf; heard: Recorder } {
  const port = typeof peer === "number" ? peer : peer.port;
  const heard = new Recorder();
  const transport = tls === undefined ? "tcp" : "tls";
  const target = {
    server: { transport, host: "127.0.0.1", port, path: "", ...server },
    tls,
  } as const;
  const leaf = open(target, heard);
  cleanUp.push(() => leaf.abort());
  return { leaf, heard };
}

/** All that a socket of the server reads, to its end. */
async function all(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (data: Uint8Array) => (text += new TextDecoder().decode(data)));
  await once(socket, "end");
  return text;
}

test("TCP: bytes both ways, and the stages on the way", async () => {
  const peer = await plain();
  const { leaf, heard } = opened(peer, { host: "localhost" });
  await heard.heard("opened");
  assert.deepEqual(heard.told, ["stage dns", "stage tcp", "opened"]);
  assert.equal(heard.address, `127.0.0.1:${peer.port}`);
  const socket = await peer.accepted();
  leaf.write(bytes("hello"));
  const [data] = (await once(socket, "data")) as [Uint8Array];
  assert.equal(new TextDecoder().decode(data), "hello");
  socket.write("back");
  await heard.read("back");
  leaf.abort();
});

test("a name without an address, and a port without a server", async () => {
  const { heard } = opened(9, { host: "no-such-name.invalid" });
  assert.equal(await heard.heard("openFailed"), "openFailed dns system");
  assert.deepEqual(heard.told, ["stage dns", "openFailed dns system"]);
  const gone = await plain();
  const { port } = gone;
  gone.server.close();
  await once(gone.server, "close");
  const refused = opened(port);
  assert.equal(await refused.heard.heard("openFailed"), "openFailed tcp system");
  assert.equal(refused.heard.failure?.number, 111);
  assert.deepEqual(refused.heard.told, ["stage tcp", "openFailed tcp system"]);
});

test("a reset is told with its number", async () => {
  const peer = await plain();
  const { heard } = opened(peer);
  await heard.heard("opened");
  (await peer.accepted()).resetAndDestroy();
  assert.equal(await heard.heard("failed"), "failed system");
  assert.equal(heard.failure?.number, 104);
});

test("what was sent before the end is used, and the leaf may go on sending", async () => {
  const peer = await plain();
  const { leaf, heard } = opened(peer);
  await heard.heard("opened");
  const socket = await peer.accepted();
  socket.end("last words");
  await heard.heard("ended");
  assert.equal(heard.text, "last words");
  const read = all(socket);
  leaf.write(bytes("answer"));
  leaf.finish();
  assert.equal(await read, "answer");
  assert.deepEqual(heard.told.slice(-2), ["received", "ended"], "the end is told once");
});

test("finish closes one half, and reading goes on", async () => {
  for (const tls of [undefined, { ca: of.ca }]) {
    const peer = await (tls === undefined
      ? plain()
      : secure({ cert: of.server.certificate, key: of.server.key, allowHalfOpen: true }));
    const { leaf, heard } = opened(peer, {}, tls);
    await heard.heard("opened");
    const socket = await peer.accepted();
    leaf.write(bytes("goodbye"));
    leaf.finish();
    leaf.write(bytes("never"));
    assert.equal(await all(socket), "goodbye");
    socket.end("seen");
    await heard.heard("ended");
    assert.equal(heard.text, "seen");
    leaf.abort();
  }
});

test("close sends what was written, though much of it waits", async () => {
  const peer = await plain();
  const { leaf, heard } = opened(peer);
  await heard.heard("opened");
  const socket = await peer.accepted();
  // The peer says much that nobody reads any more, not even before it is closed.
  leaf.pause();
  socket.write("x".repeat(20_000_000));
  const size = 20_000_000;
  leaf.write(new Uint8Array(size));
  assert.ok(leaf.buffered > 0);
  leaf.close();
  let count = 0;
  socket.on("data", (data: Uint8Array) => (count += data.length));
  let broken: unknown;
  socket.on("error", (error) => (broken = error));
  await once(socket, "end");
  assert.equal(count, size);
  // It ends as a conversation does, and not by a reset.
  socket.end();
  await once(socket, "close");
  assert.equal(broken, undefined);
  assert.ok(!heard.told.some((it) => it.startsWith("failed") || it === "ended"));
});

test("abort tells nothing and waits for nobody, whatever the leaf does", async () => {
  const peer = await plain();
  const secured = await secure({ cert: of.server.certificate, key: of.server.key });
  for (const leaf of [
    opened(peer, { host: "localhost" }),
    opened(peer),
    opened(secured, {}, { ca: of.ca }),
    // Accepts, and never speaks TLS.
    opened(peer, {}, { ca: of.ca }),
  ]) {
    leaf.leaf.abort();
    leaf.leaf.abort();
    leaf.leaf.close();
    leaf.leaf.write(bytes("x"));
    leaf.leaf.finish();
    leaf.leaf.pause();
    leaf.leaf.resume();
    assert.ok(leaf.heard.told.every((it) => it.startsWith("stage")));
  }
  const stuck = opened(peer, {}, { ca: of.ca });
  await stuck.heard.heard("stage tls");
  stuck.leaf.abort();
  const fresh = await plain();
  const open = opened(fresh);
  await open.heard.heard("opened");
  const socket = await fresh.accepted();
  socket.resume();
  open.leaf.write(bytes("x"));
  open.leaf.abort();
  await once(socket, "end");
  assert.equal(open.heard.told.at(-1), "opened");
});

test("bytes that wait are counted, and told when they have gone", async () => {
  const peer = await plain();
  const { leaf, heard } = opened(peer);
  await heard.heard("opened");
  const socket = await peer.accepted();
  socket.pause();
  leaf.write(bytes("x"));
  assert.equal(leaf.buffered, 0);
  await new Promise((done) => setImmediate(done));
  const size = 20_000_000;
  leaf.write(new Uint8Array(size));
  assert.equal(leaf.buffered, size);
  let count = 0;
  socket.on("data", (data: Uint8Array) => (count += data.length));
  socket.resume();
  await heard.heard("drained");
  assert.equal(leaf.buffered, 0);
  leaf.finish();
  await once(socket, "end");
  assert.equal(count, size + 1);
});

test("a leaf that is paused reads no more, until it is resumed", async () => {
  const peer = await plain();
  const { leaf, heard } = opened(peer);
  await heard.heard("opened");
  const socket = await peer.accepted();
  leaf.pause();
  const size = 20_000_000;
  socket.end(new Uint8Array(size));
  for (let i = 0; i < 100; i++) {
    await new Promise((done) => setImmediate(done));
  }
  assert.ok(heard.bytes < size);
  leaf.resume();
  await heard.heard("ended");
  assert.equal(heard.bytes, size);
});

test("TLS: trusted, and what it is not", async () => {
  const peer = await secure({ cert: of.server.certificate, key: of.server.key });
  const good = opened(peer, { host: "localhost" }, { ca: of.ca });
  await good.heard.heard("opened");
  assert.deepEqual(good.heard.told, ["stage dns", "stage tcp", "stage tls", "opened"]);
  (await peer.accepted()).write("secret");
  await good.heard.read("secret");
  const byAddress = opened(peer, {}, { ca: of.ca });
  await byAddress.heard.heard("opened");

  const kind = async (peer: Peer, tls: Tls) => {
    const { heard } = opened(peer, {}, tls);
    return (await heard.heard("openFailed")).replace("openFailed tls ", "");
  };
  assert.equal(await kind(peer, {}), "unknownIssuer");
  assert.equal(await kind(peer, { ca: of.ca, serverName: "wrong.test" }), "wrongHost");
  const expired = await secure({ cert: of.expired.certificate, key: of.expired.key });
  assert.equal(await kind(expired, { ca: of.ca }), "certificateExpired");
  const other = await secure({ cert: of.other.certificate, key: of.other.key });
  assert.equal(await kind(other, { ca: of.ca }), "wrongHost");
  const named = opened(other, {}, { ca: of.ca, serverName: "other.test" });
  await named.heard.heard("opened");
  const any = opened(expired, {}, { acceptAnyCertificate: true });
  await any.heard.heard("opened");
});

test("TLS: pins are checked beside all else, also where any certificate is taken", async () => {
  const peer = await secure({ cert: of.server.certificate, key: of.server.key });
  for (const pins of [[of.pin], ["AAAA", `sha256/${of.pin}`]]) {
    await opened(peer, {}, { ca: of.ca, pins }).heard.heard("opened");
  }
  for (const tls of [{ ca: of.ca }, { acceptAnyCertificate: true }]) {
    const { heard } = opened(peer, {}, { ...tls, pins: ["AAAA"] });
    assert.equal(await heard.heard("openFailed"), "openFailed tls pinMismatch");
  }
  const { heard } = opened(peer, {}, { pins: [of.pin] });
  assert.equal(await heard.heard("openFailed"), "openFailed tls unknownIssuer");
});

test("TLS: a client's certificate, ALPN, and options that are none", { skip: deno }, async () => {
  const options = { cert: of.server.certificate, key: of.server.key, ca: of.ca };
  const peer = await secure({
    ...options,
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ["mqtt"],
  });
  const { certificate, key } = of.client;
  let number = 0;
  for (const mine of [
    { certificate, privateKey: key },
    { certificate: certificate + key },
    { certificate: bytes(certificate), privateKey: bytes(key) },
  ]) {
    const { heard } = opened(peer, {}, { ca: of.ca, alpn: ["mqtt"], ...mine });
    await heard.heard("opened");
    const socket = await peer.accepted(++number);
    socket.write("welcome");
    await heard.read("welcome");
  }
  const { heard } = opened(peer, {}, { ca: of.ca });
  // TLS 1.3 tells a client so only after its handshake.
  const refusal = await Promise.race([heard.heard("failed"), heard.heard("openFailed")]);
  assert.match(refusal, /tlsAlert$/);
  assert.equal(heard.failure?.number, 116);
  const bad = opened(peer, {}, { ca: of.ca, certificate: "no PEM" });
  assert.match(await bad.heard.heard("openFailed"), /openFailed tls system/);
});

test("TLS: no version in common", { skip: deno }, async () => {
  const cert = { cert: of.server.certificate, key: of.server.key };
  const old = await secure({ ...cert, minVersion: "TLSv1", maxVersion: "TLSv1.1" });
  const { heard } = opened(old, {}, { ca: of.ca });
  assert.equal(await heard.heard("openFailed"), "openFailed tls noCommonTlsVersion");
});

test("TLS: servers that do not speak it", async () => {
  const mqtt = await plain();
  mqtt.server.on("connection", (socket: Socket) =>
    socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
  );
  const other = opened(mqtt, {}, { ca: of.ca });
  assert.equal(await other.heard.heard("openFailed"), "openFailed tls tlsProtocol");
  const silent = await plain();
  silent.server.on("connection", (socket: Socket) => socket.end());
  const closed = opened(silent, {}, { ca: of.ca });
  assert.equal(await closed.heard.heard("openFailed"), "openFailed tls closed");
});

test("TLS: a later connection goes on with the session, unless not", { skip: deno }, async () => {
  const options = { cert: of.server.certificate, key: of.server.key };
  for (const [tls, reused] of [
    [{ ca: of.ca }, true],
    [{ ca: of.ca, resumption: false }, false],
    [{ ca: of.ca, pins: [of.pin] }, false],
  ] as const) {
    const peer = await secure(options);
    const open = nodeSockets();
    for (const number of [1, 2]) {
      const { leaf, heard } = opened(peer, {}, tls, open);
      await heard.heard("opened");
      const socket = (await peer.accepted(number)) as Socket & { isSessionReused(): boolean };
      // Node tells of a session some turns after it has come.
      socket.write("tickets come before this");
      await heard.read("before this");
      socket.end();
      await heard.heard("ended");
      assert.equal(socket.isSessionReused(), reused && number === 2);
      leaf.abort();
    }
  }
});

test("Unix sockets, by path", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mqttka-web-"));
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "broker.sock");
  const peer = await new Peer(createServer()).listen({ path });
  const { leaf, heard } = opened(0, { transport: "unix", path });
  await heard.heard("opened");
  (await peer.accepted()).write("local");
  await heard.read("local");
  leaf.abort();
  const missing = opened(0, { transport: "unix", path: join(folder, "none") });
  assert.equal(await missing.heard.heard("openFailed"), "openFailed tcp system");
  assert.equal(missing.heard.failure?.number, 2);
});
