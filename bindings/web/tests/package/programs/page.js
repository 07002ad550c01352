// A page: one message there and back. What came is the title.
import { connect } from "mqttka";

try {
  const broker = new URLSearchParams(location.search).get("broker");
  const client = await connect(broker, { keepAlive: 10 });
  const messages = client.subscribe("bundled/#", { qos: 1 });
  await messages.ready;
  await client.publish("bundled/greeting", "there and back", { qos: 1 });
  for await (const message of messages) {
    document.title = message.text();
    break;
  }
} catch (error) {
  document.title = `failed: ${error}`;
}
