// A test in a page: the fake broker in the page's own memory, and a client that proves to it who it is. What came of it is the title.
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
  broker.authenticateScram("user", "pencil");
  const authenticator = new ScramSha256("user", "pencil");
  const { authenticationMethod } = (await connect(broker.uri, { authenticator })).negotiated;
  await broker.stop();
  document.title = `${text}, ${authenticationMethod}`;
} catch (error) {
  document.title = `failed: ${error}`;
}
