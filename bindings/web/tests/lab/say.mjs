// One line of JSON for the lab, with the instant first.
import { spawnSync } from "node:child_process";
import { writeSync } from "node:fs";

// Node shows the clock that stands still while the machine sleeps. It does not sleep here: the two differ by a constant.
const asked = spawnSync("python3", [
  "-c",
  "import time; print(time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC))",
]);
const offset = BigInt(asked.stdout.toString().trim());

export function say(event, fields = {}) {
  const t = process.hrtime.bigint() + offset;
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`);
  // Synchronous: nothing may be left in a buffer.
  writeSync(1, `{"t":${t},"event":${JSON.stringify(event)}${rest.join("")}}\n`);
}
