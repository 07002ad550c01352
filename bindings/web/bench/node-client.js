// One run of one client in Node: `node node-client.js CLIENT JSON` prints one line of JSON.
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { perform } from "./work.js";

const QUIET_MS = 5000;

const [client, text] = process.argv.slice(2);
const work = JSON.parse(text);
const settings = {
  uri: work.uri,
  version: work.version,
  ca: work.ca ? readFileSync(work.ca) : undefined,
};
const load = () => import(`./clients/${client}.js`);
const say = (fields) => process.stdout.write(`${JSON.stringify(fields)}\n`);

/** Milliseconds on the processor, all threads of this process. */
function processor(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

async function measure() {
  const driver = await load();
  const flood = (work.count + work.warmUp) * (work.size + 1024);
  const open = await driver.open({ ...settings, id: "bench", flood });
  let before;
  const { wall, times } = await perform(
    driver,
    open,
    work,
    async () => (before = process.cpuUsage()),
  );
  say({ wall, cpu: processor(before), times });
}

/** From nothing loaded to connected. The process itself is measured by the harness. */
async function cold() {
  const before = process.cpuUsage();
  const start = performance.now();
  const driver = await load();
  const loaded = performance.now();
  await driver.open({ ...settings, id: "bench" });
  const connected = performance.now();
  say({
    load: loaded - start,
    connect: connected - loaded,
    wall: connected - start,
    cpu: processor(before),
  });
}

/** What idle clients cost: memory of each, and how often they wake the process. */
async function idle() {
  const driver = await load();
  const empty = await memory();
  const first = await driver.open({ ...settings, id: "bench-0" });
  const one = await memory();
  const rest = Array.from({ length: work.clients - 1 }, (_, index) =>
    driver.open({ ...settings, id: `bench-${index + 1}` }),
  );
  const clients = [first, ...(await Promise.all(rest))];
  const all = await memory();
  const switches = wakeUps();
  const before = process.cpuUsage();
  await pause(QUIET_MS);
  const cpu = processor(before);
  // One of them is the end of the pause.
  const perSecond = Math.max(0, wakeUps() - switches - 1) / (QUIET_MS / 1000);
  say({
    first: one - empty,
    each: clients.length > 1 ? (all - one) / (clients.length - 1) : undefined,
    perSecond,
    cpu,
  });
}

/** Bytes of objects, buffers and WebAssembly that are in use. (Pages of the process say more of the collector's habits.) */
async function memory() {
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await pause(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** How often the main thread has gone to sleep. */
function wakeUps() {
  return Number(
    /^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1],
  );
}

await ({ cold, idle }[work.mode] ?? measure)();
// The next client is not to wait for this one's farewell.
process.exit(0);
