// Draws what happened in the last seconds: three lines (page, hotspot, broker), the packets between them, what the
// client says of the connection, and where the bound is.

const PAST = 22; // seconds that are seen of it; half as many on a phone
const AHEAD = 8; // and of the time to come, where the bound waits
const KEPT = 400; // things that are remembered

export class Timeline {
  #canvas;
  #packets = []; // {at, direction, name, passed}
  #states = []; // {at, state}
  #cuts = []; // {from, to}
  #verdicts = []; // {from, at, text, tone}
  #bound = null; // {from, at}: the last sign of life, and when patience ends
  #colours = {};

  constructor(canvas) {
    this.#canvas = canvas;
    this.readColours();
  }

  /** To be called when the theme changed. */
  readColours() {
    const style = getComputedStyle(this.#canvas);
    for (const name of ["paper", "ink", "quiet", "line", "panel", "good", "wary", "bad", "busy"])
      this.#colours[name] = style.getPropertyValue(`--${name}`).trim();
  }

  /** `direction` "up": from the page to the broker. `passed`: the internet was there. */
  packet(at, direction, name, passed) {
    keep(this.#packets, { at, direction, name, passed });
  }

  /** What the client says from now on: connected, suspect, ... */
  state(at, state) {
    if (this.#states.at(-1)?.state !== state) keep(this.#states, { at, state });
  }

  cut(at) {
    keep(this.#cuts, { from: at, to: Infinity });
  }

  restored(at) {
    const last = this.#cuts.at(-1);
    if (last) last.to = Math.min(last.to, at);
  }

  verdict(from, at, text, tone) {
    keep(this.#verdicts, { from, at, text, tone });
  }

  /** When the client loses patience, if nothing comes; null: it has none to lose. */
  bound(bound) {
    this.#bound = bound;
  }

  draw(now) {
    const canvas = this.#canvas;
    const ratio = devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    const left = 70;
    const past = width < 500 ? PAST / 2 : PAST;
    const view = {
      pen, now, width, height, left, past,
      x: (at) => left + ((at - now + past) / (past + AHEAD)) * (width - left),
      lanes: { page: height * 0.3, hotspot: height * 0.57, broker: height * 0.84 },
    };
    pen.fillStyle = this.#colours.paper;
    pen.fillRect(0, 0, width, height);
    this.#drawCuts(view);
    this.#drawStates(view);
    this.#drawLanes(view);
    this.#drawPackets(view);
    this.#drawBound(view);
    this.#drawVerdicts(view);
    this.#drawNames(view);
  }

  #line(pen, x1, y1, x2, y2, colour, thick = 1, dash = []) {
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.setLineDash(dash);
    pen.beginPath();
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
    pen.stroke();
    pen.setLineDash([]);
  }

  #drawCuts({ pen, x, now, lanes }) {
    pen.globalAlpha = 0.12;
    pen.fillStyle = this.#colours.bad;
    for (const { from, to } of this.#cuts) {
      const end = x(Math.min(to, now));
      pen.fillRect(x(from), lanes.hotspot - 6, Math.max(0, end - x(from)), lanes.broker - lanes.hotspot + 6);
    }
    pen.globalAlpha = 1;
  }

  #drawStates({ pen, x, now, lanes, left }) {
    const colours = {
      connected: this.#colours.good, suspect: this.#colours.wary, disconnected: this.#colours.bad,
      connecting: this.#colours.busy, reconnecting: this.#colours.busy, idle: this.#colours.line,
    };
    this.#states.forEach(({ at, state }, i) => {
      const end = x(this.#states[i + 1]?.at ?? now);
      const start = Math.max(x(at), left);
      if (end <= start) return;
      pen.fillStyle = colours[state] ?? this.#colours.line;
      pen.fillRect(start, lanes.page - 5, end - start, 5);
    });
  }

  #drawLanes({ pen, x, now, width, height, lanes, left, past }) {
    for (const y of Object.values(lanes)) this.#line(pen, left, y, x(now), y, this.#colours.quiet);
    pen.fillStyle = this.#colours.quiet;
    pen.textAlign = "center";
    for (let second = Math.ceil((now - past) / 5) * 5; second <= now + AHEAD; second += 5) {
      if (second < 0) continue;
      this.#line(pen, x(second), height - 16, x(second), height - 12, this.#colours.quiet);
      pen.fillText(`${second} s`, Math.min(x(second), width - 16), height - 6);
    }
    this.#line(pen, x(now), 8, x(now), height - 14, this.#colours.line);
  }

  #drawPackets({ pen, x, now, lanes, left }) {
    const taken = { up: -Infinity, down: -Infinity };
    for (const { at, direction, name, passed } of this.#packets) {
      const isUp = direction === "up";
      const isPing = name.startsWith("PING");
      const colour = passed ? (isPing ? this.#colours.ink : this.#colours.busy) : this.#colours.bad;
      // What is lost ends, or begins, at the hotspot.
      const from = isUp ? lanes.page : lanes.broker;
      const to = passed ? (isUp ? lanes.broker : lanes.page) : lanes.hotspot;
      const slant = 10 * Math.abs((to - from) / (lanes.broker - lanes.page));
      const start = x(at);
      if (start < left) continue;
      this.#line(pen, start, from, start + slant, to, colour, isPing ? 2 : 1.25);
      if (passed) this.#head(pen, start + slant, to, isUp, colour);
      else this.#cross(pen, start + slant, to, colour);
      const width = pen.measureText(name).width;
      if (start - width / 2 > taken[direction] + 6) {
        taken[direction] = start + width / 2;
        pen.fillStyle = colour;
        pen.textAlign = "center";
        pen.fillText(name, start, isUp ? lanes.page - 14 : lanes.broker + 12);
      }
    }
  }

  #head(pen, x, y, isUp, colour) {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x - 5, y + (isUp ? -7 : 7));
    pen.lineTo(x + 3, y + (isUp ? -8 : 8));
    pen.fill();
  }

  #cross(pen, x, y, colour) {
    this.#line(pen, x - 5, y - 5, x + 5, y + 5, colour, 2);
    this.#line(pen, x - 5, y + 5, x + 5, y - 5, colour, 2);
  }

  #drawBound({ pen, x, lanes, width, now }) {
    const bound = this.#bound;
    if (!bound) return;
    const at = Math.min(x(bound.at), width - 2);
    if (x(bound.at) <= width) this.#line(pen, at, 14, at, lanes.broker, this.#colours.bad, 1.5, [5, 4]);
    pen.fillStyle = this.#colours.bad;
    pen.textAlign = at > width - 40 ? "right" : "center";
    if (x(bound.at) <= width) pen.fillText("bound", at, 8);
    // How long it has been, as it grows.
    const y = lanes.page - 34;
    if (now - bound.from > 0.7) this.#bracket(pen, x(bound.from), x(now), y, this.#colours.quiet, `${(now - bound.from).toFixed(1)} s`);
  }

  #drawVerdicts({ pen, x, lanes, left }) {
    for (const { from, at, text, tone } of this.#verdicts) {
      if (x(at) < left) continue;
      this.#bracket(pen, Math.max(x(from), left), x(at), lanes.page - 34, this.#colours[tone], text);
      this.#line(pen, x(at), lanes.page - 34, x(at), lanes.page + 8, this.#colours[tone], 2);
    }
  }

  #bracket(pen, start, end, y, colour, text) {
    this.#line(pen, start, y, end, y, colour, 1.5);
    this.#line(pen, start, y - 4, start, y + 4, colour, 1.5);
    this.#line(pen, end, y - 4, end, y + 4, colour, 1.5);
    pen.fillStyle = colour;
    pen.textAlign = "center";
    pen.fillText(text, (start + end) / 2, y - 10);
  }

  #drawNames({ pen, lanes, left, height }) {
    pen.fillStyle = this.#colours.paper;
    pen.fillRect(0, 0, left - 4, height);
    pen.fillStyle = this.#colours.ink;
    pen.textAlign = "left";
    for (const [name, y] of Object.entries(lanes)) pen.fillText(name, 12, y);
  }
}

function keep(list, item) {
  list.push(item);
  if (list.length > KEPT) list.shift();
}
