// Starts the clients under test, in a page or in a Worker alike.

import { begin } from "/page/loads.js";
import { install, now, recordOf } from "/page/recorder.js";

/** `report` takes one entry: `t`, `client`, `event` and more. */
export async function startClients(config, report) {
  install();
  const started = [];
  for (const [name, own] of Object.entries(config.clients)) {
    const record = recordOf(name);
    const tell = (event, fields = {}) => {
      const t = now();
      const heard = record.heardAt;
      report({
        t,
        client: name,
        event,
        heard,
        received: record.received,
        sent: record.sent,
        buffered: record.socket?.bufferedAmount,
        ...fields,
      });
    };
    let began = false;
    // Imported only now: the library must find the recorder's WebSocket.
    const { start } = await import(`/page/${name}.js`);
    tell("connecting");
    const client = start({ ...config, ...own }, (event, fields) => {
      tell(event, fields);
      if (event !== "connected" || began) return;
      began = true;
      void begin(client, config, tell);
    });
    started.push(client);
  }
  return started;
}
