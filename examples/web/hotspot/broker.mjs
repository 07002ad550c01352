// A mosquitto of the demo's own, for those who name no broker.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Starts it; resolves to {host, port, stop()} of its WebSocket listener. */
export async function startBroker() {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      // Somebody may have taken a port in between.
      if (attempt === 5 || error.code === "ENOENT") throw error;
    }
  }
}

async function start() {
  const folder = mkdtempSync(join(tmpdir(), "mqttka-web-"));
  const [plain, webSocket] = [await freePort(), await freePort()];
  const file = join(folder, "mosquitto.conf");
  // Mosquitto 2.0 does not start with listeners for WebSocket alone.
  writeFileSync(file, `listener ${plain} 127.0.0.1\nlistener ${webSocket} 127.0.0.1\nprotocol websockets\nallow_anonymous true\n`);
  const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };
  const broker = spawn("mosquitto", ["-c", file], { stdio: ["ignore", "ignore", "pipe"], env: environment });
  const stop = () => {
    broker.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", stop);
  let said = "";
  broker.stderr.on("data", (text) => (said = (said + text).slice(-2000)));
  const ended = new Promise((_, reject) => {
    broker.on("error", (error) =>
      reject(error.code === "ENOENT" ? Object.assign(new Error("there is no mosquitto: install it, or say --broker HOST:PORT"), { code: "ENOENT" }) : error));
    broker.on("exit", (status) => reject(new Error(`mosquitto ended with ${status}: ${said}`)));
  });
  ended.catch(() => {});
  try {
    await Promise.race([ended, answers(webSocket)]);
  } catch (error) {
    stop();
    throw error;
  }
  return { host: "127.0.0.1", port: webSocket, stop };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when somebody listens there. */
function answers(port) {
  return new Promise((resolve) => {
    const attempt = () => {
      const socket = net.connect(port, "127.0.0.1");
      socket.on("connect", () => {
        socket.destroy();
        resolve();
      });
      socket.on("error", () => setTimeout(attempt, 50));
    };
    attempt();
  });
}
