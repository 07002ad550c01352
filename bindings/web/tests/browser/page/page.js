// The page under test. What it sees goes to the lab by `labReport`, a binding of the DevTools protocol.
import { startClients } from "/page/clients.js";
import { blockAtPing, now } from "/page/recorder.js";

/** What a page says while it goes is not heard: it says it again if it comes back. */
let going;
const report = (entry) => {
  globalThis.labReport(JSON.stringify(entry));
  going?.push(entry);
};
const say = (event, fields = {}) => report({ t: now(), client: "page", event, ...fields });

addEventListener("error", ({ message }) => say("error", { message }));
addEventListener("unhandledrejection", ({ reason }) =>
  say("error", { message: String(reason?.stack ?? reason) }),
);
addEventListener("pagehide", ({ persisted }) => {
  going = [];
  say("pagehide", { persisted });
});
addEventListener("pageshow", ({ persisted }) => {
  for (const entry of going ?? []) globalThis.labReport(JSON.stringify({ ...entry, again: true }));
  going = undefined;
  say("pageshow", { persisted });
});
addEventListener("online", () => say("online"));
addEventListener("offline", () => say("offline"));
for (const name of ["freeze", "resume"]) document.addEventListener(name, () => say(name));
document.addEventListener("visibilitychange", () => say(document.visibilityState));

/** How often a chained timer of this page comes, as its throttling has it. */
globalThis.labTick = (milliseconds) => {
  let before = now();
  setInterval(() => {
    const t = now();
    say("tick", { after: t - before });
    before = t;
  }, milliseconds);
};

globalThis.labBlockAtPing = (client, seconds) => blockAtPing(client, seconds, say);

const config = JSON.parse(new URL(location.href).searchParams.get("config"));
if (config.where === "worker") {
  const worker = new Worker("/page/worker.js", { type: "module" });
  worker.addEventListener("message", ({ data }) => report(data));
  worker.addEventListener("error", ({ message }) =>
    say("error", { message: `in the Worker: ${message}` }),
  );
  worker.postMessage({ start: config });
  globalThis.labBlockAtPing = (client, seconds) =>
    worker.postMessage({ blockAtPing: client, seconds });
} else {
  globalThis.labClients = await startClients(config, report);
}
