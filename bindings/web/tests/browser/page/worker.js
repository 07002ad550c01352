// A user's own Worker with the clients in it.
import { startClients } from "/page/clients.js";
import { blockAtPing, now } from "/page/recorder.js";

const report = (entry) => self.postMessage(entry);

self.addEventListener("message", ({ data }) => {
  if (data.start) startClients(data.start, report);
  if (data.blockAtPing) {
    blockAtPing(data.blockAtPing, data.seconds, (event) =>
      report({ t: now(), client: "page", event }),
    );
  }
});
