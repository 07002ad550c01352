/**
 * MQTT.js's most used calls over mqttka, for programs that were written for it. For browsers and Workers.
 * `docs/from-mqttjs.md` says what differs.
 *
 * @module
 */

import { Client } from "./index.js";
import { functions } from "./mqtt-js/connect.js";
import type { OurClient } from "./mqtt-js/ours.js";

export { MqttClient } from "./mqtt-js/client.js";
export * from "./mqtt-js/types.js";

export const { connect, connectAsync } = functions(
  (options) => new Client(options) as unknown as OurClient,
  "ws",
);

export default { connect, connectAsync };
