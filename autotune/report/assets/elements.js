// Elements of the page. Text is only ever set as text, so that no log can put markup here.

function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) element.append(child);
  }
  return element;
}

const counted = (n, what) => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
const signed = (value) => (value > 0 ? "+" : "") + general(value);
const known = (value) => value !== null && value !== undefined && Number.isFinite(value);

function durationText(seconds) {
  if (!known(seconds)) return "unknown";
  if (seconds < 60) return `${general(seconds, 3)} s`;
  const whole = Math.round(seconds), minutes = Math.floor(whole / 60);
  const two = (n) => String(n).padStart(2, "0");
  if (whole < 3600) return `${minutes} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(minutes % 60)} min`;
}

// The colours of the style sheet, which change with the light.
function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["text", "soft", "line", "ground", "accepted", "rejected", "failed", "pending",
    "incumbent", "low", "high"];
  const found = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`)]));
  found.series = Array.from({ length: 8 }, (_, i) => style.getPropertyValue(`--series-${i}`));
  return found;
}

function codeBlock(code, what) {
  const status = el("span", { class: "status", role: "status" });
  const pre = el("pre", { tabindex: "0", "aria-label": what }, el("code", {}, code));
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code);
      status.textContent = "copied";
    } catch {
      // Some browsers have no clipboard for a page from a file; then the text is only selected.
      getSelection().selectAllChildren(pre);
      status.textContent = document.execCommand("copy") ? "copied" : "selected; copy it by keys";
    }
    setTimeout(() => { status.textContent = ""; }, 3000);
  };
  return el("div", { class: "code" }, pre, el("div", { class: "copy" }, status,
    el("button", { type: "button", onclick: copy, "aria-label": `copy ${what}` }, "copy")));
}

function section(id, title, note, ...children) {
  return el("section", { id, "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title` }, title), note === null ? null : el("p", { class: "note" }, note),
    ...children);
}

// One window for all details of a trial; the browser keeps the focus in it and closes it on Esc.
function showTrial(study, i) {
  const dialog = document.getElementById("trial") ??
    document.body.appendChild(el("dialog", { id: "trial", "aria-labelledby": "trial-title" }));
  const row = (name, value) => [el("dt", {}, name), el("dd", {}, value)];
  const spread = (mean, sd) => known(sd) ? `${general(mean, 5)} ± ${general(sd, 2)}` : general(mean, 5);
  const facts = [row("verdict", study.why(i))];
  const failure = study.data.failures[i + 1];
  const parent = study.parent[i];
  facts.push(row("came about", study.words.origins[study.origin[i]] +
    (parent > 0 && study.words.origins[study.origin[i]] !== "confirm"
      ? `, a step from trial ${parent}` : "")));
  facts.push(row("what changed", study.changeText(i)));
  if (known(study.score[i])) {
    facts.push(row(study.data.metric,
      `${spread(study.score[i], study.n_folds[i] > 1 ? study.score_sd[i] : NaN)} ` +
      `(${counted(study.n_folds[i], "fold")})`));
  }
  if (known(study.expected_score[i])) {
    facts.push(row("anticipated", spread(study.expected_score[i], study.expected_score_sd[i])));
  }
  if (known(study.gain[i])) facts.push(row("gain", signed(study.gain[i])));
  if (known(study.seconds[i])) {
    facts.push(row("fit time", durationText(study.seconds[i]) + (study.data.n_folds > 1 ? " a fold" : "") +
      (known(study.expected_seconds[i])
        ? `; anticipated ${durationText(study.expected_seconds[i])}` : "")));
  }
  if (known(study.elapsed[i])) {
    facts.push(row("judged after", durationText(study.elapsed[i])));
  }
  dialog.replaceChildren(
    el("form", { method: "dialog" }, el("button", { "aria-label": "close" }, "close")),
    el("h2", { id: "trial-title" }, `Trial ${i + 1}`),
    failure === undefined ? "" : el("p", { class: "failure" }, `${failure[0]}: ${failure[1]}`),
    el("dl", { class: "facts" }, ...facts),
    codeBlock(study.code(i), `the configuration of trial ${i + 1}`));
  if (!dialog.open) dialog.showModal();
}
