// Programs written for MQTT.js. Each gets a library, a broker and a way to say things, and is run with both libraries:
// what they say must be the same.

const once = (client, name) =>
  new Promise((resolve) => client.once(name, (...args) => resolve(args)));

export const programs = {
  async "callbacks, in the order in which they come"({ mqtt, url, say, name }) {
    const client = mqtt.connect(url, { clientId: name });
    say("at first", client.connected, client.reconnecting, client.disconnecting);
    const done = new Promise((resolve) => {
      client.on("connect", (packet) => {
        say("connect", packet.cmd, packet.sessionPresent, client.connected);
        client.subscribe(`${name}/#`, { qos: 1 }, (error, granted) => {
          say("granted", error, granted);
          client.publish(`${name}/a`, "hello", { qos: 1 }, (error, packet) => {
            say("published", error ?? null, packet?.cmd, packet?.topic);
          });
        });
      });
      client.on("message", (topic, payload, packet) => {
        say(
          "message",
          topic.replace(name, ""),
          payload.toString(),
          String(payload),
          payload instanceof Uint8Array,
        );
        say("packet", packet.cmd, packet.qos, packet.retain, packet.dup, packet.payload.toString());
        resolve();
      });
    });
    await done;
    client.on("close", () => say("close", client.connected));
    client.on("end", () => say("end"));
    await new Promise((resolve) => client.end(false, {}, () => resolve(say("ended"))));
    say("at last", client.connected, client.disconnecting, client.disconnected);
  },

  async "the forms with promises"({ mqtt, url, say, name }) {
    const client = await mqtt.connectAsync(url, { clientId: name });
    say(await client.subscribeAsync(`${name}/one`));
    say(await client.subscribeAsync([`${name}/two`, `${name}/three/+`], { qos: 2 }));
    say(
      await client.subscribeAsync({ [`${name}/four`]: { qos: 0 }, [`${name}/five`]: { qos: 1 } }),
    );
    say("again", await client.subscribeAsync(`${name}/two`, { qos: 1 }));
    say("higher", await client.subscribeAsync(`${name}/one`, { qos: 1 }));
    const got = [];
    const all = new Promise((resolve) => {
      client.on("message", (topic, payload, { qos }) => {
        got.push(`${topic.replace(name, "")} ${payload} ${qos}`);
        if (got.length === 5) resolve();
      });
    });
    await client.publishAsync(`${name}/one`, "0", { qos: 0 });
    await client.publishAsync(`${name}/two`, Buffer.from("2"), { qos: 2 });
    await client.publishAsync(`${name}/three/x`, "1", { qos: 1 });
    await client.publishAsync(`${name}/four`, "", { qos: 2 });
    await client.publishAsync(`${name}/five`, "ü", { qos: 2 });
    await all;
    say(got.sort());
    await client.unsubscribeAsync([`${name}/one`, `${name}/two`]);
    await client.unsubscribeAsync(`${name}/three/+`);
    say("after unsubscribe", await client.subscribeAsync(`${name}/one`));
    await client.endAsync();
  },

  async "5.0: properties there and back"({ mqtt, url, say, name }) {
    const client = await mqtt.connectAsync(url, {
      clientId: name,
      protocolVersion: 5,
      properties: { sessionExpiryInterval: 60, receiveMaximum: 10, userProperties: { a: "b" } },
    });
    say(
      await client.subscribeAsync(`${name}/+`, {
        qos: 1,
        rap: true,
        properties: { subscriptionIdentifier: 7 },
      }),
    );
    const message = once(client, "message");
    await client.publishAsync(`${name}/p`, "text", {
      qos: 1,
      retain: true,
      properties: {
        payloadFormatIndicator: true,
        messageExpiryInterval: 100,
        responseTopic: "answers",
        correlationData: Buffer.from([1, 2]),
        contentType: "text/plain",
        userProperties: { one: "1", many: ["2", "3"] },
      },
    });
    const [, , packet] = await message;
    say(
      packet.retain,
      packet.properties.contentType,
      packet.properties.responseTopic,
      packet.properties.payloadFormatIndicator,
    );
    say(
      { ...packet.properties.userProperties },
      [...packet.properties.correlationData],
      packet.properties.subscriptionIdentifier,
    );
    say(packet.properties.messageExpiryInterval <= 100);
    await client.publishAsync(`${name}/p`, "", { retain: true });
    await client.endAsync();
  },

  async "5.0: the broker says why it ends the connection"({ mqtt, ending, say, name }) {
    const client = mqtt.connect(ending, { clientId: name, protocolVersion: 5, reconnectPeriod: 0 });
    for (const event of ["connect", "offline", "close", "error"])
      client.on(event, () => say(event));
    client.on("disconnect", (packet) => say(packet.cmd, packet.reasonCode));
    await once(client, "close");
  },

  async "what is said before there is a connection waits"({ mqtt, url, say, name }) {
    const watcher = await mqtt.connectAsync(url, { clientId: `${name}w` });
    await watcher.subscribeAsync(`${name}/q`, { qos: 1 });
    const message = once(watcher, "message");
    const client = mqtt.connect(url, { clientId: name, manualConnect: true });
    const done = Promise.all([
      client.subscribeAsync(`${name}/s`, { qos: 1 }),
      client.publishAsync(`${name}/q`, "early", { qos: 1 }),
      client.publishAsync(`${name}/0`, "early"),
    ]);
    say(client.connected);
    client.connect();
    say(String((await message)[1]));
    say((await done)[0]);
    await client.endAsync();
    await watcher.endAsync();
  },

  async "a Will, where the end is forced"({ mqtt, url, say, name }) {
    const watcher = await mqtt.connectAsync(url, { clientId: `${name}w` });
    await watcher.subscribeAsync(`${name}/will`);
    const will = { topic: `${name}/will`, payload: Buffer.from("gone"), qos: 1, retain: false };
    const gone = once(watcher, "message");
    const client = await mqtt.connectAsync(url, { clientId: name, will });
    const polite = await mqtt.connectAsync(url, {
      clientId: `${name}p`,
      will: { ...will, payload: "not this" },
    });
    await polite.endAsync();
    client.end(true);
    const [topic, payload, packet] = await gone;
    say(topic.replace(name, ""), String(payload), packet.qos);
    await watcher.endAsync();
  },

  async "ends, gentle and by force, with and without a connection"({
    mqtt,
    url,
    nobody,
    say,
    name,
  }) {
    for (const force of [false, true]) {
      const client = await mqtt.connectAsync(url, { clientId: name });
      for (const event of ["close", "end", "offline", "error"])
        client.on(event, () => say(force, event));
      await new Promise((resolve) => client.end(force, () => resolve(say("callback"))));
      await client.endAsync();
      say("again", client.connected, client.disconnected);
    }
    for (const force of [false, true]) {
      const client = mqtt.connect(nobody, { clientId: name, reconnectPeriod: 60_000 });
      await once(client, "close");
      for (const event of ["close", "end", "offline", "error"])
        client.on(event, () => say(force, event));
      const ended = once(client, "end");
      client.end(force);
      await ended;
    }
  },

  async "a session is kept"({ mqtt, url, say, name }) {
    const options = { clientId: name, clean: false };
    const first = mqtt.connect(url, options);
    say((await once(first, "connect"))[0].sessionPresent);
    await first.subscribeAsync(`${name}/kept`, { qos: 1 });
    await first.endAsync();
    const other = await mqtt.connectAsync(url, { clientId: `${name}o` });
    await other.publishAsync(`${name}/kept`, "meanwhile", { qos: 1 });
    await other.endAsync();
    const second = mqtt.connect(url, options);
    const message = once(second, "message");
    say((await once(second, "connect"))[0].sessionPresent);
    say(String((await message)[1]));
    await second.endAsync();
    const last = await mqtt.connectAsync(url, { clientId: name, clean: true });
    await last.endAsync();
  },

  async "a connection that breaks, and comes back"({ mqtt, breaking, say, name }) {
    const client = mqtt.connect(breaking.url, { clientId: name, reconnectPeriod: 50 });
    await once(client, "connect");
    await client.subscribeAsync(`${name}/#`, { qos: 1 });
    for (const event of ["offline", "close", "reconnect", "connect"])
      client.on(event, () => say(event, client.connected, client.reconnecting));
    const back = once(client, "connect");
    breaking.cut();
    await back;
    const message = once(client, "message");
    await client.publishAsync(`${name}/x`, "subscribed again", { qos: 1 });
    say(String((await message)[1]));
    for (const event of ["offline", "close", "reconnect", "connect"])
      client.removeAllListeners(event);
    await client.endAsync();
  },

  async "without coming back"({ mqtt, breaking, say, name }) {
    const client = await mqtt.connectAsync(breaking.url, { clientId: name, reconnectPeriod: 0 });
    for (const event of ["offline", "close", "reconnect", "connect"])
      client.on(event, () => say(event, client.reconnecting));
    const closed = once(client, "close");
    breaking.cut();
    await closed;
    const connected = once(client, "connect");
    client.reconnect();
    await connected;
    await client.endAsync();
  },

  async "without coming back, and without waiting for the connection"({ mqtt, url, say, name }) {
    const client = mqtt.connect(url, { clientId: name, reconnectPeriod: 0 });
    const message = once(client, "message");
    client.subscribe(`${name}/#`, { qos: 1 }, (error, granted) => {
      say("granted", error, granted);
      client.publish(`${name}/x`, "hello");
    });
    say(String((await message)[1]));
    await client.endAsync();
  },

  async "user properties of an unsubscribe"({ mqtt, url, say, name }) {
    const client = await mqtt.connectAsync(url, { clientId: name, protocolVersion: 5 });
    await client.subscribeAsync(`${name}/#`);
    await client.unsubscribeAsync(`${name}/#`, { properties: { userProperties: { a: "b" } } });
    say("done");
    await client.endAsync();
  },

  async "end, and connect again"({ mqtt, url, say, name }) {
    const client = await mqtt.connectAsync(url, { clientId: name });
    await client.subscribeAsync(`${name}/#`);
    await client.endAsync();
    say(client.connected, client.disconnected);
    const connected = once(client, "connect");
    client.reconnect();
    await connected;
    say(client.connected, client.disconnected);
    const message = once(client, "message");
    await client.subscribeAsync({ [`${name}/#`]: { qos: 0 }, resubscribe: true });
    client.publish(`${name}/again`, "hello");
    say(String((await message)[1]));
    await client.endAsync();
  },

  async refused({ mqtt, guarded, say, name }) {
    const client = mqtt.connect(guarded, {
      clientId: name,
      username: "user",
      password: "wrong",
      reconnectPeriod: 60_000,
    });
    const [error] = await once(client, "error");
    say(error instanceof Error, error.message.startsWith("Connection refused"), error.code);
    await client.endAsync(true);
    const failed = await mqtt.connectAsync(guarded, { clientId: name }).catch((error) => error);
    say(failed.code);
    const right = await mqtt.connectAsync(guarded, {
      clientId: name,
      username: "user",
      password: Buffer.from("right"),
    });
    say(right.connected);
    await right.endAsync();
    const url = await mqtt.connectAsync(guarded.replace("//", "//user:right@"), { clientId: name });
    say(url.connected, url.options.username);
    await url.endAsync();
  },

  async "nobody there"({ mqtt, nobody, say, name }) {
    say(
      await mqtt.connectAsync(nobody, { clientId: name }).catch((error) => error instanceof Error),
    );
    say(
      await mqtt
        .connectAsync(nobody, { clientId: name }, false)
        .catch((error) => error instanceof Error),
    );
  },

  async "wrong calls"({ mqtt, url, say, name }) {
    say(
      await Promise.resolve()
        .then(() => mqtt.connect("no protocol"))
        .catch((error) => error.message),
    );
    say(
      await Promise.resolve()
        .then(() => mqtt.connect(url, { clean: false }))
        .catch((error) => error.message),
    );
    const client = await mqtt.connectAsync(url, { clientId: name });
    for (const filter of ["a/#/b", "a#", [], ["fine", "b+"]]) {
      say(await client.subscribeAsync(filter).catch((error) => error.message));
      say(await client.unsubscribeAsync(filter).catch((error) => error.message));
    }
    const ended = client.endAsync();
    say(await client.publishAsync(`${name}/late`, "x").catch((error) => error.message));
    say(await client.subscribeAsync(`${name}/late`).catch((error) => error.message));
    await ended;
  },

  async "handleMessage holds the next message back"({ mqtt, url, say, name }) {
    const client = await mqtt.connectAsync(url, { clientId: name });
    await client.subscribeAsync(`${name}/#`, { qos: 1 });
    let handled = 0;
    let under = 0;
    const all = new Promise((resolve) => {
      client.handleMessage = (packet, callback) => {
        under += 1;
        say("handles", String(packet.payload), under);
        setImmediate(() => {
          under -= 1;
          handled += 1;
          callback();
          if (handled === 3) resolve();
        });
      };
    });
    for (const text of ["a", "b", "c"]) client.publish(`${name}/h`, text, { qos: 1 });
    await all;
    await client.endAsync();
  },

  async listeners({ mqtt, url, say, name }) {
    const client = await mqtt.connectAsync(url, { clientId: name });
    const heard = (topic) => say("heard", topic.replace(name, ""));
    client.on("message", heard);
    client.once("message", () => say("once"));
    say(client.listenerCount("message"));
    await client.subscribeAsync(`${name}/#`);
    const second = new Promise((resolve) => {
      let count = 0;
      client.on("message", () => ++count === 2 && resolve());
    });
    await client.publishAsync(`${name}/1`, "");
    await client.publishAsync(`${name}/2`, "");
    await second;
    client.off("message", heard);
    say(client.listenerCount("message"), client.emit("outgoingEmpty"));
    client.removeAllListeners("message");
    say(client.listenerCount("message"));
    await client.endAsync();
  },
};
