// The sections of the page, from the best configuration to the trials.

function headline(study) {
  const { data } = study, best = data.best;
  if (best === null) {
    return section("best", "Best configuration", "No trial has been accepted yet.");
  }
  const several = best.n_folds > 1 && known(best.score_sd);
  const first = study.accepted[0] - 1, i = best.trial - 1;
  const fact = (name, value, more) => el("div", { class: "fact" }, el("dt", {}, name),
    el("dd", {}, value, more === null ? null : el("span", { class: "more" }, more)));
  const better = study.sign * ((best.score ?? NaN) - study.score[first]);
  const facts = [
    fact(data.metric, general(best.score ?? NaN, 5), several
      ? ` ± ${general(best.score_sd, 2)} over ${counted(best.n_folds, "fold")}` : null),
    best.expected === null ? null : fact("to be expected", best.expected.score,
      ` (${best.expected.low} to ${best.expected.high}, with ${general(100 * best.expected.level, 3)} %)`),
    fact("fit time", known(best.seconds) ? durationText(best.seconds) : "unknown",
      data.n_folds > 1 ? " a fold" : null),
    fact("since the start", first === i ? "the start itself"
      : `${better < 0 ? "worse" : "better"} by ${general(Math.abs(better))}`,
      first === i ? null : `, from ${general(study.score[first], 5)}`),
    fact("found by", `trial ${best.trial}`, ` of ${data.n_trials.toLocaleString("en")}` +
      (known(study.elapsed[i]) ? `, after ${durationText(study.elapsed[i])}` : "")),
  ];
  const changed = best.changed.filter((each) => !each.same);
  const kept = best.changed.length - changed.length;
  const table = el("table", { class: "changed" },
    el("thead", {}, el("tr", {}, ["parameter", "start", "best"].map((each) =>
      el("th", { scope: "col" }, each)))),
    el("tbody", {}, changed.map((each) => el("tr", {}, el("th", { scope: "row" }, each.name),
      el("td", {}, each.start), el("td", { class: "new" }, each.best)))));
  return section("best", "Best configuration", null,
    el("dl", { class: "facts-row" }, facts),
    el("div", { class: "two" },
      el("div", {}, el("h3", {}, "To paste"), codeBlock(best.code, "the best configuration")),
      el("div", {}, el("h3", {}, "What changed from the start"),
        changed.length === 0 ? el("p", {}, "Nothing: the start values are the best so far.") : table,
        kept > 0 && changed.length > 0 ? el("p", { class: "note" },
          `${counted(kept, "parameter")} kept ${kept === 1 ? "its" : "their"} start value.`) : null)));
}

function sensitivity(study) {
  const groups = study.data.sensitivity ?? [];
  if (groups.length === 0) return null;
  return section("sensitivity", "Sensitivity",
    "How much each parameter matters. Bars are estimates, whiskers their intervals.",
    el("div", { class: "groups" }, groups.map((group) => {
      let most = 0;
      for (const row of group.rows) most = Math.max(most, row.high ?? 0, row.value ?? 0);
      const place = (v) => `${Math.max(0, Math.min(1, v / (most || 1))) * 100}%`;
      return el("div", { class: "group" }, el("h3", {}, group.title),
        el("p", { class: "note" }, group.note),
        el("table", { class: "bars" },
          el("thead", { class: "unseen" }, el("tr", {}, el("th", { scope: "col" }, "parameter"),
            el("th", { scope: "col" }, group.unit), el("th", { scope: "col" }, "more"))),
          el("tbody", {}, group.rows.map((row) => {
            const bar = el("div", { class: `bar ${group.kind}` });
            const track = el("div", { class: "track", "aria-hidden": "true" }, bar);
            bar.style.width = place(row.value ?? 0);
            if (known(row.low) && known(row.high)) {
              const whisker = el("div", { class: "whisker" });
              whisker.style.left = place(row.low);
              whisker.style.width = `calc(${place(row.high)} - ${place(row.low)})`;
              track.append(whisker);
            }
            return el("tr", { title: row.words }, el("th", { scope: "row" }, row.name),
              el("td", {}, track), el("td", { class: "words" }, row.words));
          }))));
    })));
}

function story(study) {
  const { data } = study;
  if (study.accepted.length === 0) return null;
  const item = (trial) => {
    const i = trial - 1;
    const gain = known(study.gain[i]) ? `, ${study.gain[i] >= 0 ? "better" : "worse"} by ` +
      general(Math.abs(study.gain[i])) : "";
    const saved = study.saved[i];
    const time = !known(study.seconds[i]) ? "" : `; fit ${durationText(study.seconds[i])}` +
      (known(saved) && saved !== 0
        ? `, ${durationText(Math.abs(saved))} ${saved > 0 ? "less" : "more"}` : "");
    const parent = study.parent[i];
    const changes = study.changes(i);
    const what = parent > 0 && changes.length > 0
      ? changes.map((each, k) => [k > 0 ? "; " : "", el("b", {}, each.name), ` from ${each.before} to `,
        el("b", { class: "new" }, each.after)]).flat()
      : [study.changeText(i)];
    return el("li", {},
      el("button", { type: "button", class: "trial", onclick: () => showTrial(study, i) }, `Trial ${trial}`),
      el("div", {}, el("div", {}, ...what), el("div", { class: "outcome" },
        `${data.metric} ${general(study.score[i], 5)}${gain}${time}`)));
  };
  const all = study.accepted, most = 40;
  const list = el("ol", { class: "story" });
  if (all.length <= most) list.append(...all.map(item));
  else {
    const rest = all.slice(10, -20);
    const gap = el("li", { class: "gap" }, el("button", { type: "button", onclick: () =>
      gap.replaceWith(...rest.map(item)) }, `show the ${rest.length.toLocaleString("en")} steps between`));
    list.append(...all.slice(0, 10).map(item), gap, ...all.slice(-20).map(item));
  }
  return section("story", "How it got there",
    `${counted(all.length, "accepted step")} of ${counted(data.n_trials - data.n_pending, "judged trial")}, ` +
    "each with what it changed and what that brought.", list,
    data.forecast ? el("p", { class: "note forecast" }, data.forecast) : null);
}

// What was chosen stays so when the page is built again.
const choices = new Map();

function chooser(name, label, options, changed) {
  const select = el("select", { id: name, onchange: () => {
    choices.set(name, select.value);
    changed(select.value);
  } }, options.map(([value, text]) => el("option", { value }, text)));
  const before = choices.get(name);
  if (before !== undefined && options.some(([value]) => value === before)) {
    select.value = before;
    changed(before);
  }
  return el("label", { class: "choose", for: name }, el("span", {}, label), select);
}

function incumbentLine(study, xs) {
  const line = study.accepted.map((trial) => [xs[trial - 1], study.score[trial - 1]])
    .filter(([x, y]) => known(x) && known(y));
  return (pen, chart) => {
    const { box, xAxis, yAxis } = chart;
    const at = ([x, y]) => [box.left + xAxis.share(x) * (box.right - box.left),
      box.bottom - Math.max(0, Math.min(1, yAxis.share(y))) * (box.bottom - box.top)];
    pen.strokeStyle = chart.colours.incumbent;
    pen.lineWidth = 2;
    pen.beginPath();
    let last = null;
    for (const point of line) {
      const [x, y] = at(point);
      if (last === null) pen.moveTo(x, y);
      else {
        pen.lineTo(x, last);
        pen.lineTo(x, y);
      }
      last = y;
    }
    if (last !== null) pen.lineTo(box.right, last);
    pen.stroke();
  };
}

function history(study, shared) {
  const { data } = study;
  const y = { label: data.metric, values: study.score, ...scoreRange(study.score, study.sign) };
  let beyond = 0;
  for (const v of study.score) if (v < (y.low ?? -Infinity) || v > (y.high ?? Infinity)) beyond += 1;
  const chart = new Scatter(study, { title: "Score, trial by trial", height: 340, grounded: true,
    note: beyond === 0 ? null : `${counted(beyond, "score")} beyond the range ` +
      `${beyond === 1 ? "stands" : "stand"} at its edge.`,
    describe: `${data.metric} of ${counted(study.n, "trial")}, ${counted(study.accepted.length, "step")} accepted.`,
    x: { label: "trial", values: study.trial }, y, shown: shared.shown,
    between: incumbentLine(study, study.trial) });
  chart.caption.append(chooser("history-over", "over", [["trial", "trials"], ["elapsed", "time"]], (by) => {
    const xs = by === "trial" ? study.trial : study.elapsed;
    chart.x = { label: by === "trial" ? "trial" : "seconds since the study began", values: xs };
    chart.between = incumbentLine(study, xs);
    later(chart);
  }));
  chart.figure.append(legend([["accepted", "accepted"], ["rejected", "rejected"],
    ...(data.n_failed > 0 ? [["failed", "failed"]] : []),
    ...(data.n_pending > 0 ? [["pending", "pending"]] : []),
    ["incumbent", "incumbent"]]));
  return chart;
}

function againstTime(study, shared) {
  const { data } = study;
  let least = Infinity;
  for (const s of study.seconds) if (s < least) least = s;
  return new Scatter(study, { title: "Score against fit time", height: 320,
    describe: "The line joins the trials that no other beats in both.",
    note: "The line joins trials that no other beats in both.",
    x: { label: "mean fit seconds of a fold", values: study.seconds, kind: least > 0 ? "log" : "linear" },
    y: { label: data.metric, values: study.score, ...scoreRange(study.score, study.sign) },
    shown: shared.shown,
    under: (pen, chart) => {
      const order = [];
      for (let i = 0; i < study.n; i++) {
        if (known(study.score[i]) && !Number.isNaN(chart.px[i])) order.push(i);
      }
      order.sort((a, b) => study.seconds[a] - study.seconds[b]);
      let best = -Infinity, last = null;
      pen.strokeStyle = chart.colours.incumbent;
      pen.lineWidth = 1.5;
      pen.beginPath();
      for (const i of order) {
        if (study.sign * study.score[i] <= best) continue;
        best = study.sign * study.score[i];
        if (last === null) pen.moveTo(chart.px[i], chart.py[i]);
        else {
          pen.lineTo(chart.px[i], last);
          pen.lineTo(chart.px[i], chart.py[i]);
        }
        last = chart.py[i];
      }
      if (last !== null) pen.lineTo(chart.box.right, last);
      pen.stroke();
    } });
}

function anticipated(study, shared) {
  const has = (values) => values.some(known);
  const targets = [];
  if (has(study.expected_score)) targets.push(["score", study.data.metric]);
  if (has(study.expected_seconds)) targets.push(["seconds", "fit seconds"]);
  if (targets.length === 0) return null;
  const options = (target) => {
    const [x, y] = target === "score"
      ? [study.expected_score, study.score] : [study.expected_seconds, study.seconds];
    const both = [];
    for (let i = 0; i < study.n; i++) if (known(x[i]) && known(y[i])) both.push(x[i], y[i]);
    const kind = target === "seconds" && both.every((v) => v > 0) ? "log" : "linear";
    const range = { low: null, high: null };
    if (both.length > 0) {
      range.low = both.reduce((a, b) => Math.min(a, b));
      range.high = both.reduce((a, b) => Math.max(a, b));
      if (target === "score") Object.assign(range, scoreRange(both, study.sign));
    }
    const word = target === "score" ? study.data.metric : "fit seconds";
    return { x: { label: `anticipated ${word}`, values: x, kind, ...range },
      y: { label: `actual ${word}`, values: y, kind, ...range } };
  };
  const chart = new Scatter(study, { title: "Anticipated and actual", height: 320,
    describe: "On the line what was anticipated came true.",
    note: "On the line, what was anticipated came true.",
    ...options(targets[0][0]), shown: shared.shown,
    under: (pen, { box, colours: colour }) => {
      pen.strokeStyle = colour.incumbent;
      pen.setLineDash([5, 4]);
      pen.lineWidth = 1.5;
      pen.beginPath();
      pen.moveTo(box.left, box.bottom);
      pen.lineTo(box.right, box.top);
      pen.stroke();
      pen.setLineDash([]);
    },
    more: (i) => known(study.expected_score[i]) ? [
      `anticipated ${general(study.expected_score[i], 5)}` +
      (known(study.expected_score_sd[i]) ? ` ± ${general(study.expected_score_sd[i], 2)}` : "")] : [] });
  if (targets.length > 1) {
    chart.caption.append(chooser("anticipated-of", "of", targets, (target) => {
      Object.assign(chart, options(target));
      later(chart);
    }));
  }
  return chart;
}

function parameterCharts(study, shared) {
  const y = { label: study.data.metric, values: study.score, ...scoreRange(study.score, study.sign) };
  return study.searched.map((each) => new Scatter(study, {
    title: each.axis.label, height: 220, describe: `${study.data.metric} against ${each.name}.`,
    x: { ...each.axis, label: "", values: each.places }, y, shown: shared.shown,
    more: (i) => [`${each.name} ${each.text(i)}`] }));
}

function parallel(study, shared) {
  const chart = new Parallel(study, { title: "All parameters at once", height: 360,
    describe: "A line is a trial; the bold one is the incumbent.",
    note: "A line is a trial, the stronger the better its rank; the bold one is the incumbent. " +
      "Drag along an axis to filter.",
    shown: shared.shown, filter: (term, name) => shared.table.addTerm(term, name) });
  const count = el("p", { class: "note" });
  chart.counted = (shown, total) => {
    count.textContent = shown < total ? `${shown.toLocaleString("en")} of ` +
      `${counted(total, "trial")} drawn: all accepted ones, and a regular sample of the others.` : "";
  };
  chart.figure.append(count);
  return chart;
}

function about(study) {
  const { data } = study;
  const rows = [["study", data.study_id], ["strategy", data.strategy], ["seed", data.seed],
    ["started", data.started ?? "unknown"], ["events", data.n_events.toLocaleString("en")]];
  if (data.lineage !== null) {
    rows.push(["forked from", `${data.lineage.study_id} after event ${data.lineage.seq}`]);
  }
  if (data.n_prior > 0) rows.push(["taken over", counted(data.n_prior, "earlier result")]);
  return section("about", "The study", null, el("dl", { class: "facts" },
    rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
}

function stateText(study) {
  const { data } = study;
  const parts = [`${counted(data.n_trials, "trial")}: ${data.n_accepted.toLocaleString("en")} accepted`];
  const rejected = data.n_trials - data.n_accepted - data.n_failed - data.n_pending;
  parts.push(`${rejected.toLocaleString("en")} rejected`);
  if (data.n_failed > 0) parts.push(`${data.n_failed.toLocaleString("en")} failed`);
  if (data.n_pending > 0) parts.push(`${data.n_pending.toLocaleString("en")} pending`);
  return `${parts.join(", ")}. ${data.stopped === null ? "Not stopped; it can go on."
    : `Stopped: ${data.stopped}.`}`;
}

function details(study) {
  const shared = { mask: null, table: null, shown: () => shared.mask };
  const own = [];
  shared.table = new Trials(study, (mask) => {
    const changed = mask !== null || shared.mask !== null;
    shared.mask = mask;
    if (changed) own.forEach(later);
  });
  const kept = (chart) => { if (chart !== null) own.push(chart); return chart?.figure ?? null; };
  const scored = study.score.some(known);
  const parts = [headline(study), sensitivity(study), story(study)];
  if (scored) {
    parts.push(section("history", "The search", "What the filter below leaves out is dimmed.",
      kept(history(study, shared)),
      el("div", { class: "pair" }, kept(againstTime(study, shared)), kept(anticipated(study, shared)))));
    const small = parameterCharts(study, shared).map(kept);
    parts.push(section("parameters", "Parameters", null, kept(parallel(study, shared)),
      el("div", { class: "small" }, small)));
  }
  parts.push(section("trials", "All trials",
    "Click a row, or press Enter on it, for everything about a trial.", shared.table.element));
  parts.push(about(study));
  return { element: el("div", { class: "study" }, parts.filter(Boolean)), table: shared.table };
}
