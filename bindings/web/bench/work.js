// What a run does, the same in Node and in a page, and what the clients under test share.

/** What is published to `ECHO` comes back from the sink. */
export const ECHO = "echo";

/** At QoS 0 only one message in so many bytes asks for its end, as in the benchmark of the other languages. */
export const LOT_BYTES = 64 * 1024;

/** Bytes that compress and look like nothing in particular; the sink does not look. */
export const payloadOf = (size) => new Uint8Array(size).fill(120);

/** `count` topics, all of one length. */
export const topicsOf = (count) =>
  count === 1
    ? ["bench/topic"]
    : Array.from({ length: count }, (_, index) => `bench/${String(index).padStart(5, "0")}`);

/** The filters of a flood: the first orders it from the sink, the second matches what comes. */
export const floodOf = ({ qos, count, size, window, topics }) => [
  `flood/${qos}/${count}/${size}/${window}/${topics}`,
  "bench/#",
];

/** @typedef {{mode: string, count: number, warmUp: number, size: number, window: number, topics: number}} Work */

/**
 * Runs `work` with an open connection. The first messages are not measured: an application that matters has been
 * running for a while.
 *
 * @param {object} driver a module of `clients/`
 * @param {Work} work
 * @param {() => Promise<void>} started called when what is measured begins
 * @returns {Promise<{wall: number, times?: number[]}>} milliseconds
 */
export async function perform(driver, client, work, started) {
  const [kind, qos] = [work.mode.slice(0, -1), Number(work.mode.slice(-1))];
  const some = (count) => {
    const part = { ...work, qos, count };
    if (kind === "pub") return driver.publish(client, part);
    if (kind === "sub") return driver.receive(client, { ...part, filters: floodOf(part) });
    if (kind === "echo") return driver.echoes(client, part);
    throw new Error(`no such mode: ${work.mode}`);
  };
  if (work.warmUp > 0 && kind !== "echo") await some(work.warmUp);
  await started();
  const start = performance.now();
  const times = await some(work.count);
  return { wall: performance.now() - start, times: Array.isArray(times) ? times : undefined };
}
