/**
 * MQTT.js's most used calls over mqttka, for programs that were written for it. For Node, Deno and Bun.
 * `docs/from-mqttjs.md` says what differs.
 *
 * @module
 */

import { MqttClient } from "./mqtt-js/client.ts";
import { functions } from "./mqtt-js/connect.ts";
import { Client } from "./node.ts";

export * from "./mqtt-js/types.ts";

export const { connect, connectAsync } = functions((options) => new Client(options), "mqtt");

export { MqttClient };

export default { connect, connectAsync, MqttClient };
