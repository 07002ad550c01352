// A program for MQTT.js in a browser, with the adapter: there is no Buffer, and a URL may be a path.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium, launch, open } from "../chromium.mjs";
import { serve } from "../examples/served.mjs";

const inChromium = { skip: !chromium && "there is no Chromium", timeout: 120_000 };
let server;
let browser;
before(async () => {
  if (!chromium) return;
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("connect, subscribe, publish, message, end", inChromium, async () => {
  const page = await open(browser, `${server.url}hello.html`);
  const said = await page.evaluate(async () => {
    const { default: mqtt } = await import("/mqttka/mqtt-js.js");
    const said = [typeof Buffer];
    const client = mqtt.connect("/mqtt", { keepalive: 10 });
    const message = new Promise((resolve) => {
      client.on("message", (topic, payload) =>
        resolve([topic, payload.toString(), payload.length]),
      );
    });
    client.on("connect", () => {
      said.push("connect");
      client.subscribe("browser/#", (error, granted) => {
        said.push([error, granted]);
        client.publish("browser/a", "grüß dich");
      });
    });
    said.push(await message);
    await client.endAsync();
    said.push(client.connected);
    return said;
  });
  assert.deepEqual(said, [
    "undefined",
    "connect",
    [null, [{ topic: "browser/#", qos: 0 }]],
    ["browser/a", "grüß dich", 11],
    false,
  ]);
});

test("what a browser cannot is refused by name", inChromium, async () => {
  const page = await open(browser, `${server.url}hello.html`);
  const refused = await page.evaluate(async () => {
    const { default: mqtt } = await import("/mqttka/mqtt-js.js");
    const errorOf = async (url, options) => {
      try {
        const client = mqtt.connect(url, options);
        return await new Promise((resolve) =>
          client.on("error", (error) => resolve(error.message)),
        );
      } catch (error) {
        return error.message;
      }
    };
    return [
      await errorOf("mqtt://localhost"),
      await errorOf("/mqtt", { wsOptions: { headers: { Authorization: "x" } } }),
      await errorOf("/mqtt", { ca: "PEM" }),
    ];
  });
  assert.match(refused[0], /uri.*ws:\/\/ or wss:\/\//);
  assert.match(refused[1], /webSocketHeaders|web_socket_headers/);
  assert.match(refused[2], /tlsCa|tls_ca/);
});
