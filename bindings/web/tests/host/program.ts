/**
 * A program with one client, as a child process of a test: argument 1 says what it does, 2 the port
 * of the server, 3 (a certificate's file) that it speaks TLS.
 */

import { readFileSync } from "node:fs";
import process from "node:process";

import { createHost } from "../../src/host/node.ts";
import { bytes, FakeEngine, open } from "./fakes.ts";

const [what, port, ca] = process.argv.slice(2);
const engine = new FakeEngine();
const host = createHost();
const action = open(1) as ReturnType<typeof open> & { type: "open" };
const transport = ca === undefined ? "tcp" : "tls";
engine.actions.push({
  ...action,
  server: { transport, host: "127.0.0.1", port: Number(port), path: "" },
  ...(ca === undefined ? {} : { tls: { ca: readFileSync(ca, "utf8") } }),
});
engine.deadline = host.now() + 3_600_000;
engine.park = () => {
  engine.actions.push({ type: "write", stream: 1, bytes: bytes("goodbye") });
  engine.actions.push({ type: "finish", stream: 1 });
};
const opened = engine.opened.bind(engine);
engine.opened = (...args) => {
  opened(...args);
  engine.actions.push({ type: "write", stream: 1, bytes: bytes("hello ") });
};
const doings: Readonly<Record<string, () => void>> = {
  exit: () => process.exit(3),
  throw: () =>
    queueMicrotask(() => {
      throw new Error("nobody catches this");
    }),
  stop: () => host.stop(),
  close: () => {
    engine.actions.push({ type: "write", stream: 1, bytes: bytes("last") });
    engine.actions.push({ type: "close", stream: 1 });
    engine.closed = true;
  },
  // It lives on, and so does the process.
  live: () => console.log("lives"),
};
engine.received = () => doings[what ?? ""]?.();
host.start({ engine, deliver: () => {}, crashed: (error) => console.log("crashed", error) });
