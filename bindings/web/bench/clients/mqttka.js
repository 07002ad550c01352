// Ours, through its public API alone.
import { connect } from "mqttka";
import { ECHO, LOT_BYTES, payloadOf, topicsOf } from "../work.js";

export const name = "mqttka";

/** @param {{uri: string, id: string, ca?: Uint8Array, version: 4 | 5, flood?: number}} settings */
export function open({ uri, id, ca, version, flood }) {
  const options = {
    clientId: id,
    protocolVersion: version === 5 ? "5.0" : "3.1.1",
    reconnect: false,
  };
  if (ca) options.tlsCa = ca;
  // The peer stops reading while its application is slow; ours reads on and drops QoS 0 above a limit. Room for the whole
  // flood, so that a busy machine costs no messages.
  if (flood) options.inboundQueueMaxBytes = flood;
  return connect(uri, options);
}

/** At QoS 0 the last of each lot is waited for; above, `window` are unacknowledged at most. */
export async function publish(client, { count, size, qos, window, topics }) {
  const payload = payloadOf(size);
  const names = topicsOf(topics);
  if (qos === 0) {
    const lot = Math.max(1, Math.floor(LOT_BYTES / (size + 1)));
    for (let sent = 0; sent < count; ) {
      const end = Math.min(count, sent + lot);
      while (sent < end - 1) client.enqueue(names[sent++ % names.length], payload, { qos });
      await client.publish(names[sent++ % names.length], payload, { qos });
    }
    await client.publish(names[0], payload, { qos: 1 });
    return;
  }
  let sent = 0;
  const one = async () => {
    while (sent < count) await client.publish(names[sent++ % names.length], payload, { qos });
  };
  await Promise.all(Array.from({ length: Math.min(window, count) }, one));
}

/** Subscribes to what orders the flood and to what comes with it, and takes all of it. */
export async function receive(client, { filters, count, size, qos }) {
  let received = 0;
  for await (const message of client.subscribe(filters, { qos })) {
    if (message.payload.length !== size)
      throw new Error(`a payload of ${message.payload.length} bytes`);
    if (++received === count) break;
  }
  if (received !== count) throw new Error(`${received} messages of ${count}`);
}

/** Publishes at QoS 1 and waits until the message comes back, one at a time: the milliseconds of each. */
export async function echoes(client, { count, size }) {
  const payload = payloadOf(size);
  const messages = client.subscribe(ECHO, { qos: 1 });
  await messages.ready;
  const own = messages[Symbol.asyncIterator]();
  const times = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    const published = client.publish(ECHO, payload, { qos: 1 });
    await own.next();
    await published;
    times.push(performance.now() - start);
  }
  return times;
}

export const close = (client) => client.abort();
