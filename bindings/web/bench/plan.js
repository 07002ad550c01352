// What is measured, and with how many messages: about half a second each for a quick client.
export const CLIENTS = ["mqttka", "mqttjs"];
export const PLACES = ["node", "chromium"];
const SIZES = [64, 256, 16 * 1024];
const MANY = 1000;
const THROUGHPUT = ["pub0", "pub1", "sub0", "sub1"];

/** Messages at 64 and 256 bytes: MQTT.js in a page waits for timers. */
const COUNTS = {
  node: { pub0: 150_000, pub1: 40_000, sub0: 200_000, sub1: 60_000, echo1: 300 },
  chromium: { pub0: 100_000, pub1: 40_000, sub0: 40_000, sub1: 20_000, echo1: 300 },
  mqttjsInChromium: { pub0: 20_000, pub1: 2000, sub0: 40_000, sub1: 4000, echo1: 300 },
};

/** @typedef {{place: string, transport: string, mode: string, size: number, topics: number, clients: number}} Case */

/** @returns {Case[]} */
export function plan({ places, modes, sizes, transport, quick }) {
  const cases = [];
  for (const place of places) {
    const over = place === "chromium" ? "ws" : transport;
    const wanted = modes ?? [...THROUGHPUT, "echo1", "cold", ...(place === "node" ? ["idle"] : [])];
    for (const mode of wanted) {
      for (const one of casesOf(mode, sizes ?? (quick ? [256] : SIZES), quick))
        cases.push({ place, transport: over, mode, ...one });
    }
  }
  return cases;
}

function casesOf(mode, sizes, quick) {
  const small = { size: 256, topics: 1, clients: 1 };
  if (mode === "cold" || mode === "echo1") return [small];
  if (mode === "idle") return [small, { ...small, clients: quick ? 10 : 100 }];
  return [...sizes.map((size) => ({ ...small, size })), { ...small, topics: MANY }];
}

/** With how many messages. */
export function countOf(client, { place, mode, size }, quick) {
  if (mode === "cold" || mode === "idle") return 1;
  const counts = COUNTS[client === "mqttjs" && place === "chromium" ? "mqttjsInChromium" : place];
  return Math.ceil(counts[mode] / (size > 4096 ? 10 : 1) / (quick ? 50 : 1));
}

/** A name for the table. */
export const label = ({ mode, size, topics, clients }) => {
  if (mode === "idle") return `idle, ${clients} client${clients === 1 ? "" : "s"}`;
  if (mode === "cold") return "cold start";
  const bytes = size < 1024 ? `${size} B` : `${size / 1024} KiB`;
  return `${mode} ${bytes}${topics > 1 ? `, ${topics} topics` : ""}`;
};
