import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";

import { ProcessEnd } from "../../src/host/process.ts";
import type { Certificates } from "./certificates.ts";
import { certificates } from "./certificates.ts";

let of: Certificates;
let folder: string;

before(() => {
  of = certificates();
  folder = mkdtempSync(join(tmpdir(), "mqttka-web-"));
  writeFileSync(join(folder, "ca.pem"), of.ca);
});

after(() => rmSync(folder, { recursive: true }));

/** Runs the program against a server that greets; gives back what both saw. */
async function run(what: string, tls: boolean, after?: (child: Child, socket: Socket) => void) {
  const server: Server = tls
    ? createTlsServer({ cert: of.server.certificate, key: of.server.key })
    : createServer();
  server.listen({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const file = import.meta.url.replace(/process\.test\.(.s)$/, "program.$1");
  const deno = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];
  const port = String((server.address() as AddressInfo).port);
  const args = [...deno, fileURLToPath(file), what, port, ...(tls ? [join(folder, "ca.pem")] : [])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  child.stdout.on("data", (data: Uint8Array) => (printed += new TextDecoder().decode(data)));
  child.stderr.on("data", () => {});
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  const event = tls ? "secureConnection" : "connection";
  const [socket] = (await once(server, event)) as [Socket];
  let read = "";
  socket.on("error", () => {});
  socket.on("data", (data: Uint8Array) => {
    read += new TextDecoder().decode(data);
    if (read === "hello ") {
      socket.write("welcome");
    }
  });
  const closed = once(socket, "close");
  after?.(child, socket);
  const [code] = await exited;
  await closed;
  server.close();
  return { code, read, printed };
}

type Child = ReturnType<typeof spawn>;

for (const tls of [false, true]) {
  const over = tls ? "TLS" : "TCP";

  test(`a process that exits says goodbye first (${over})`, async () => {
    const { code, read } = await run("exit", tls);
    assert.deepEqual([code, read], [3, "hello goodbye"]);
  });

  // Deno calls nobody then.
  const skip = "Deno" in globalThis;
  test(`so does one that ends by an error that nobody caught (${over})`, { skip }, async () => {
    const { code, read } = await run("throw", tls);
    assert.notEqual(code, 0);
    assert.equal(read, "hello goodbye");
  });

  test(`a process ends by itself when its client has ended (${over})`, async () => {
    const stopped = await run("stop", tls);
    assert.deepEqual([stopped.code, stopped.read], [0, "hello "]);
    const closed = await run("close", tls);
    assert.deepEqual([closed.code, closed.read], [0, "hello last"]);
  });

  test(`a client that lives keeps its process alive (${over})`, async () => {
    let ended: string | number | null | undefined;
    const { code, printed } = await run("live", tls, (child) => {
      child.once("exit", (code, signal) => (ended = code ?? signal));
      child.stdout?.once("data", () => {
        // It has said that it lives, with nothing else to do; it may end in these turns.
        let turns = 20;
        const look = () => {
          if (--turns > 0) {
            setTimeout(look, 10);
          } else {
            assert.equal(ended, undefined);
            child.kill("SIGKILL");
          }
        };
        look();
      });
    });
    assert.equal(code, null);
    assert.match(printed, /^lives/);
  });
}

test("the end of a process is listened to once, and only while there are clients", () => {
  const listeners: (() => void)[] = [];
  const end = new ProcessEnd({
    on: (_event, listener) => listeners.push(listener),
    removeListener: (_event, listener) => listeners.splice(listeners.indexOf(listener), 1),
  });
  const hidden: number[] = [];
  const client = (number: number) => ({
    foreground: () => {},
    background: () => {},
    networkChanged: () => {},
    resumed: () => {},
    show: () => {},
    hide: () => {
      hidden.push(number);
      end.delete(clients[number] as never);
    },
  });
  const clients = [client(0), client(1)];
  for (const it of clients) {
    end.add(it);
  }
  assert.equal(listeners.length, 1);
  listeners[0]?.();
  assert.deepEqual(hidden, [0, 1]);
  assert.equal(listeners.length, 0);
});
