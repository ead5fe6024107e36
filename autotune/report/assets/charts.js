// Charts on a canvas: points of trials, with hover, touch and keys.

const charts = new Set();
const scheduled = new Set();

class Chart {
  constructor({ title, note = null, height = 300, describe = "" }) {
    this.height = height;
    this.base = el("canvas");
    this.over = el("canvas", { class: "over" });
    this.tip = el("div", { class: "tip", hidden: true });
    this.live = el("div", { class: "unseen", "aria-live": "polite" });
    this.stage = el("div", { class: "stage", tabindex: "0", role: "group",
      "aria-label": `${title}. ${describe} Arrow keys go from trial to trial, Enter shows one.` },
      this.base, this.over, this.tip, this.live);
    this.stage.style.height = `${height}px`;
    this.caption = el("figcaption", {}, el("strong", {}, title),
      note === null ? null : el("span", { class: "note" }, note));
    this.figure = el("figure", { class: "chart" }, this.caption, this.stage);
    this.at = null;
    this.stage.addEventListener("pointermove", (event) => this.pointed(event));
    this.stage.addEventListener("pointerdown", (event) => this.pointed(event));
    this.stage.addEventListener("pointerleave", () => this.point(null));
    this.stage.addEventListener("blur", () => this.point(null));
    this.stage.addEventListener("click", () => { if (this.at !== null) this.open(this.at); });
    this.stage.addEventListener("keydown", (event) => this.key(event));
    charts.add(this);
    new ResizeObserver(() => later(this)).observe(this.stage);
  }
  draw() {
    const wide = this.stage.clientWidth;
    if (wide === 0 || !this.figure.isConnected) return;
    const scale = window.devicePixelRatio || 1;
    this.wide = wide;
    for (const canvas of [this.base, this.over]) {
      canvas.width = Math.round(wide * scale);
      canvas.height = Math.round(this.height * scale);
      canvas.style.width = `${wide}px`;
      canvas.style.height = `${this.height}px`;
    }
    const pen = this.base.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.font = FONT;
    this.colours = colours();
    this.grid = null;
    this.at = null;
    this.tip.hidden = true;
    this.paint(pen);
    this.stage.dataset.drawn = "";
  }
  overlay(draw) {
    const pen = this.over.getContext("2d");
    const scale = window.devicePixelRatio || 1;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, this.wide, this.height);
    if (draw) draw(pen);
  }
  pointed(event) {
    const box = this.stage.getBoundingClientRect();
    this.point(this.nearest(event.clientX - box.left, event.clientY - box.top));
  }
  point(i, aloud = false) {
    if (i === this.at && !aloud) return;
    this.at = i;
    this.tip.hidden = i === null;
    this.stage.classList.toggle("on-point", i !== null);
    if (i === null) {
      this.overlay(null);
      return;
    }
    const lines = this.tell(i);
    this.tip.replaceChildren(...lines.map((line, k) => el(k === 0 ? "strong" : "div", {}, line)));
    if (aloud) this.live.textContent = lines.join(", ");
    const [x, y] = this.place(i);
    const { offsetWidth: w, offsetHeight: h } = this.tip;
    const left = x + 14 + w < this.wide ? x + 14 : x - 14 - w;
    this.tip.style.left = `${Math.max(0, Math.min(left, this.wide - w))}px`;
    this.tip.style.top = `${Math.max(0, Math.min(y - h / 2, this.height - h))}px`;
    this.overlay((pen) => this.mark(pen, i, x, y));
  }
  mark(pen, i, x, y) {
    pen.beginPath();
    pen.arc(x, y, 7, 0, 2 * Math.PI);
    pen.lineWidth = 2;
    pen.strokeStyle = this.colours.text;
    pen.stroke();
  }
  key(event) {
    const order = this.order();
    if (order.length === 0) return;
    const now = this.at === null ? -1 : order.indexOf(this.at);
    const to = {
      ArrowRight: Math.min(now + 1, order.length - 1), ArrowLeft: Math.max(now - 1, 0),
      ArrowDown: Math.min(now + 1, order.length - 1), ArrowUp: Math.max(now - 1, 0),
      Home: 0, End: order.length - 1,
      PageDown: Math.min(now + 20, order.length - 1), PageUp: Math.max(now - 20, 0),
    }[event.key];
    if (event.key === "Enter" && this.at !== null) this.open(this.at);
    else if (event.key === "Escape") this.point(null);
    else if (to !== undefined) this.point(order[to], true);
    else return;
    event.preventDefault();
  }
}

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

// Draws charts one by one between other work, so that the page can be used at once.
function later(chart) {
  if (scheduled.size === 0) requestAnimationFrame(drawSome);
  scheduled.add(chart);
}
function drawSome() {
  const begin = performance.now();
  for (const chart of scheduled) {
    scheduled.delete(chart);
    chart.draw();
    if (performance.now() - begin > 24) break;
  }
  if (scheduled.size > 0) requestAnimationFrame(drawSome);
}
function drawAll() {
  for (const chart of charts) {
    if (chart.figure.isConnected) later(chart);
    else charts.delete(chart);
  }
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

function drawAxes(pen, box, x, y, colour) {
  const { left, top, right, bottom } = box;
  pen.lineWidth = 1;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  const rows = y.ticks(rowsIn(bottom - top));
  y.labels(rows).forEach((text, k) => {
    const at = bottom - y.share(rows[k]) * (bottom - top);
    pen.strokeStyle = colour.line;
    pen.beginPath();
    pen.moveTo(left, at);
    pen.lineTo(right, at);
    pen.stroke();
    pen.fillStyle = colour.soft;
    pen.fillText(text, left - 6, at);
  });
  pen.textAlign = "center";
  pen.textBaseline = "top";
  const columns = x.ticks(Math.max(2, Math.floor((right - left) / 78)));
  let free = -Infinity; // text may stand from here on
  x.labels(columns).forEach((text, k) => {
    const at = left + x.share(columns[k]) * (right - left);
    const half = pen.measureText(text).width / 2;
    pen.strokeStyle = colour.line;
    pen.beginPath();
    pen.moveTo(at, bottom);
    pen.lineTo(at, bottom + 4);
    pen.stroke();
    if (at - half < free + 6) return;
    free = at + half;
    pen.fillStyle = colour.soft;
    pen.fillText(text, Math.min(at, right + box.spare - half), bottom + 7);
  });
  pen.strokeStyle = colour.soft;
  pen.beginPath();
  pen.moveTo(left, bottom);
  pen.lineTo(right, bottom);
  pen.stroke();
  pen.fillStyle = colour.text;
  pen.textBaseline = "alphabetic";
  pen.textAlign = "right";
  pen.fillText(short(x.label, 60), right, bottom + 36);
  pen.textAlign = "left";
  pen.fillText(short(y.label, 60), 2, 12);
}

const rowsIn = (high) => Math.max(2, Math.floor(high / 48));

function frame(pen, x, y, wide, height) {
  const top = 24, bottom = height - (x.label === "" ? 26 : 44);
  const labels = y.labels(y.ticks(rowsIn(bottom - top)));
  const widest = Math.max(...labels.map((text) => pen.measureText(text).width), 8);
  return { left: Math.ceil(widest) + 12, top, right: wide - 12, bottom, spare: 12 };
}

// Points of trials, one for each with both numbers; those without a y stand on the ground as marks.
class Scatter extends Chart {
  constructor(study, options) {
    super(options);
    Object.assign(this, { study, ...options });
  }
  paint(pen) {
    const { study, colours: colour } = this;
    const x = (this.xAxis = new Axis(this.x)), y = (this.yAxis = new Axis(this.y));
    const box = (this.box = frame(pen, x, y, this.wide, this.height));
    drawAxes(pen, box, x, y, colour);
    const n = study.n, xs = this.x.values, ys = this.y.values;
    const px = (this.px = new Float32Array(n).fill(NaN)), py = (this.py = new Float32Array(n).fill(NaN));
    const spread = x.kind === "choices" ? (box.right - box.left) / x.texts.length * 0.6 : 0;
    for (let i = 0; i < n; i++) {
      if (Number.isNaN(xs[i])) continue;
      // Choices are spread by a fixed shuffle, so that equal ones don't hide each other.
      const shift = spread === 0 ? 0 : (((i * 0.6180339887) % 1) - 0.5) * spread;
      const share = x.share(xs[i]);
      if (!Number.isFinite(share)) continue;
      px[i] = box.left + share * (box.right - box.left) + shift;
      // Without a score they stand where the worst scores are.
      const worst = study.sign > 0 ? 0 : 1;
      const high = Number.isNaN(ys[i]) ? (this.grounded ? worst : NaN) : y.share(ys[i]);
      py[i] = box.bottom - Math.max(0, Math.min(1, high)) * (box.bottom - box.top);
    }
    if (this.under) this.under(pen, this);
    const [ACCEPTED, REJECTED, FAILED, PENDING] = [0, 1, 2, 3];
    const shown = this.shown?.() ?? null;
    const many = n > 4000, small = many ? 2 : n > 600 ? 3 : 5;
    const each = (verdict, draw) => {
      for (let i = 0; i < n; i++) {
        if (study.verdict[i] !== verdict || Number.isNaN(px[i]) || Number.isNaN(py[i])) continue;
        const dim = shown !== null && !shown(i);
        draw(px[i], py[i], dim);
      }
    };
    pen.fillStyle = colour.rejected;
    const across = Math.ceil(this.wide) + 1, solid = 12;
    const layers = many ? new Uint8Array(across * (this.height + 1)) : null;
    for (const dim of shown === null ? [false] : [true, false]) {
      pen.globalAlpha = dim ? 0.08 : n > 20000 ? 0.25 : many ? 0.45 : 0.75;
      each(REJECTED, (a, b, is) => {
        if (is !== dim) return;
        // Where so many lie on each other that no more can be seen, no more are drawn.
        if (layers !== null && ++layers[Math.round(b) * across + Math.round(a)] > solid) return;
        pen.fillRect(a - small / 2, b - small / 2, small, small);
      });
      layers?.fill(0);
    }
    pen.lineWidth = 1.5;
    for (const [verdict, mark] of [[FAILED, cross], [PENDING, ring]]) {
      pen.strokeStyle = verdict === FAILED ? colour.failed : colour.pending;
      each(verdict, (a, b, dim) => {
        pen.globalAlpha = dim ? 0.1 : 0.9;
        mark(pen, a, Math.min(b, box.bottom - 4));
      });
    }
    pen.globalAlpha = 1;
    if (this.between) this.between(pen, this);
    pen.fillStyle = colour.accepted;
    pen.strokeStyle = colour.ground;
    pen.lineWidth = 1.5;
    each(ACCEPTED, (a, b, dim) => {
      pen.globalAlpha = dim ? 0.15 : 1;
      pen.beginPath();
      pen.arc(a, b, study.accepted.length > 300 ? 2.5 : 4.5, 0, 2 * Math.PI);
      pen.fill();
      pen.stroke();
    });
    pen.globalAlpha = 1;
  }
  place(i) {
    return [this.px[i], this.py[i]];
  }
  nearest(x, y) {
    if (!this.px) return null;
    const size = 24;
    if (this.grid === null) {
      this.grid = new Map();
      for (let i = 0; i < this.px.length; i++) {
        if (Number.isNaN(this.px[i]) || Number.isNaN(this.py[i])) continue;
        const key = Math.floor(this.px[i] / size) * 10000 + Math.floor(this.py[i] / size);
        const cell = this.grid.get(key);
        if (cell === undefined) this.grid.set(key, [i]);
        else cell.push(i);
      }
    }
    let best = null, least = size * size;
    const cx = Math.floor(x / size), cy = Math.floor(y / size);
    for (let a = cx - 1; a <= cx + 1; a++) {
      for (let b = cy - 1; b <= cy + 1; b++) {
        for (const i of this.grid.get(a * 10000 + b) ?? []) {
          const near = this.study.verdict[i] === 0 ? 0.25 : 1; // accepted ones are easier to hit
          const far = near * ((this.px[i] - x) ** 2 + (this.py[i] - y) ** 2);
          if (far < least) [best, least] = [i, far];
        }
      }
    }
    return best;
  }
  order() {
    const found = [];
    const shown = this.shown?.() ?? null;
    for (let i = 0; i < this.px.length; i++) {
      const there = !Number.isNaN(this.px[i]) && !Number.isNaN(this.py[i]);
      if (there && (shown === null || shown(i))) found.push(i);
    }
    return found.sort((a, b) => this.px[a] - this.px[b] || a - b);
  }
  tell(i) {
    return tooltip(this.study, i, this.more?.(i));
  }
  open(i) {
    showTrial(this.study, i);
  }
}

function tooltip(study, i, more = []) {
  const score = known(study.score[i]) ? `${study.data.metric} ${general(study.score[i], 5)}` +
    (study.n_folds[i] > 1 && known(study.score_sd[i]) ? ` ± ${general(study.score_sd[i], 2)}` : "") : "";
  const time = known(study.seconds[i]) ? `fit ${durationText(study.seconds[i])}` : "";
  return [`Trial ${i + 1}: ${study.why(i)}`, short(study.changeText(i), 160),
    [score, time].filter(Boolean).join(", "), ...more].filter(Boolean);
}

function cross(pen, x, y) {
  pen.beginPath();
  pen.moveTo(x - 3.5, y - 3.5);
  pen.lineTo(x + 3.5, y + 3.5);
  pen.moveTo(x + 3.5, y - 3.5);
  pen.lineTo(x - 3.5, y + 3.5);
  pen.stroke();
}

function ring(pen, x, y) {
  pen.beginPath();
  pen.arc(x, y, 3.5, 0, 2 * Math.PI);
  pen.stroke();
}

function legend(items) {
  return el("ul", { class: "legend" }, items.map(([kind, text]) =>
    el("li", {}, el("span", { class: `key ${kind}`, "aria-hidden": "true" }), text)));
}
