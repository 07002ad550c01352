/**
 * MQTT.js's most used calls over mqttka, for programs that were written for it. For browsers and Workers.
 * `docs/from-mqttjs.md` says what differs.
 *
 * @module
 */

import { Client } from "./index.ts";
import { MqttClient } from "./mqtt-js/client.ts";
import { functions } from "./mqtt-js/connect.ts";

export * from "./mqtt-js/types.ts";

export const { connect, connectAsync } = functions((options) => new Client(options), "ws");

export { MqttClient };

export default { connect, connectAsync, MqttClient };
