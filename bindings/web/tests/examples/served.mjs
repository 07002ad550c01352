// examples/web/hotspot.mjs, running.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("../../../../examples/web/hotspot.mjs", import.meta.url));

/** Starts it on a free port; resolves to {url, stop()}. */
export async function serve(...more) {
  const server = spawn(process.execPath, [SERVER, "--port", "0", "--until-eof", ...more], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const url = await new Promise((resolve, reject) => {
    server.stdout.once("data", (text) => resolve(String(text).trim()));
    server.once("exit", (status) => reject(new Error(`hotspot.mjs ended with ${status}`)));
  });
  const stop = () =>
    new Promise((resolve) => {
      server.once("exit", resolve);
      server.kill();
    });
  return { url, stop };
}
