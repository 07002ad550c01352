#!/usr/bin/env node
// Speed, memory and start of mqttka beside MQTT.js, in Node and in headless Chromium: see README.md, or --help.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { Browser, program } from "./chromium.js";
import { CLIENTS, countOf, label, PLACES, plan } from "./plan.js";
import { build, certificates, pinned, Sink } from "./sink.js";
import { render } from "./table.js";

const HELP = `usage: node bench/run.js [options]
  --quick             a smoke run of seconds: all messages arrive; its figures mean nothing
  --rounds N          how often each client takes its turn (5; quick: 1)
  --places A,B        of node, chromium (all)
  --clients A,B       of mqttka, mqttjs (all)
  --modes A,B         of pub0, pub1, sub0, sub1, echo1, cold, idle (all)
  --sizes A,B         bytes of payload (64,256,16384)
  --transport T       Node's: tcp, tls, ws, wss (tcp); Chromium has ws
  --window N          unacknowledged messages at QoS 1 (100)
  --protocol 4|5      MQTT 3.1.1 or 5.0 (4)
  --json FILE         every run's figures
  --verbose           a line for each run
  --no-pin            leave it to the system on which core sink and client run`;

const CLIENT = fileURLToPath(new URL("./node-client.js", import.meta.url));
const PATIENCE_MS = 120_000;

const list = (text) => text?.split(",");

function options() {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  const { values } = parseArgs({
    options: {
      ...{
        quick: flag,
        "no-pin": flag,
        verbose: flag,
        help: flag,
        rounds: text,
        places: text,
        clients: text,
        modes: text,
      },
      ...{ sizes: text, transport: text, window: text, protocol: text, json: text },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const pin = !values["no-pin"] && os.cpus().length > 1 && process.platform === "linux";
  return {
    quick: values.quick,
    rounds: Number(values.rounds ?? (values.quick ? 1 : 5)),
    places: list(values.places) ?? PLACES,
    clients: list(values.clients) ?? CLIENTS,
    modes: list(values.modes),
    sizes: list(values.sizes)?.map(Number),
    transport: values.transport ?? "tcp",
    window: Number(values.window ?? 100),
    version: Number(values.protocol ?? 4),
    json: values.json,
    verbose: values.verbose,
    cores: pin ? { sink: 0, client: 1 } : {},
  };
}

/** One process of Node. */
async function inNode(client, work, core) {
  const command = pinned(core, [
    process.execPath,
    "--expose-gc",
    CLIENT,
    client,
    JSON.stringify(work),
  ]);
  const given = { timeout: PATIENCE_MS, maxBuffer: 1 << 26 };
  const start = performance.now();
  const { stdout } = await promisify(execFile)(command[0], command.slice(1), given);
  return { ...JSON.parse(stdout), process: performance.now() - start };
}

async function main() {
  const wanted = options();
  if (wanted.places.includes("chromium") && program() === undefined) {
    console.error("bench: there is no chromium: it is left out");
    wanted.places = wanted.places.filter((place) => place !== "chromium");
  }
  const cases = plan(wanted);
  build();
  const scratch = mkdtempSync(path.join(os.tmpdir(), "mqttka-web-bench-"));
  const folder = cases.some(({ transport }) => /tls|wss/.test(transport))
    ? certificates()
    : undefined;
  const sinks = {};
  for (const { transport } of cases)
    sinks[transport] ??= await Sink.start(transport, wanted.cores.sink, folder);
  const browser = wanted.places.includes("chromium")
    ? await Browser.start(wanted.clients, scratch)
    : undefined;
  const runs = [];
  const failures = [];
  console.log(`load before: ${os.loadavg()[0].toFixed(1)}`);
  for (let round = 0; round < wanted.rounds; round++) {
    for (const one of cases) {
      // They take turns, so that what else the machine does falls on all alike; who begins changes, too.
      const turns = round % 2 === 0 ? wanted.clients : [...wanted.clients].reverse();
      for (const client of turns) {
        const sink = sinks[one.transport];
        const { window, version } = wanted;
        const count = countOf(client, one, wanted.quick);
        const warmUp = Math.ceil(count / 4);
        const work = { ...one, count, warmUp, window, version, uri: sink.uri, ca: sink.ca };
        const before = sink.processor();
        try {
          const run = await (browser && one.place === "chromium"
            ? browser.run(client, work)
            : inNode(client, work, wanted.cores.client));
          runs.push({ round, client, case: one, count, ...run, sink: sink.processor() - before });
          if (wanted.verbose)
            console.error(`${client} in ${one.place}, ${label(one)}: ${Math.round(run.wall)} ms`);
        } catch (error) {
          failures.push(
            `${client} in ${one.place}, ${label(one)}: ${error.stderr || error.message}`,
          );
          console.log(`FAILED ${failures.at(-1)}`);
        }
      }
    }
  }
  await browser?.stop();
  for (const sink of Object.values(sinks)) sink.stop();
  rmSync(scratch, { recursive: true });
  console.log(`load after: ${os.loadavg()[0].toFixed(1)}; ${wanted.rounds} rounds`);
  if (!wanted.quick) console.log(render(cases, runs, wanted.clients));
  if (wanted.json) writeFileSync(wanted.json, `${JSON.stringify(runs, undefined, 1)}\n`);
  console.log(`${runs.length} passed, ${failures.length} failed`);
  process.exit(failures.length === 0 && runs.length > 0 ? 0 : 1);
}

await main();
