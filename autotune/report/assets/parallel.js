// Parallel coordinates: one line for a trial across all parameters; dragging on an axis filters.

const MOST_LINES = 2500;

class Parallel extends Chart {
  constructor(study, options) {
    super(options);
    Object.assign(this, { study, ...options });
    // Axes need room; where there is less, the chart is moved sideways under the window.
    this.stage.style.minWidth = `${(study.searched.length + 1) * 62}px`;
    this.figure.insertBefore(el("div", { class: "scroll" }), this.stage).append(this.stage);
    this.stage.addEventListener("pointerdown", (event) => this.begin(event));
    this.stage.addEventListener("pointermove", (event) => this.drag(event));
    this.stage.addEventListener("pointerup", (event) => this.end(event));
    this.stage.addEventListener("pointercancel", () => { this.brush = null; });
  }
  // All accepted trials, and of the others that have a score as many as can be told apart.
  chosen() {
    const { study } = this, found = [];
    const shown = this.shown?.() ?? null;
    for (let i = 0; i < study.n; i++) {
      if (known(study.score[i]) && (shown === null || shown(i))) found.push(i);
    }
    this.total = found.length;
    if (found.length <= MOST_LINES) return found;
    const every = found.length / MOST_LINES;
    let next = 0;
    return found.filter((i, k) => {
      if (k < next && study.verdict[i] !== 0) return false;
      if (k >= next) next += every;
      return true;
    });
  }
  paint(pen) {
    const { study, colours: colour } = this;
    const axes = study.searched.map((each) =>
      ({ name: each.name, values: each.places, axis: new Axis({ ...each.axis, values: each.places }) }));
    axes.push({ name: "score", values: study.score, axis: new Axis(
      { label: study.data.metric, values: study.score, ...scoreRange(study.score, study.sign) }) });
    this.axes = axes;
    const idle = axes.some((each) => each.values.some(Number.isNaN) && each.name !== "score");
    const top = 44, bottom = this.height - (idle ? 44 : 20);
    const side = 34;
    const step = (this.wide - 2 * side) / Math.max(axes.length - 1, 1);
    axes.forEach((each, k) => { each.x = side + k * step; });
    this.box = { top, bottom };
    const lines = (this.lines = this.chosen());
    const ranked = lines.slice().sort((a, b) => study.sign * (study.score[a] - study.score[b]));
    const at = (this.at_ = (i, each) => {
      const share = each.axis.share(each.values[i]);
      if (Number.isNaN(each.values[i])) return bottom + 26; // inactive
      const high = Number.isFinite(share) ? Math.max(0, Math.min(1, share)) : 0;
      const spread = each.axis.kind === "choices" && Number.isFinite(share)
        ? (((i * 0.6180339887) % 1) - 0.5) * 0.5 / each.axis.texts.length : 0;
      return bottom - (high + spread) * (bottom - top);
    });
    const trace = (i) => {
      pen.beginPath();
      axes.forEach((each, k) => (k === 0 ? pen.moveTo : pen.lineTo).call(pen, each.x, at(i, each)));
      pen.stroke();
    };
    this.trace = trace;
    pen.lineWidth = 1;
    const faint = Math.min(0.5, 60 / lines.length);
    ranked.forEach((i, rank) => {
      const share = rank / Math.max(ranked.length - 1, 1);
      pen.globalAlpha = faint + (0.5 - faint) * share ** 6;
      pen.strokeStyle = mixed(colour.low, colour.high, share);
      trace(i);
    });
    pen.globalAlpha = 1;
    pen.lineWidth = 2.5;
    pen.strokeStyle = colour.accepted;
    const best = study.accepted.at(-1);
    if (best !== undefined && known(study.score[best - 1])) trace(best - 1);
    pen.textAlign = "center";
    const room = Math.max(Math.floor(step / 6.2), 4);
    axes.forEach((each, k) => {
      pen.strokeStyle = colour.soft;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(each.x, top);
      pen.lineTo(each.x, bottom);
      pen.stroke();
      pen.fillStyle = colour.text;
      pen.textBaseline = "alphabetic";
      const end = k === 0 ? "left" : k === axes.length - 1 ? "right" : "center";
      pen.textAlign = end;
      const x = k === 0 ? 2 : k === axes.length - 1 ? this.wide - 2 : each.x;
      // Names stand in two rows where they would run into each other.
      pen.fillText(short(each.axis.label, step < 110 ? room * 2 - 2 : room), x,
        step < 110 && k % 2 === 1 ? 30 : 14);
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      const ticks = each.axis.ticks(4);
      each.axis.labels(ticks).forEach((text, j) => {
        const y = bottom - each.axis.share(ticks[j]) * (bottom - top);
        const wide = pen.measureText(text).width;
        const to = each.x + 4 + wide > this.wide ? each.x - 4 - wide : each.x + 4;
        pen.fillStyle = colour.ground;
        pen.globalAlpha = 0.75;
        pen.fillRect(to - 1, y - 7, wide + 2, 14);
        pen.globalAlpha = 1;
        pen.fillStyle = colour.soft;
        pen.fillText(text, to, y);
      });
    });
    if (idle) {
      pen.fillStyle = colour.soft;
      pen.textAlign = "left";
      pen.fillText("inactive", 2, bottom + 36);
    }
    this.counted?.(lines.length, this.total);
  }
  nearest(x, y) {
    if (!this.axes || this.brush?.moved) return null;
    const k = Math.max(1, this.axes.findIndex((each) => each.x >= x));
    const a = this.axes[k - 1], b = this.axes[k];
    if (b === undefined) return null;
    const share = Math.max(0, Math.min(1, (x - a.x) / (b.x - a.x || 1)));
    let best = null, least = 14;
    for (const i of this.lines) {
      const far = Math.abs(this.at_(i, a) * (1 - share) + this.at_(i, b) * share - y);
      if (far < least) [best, least] = [i, far];
    }
    if (best !== null) this.spot = [x, y];
    return best;
  }
  place(i) {
    return this.spot ?? [this.axes.at(-1).x, this.at_(i, this.axes.at(-1))];
  }
  mark(pen, i) {
    pen.lineWidth = 2.5;
    pen.strokeStyle = this.colours.text;
    pen.beginPath();
    this.axes.forEach((each, k) =>
      (k === 0 ? pen.moveTo : pen.lineTo).call(pen, each.x, this.at_(i, each)));
    pen.stroke();
  }
  order() {
    this.spot = null;
    const { study } = this;
    return (this.lines ?? []).slice().sort((a, b) => study.sign * (study.score[b] - study.score[a]));
  }
  tell(i) {
    const values = this.study.searched.map((each) => `${each.name} ${each.text(i)}`).join(", ");
    return tooltip(this.study, i, [short(values, 200)]);
  }
  open(i) {
    if (!this.dragged) showTrial(this.study, i);
  }
  begin(event) {
    const box = this.stage.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    const on = this.axes?.find((each) => Math.abs(each.x - x) < 12);
    this.dragged = false;
    this.brush = on === undefined || event.pointerType === "touch" ? null : { on, from: y, to: y };
    if (this.brush) this.stage.setPointerCapture(event.pointerId);
  }
  drag(event) {
    if (!this.brush) return;
    this.brush.to = event.clientY - this.stage.getBoundingClientRect().top;
    if (Math.abs(this.brush.to - this.brush.from) < 6) return;
    this.brush.moved = this.dragged = true;
    this.point(null);
    const { on, from, to } = this.brush;
    this.overlay((pen) => {
      pen.fillStyle = this.colours.incumbent;
      pen.globalAlpha = 0.35;
      pen.fillRect(on.x - 7, Math.min(from, to), 14, Math.abs(to - from));
      pen.globalAlpha = 1;
    });
  }
  end() {
    const brush = this.brush;
    this.brush = null;
    if (!brush?.moved) return;
    this.overlay(null);
    const { on, from, to } = brush;
    const value = (y) => {
      const share = (this.box.bottom - y) / (this.box.bottom - this.box.top);
      const v = on.axis.low + share * (on.axis.high - on.axis.low);
      return on.axis.kind === "log" ? 10 ** v : v;
    };
    const low = value(Math.max(from, to)), high = value(Math.min(from, to));
    this.filter(`${on.name}=${general(low)}..${general(high)}`, on.name);
  }
}

function mixed(from, to, share) {
  const parts = (text) => text.trim().match(/[0-9a-f]{2}/gi).map((each) => parseInt(each, 16));
  const a = parts(from), b = parts(to);
  return `rgb(${a.map((v, k) => Math.round(v + (b[k] - v) * share)).join(" ")})`;
}
