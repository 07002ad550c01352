// The package in Node, Deno and Bun, against mosquitto, over each transport. Deno and Bun where they are: on the PATH, or in
// the folder that MQTTKA_RUNTIMES names.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const PATIENCE_MS = 60_000;
const MOSQUITTO = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto"].find(existsSync);
const PROGRAM = fileURLToPath(new URL("program.mjs", import.meta.url));
const { MQTTKA_RUNTIMES = "", PATH = "" } = process.env;
const found = (name) =>
  [MQTTKA_RUNTIMES, ...PATH.split(":")]
    .filter((folder) => folder !== "")
    .map((folder) => path.join(folder, name))
    .find(existsSync);
const RUNTIMES = {
  node: [process.execPath],
  deno: [found("deno"), "run", "-A"],
  bun: [found("bun")],
};

let folder, broker, ports;
let log = "";
const looks = [];

/** Waits until the broker's log says this. */
const logged = (pattern) =>
  new Promise((done, failed) => {
    const net = setTimeout(
      () => failed(new Error(`the log lacks ${pattern}:\n${log}`)),
      PATIENCE_MS,
    );
    const look = () => {
      const match = pattern.exec(log);
      if (match === null) {
        looks.push(look);
      } else {
        clearTimeout(net);
        done(match);
      }
    };
    look();
  });

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function listens(port) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const socket = connect(port, "127.0.0.1");
    const connected = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (connected) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error("the broker does not listen");
}

function certificates() {
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-subj",
    "/CN=CA",
    "-days",
    "9",
  );
  openssl("req", ...key, "-keyout", "key.pem", "-out", "csr.pem", "-subj", "/CN=localhost");
  writeFileSync(
    path.join(folder, "ext"),
    "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n",
  );
  openssl(
    ...["x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
    ...["-out", "cert.pem", "-extfile", "ext", "-days", "9"],
  );
  // The broker has given its privileges away when it reads them.
  for (const name of ["ca.pem", "cert.pem", "key.pem"]) chmodSync(path.join(folder, name), 0o644);
}

before(async () => {
  if (!MOSQUITTO) return;
  folder = mkdtempSync(path.join(tmpdir(), "mqttka-runtimes-"));
  chmodSync(folder, 0o777);
  certificates();
  ports = [await freePort(), await freePort(), await freePort(), await freePort()];
  const at = (name) => path.join(folder, name);
  const tls = `cafile ${at("ca.pem")}\ncertfile ${at("cert.pem")}\nkeyfile ${at("key.pem")}\n`;
  const config = `allow_anonymous true
log_type all
listener ${ports[0]} 127.0.0.1
listener ${ports[1]} 127.0.0.1
${tls}listener ${ports[2]} 127.0.0.1
protocol websockets
listener ${ports[3]} 127.0.0.1
protocol websockets
${tls}listener 0 ${at("broker.sock")}
`;
  writeFileSync(at("mosquitto.conf"), config);
  broker = spawn(MOSQUITTO, ["-c", at("mosquitto.conf")], { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [broker.stdout, broker.stderr]) {
    stream.on("data", (data) => {
      log += data;
      for (const look of looks.splice(0)) look();
    });
  }
  for (const port of ports) await listens(port);
});

after(() => {
  broker?.kill();
  if (folder) rmSync(folder, { recursive: true });
});

/** Runs the program to its own end. */
async function run(runtime, does, transport) {
  const [command, ...args] = RUNTIMES[runtime];
  const uri = {
    tcp: `mqtt://localhost:${ports[0]}`,
    tls: `mqtts://localhost:${ports[1]}`,
    ws: `ws://localhost:${ports[2]}/mqtt`,
    wss: `wss://localhost:${ports[3]}/mqtt`,
    unix: `unix://${path.join(folder, "broker.sock")}`,
  }[transport];
  const ca = /s$/.test(transport) && transport !== "ws" ? [path.join(folder, "ca.pem")] : [];
  const client = `${runtime}-${does}-${transport}`;
  const child = spawn(command, [...args, PROGRAM, does, uri, client, ...ca]);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (printed += data));
  const net = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const [code] = await once(child, "close");
  clearTimeout(net);
  return { code, printed: printed.trim().split("\n"), client };
}

for (const [runtime, [command]] of Object.entries(RUNTIMES)) {
  const skip = !MOSQUITTO ? "there is no mosquitto" : command ? false : `there is no ${runtime}`;

  for (const transport of ["tcp", "tls", "ws", "wss", "unix"]) {
    test(`${runtime}, ${transport}: messages there and back, a goodbye, and the end`, {
      skip,
    }, async () => {
      const { code, printed, client } = await run(runtime, "trip", transport);
      assert.deepEqual(printed, ["took 4,3,1000000", "disconnected disconnectRequested", "over"]);
      assert.equal(code, 0);
      await logged(new RegExp(`Client ${client} disconnected`));
    });
  }

  test(`${runtime}: what came while the thread was busy is heard before a verdict`, {
    skip,
  }, async () => {
    const { code, printed } = await run(runtime, "busy", "tcp");
    assert.deepEqual(printed, ["then connected", "disconnected disconnectRequested"]);
    assert.equal(code, 0);
  });

  for (const transport of ["tcp", "tls", "ws", "wss"]) {
    test(`${runtime}, ${transport}: a process that exits has said goodbye`, { skip }, async () => {
      const { code, client } = await run(runtime, "exit", transport);
      assert.equal(code, 3);
      const [, how] = await logged(
        new RegExp(`Client ${client} (disconnected|closed its connection)`),
      );
      assert.equal(how, "disconnected", "its Will was published");
    });
  }

  test(`${runtime}: a client that is closed says goodbye, and lets the process end`, {
    skip,
  }, async () => {
    const { code, client } = await run(runtime, "close", "tcp");
    assert.equal(code, 0);
    const [, how] = await logged(
      new RegExp(`Client ${client} (disconnected|closed its connection)`),
    );
    assert.equal(how, "disconnected");
  });
}
