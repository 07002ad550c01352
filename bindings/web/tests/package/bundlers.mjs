// Bundles a program of a project for a page, as each bundler's documentation says, into a folder of its own.
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";

const WORKER = "timer-worker.js";
const WASM = "mqttka_bg.wasm";

/** The names of the two files that the package asks for beside its own code. */
export const ASSETS = [WASM, WORKER];
/** Of what only those ask for who use it. */
export const OTHERS = ["mqttka-scram_bg.wasm", "mqttka-testing_bg.wasm"];

const assetsOf = (project) => ({
  [WORKER]: path.join(project.installed, "dist", "host", WORKER),
  ...Object.fromEntries(
    [WASM, ...OTHERS].map((name) => [
      name,
      path.join(project.installed, "dist", "generated", name),
    ]),
  ),
});

/** esbuild and plain Rollup leave `new URL("file", import.meta.url)` as it is: the files are laid beside the bundle. */
function layBeside(project, out) {
  mkdirSync(out, { recursive: true });
  for (const [name, file] of Object.entries(assetsOf(project)))
    copyFileSync(file, path.join(out, name));
}

/** Each: bundles `entry` into `out`/page.js; browsers' conditions, ES modules. */
export const BUNDLERS = {
  async esbuild(project, entry, out) {
    layBeside(project, out);
    await esbuild({
      entryPoints: [project.path(entry)],
      outfile: path.join(out, "page.js"),
      ...{
        bundle: true,
        minify: true,
        format: "esm",
        platform: "browser",
        target: "es2022",
        logLevel: "error",
      },
    });
  },

  async rollup(project, entry, out) {
    layBeside(project, out);
    const own = project.installed;
    const bundle = await rollup({
      input: project.path(entry),
      // What @rollup/plugin-node-resolve does, for the only package there is.
      plugins: [
        {
          name: "resolve",
          resolveId: (id) =>
            ({
              mqttka: path.join(own, "dist", "index.js"),
              "mqttka/testing": path.join(own, "dist", "testing.js"),
            })[id] ?? null,
        },
      ],
      onwarn(warning) {
        throw new Error(warning.message);
      },
    });
    await bundle.write({ file: path.join(out, "page.js"), format: "es" });
    await bundle.close();
  },

  async vite(project, entry, out) {
    await vite({
      root: project.folder,
      configFile: false,
      logLevel: "error",
      base: "./",
      build: {
        outDir: out,
        emptyOutDir: false,
        assetsInlineLimit: 0,
        target: "es2022",
        rollupOptions: {
          input: project.path(entry),
          output: { entryFileNames: "page.js", format: "es" },
        },
      },
      worker: { format: "es" },
    });
  },

  async webpack(project, entry, out) {
    const compiler = webpack({
      mode: "production",
      context: project.folder,
      entry: project.path(entry),
      output: { path: out, filename: "page.js", module: true, publicPath: "auto" },
      experiments: { outputModule: true },
      performance: { hints: false },
    });
    const stats = await new Promise((resolve, reject) => {
      compiler.run((error, done) => (error ? reject(error) : resolve(done)));
    });
    await new Promise((resolve) => compiler.close(resolve));
    const problems = stats.toJson({ all: false, errors: true, warnings: true });
    const said = [...problems.errors, ...problems.warnings].map(({ message }) => message);
    if (said.length > 0) throw new Error(said.join("\n"));
  },
};

/** All files of a folder, relative to it. */
export const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)));
