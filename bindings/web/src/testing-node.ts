/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A fake broker for the tests of your program, within the program or on a port of the loopback interface. It does what a
 * broker does, and by one call each what brokers do only in production: it refuses, holds acknowledgements back,
 * disconnects, sends nonsense, resets connections, and loses the internet.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { MqttkaError } from "./errors.ts";
import init, { Broker } from "./generated/mqttka-testing.js";
import { once } from "./loading.ts";
import { BaseFakeBroker } from "./testing/fake-broker.ts";
import { Port } from "./testing/port.ts";

export type * from "./testing/properties.ts";
export type * from "./testing/seen.ts";
export { MissingError } from "./testing/seen.ts";

const load = once("the WebAssembly of the fake broker", async () => {
  const bytes = await readFile(new URL("./generated/mqttka-testing_bg.wasm", import.meta.url));
  await init({ module_or_path: bytes });
});

/**
 * An MQTT broker that clients find at its `uri`, from `start` or `listen` until `stop`, or the end of its block:
 * `await using broker = await FakeBroker.start()`.
 *
 * What it is told holds when the call returns. Where a method has a `clientId`, leaving it out means all connections that
 * there are; `notConnected` is thrown where there is none. It keeps 10,000 messages for each client, and what it saw: the
 * last 10,000; and 64 MiB of what a client does not read. It has no TLS and no WebSocket.
 */
export class FakeBroker extends BaseFakeBroker {
  #port: Port | undefined;

  /** Starts one that clients of this program find, without a socket. */
  static async start(): Promise<FakeBroker> {
    await load();
    return new FakeBroker(new Broker());
  }

  /**
   * Starts one that listens on 127.0.0.1, for clients of other programs, too. 0: on a port that is free.
   *
   * @throws MqttkaError `startup` where the system gives no port.
   */
  static async listen(port = 0): Promise<FakeBroker> {
    const broker = await FakeBroker.start();
    try {
      broker.#port = await Port.listen(port, broker.owner);
      return broker;
    } catch (cause) {
      await broker.stop();
      const message = `the fake broker cannot listen: ${cause}`;
      throw new MqttkaError("startup", message, undefined, { cause });
    }
  }

  /** The port that it listens on; undefined where it listens on none. */
  get port(): number | undefined {
    return this.#port?.number;
  }

  /** Where clients find it: `mqtt://NAME`, or `mqtt://127.0.0.1:PORT`. */
  get uri(): string {
    return this.#port === undefined ? `mqtt://${this.name}` : `mqtt://127.0.0.1:${this.port}`;
  }

  override async stop(): Promise<void> {
    await this.#port?.stop();
    await super.stop();
  }
}
