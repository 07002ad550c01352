// The load of a client that comes back by itself: numbers, as decimal text, one sequence for each QoS.
import { say } from "./say.mjs";

const PERIOD_MS = 50;
const QUALITIES = [1, 2];

export function exchange(client) {
  const subscriptions = QUALITIES.map((qos) => ({ filter: `lab/down/${qos}`, qos }));
  const messages = client.subscribe(subscriptions, { outlivesConnections: true });
  messages.ready.then(
    () => say("subscribed"),
    () => say("not_subscribed"),
  );
  const take = async () => {
    // By its topic: so the number is one of that sequence.
    for await (const message of messages)
      say("got", { qos: Number(message.topic.at(-1)), n: Number(message.text()) });
  };
  void take().catch(() => {});
  const sent = { 1: 0, 2: 0 };
  let timer;
  const publish = (qos) => {
    const n = sent[qos]++;
    client
      .publish(`lab/up/${qos}`, String(n), { qos })
      .catch((error) => say("unpublished", { qos, n, error: String(error.code ?? error) }));
  };
  return {
    start() {
      timer = setInterval(() => QUALITIES.forEach(publish), PERIOD_MS);
    },
    settle() {
      clearInterval(timer);
      say("sent", { qos1: sent[1], qos2: sent[2] });
    },
  };
}
