/**
 * MQTT.js's most used calls over mqttka, for programs that were written for it. For browsers and Workers.
 * `docs/from-mqttjs.md` says what differs.
 *
 * @module
 */

import { Client } from "./index.ts";
import { functions } from "./mqtt-js/connect.ts";
import type { OurClient } from "./mqtt-js/ours.ts";

export { MqttClient } from "./mqtt-js/client.ts";
export * from "./mqtt-js/types.ts";

export const { connect, connectAsync } = functions(
  (options) => new Client(options) as unknown as OurClient,
  "ws",
);

export default { connect, connectAsync };
