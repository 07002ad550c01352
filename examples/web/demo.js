// The demo: a page that is connected through a hotspot, and what it is told when the hotspot loses its internet.
// Of mqttka it uses what any page would: a client, its events, its status.

import { Client } from "./mqttka/index.js";
import { Timeline } from "./timeline.js";

const TOPIC = "demo/echo";
const LOG_LINES = 60;

const at = (id) => document.getElementById(id);
const page = crypto.randomUUID?.() ?? `page-${Math.random().toString(36).slice(2)}`;
const began = performance.now();
/** Seconds since the page began. */
const now = () => (performance.now() - began) / 1000;

const timeline = new Timeline(at("timeline"));
let client = null;
let subscription = null;
let keepAlive = 5;
let sent = 0;
let events = 0; // disconnect events since the path was cut
let isCut = false;

// --- The hotspot: what it saw, and its switch -------------------------------------------------

const hotspot = new EventSource(`hotspot/events?page=${page}`);
hotspot.addEventListener("packet", ({ data }) => {
  const { direction, name, passed } = JSON.parse(data);
  timeline.packet(now(), direction, name, passed);
  if (!name.startsWith("PING")) return;
  const isUp = direction === "up";
  if (passed) tell("hotspot", "plain", isUp ? "PINGREQ  page -> broker" : "PINGRESP page <- broker");
  else tell("hotspot", "bad", isUp ? "PINGREQ  page -> nowhere: it will get no answer" : "PINGRESP nowhere <- broker: the page will not see it");
});
hotspot.addEventListener("cut", () => {
  isCut = true;
  events = 0;
  timeline.cut(now());
  tell("hotspot", "bad", "the internet is gone; Wi-Fi, routes and the TCP connection stay up");
  showButtons();
});
hotspot.addEventListener("restored", ({ data }) => {
  isCut = false;
  timeline.restored(now());
  const { late } = JSON.parse(data);
  tell("hotspot", "plain", late > 0 ? `the internet is back (packets that come late: ${late})` : "the internet is back");
  showButtons();
});

/** Asks the hotspot for something; `seconds`: from the last byte that it let through to this page, until now. */
async function ask(action) {
  const at = performance.timeOrigin + performance.now();
  const response = await fetch(`hotspot/${action}?page=${page}&at=${at}`, { method: "POST" });
  return response.json();
}

// --- The client --------------------------------------------------------------------------------

function connect() {
  keepAlive = Number(at("keep-alive").value);
  const url = new URL(`mqtt?page=${page}`, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  client = new Client(url.href, { keepAlive, clientId: `demo-${page.slice(0, 8)}`, cleanStart: false, sessionExpiryInterval: 3600 });
  client.on("connected", (event) => {
    show("connected");
    const again = event.connectionNumber > 1;
    if (!again) tell("page", "good", `EVENT: connected; keep-alive ${event.keepAlive} s`);
    else {
      tell("page", "good", `EVENT: connected, ${event.sessionPresent ? "the broker still has its session" : "with a new session"}`);
      at("verdict").append(" Back by itself.");
    }
  });
  client.on("suspect", () => {
    show("suspect");
    tell("page", "wary", "EVENT: suspect, something is unanswered for several round trips");
  });
  client.on("alive", () => {
    show("connected");
    tell("page", "good", "EVENT: alive, evidence came after all");
  });
  client.on("disconnected", onDisconnected);
  client.on("connectFailed", (event) => tell("page", "wary", `EVENT: connect_failed, ${event.description}`));
  client.on("reconnecting", (event) => {
    show("reconnecting");
    tell("page", "plain", `EVENT: reconnecting, attempt ${event.attemptNumber} in ${event.delay.toFixed(1)} s`);
  });
  client.on("reconnectStopped", (event) => {
    show("idle");
    tell("page", "bad", `EVENT: reconnect_stopped, ${event.reason}`);
  });
  show("connecting");
  readMessages();
  client.connect().catch((error) => tell("page", "wary", String(error.message)));
}

function onDisconnected(event) {
  const when = now(); // first of all: this is the time that the demo shows
  const asked = ask("verdict");
  show("disconnected");
  if (event.cause.kind === "clientClosed" || event.cause.kind === "disconnectRequested") {
    show("idle");
    tell("page", "plain", "EVENT: disconnected, as asked");
    return;
  }
  events += 1;
  tell("page", "bad", `EVENT: disconnected, ${event.cause.kind}`);
  tell("page", "plain", `"${event.description}"`);
  const bound = 1.5 * event.keepAlive;
  asked.then(({ seconds }) => {
    const isKept = events === 1 && seconds <= bound;
    timeline.verdict(when - seconds, when, `${seconds.toFixed(2)} s`, isKept ? "good" : "bad");
    verdict(isKept ? "good" : "bad",
      `disconnected after ${seconds.toFixed(2)} s (bound ${bound.toFixed(2)} s), events: ${events}, reason: ${event.cause.kind}.`);
  });
}

async function readMessages() {
  subscription = client.subscribe(TOPIC, { qos: 1 });
  try {
    for await (const message of subscription) tell("page", "plain", `"${message.text()}" came back from the broker`);
  } catch (error) {
    tell("page", "wary", error.message);
  }
}

async function publish() {
  const text = `hello ${++sent}`;
  if (client.state !== "connected") tell("page", "plain", `"${text}" waits for the connection`);
  try {
    await client.publish(TOPIC, text, { qos: 1 });
  } catch (error) {
    tell("page", "wary", `"${text}": ${error.message}`);
  }
}

async function disconnect() {
  const old = client;
  client = null;
  at("steady").checked = false;
  await old.disconnect();
  old.close();
  timeline.bound(null);
  show("idle");
}

// --- What is seen ------------------------------------------------------------------------------

function show(state) {
  at("state").textContent = state;
  at("state").dataset.state = state;
  timeline.state(now(), state);
  showButtons();
}

function showButtons() {
  at("connect").textContent = client ? "Disconnect" : "Connect";
  at("publish").disabled = at("steady").disabled = !client;
  at("keep-alive").disabled = Boolean(client);
  at("cut").textContent = isCut ? "Bring it back" : "Cut the path";
  at("cut").className = isCut ? "good" : "bad";
}

function tell(who, tone, text) {
  const line = document.createElement("li");
  line.dataset.tone = tone;
  for (const part of [`${now().toFixed(2).padStart(6)} s`, who, text]) line.append(Object.assign(document.createElement("span"), { textContent: part }));
  at("log").prepend(line);
  while (at("log").children.length > LOG_LINES) at("log").lastChild.remove();
}

function verdict(tone, text) {
  at("verdict").dataset.tone = tone;
  at("verdict").textContent = text;
}

/** After how much silence a ping is due, by the rules of docs/liveness.md. */
function pingAfter(keepAlive) {
  const latest = keepAlive - Math.min(1, keepAlive / 10);
  return Math.max(keepAlive / 2, Math.min(latest, 1.5 * keepAlive - Math.min(keepAlive / 20, 0.25) - 20));
}

/** How old is the last evidence of life? Some ten times a second: a page that is busy drawing would be told late. */
function draw() {
  const status = client?.status();
  const bound = 1.5 * (status?.keepAlive || keepAlive);
  at("bound").textContent = `bound ${bound.toFixed(2)} s`;
  const liveness = client?.state === "connected" ? status.liveness : undefined;
  const age = liveness ? liveness.lastEvidenceAge : 0;
  at("age").textContent = liveness ? `${age.toFixed(1)} s` : "–";
  at("fill").style.transform = `scaleX(${Math.min(1, age / bound)})`;
  at("ping").style.left = `${(100 * pingAfter(bound / 1.5)) / bound}%`;
  at("bar").dataset.tone = liveness?.suspect ? "wary" : "good";
  at("bar").setAttribute("aria-valuemax", bound.toFixed(1));
  at("bar").setAttribute("aria-valuenow", age.toFixed(1));
  timeline.bound(liveness ? { from: now() - age, at: now() - age + bound } : null);
  timeline.draw(now());
  setTimeout(() => requestAnimationFrame(draw), 80);
}

at("connect").addEventListener("click", () => (client ? disconnect() : connect()));
at("publish").addEventListener("click", publish);
at("cut").addEventListener("click", () => ask(isCut ? "restore" : "cut"));
at("theme").addEventListener("click", () => {
  const isDark = getComputedStyle(document.documentElement).colorScheme === "dark";
  document.documentElement.dataset.theme = isDark ? "light" : "dark";
  timeline.readColours();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => timeline.readColours());
setInterval(() => {
  if (at("steady").checked && client) publish();
}, 1000);
show("idle");
draw();
