// The sink of the benchmark of the other languages (tests/bench/sink): a broker that does almost nothing, quickly.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BENCH = path.join(ROOT, "tests", "bench");
const SCHEMES = { tcp: "mqtt", tls: "mqtts", ws: "ws", wss: "wss" };

const target = () => path.resolve(process.env.CARGO_TARGET_DIR ?? path.join(BENCH, "target"));

/** Compiles it, where it is not. */
export function build() {
  const cargo = process.env.CARGO ?? "cargo";
  execFileSync(cargo, ["build", "--quiet", "--release", "--locked", "-p", "bench-sink"], {
    cwd: BENCH,
    stdio: "inherit",
  });
}

/** A folder with a certificate of the test authority (tests/authority). */
export function certificates() {
  const folder = path.join(target(), "web-bench-certificates");
  const manifest = path.join(ROOT, "Cargo.toml");
  const cargo = process.env.CARGO ?? "cargo";
  const run = [
    "run",
    "--quiet",
    "--manifest-path",
    manifest,
    "-p",
    "mqttka-authority",
    "--",
    folder,
  ];
  execFileSync(cargo, run, { stdio: "inherit" });
  return folder;
}

/** A command on one core only, so that client and sink do not take turns on one. */
export const pinned = (core, command) =>
  core === undefined ? command : ["taskset", "-c", String(core), ...command];

export class Sink {
  /** @param {"tcp" | "tls" | "ws" | "wss"} transport */
  static async start(transport, core, folder) {
    const [program, ...rest] = pinned(core, [
      path.join(target(), "release", "bench-sink"),
      transport,
    ]);
    const child = spawn(program, folder ? [...rest, folder] : rest, {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = readline.createInterface({ input: child.stdout });
    const [port] = await once(lines, "line");
    const end = transport.startsWith("w") ? "/mqtt" : "";
    return new Sink(
      child,
      `${SCHEMES[transport]}://127.0.0.1:${port}${end}`,
      folder && path.join(folder, "ca.pem"),
    );
  }

  constructor(child, uri, ca) {
    Object.assign(this, { child, uri, ca });
  }

  /** Milliseconds that it has had of the processor. */
  processor() {
    return Number(readFileSync(`/proc/${this.child.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  }

  stop() {
    this.child.stdin.end();
  }
}
