// A clean project into which the package was installed as npm packs it: what a stranger gets.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const WEB = fileURLToPath(new URL("../..", import.meta.url));
/** The package that is tested. */
const PACKAGE = process.env.MQTTKA_PACKAGE ?? WEB;
const PROGRAMS = fileURLToPath(new URL("./programs/", import.meta.url));
/** The registry is not asked. */
const QUIET = ["--silent", "--offline", "--no-audit", "--no-fund", "--no-update-notifier"];

export class Project {
  /** @param {object} manifest further fields of package.json */
  constructor(manifest = {}) {
    this.folder = mkdtempSync(path.join(os.tmpdir(), "mqttka-web-"));
    const fields = { name: "newcomer", private: true, type: "module", ...manifest };
    writeFileSync(path.join(this.folder, "package.json"), JSON.stringify(fields));
    execFileSync("npm", ["pack", ...QUIET, "--ignore-scripts", "--pack-destination", this.folder], {
      cwd: PACKAGE,
    });
    this.tarball = path.join(
      this.folder,
      readdirSync(this.folder).find((name) => name.endsWith(".tgz")),
    );
    execFileSync("npm", ["install", ...QUIET, this.tarball], { cwd: this.folder });
    for (const program of readdirSync(PROGRAMS))
      copyFileSync(path.join(PROGRAMS, program), this.path(program));
  }

  path(...names) {
    return path.join(this.folder, ...names);
  }

  write(name, text) {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Where the package is. */
  get installed() {
    return this.path("node_modules", "mqttka");
  }

  /** Runs a program of the package's own development dependencies. */
  tool(name, ...rest) {
    return run(path.join(WEB, "node_modules", ".bin", name), rest, this.folder);
  }

  node(...rest) {
    return run(process.execPath, rest, this.folder);
  }

  remove() {
    rmSync(this.folder, { recursive: true });
  }
}

/** Its output; an error has what it said. */
function run(program, rest, cwd) {
  try {
    return execFileSync(program, rest, {
      cwd,
      encoding: "utf8",
      stdio: "pipe",
      env: { ...process.env, NO_COLOR: "1" },
    });
  } catch (error) {
    throw Object.assign(
      new Error(`${path.basename(program)} ${rest.join(" ")}:\n${error.stdout}${error.stderr}`),
      {
        said: `${error.stdout}${error.stderr}`,
      },
    );
  }
}
