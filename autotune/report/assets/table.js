// All trials as a table of which only the rows in sight exist.

class Trials {
  constructor(study, shownChanged) {
    Object.assign(this, { study, shownChanged, query: "", only: null, by: "trial", down: false });
    this.columns = this.chosenColumns(false);
    this.rows = el("div", { class: "rows", role: "rowgroup" });
    this.head = el("div", { class: "head", role: "rowgroup" });
    this.body = el("div", { class: "trials", role: "table", tabindex: "-1",
      "aria-label": "all trials", "aria-rowcount": study.n + 1 }, this.head, this.rows);
    this.count = el("p", { class: "count", role: "status" });
    this.body.addEventListener("scroll", () => this.draw());
    this.body.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw(true)).observe(this.body);
    this.element = el("div", {}, this.controls(), this.count, this.body);
    this.heading();
    this.refresh();
  }
  chosenColumns(parameters) {
    const { study } = this;
    const several = study.n_folds.some((n) => n > 1);
    const number = (values, digits = 5) => (i) => (known(values[i]) ? general(values[i], digits) : "");
    const columns = [
      { id: "trial", title: "trial", wide: "4rem", right: true, key: study.trial, text: (i) => `${i + 1}` },
      { id: "from", title: "from", wide: "3.75rem", right: true, key: study.parent,
        text: (i) => (study.parent[i] > 0 ? `${study.parent[i]}` : "") },
      { id: "origin", title: "by", wide: "3.75rem", key: study.origin,
        text: (i) => study.words.origins[study.origin[i]] },
      { id: "changes", title: "what changed", wide: "minmax(15rem, 4fr)", key: null,
        text: (i) => study.changeText(i) },
      { id: "score", title: study.data.metric, wide: "minmax(5.5rem, auto)", right: true, key: study.score,
        text: number(study.score) },
      several ? { id: "sd", title: "± folds", wide: "4.5rem", right: true, key: study.score_sd,
        text: number(study.score_sd, 2) } : null,
      { id: "gain", title: "gain", wide: "5.75rem", right: true, key: study.gain,
        text: (i) => (known(study.gain[i]) ? signed(study.gain[i]) : "") },
      { id: "seconds", title: "fit s", wide: "5.5rem", right: true, key: study.seconds,
        text: number(study.seconds, 4) },
      { id: "verdict", title: "verdict", wide: "minmax(9rem, 1fr)", key: study.verdict,
        text: (i) => study.why(i) },
    ].filter(Boolean);
    if (!parameters) return columns;
    const more = study.searched.map((each, k) => ({ id: `parameter-${k}`, title: each.name, wide: "8rem",
      right: each.numeric, key: each.places, text: (i) => each.text(i) }));
    return [...columns.slice(0, 3), ...columns.slice(4), ...more];
  }
  controls() {
    const { study } = this;
    this.box = el("input", { type: "search", id: "filter", autocomplete: "off", spellcheck: "false",
      placeholder: `such as  ${study.searched[0]?.name ?? "x"}  or  score>0.9  gain>0`,
      oninput: () => { this.query = this.box.value; this.refresh(); } });
    const counts = [0, 0, 0, 0];
    for (const verdict of study.verdict) counts[verdict] += 1;
    const chip = (verdict, text, n) => el("button", { type: "button", class: "chip",
      "aria-pressed": `${verdict === this.only}`, "data-verdict": verdict ?? "all",
      onclick: (event) => {
        this.only = verdict;
        for (const each of event.currentTarget.parentElement.children) {
          each.setAttribute("aria-pressed", `${each === event.currentTarget}`);
        }
        this.refresh();
      } }, `${text} `, el("span", {}, n.toLocaleString("en")));
    const chips = [chip(null, "all", study.n)];
    study.words.verdicts.forEach((word, code) => {
      if (counts[code] > 0) chips.push(chip(code, word, counts[code]));
    });
    this.order = el("select", { id: "order", onchange: () => {
      const [by, down] = this.order.value.split(" ");
      this.sort(by, down === "down");
    } });
    const wider = el("input", { type: "checkbox", id: "values", onchange: () => {
      this.columns = this.chosenColumns(wider.checked);
      this.body.classList.toggle("wider", wider.checked);
      this.heading();
      this.draw(true);
    } });
    return el("div", { class: "controls" },
      el("label", { class: "filter", for: "filter" }, el("span", {}, "filter"), this.box),
      el("div", { class: "chips", role: "group", "aria-label": "verdict" }, chips),
      el("label", { for: "order", class: "order" }, el("span", {}, "order"), this.order),
      el("label", { for: "values", class: "check" }, wider, " values of all parameters"));
  }
  heading() {
    const row = el("div", { class: "row", role: "row", "aria-rowindex": "1" });
    for (const column of this.columns) {
      const sorted = this.by === column.id ? (this.down ? "descending" : "ascending") : "none";
      row.append(el("div", { role: "columnheader", class: `cell ${column.id}${column.right ? " right" : ""}`,
        "aria-sort": column.key === null ? null : sorted },
        column.key === null ? column.title : el("button", { type: "button",
          onclick: () => this.sort(column.id, this.by === column.id ? !this.down : column.id === "score"
            && this.study.sign > 0 || column.id === "gain") },
          column.title, el("span", { class: "arrow", "aria-hidden": "true" },
            sorted === "none" ? "" : this.down ? " ▼" : " ▲"))));
    }
    this.head.replaceChildren(row);
    this.body.style.setProperty("--columns", this.columns.map((each) => each.wide).join(" "));
    this.body.setAttribute("aria-colcount", this.columns.length);
    const sortable = this.columns.filter((each) => each.key !== null);
    this.order.replaceChildren(...sortable.flatMap((each) => [
      el("option", { value: `${each.id} up` }, `${each.title}, rising`),
      el("option", { value: `${each.id} down` }, `${each.title}, falling`)]));
    this.order.value = `${this.by} ${this.down ? "down" : "up"}`;
  }
  sort(by, down) {
    this.by = by;
    this.down = down;
    this.heading();
    this.refresh();
  }
  // The trials that the filter leaves, and in which order.
  refresh() {
    const { study } = this;
    const fits = compiled(study, this.query);
    const shown = [];
    for (let i = 0; i < study.n; i++) {
      if (this.only !== null && study.verdict[i] !== this.only) continue;
      if (fits === null || fits(i)) shown.push(i);
    }
    const filtered = shown.length < study.n;
    this.mask = null;
    if (filtered) {
      this.mask = new Uint8Array(study.n);
      for (const i of shown) this.mask[i] = 1;
    }
    const column = this.columns.find((each) => each.id === this.by) ?? this.columns[0];
    const { key } = column, sign = this.down ? -1 : 1;
    shown.sort((a, b) => {
      const x = key[a], y = key[b];
      const lacks = Number.isNaN(x) - Number.isNaN(y); // what is unknown stands last either way
      return lacks !== 0 ? lacks : sign * (x - y) || a - b;
    });
    this.shown = shown;
    this.count.textContent = filtered
      ? `${shown.length.toLocaleString("en")} of ${counted(study.n, "trial")}`
      : counted(study.n, "trial");
    this.body.scrollTop = 0;
    this.draw(true);
    this.shownChanged(this.mask === null ? null : (i) => this.mask[i] === 1);
  }
  get rowHeight() {
    return parseFloat(getComputedStyle(this.body).getPropertyValue("--row")) || 32;
  }
  draw(anew = false) {
    const high = this.rowHeight;
    this.rows.style.height = `${this.shown.length * high}px`;
    const first = Math.max(0, Math.floor(this.body.scrollTop / high) - 8);
    const last = Math.min(this.shown.length,
      Math.ceil((this.body.scrollTop + (this.body.clientHeight || 600)) / high) + 8);
    if (!anew && this.drawn && this.drawn[0] === first && this.drawn[1] === last) return;
    const focused = document.activeElement?.dataset?.place;
    this.drawn = [first, last];
    const rows = [];
    for (let k = first; k < last; k++) rows.push(this.row(k, high));
    this.rows.replaceChildren(...rows);
    if (focused !== undefined) this.focus(Number(focused), false);
  }
  row(k, high) {
    const i = this.shown[k], { study } = this;
    const row = el("div", { class: `row ${study.verdictOf(i)}`, role: "row", "aria-rowindex": k + 2,
      tabindex: k === (this.current ?? 0) ? "0" : "-1", "data-place": k, "data-trial": i + 1,
      onclick: () => showTrial(study, i), onfocus: () => { this.current = k; } });
    row.style.top = `${k * high}px`;
    for (const column of this.columns) {
      const text = column.text(i);
      row.append(el("div", { role: "cell", class: `cell ${column.id}${column.right ? " right" : ""}`,
        title: text.length > 24 ? text : null, "data-title": column.title }, text));
    }
    return row;
  }
  focus(k, scroll = true) {
    if (k < 0 || k >= this.shown.length) return;
    const high = this.rowHeight, head = this.head.offsetHeight;
    this.current = k;
    if (scroll) {
      if (k * high < this.body.scrollTop) this.body.scrollTop = k * high;
      const below = (k + 1) * high + head - this.body.scrollTop - this.body.clientHeight;
      if (below > 0) this.body.scrollTop += below;
      this.draw(true);
    }
    this.rows.querySelector(`[data-place="${k}"]`)?.focus({ preventScroll: true });
  }
  key(event) {
    const place = event.target.dataset?.place;
    if (place === undefined) return;
    const k = Number(place);
    const page = Math.max(1, Math.floor(this.body.clientHeight / this.rowHeight) - 2);
    const to = { ArrowDown: k + 1, ArrowUp: k - 1, PageDown: Math.min(k + page, this.shown.length - 1),
      PageUp: Math.max(k - page, 0), Home: 0, End: this.shown.length - 1 }[event.key];
    if (event.key === "Enter" || event.key === " ") showTrial(this.study, this.shown[k]);
    else if (to !== undefined) this.focus(to);
    else return;
    event.preventDefault();
  }
  // A range drawn on an axis takes the place of an earlier one of the same parameter.
  addTerm(term, name) {
    const others = this.query.split(/\s+/).filter((each) => each && !each.startsWith(`${name}=`));
    this.box.value = this.query = [...others, term].join(" ");
    this.refresh();
  }
}
