/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A fake broker for the tests of your program, within the program: no socket, no server. It does what a broker does,
 * and by one call each what brokers do only in production: it refuses, holds acknowledgements back, disconnects, sends
 * nonsense, resets connections, and loses the internet.
 *
 * @module
 */

import init, { Broker } from "./generated/mqttka-testing.js";
import { once } from "./loading.ts";
import { BaseFakeBroker } from "./testing/fake-broker.ts";

export type * from "./testing/properties.ts";
export type * from "./testing/seen.ts";
export { MissingError } from "./testing/seen.ts";

const load = once("the WebAssembly of the fake broker", () => init());

/**
 * An MQTT broker that clients of this program find at its `uri`, from `start` until `stop`, or the end of its block:
 * `await using broker = await FakeBroker.start()`.
 *
 * What it is told holds when the call returns. Where a method has a `clientId`, leaving it out means all connections that
 * there are; `notConnected` is thrown where there is none. It keeps 10,000 messages for each client, and what it saw: the
 * last 10,000.
 */
export class FakeBroker extends BaseFakeBroker {
  /** Starts one. */
  static async start(): Promise<FakeBroker> {
    await load();
    return new FakeBroker(new Broker());
  }

  /** Where clients find it: `ws://NAME/mqtt`. */
  get uri(): string {
    return `ws://${this.name}/mqtt`;
  }
}
