// MQTT.js as its documentation advises, with its own defaults but for coming back by itself. In a page it looks only once
// in a second whether the WebSocket has taken what it buffered (512 KiB): its options for that are set, or that would be
// all that is measured.
import mqtt from "mqtt";
import { ECHO, LOT_BYTES, payloadOf, topicsOf } from "../work.js";

export const name = "mqttjs";

/** @param {{uri: string, id: string, ca?: Uint8Array, version: 4 | 5}} settings */
export function open({ uri, id, ca, version }) {
  return new Promise((resolve, reject) => {
    const options = { clientId: id, protocolVersion: version, reconnectPeriod: 0 };
    if (ca) Object.assign(options, { ca, wsOptions: { ca } });
    if (globalThis.document)
      Object.assign(options, { browserBufferSize: 4 << 20, browserBufferTimeout: 5 });
    const client = mqtt.connect(uri, options);
    client.once("connect", () => resolve(client));
    client.once("error", reject);
    client.once("close", () => reject(new Error("closed before it was connected")));
  });
}

/** At QoS 0 the last of each lot asks for a callback; above, `window` are unacknowledged at most. */
export function publish(client, { count, size, qos, window, topics }) {
  const payload = payloadOf(size);
  const names = topicsOf(topics);
  const lot = qos === 0 ? Math.max(1, Math.floor(LOT_BYTES / (size + 1))) : 1;
  const most = qos === 0 ? 1 : window;
  return new Promise((resolve, reject) => {
    let sent = 0;
    let done = 0;
    let underWay = 0;
    let pumping = false;
    const finished = (error) => {
      if (error) return reject(error);
      underWay -= 1;
      if (underWay === 0 && sent === count && ++done === 1) return prove();
      // A callback may come before `publish` returns: the loop that called goes on by itself.
      if (!pumping) pump();
    };
    // At QoS 0 one more message, at QoS 1, shows that all have arrived.
    const prove = () =>
      qos > 0
        ? resolve()
        : client.publish(names[0], payload, { qos: 1 }, (error) =>
            error ? reject(error) : resolve(),
          );
    const pump = () => {
      pumping = true;
      while (sent < count && underWay < most) {
        underWay += 1;
        const end = Math.min(count, sent + lot);
        while (sent < end - 1) client.publish(names[sent++ % names.length], payload, { qos });
        client.publish(names[sent++ % names.length], payload, { qos }, finished);
      }
      pumping = false;
    };
    pump();
  });
}

/** Subscribes to what orders the flood and to what comes with it, and waits for all of it. */
export function receive(client, { filters, count, size, qos }) {
  return new Promise((resolve, reject) => {
    let received = 0;
    const onMessage = (_topic, payload) => {
      if (payload.length !== size) reject(new Error(`a payload of ${payload.length} bytes`));
      if (++received < count) return;
      client.off("message", onMessage);
      client.unsubscribe(filters, (error) => (error ? reject(error) : resolve()));
    };
    client.on("message", onMessage);
    client.subscribe(filters, { qos }, (error) => error && reject(error));
  });
}

/** Publishes at QoS 1 and waits until the message comes back, one at a time: the milliseconds of each. */
export async function echoes(client, { count, size }) {
  const payload = payloadOf(size);
  await client.subscribeAsync(ECHO, { qos: 1 });
  const times = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    const back = new Promise((resolve) => client.once("message", resolve));
    client.publish(ECHO, payload, { qos: 1 });
    await back;
    times.push(performance.now() - start);
  }
  return times;
}

export const close = (client) => new Promise((resolve) => client.end(true, {}, resolve));
