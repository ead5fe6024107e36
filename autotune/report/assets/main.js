// The page: built from its data once, and again whenever a running study has more.

const state = { chosen: 0, table: null };

function render(data) {
  if (data.studies.length === 0) {
    document.getElementById("page").replaceChildren(
      el("p", { class: "state" }, "The study has not begun yet."));
    return;
  }
  const scroll = window.scrollY, focused = document.activeElement?.id;
  const studies = data.studies.map((each) => new Study(each, data));
  state.chosen = Math.min(state.chosen, studies.length - 1);
  const kept = state.table === null ? null : { query: state.table.query, only: state.table.only,
    by: state.table.by, down: state.table.down, top: state.table.body.scrollTop };
  const page = document.getElementById("page");
  const place = el("div");
  const choose = (study, move = true) => {
    state.chosen = studies.indexOf(study);
    const found = details(study);
    state.table = found.table;
    place.replaceChildren(...found.element.children);
    if (select !== null) select.value = `${state.chosen}`;
    title.textContent = study.data.name;
    words.textContent = stateText(study);
    drawAll();
    if (move) head.scrollIntoView();
  };
  const several = studies.length > 1;
  const title = el(several ? "h2" : "h1", { class: "name" }), words = el("p", { class: "state", role: "status" });
  let select = null;
  if (several) {
    select = el("select", { id: "study", onchange: () => choose(studies[select.value]) },
      studies.map((each, i) => el("option", { value: `${i}` }, each.data.name)));
  }
  const head = el("header", {}, el("div", { class: "title" }, title, select === null ? null
    : el("label", { class: "choose" }, el("span", {}, "study"), select)), words);
  page.replaceChildren(...(several
    ? [el("h1", { class: "name" }, `${studies.length} studies`), comparison(studies, choose)] : []),
  head, place);
  choose(studies[state.chosen], false);
  if (kept !== null) {
    const { table } = state;
    Object.assign(table, { query: kept.query, only: kept.only, by: kept.by, down: kept.down });
    table.box.value = kept.query;
    for (const chip of table.element.querySelectorAll(".chip")) {
      chip.setAttribute("aria-pressed", `${chip.dataset.verdict === `${kept.only ?? "all"}`}`);
    }
    table.heading();
    table.refresh();
    table.body.scrollTop = kept.top;
    window.scrollTo({ top: scroll, behavior: "instant" });
    if (focused === "filter") table.box.focus({ preventScroll: true });
  }
}

// Asks the server that gave the page whether there is more; it answers in few bytes if not.
async function follow(address) {
  const status = document.body.appendChild(el("p", { class: "live", role: "status" }, "live"));
  let tag = `"${document.documentElement.dataset.tag}"`, wait = 2000;
  for (;;) {
    await new Promise((done) => { setTimeout(done, wait); });
    if (document.hidden || document.querySelector("dialog[open]") !== null) continue;
    try {
      const answer = await fetch(address, { headers: { "If-None-Match": tag } });
      if (!answer.ok && answer.status !== 304) throw new Error(answer.statusText);
      if (answer.status === 200) {
        const begin = performance.now();
        tag = answer.headers.get("ETag");
        render(await answer.json());
        wait = Math.max(2000, 20 * (performance.now() - begin));
      }
      status.textContent = "live";
      status.classList.remove("lost");
    } catch {
      status.textContent = "the server is gone; this is its last word";
      status.classList.add("lost");
      wait = 10000;
    }
  }
}

render(JSON.parse(document.getElementById("data").textContent));
document.documentElement.dataset.ready = "";
if (document.documentElement.dataset.live) follow(document.documentElement.dataset.live);
