// Axes: from numbers to places on a canvas, and round numbers beside them.

function niceTicks(low, high, wanted) {
  if (!(high > low)) return [low];
  const raw = (high - low) / Math.max(wanted, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((each) => each * power >= raw) * power;
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) ticks.push(k * step + 0);
  return ticks;
}

function logTicks(low, high, wanted) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  const decades = last - first + 1;
  if (decades < 2) {
    const ticks = [];
    for (let x = first - 1; x <= last + 1; x++) {
      for (const m of [1, 2, 5]) {
        const tick = Number(`${m}e${x}`);
        if (tick >= low && tick <= high) ticks.push(tick);
      }
    }
    return ticks.length > 1 ? ticks : niceTicks(low, high, wanted);
  }
  const every = Math.max(1, Math.ceil(decades / wanted));
  const ticks = [];
  for (let x = first; x <= last; x += every) ticks.push(Number(`1e${x}`));
  return ticks;
}

// Numbers that differ need different words: as many digits as tell the ticks apart.
function tickTexts(ticks) {
  const apart = Math.abs((ticks[1] ?? ticks[0]) - ticks[0] || ticks[0]);
  let digits = 2;
  while (digits < 15 && !ticks.every((tick) =>
    Math.abs(Number(general(tick, digits)) - tick) <= 1e-3 * apart)) digits++;
  return ticks.map((tick) => {
    const size = Math.abs(tick);
    return tick === 0 || (size >= 1e-4 && size < 1e7)
      ? tick.toLocaleString("en", { maximumSignificantDigits: digits }) : general(tick, digits);
  });
}

class Axis {
  // kind: linear, log or choices; the values that are not finite are left out of its range.
  constructor({ label, kind = "linear", texts = null, values, low = null, high = null }) {
    Object.assign(this, { label, kind, texts, values });
    if (kind === "choices") {
      this.low = -0.5;
      this.high = texts.length - 0.5;
      return;
    }
    let least = Infinity, most = -Infinity;
    for (const v of values) {
      if (v < least && v > (kind === "log" ? 0 : -Infinity)) least = v;
      if (v > most && v < Infinity) most = v;
    }
    least = low ?? least;
    most = high ?? most;
    if (!(least <= most)) [least, most] = kind === "log" ? [0.1, 10] : [0, 1];
    const pad = this.forward(most) - this.forward(least);
    const about = pad > 0 ? pad * 0.04 : kind === "log" ? 0.1 : Math.abs(least) * 0.05 || 0.5;
    this.low = this.forward(least) - about;
    this.high = this.forward(most) + about;
    if (kind === "linear" && least >= 0 && this.low < 0) this.low = 0;
  }
  forward(v) {
    return this.kind === "log" ? Math.log10(v) : v;
  }
  // 0 at the low end, 1 at the high end.
  share(v) {
    return (this.forward(v) - this.low) / (this.high - this.low);
  }
  get span() {
    return this.kind === "log" ? [10 ** this.low, 10 ** this.high] : [this.low, this.high];
  }
  ticks(wanted) {
    if (this.kind === "choices") {
      const every = Math.max(1, Math.ceil(this.texts.length / Math.max(wanted, 2)));
      return this.texts.map((_, i) => i).filter((i) => i % every === 0);
    }
    return (this.kind === "log" ? logTicks : niceTicks)(...this.span, wanted);
  }
  labels(ticks) {
    if (this.kind === "choices") return ticks.map((i) => short(this.texts[i], 14));
    return tickTexts(ticks);
  }
}

const short = (text, n) => (text.length <= n ? text : `${text.slice(0, n - 1)}…`);

// The range of scores worth looking at: a few dreadful ones must not squeeze the others flat. They
// stand at its edge.
function scoreRange(values, sign) {
  const sorted = Float64Array.from(values).filter(Number.isFinite).map((v) => sign * v).sort();
  if (sorted.length < 8) return {};
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
  const best = sorted[sorted.length - 1], low = at(0.1);
  const bound = low - 0.75 * (best - low);
  if (!(sorted[0] < bound) || best === low) return {};
  return sign > 0 ? { low: bound } : { high: -bound };
}
