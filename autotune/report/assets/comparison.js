// Several studies beside each other.

const DASHES = [[], [6, 3], [2, 3], [9, 3, 2, 3]];

class Progress extends Chart {
  constructor(studies, options) {
    super(options);
    Object.assign(this, { studies, by: "trial" });
  }
  lines() {
    return this.studies.map((study) => study.accepted
      .map((trial) => [this.by === "trial" ? trial : study.elapsed[trial - 1],
        study.score[trial - 1], trial - 1]).filter(([x, y]) => known(x) && known(y))
      .sort((a, b) => a[0] - b[0]));
  }
  paint(pen) {
    const lines = this.lines(), all = lines.flat(), colour = this.colours;
    const first = this.studies[0];
    const ends = this.studies.map((study) => this.by === "trial" ? study.n
      : study.elapsed.reduce((most, v) => (v > most ? v : most), 0));
    const x = new Axis({ label: this.by === "trial" ? "trial" : "seconds since each began",
      values: [...all.map(([a]) => a), ...ends] });
    const scores = all.map(([, b]) => b);
    const y = new Axis({ label: first.data.metric, values: scores, ...scoreRange(scores, first.sign) });
    const box = (this.box = frame(pen, x, y, this.wide, this.height));
    drawAxes(pen, box, x, y, colour);
    this.points = [];
    lines.forEach((line, s) => {
      pen.strokeStyle = pen.fillStyle = colour.series[s % 8];
      pen.setLineDash(DASHES[Math.floor(s / 8) % 4]);
      pen.lineWidth = 2;
      pen.beginPath();
      let last = null;
      for (const [a, b, i] of line) {
        const px = box.left + x.share(a) * (box.right - box.left);
        const py = box.bottom - Math.max(0, Math.min(1, y.share(b))) * (box.bottom - box.top);
        if (last === null) pen.moveTo(px, py);
        else {
          pen.lineTo(px, last);
          pen.lineTo(px, py);
        }
        last = py;
        this.points.push({ px, py, s, i });
      }
      if (last !== null) pen.lineTo(box.left + x.share(ends[s]) * (box.right - box.left), last);
      pen.stroke();
      pen.setLineDash([]);
      if (line.length > 200) return;
      for (const point of this.points) {
        if (point.s !== s) continue;
        pen.beginPath();
        pen.arc(point.px, point.py, 3, 0, 2 * Math.PI);
        pen.fill();
      }
    });
  }
  nearest(x, y) {
    let best = null, least = 24 ** 2;
    (this.points ?? []).forEach((point, k) => {
      const far = (point.px - x) ** 2 + (point.py - y) ** 2;
      if (far < least) [best, least] = [k, far];
    });
    return best;
  }
  place(k) {
    return [this.points[k].px, this.points[k].py];
  }
  order() {
    return (this.points ?? []).map((_, k) => k);
  }
  tell(k) {
    const { s, i } = this.points[k], study = this.studies[s];
    return [study.data.name, ...tooltip(study, i)];
  }
  open(k) {
    const { s, i } = this.points[k];
    showTrial(this.studies[s], i);
  }
}

function comparison(studies, choose) {
  const kinds = new Map();
  for (const study of studies) {
    const kind = `${study.data.metric} ${study.data.direction}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), study]);
  }
  const parts = [];
  for (const alike of kinds.values()) {
    const { metric, direction } = alike[0].data;
    const scored = alike.filter((each) => known(each.data.best?.score));
    const best = scored.length === 0 ? null : Math.max(...scored.map((each) =>
      each.sign * each.data.best.score));
    const key = (study) => {
      const line = el("span", { class: "key series", "aria-hidden": "true" });
      line.style.background = `var(--series-${alike.indexOf(study) % 8})`;
      return line;
    };
    const row = (study) => {
      const { data } = study, found = data.best;
      const wins = known(found?.score) && study.sign * found.score === best;
      let took = 0;
      for (const v of study.elapsed) if (v > took) took = v;
      return el("tr", {},
        el("th", { scope: "row" }, key(study), el("button", { type: "button", class: "link",
          onclick: () => choose(study) }, data.name)),
        el("td", { class: wins ? "right wins" : "right" }, found === null ? "none yet"
          : general(found.score ?? NaN, 5) + (found.n_folds > 1 && known(found.score_sd)
            ? ` ± ${general(found.score_sd, 2)}` : "") + (wins && alike.length > 1 ? " best" : "")),
        el("td", { class: "right" }, found === null ? "" : `${found.trial}`),
        el("td", { class: "right" }, data.n_trials.toLocaleString("en")),
        el("td", { class: "right" }, data.n_accepted.toLocaleString("en")),
        el("td", { class: "right" }, data.n_failed.toLocaleString("en")),
        el("td", { class: "right" }, found === null ? "" : durationText(found.seconds)),
        el("td", { class: "right" }, durationText(took)));
    };
    const heads = ["study", `${metric} (${direction})`, "by trial", "trials", "accepted", "failed",
      "fit time", "took"];
    const chart = new Progress(alike, { title: `${metric} of the incumbent`, height: 320,
      describe: `${counted(alike.length, "study").replace("studys", "studies")} beside each other.` });
    chart.caption.append(chooser(`comparison-over-${parts.length}`, "over", [["trial", "trials"], ["elapsed", "time"]], (by) => {
      chart.by = by;
      later(chart);
    }));
    parts.push(el("div", { class: "scroll" }, el("table", { class: "compare" },
      el("thead", {}, el("tr", {}, heads.map((each, k) =>
        el("th", { scope: "col", class: k > 0 ? "right" : null }, each)))),
      el("tbody", {}, alike.map(row)))), chart.figure);
  }
  return section("comparison", "Comparison", kinds.size > 1
    ? "Studies of different metrics can't be drawn together; each metric stands by itself." : null,
    ...parts);
}
