// Medians over the rounds, as tables for people.
import { label } from "./plan.js";

export const median = (values) => {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** About three digits that count. */
const number = (value) => {
  if (value === undefined || Number.isNaN(value)) return "-";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
};

/** The figures of a run, each with what a larger one means. */
const FIGURES = {
  throughput: [
    { name: "messages/s", of: (run) => (run.count / run.wall) * 1000, better: "more" },
    { name: "CPU us/message", of: (run) => (run.cpu / run.count) * 1000, better: "less" },
  ],
  echo1: [
    { name: "median us", of: (run) => median(run.times) * 1000, better: "less" },
    { name: "CPU us/message", of: (run) => (run.cpu / run.count) * 1000, better: "less" },
  ],
  cold: [
    { name: "ms to connected", of: (run) => run.wall, better: "less" },
    { name: "CPU ms", of: (run) => run.cpu, better: "less" },
  ],
  idle: [
    {
      name: "KiB each (one: with the library)",
      of: (run) => (run.each ?? run.first) / 1024,
      better: "less",
    },
    { name: "wake-ups/s", of: (run) => run.perSecond, better: "less" },
  ],
};

const figuresOf = (mode) => FIGURES[mode] ?? FIGURES.throughput;

/** Rows of one case: a figure of each client, and how ours stands to the other's. */
function rows(one, runs, clients) {
  const own = (client) => runs.filter((run) => run.case === one && run.client === client);
  return figuresOf(one.mode).flatMap(({ name, of, better }) => {
    const values = clients.map((client) => median(own(client).map(of)));
    if (values.every((value) => value === undefined)) return [];
    const [ours, theirs] = values;
    const ratio = better === "more" ? ours / theirs : theirs / ours;
    return [{ name: `${label(one)}: ${name}`, values, ratio }];
  });
}

/** One table for each place; the ratio is above 1 where ours is better. */
export function render(cases, runs, clients) {
  let text = "";
  for (const place of new Set(cases.map((one) => one.place))) {
    const own = cases.filter((one) => one.place === place);
    text += `\n${place}, ${own[0].transport}\n\n`;
    text += `| | ${clients.join(" | ")} | ours is better by |\n|---|${"--:|".repeat(clients.length + 1)}\n`;
    for (const { name, values, ratio } of own.flatMap((one) => rows(one, runs, clients))) {
      const mark = Number.isFinite(ratio)
        ? `${ratio.toFixed(2)}${ratio < 0.97 ? " MISSED" : ""}`
        : "-";
      text += `| ${name} | ${values.map(number).join(" | ")} | ${mark} |\n`;
    }
  }
  const loaded = (run) => run.sink !== undefined && run.cpu > 0;
  const share = median(runs.filter(loaded).map((run) => (100 * run.sink) / run.cpu));
  return `${text}\nThe sink had ${number(share)} % of the clients' processor time (median).\n`;
}
