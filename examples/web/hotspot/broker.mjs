// A mosquitto of the demo's own, for those who name no broker.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Debian has it where only root looks. */
const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };

/** Starts it; resolves to {host, port, plainPort, stop()}: `port` is for WebSocket, `plainPort` for TCP. `users`: names and
 * passwords of those who may connect; everybody by default. */
export async function startBroker(users) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(users);
    } catch (error) {
      // Somebody may have taken a port in between.
      if (attempt === 5 || error.code === "ENOENT") throw error;
    }
  }
}

async function start(users) {
  const folder = mkdtempSync(join(tmpdir(), "mqttka-web-"));
  const [plain, webSocket] = [await freePort(), await freePort()];
  const file = join(folder, "mosquitto.conf");
  // Mosquitto 2.0 does not start with listeners for WebSocket alone.
  writeFileSync(file, `listener ${plain} 127.0.0.1\nlistener ${webSocket} 127.0.0.1\nprotocol websockets\n${whoMay(folder, users)}`);
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
  return { host: "127.0.0.1", port: webSocket, plainPort: plain, stop };
}

/** The lines of the configuration. */
function whoMay(folder, users) {
  if (!users) return "allow_anonymous true\n";
  const file = join(folder, "passwords");
  writeFileSync(file, "");
  for (const [name, password] of Object.entries(users)) execFileSync("mosquitto_passwd", ["-b", file, name, password], { env: environment });
  // As root it would become another user, who cannot read this folder.
  const user = process.getuid?.() === 0 ? "user root\n" : "";
  return `${user}allow_anonymous false\npassword_file ${file}\n`;
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
