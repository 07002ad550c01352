// A test in a page: the fake broker in the page's own memory, and the first message of SCRAM. What came of it is the title.
import { connect, ScramSha256 } from "mqttka";
import { FakeBroker } from "mqttka/testing";

try {
  const broker = await FakeBroker.start();
  const client = await connect(broker.uri, { clientId: "page" });
  await client.publish("a", "tested", { qos: 1 });
  const text = (await broker.expectPublish("a")).text();
  broker.goSilent();
  const publishing = client.publish("b", "", { qos: 1 });
  broker.comeBack();
  await publishing;
  await client.disconnect();
  await broker.expect("disconnected");
  await broker.stop();
  const scram = new ScramSha256("user", "pencil");
  const first = await scram.authenticate({ step: "start", exchange: 1, timeLeft: 10 });
  document.title = `${text}, ${new TextDecoder().decode(first).slice(0, 11)}`;
} catch (error) {
  document.title = `failed: ${error}`;
}
