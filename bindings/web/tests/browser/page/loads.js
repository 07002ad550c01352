// What the application does while it is connected.

const UP = "lab/up";
const DOWN = "lab/down";
const CHUNK = 100_000;
const AT_ONCE = 8;

export async function begin(client, { load, total }, tell) {
  const complain = (error) => tell("error", { message: String(error) });
  if (load === "qos0" || load === "qos1") {
    const qos = Number(load.at(-1));
    setInterval(() => client.publish(UP, new Uint8Array(64), qos).catch(complain), 500);
  }
  if (load === "upload") {
    let left = (total ?? Infinity) / CHUNK;
    const pour = async () => {
      while (left-- > 0) await client.publish(UP, new Uint8Array(CHUNK), 1);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, pour)).then(() => tell("uploaded"), complain);
  }
  if (load === "upload-one") {
    await client.publish(UP, new Uint8Array(total), 1).then(() => tell("uploaded"), complain);
  }
  if (load.startsWith("download")) {
    let received = 0;
    const take = (length) => {
      received += length;
      if (received === total) tell("downloaded");
    };
    await client.subscribe(DOWN, take).then(() => tell("subscribed"), complain);
  }
}
