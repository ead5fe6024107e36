"""The page of a report in a real browser: what it shows, sorting, filtering, hover and keys."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autotune import Boolean, Categorical, Float, Integer, Sequence, Space, Tuner, tune
from autotune.log import MemoryLog
from autotune.replay.following import Follower
from autotune.report import write_report
from autotune.report.best import best_of
from autotune.report.page_data import study_data
from autotune.report.serving import PageServer, Shown
from autotune.study import Study
from autotune.study.changes import describe_change
from autotune.study.rows import all_trials
from helpers import wait

webdriver = pytest.importorskip("selenium.webdriver")
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if CHROMIUM is None or DRIVER is None:
    pytest.skip("no chromium and chromedriver are installed", allow_module_level=True)

SPACE = Space(
    {
        "rate": Float(1e-5, 0.5, log=True),
        "size": Integer(16, 512),
        "layers": Sequence(of=Integer(2, 64), max_length=3),
        "kind": Categorical(["relu", "tanh", "<b>bold</b>"]),
        "early": Boolean(),
    },
    start={"rate": 0.0005, "size": 64, "layers": (8,)},
)


def objective(c: dict[str, Any]) -> tuple[float, float]:
    if c["size"] % 7 == 0:
        raise ValueError("<i>seven</i>")
    return c["rate"] ** 0.1 + 0.1 * len(c["layers"]) - 0.2 * c["early"], c["size"] / 1000


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--window-size=1280,900", f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_window_size(1280, 1000)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def study() -> Study:
    return tune(objective, SPACE, n_trials=60, seed=4, metric="gain & <u>loss</u>").study


@pytest.fixture
def opened(browser, tmp_path) -> Callable[..., Any]:
    """Write a report, open it, and wait until it is there; the console must stay empty."""

    def open_page(*logs: Any, names: tuple[str, ...] = ("mine",)) -> Any:
        path = write_report(
            dict(zip(names, logs, strict=True)), tmp_path / "report.html", quick=True
        )
        browser.get(path.as_uri())
        wait(lambda: script(browser, "return 'ready' in document.documentElement.dataset"))
        assert browser.get_log("browser") == []
        return browser

    return open_page


@pytest.fixture(scope="module")
def log(study) -> MemoryLog:
    return tune(objective, SPACE, n_trials=60, seed=4, metric="gain & <u>loss</u>").log


def script(driver: Any, code: str, *arguments: Any) -> Any:
    return driver.execute_script(code, *arguments)


def rows(driver: Any) -> list[dict[str, str]]:
    """Return all rows of the trials table, whichever of them exist at first."""
    script(driver, "document.querySelector('.trials').style.maxHeight = 'none'")
    n = script(driver, "return parseInt(document.querySelector('.count').textContent)")
    read = """return [...document.querySelectorAll('.trials .rows .row')].map((row) =>
      Object.fromEntries([...row.children].map((cell) =>
        [cell.classList[1], cell.textContent])))"""
    wait(lambda: len(script(driver, read)) == n)
    return list(script(driver, read))


def press(driver: Any, selector: str) -> None:
    script(driver, "document.querySelector(arguments[0]).click()", selector)


def filtered(driver: Any, text: str) -> list[dict[str, str]]:
    script(
        driver,
        """const box = document.getElementById('filter'); box.value = arguments[0];
        box.dispatchEvent(new Event('input', {bubbles: true}))""",
        text,
    )
    return rows(driver)


def test_every_row_says_what_python_says(opened, log, study) -> None:
    driver = opened(log)
    found = rows(driver)
    expected = all_trials(study)
    assert len(found) == len(expected) == 60
    assert {row.verdict for row in expected} == {"accepted", "rejected"}
    for cells, row in zip(found, expected, strict=True):
        assert cells["trial"] == str(row.trial)
        assert cells["from"] == ("" if row.parent is None else str(row.parent))
        assert cells["origin"] == row.origin
        assert cells["changes"] == describe_change(study, row.trial)
        assert cells["score"] == ("" if row.score is None else format(row.score, ".5g"))
        reason = {None: "accepted", "failed": "failed: ValueError: <i>seven</i>"}.get(
            row.reason, f"rejected: {row.reason}"
        )
        assert cells["verdict"] == reason
    assert script(driver, "return document.querySelectorAll('main i, main u').length") == 0
    headline = script(driver, "return document.getElementById('best').textContent")
    assert "gain & <u>loss</u>" in headline
    assert eval(code_of(driver, "#best")) == best_of(study).configuration  # noqa: S307


def code_of(driver: Any, within: str) -> str:
    return str(
        script(driver, "return document.querySelector(arguments[0]).textContent", f"{within} pre")
    )


def test_numbers_are_written_as_python_writes_them(opened) -> None:
    numbers = [
        0.015625, 0.0009765625, 1e-05, 0.0001, 123456.5, 12345.5, 99995.0, 1e16, 123456789012345680.0,
        5e-324, -0.0, 0.0, -2.5, 1 / 3, 1e22, 100.0, 1.0625, 8.5, 1e15, 0.1 + 0.2, 1.7976931348623157e308,
    ]  # fmt: skip
    space = Space({"x": Float(), "n": Integer()}, start={"x": 1.0, "n": 1})
    tuner = Tuner(space, n_trials=100)
    for k, number in enumerate(numbers):
        proposed = tuner.propose({"x": number, "n": (-3) ** k})
        tuner.tell(proposed.trial, (0.5, 0.1))
    driver = opened(tuner.log)
    press(driver, "#values")
    found = rows(driver)
    assert [cells["parameter-0"] for cells in found] == [format(x, ".4g") for x in numbers]
    assert [cells["parameter-1"] for cells in found] == [
        str((-3) ** k) for k in range(len(numbers))
    ]
    for k, number in enumerate(numbers):
        press(driver, f".rows [data-trial='{k + 1}']")
        told = eval(code_of(driver, "#trial"))  # noqa: S307
        assert repr(told) == repr({"x": number, "n": (-3) ** k})
    assert script(driver, "return document.querySelector('#trial h2').textContent") == (
        f"Trial {len(numbers)}"
    )


def test_objects_that_a_log_knows_by_their_labels_only_are_marked(opened, tmp_path) -> None:
    space = Space({"f": Categorical([sum, max])}, start={"f": max})
    tune(lambda c: (float(c["f"] is max), 0.1), space, n_trials=2, log=tmp_path / "log").log.close()
    driver = opened(tmp_path / "log")
    press(driver, ".rows [data-trial='1']")
    label = "'builtins.max'" if "builtins" in code_of(driver, "#trial") else "'max'"
    assert code_of(driver, "#trial") == f"{{\n    'f': {label},  # a label only\n}}"
    assert code_of(driver, "#best") == code_of(driver, "#trial")


def test_the_table_sorts_and_says_so(opened, log, study) -> None:
    driver = opened(log)
    known = [row for row in all_trials(study) if row.score is not None]
    best_first = sorted(known, key=lambda row: (-row.score, row.trial))
    press(driver, ".columnheader.score button, [role=columnheader].score button")
    found = rows(driver)
    assert [cells["trial"] for cells in found][: len(known)] == [
        str(row.trial) for row in best_first
    ]
    assert all(cells["score"] == "" for cells in found[len(known) :])
    sorted_ = "return document.querySelector('[role=columnheader].score').getAttribute('aria-sort')"
    assert script(driver, sorted_) == "descending"
    press(driver, "[role=columnheader].score button")
    assert script(driver, sorted_) == "ascending"
    found = rows(driver)
    worst_first = sorted(known, key=lambda row: (row.score, row.trial))
    assert [cells["trial"] for cells in found][: len(known)] == [
        str(row.trial) for row in worst_first
    ]
    assert all(cells["score"] == "" for cells in found[len(known) :])


def test_the_table_filters_by_words_numbers_and_verdict(opened, log, study) -> None:
    driver = opened(log)
    every = all_trials(study)

    def shown(text: str) -> set[int]:
        return {int(cells["trial"]) for cells in filtered(driver, text)}

    assert shown("rate") == {row.trial for row in every if "rate" in row.changes}
    assert shown("gain>0") == {row.trial for row in every if (row.gain or 0.0) > 0}
    assert shown("score>=0.6 exploit") == {
        row.trial for row in every if (row.score or 0.0) >= 0.6 and row.origin == "exploit"
    }
    configurations = {row.trial: study.configuration(row.trial) for row in every}
    assert shown("size=100..300") == {
        trial for trial, c in configurations.items() if 100 <= c["size"] <= 300
    }
    assert shown("kind=tanh") == {
        trial for trial, c in configurations.items() if c["kind"] == "tanh"
    }
    assert shown("early!=true") == {trial for trial, c in configurations.items() if not c["early"]}
    assert shown("<i>seven</i>") == {row.trial for row in every if row.reason == "failed"}
    assert shown("no such word") == set()
    assert shown("score>") == set(configurations)
    filtered(driver, "")
    press(driver, ".chip[data-verdict='0']")
    accepted = [str(row.trial) for row in every if row.verdict == "accepted"]
    assert [cells["trial"] for cells in rows(driver)] == accepted
    assert script(driver, "return document.querySelector('.count').textContent") == (
        f"{len(accepted)} of 60 trials"
    )


def test_pointing_at_a_trial_tells_about_it_and_clicking_shows_it(opened, log, study) -> None:
    driver = opened(log)
    stage = driver.find_element("css selector", "#history .stage")
    script(driver, "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", stage)
    wait(lambda: stage.get_attribute("data-drawn") is not None)
    # Where a point is, found by trying: the page itself is asked for nothing but what it shows.
    x, y = script(
        driver,
        """const stage = arguments[0], box = stage.getBoundingClientRect();
        const tip = stage.querySelector('.tip');
        const spots = {};
        for (let y = 20; y < box.height; y += 6) for (let x = 40; x < box.width; x += 6) {
          stage.dispatchEvent(new PointerEvent('pointermove',
            {clientX: box.left + x, clientY: box.top + y, bubbles: true}));
          const title = tip.hidden ? '' : tip.firstChild.textContent;
          if (title.endsWith(': accepted')) (spots[title] ??= []).push([x, y]);
        }
        const most = Object.values(spots).sort((a, b) => b.length - a.length)[0];
        return most[Math.floor(most.length / 2)];""",
        stage,
    )
    script(driver, "arguments[0].dispatchEvent(new PointerEvent('pointerleave'))", stage)
    tip = driver.find_element("css selector", "#history .tip")
    assert not tip.is_displayed()
    wide, high = stage.size["width"], stage.size["height"]
    actions = webdriver.ActionChains(driver)
    actions.move_to_element_with_offset(stage, int(x - wide / 2), int(y - high / 2)).perform()
    wait(tip.is_displayed)
    title, *_ = tip.text.splitlines()
    trial = int(title.removeprefix("Trial ").removesuffix(": accepted"))
    assert describe_change(study, trial) in tip.text
    actions.click().perform()
    wait(lambda: script(driver, "return document.querySelector('dialog[open] h2')?.textContent"))
    told = script(driver, "return document.getElementById('trial').textContent")
    assert f"Trial {trial}" in told
    assert eval(code_of(driver, "#trial")) == study.configuration(trial)  # noqa: S307


def test_keys_go_through_charts_and_rows(opened, log) -> None:
    driver = opened(log)
    keys = __import__("selenium.webdriver.common.keys", fromlist=["Keys"]).Keys
    stage = driver.find_element("css selector", "#history .stage")
    wait(lambda: stage.get_attribute("data-drawn") is not None)
    stage.send_keys(keys.ARROW_RIGHT)
    stage.send_keys(keys.ARROW_RIGHT)
    said = "return document.querySelector('#history [aria-live]').textContent"
    assert script(driver, said).startswith("Trial 2: ")
    stage.send_keys(keys.ENTER)
    assert (
        script(driver, "return document.querySelector('dialog[open] h2').textContent") == "Trial 2"
    )
    driver.switch_to.active_element.send_keys(keys.ESCAPE)
    assert script(driver, "return document.querySelector('dialog[open]')") is None
    driver.find_element("css selector", ".rows [data-trial='1']").send_keys(keys.ARROW_DOWN)
    assert script(driver, "return document.activeElement.dataset.trial") == "2"
    driver.switch_to.active_element.send_keys(keys.END)
    assert script(driver, "return document.activeElement.dataset.trial") == "60"


def test_only_rows_in_sight_exist(opened) -> None:
    tuner = Tuner({"x": 1.0}, n_trials=300)
    for k in range(250):
        proposed = tuner.propose({"x": float(k + 1)})
        tuner.tell(proposed.trial, (float(k % 7), 0.1))
    driver = opened(tuner.log)
    there = "return [...document.querySelectorAll('.rows .row')].map((row) => row.dataset.trial)"
    assert len(script(driver, there)) < 60
    script(driver, "document.querySelector('.trials').scrollTop = 1e9")
    wait(lambda: "250" in script(driver, there))
    assert len(script(driver, there)) < 60
    assert (
        script(driver, "return document.querySelector('.trials').getAttribute('aria-rowcount')")
        == "251"
    )


def test_several_studies_are_compared(opened) -> None:
    logs = [tune(objective, SPACE, n_trials=n, seed=n).log for n in (8, 12)]
    driver = opened(*logs, names=("first", "second <3"))
    table = script(driver, "return document.querySelector('.compare').innerText")
    assert "first" in table
    assert "second <3" in table
    title = "return document.querySelector('header .name').textContent"
    assert script(driver, title) == "first"
    assert len(rows(driver)) == 8
    script(driver, "document.querySelectorAll('.compare button')[1].click()")
    assert script(driver, title) == "second <3"
    assert len(rows(driver)) == 12
    assert driver.get_log("browser") == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window(opened, log, width, scheme, browser) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )
    try:
        driver = opened(log)
        assert script(driver, "return document.documentElement.scrollWidth") <= width
        ground = script(driver, "return getComputedStyle(document.body).backgroundColor")
        assert (sum(json.loads(f"[{ground[4:-1]}]")) < 384) == (scheme == "dark")
        n = script(driver, "return document.querySelectorAll('.stage').length")
        assert n == 9
        drawn = "return document.querySelectorAll('.stage[data-drawn]').length"
        wait(lambda: script(driver, drawn) == n)
        assert browser.get_log("browser") == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_served_page_keeps_itself_up_to_date(browser) -> None:
    tuner = Tuner({"x": 1.0}, n_trials=9)
    follower = Follower(tuner.log)

    def look() -> Shown:
        follower.look()
        study = follower.study
        return Shown(str(study.n_events), lambda: {"mine": study_data(study)})

    said = "return document.querySelector('.state').textContent"
    with PageServer(look, title="mine") as server:
        browser.get(server.address)
        wait(lambda: "0 trials" in script(browser, said))
        for k in range(3):
            proposed = tuner.propose({"x": float(k + 1)})
            tuner.tell(proposed.trial, (float(k), 0.1))
        wait(lambda: "3 trials: 3 accepted" in script(browser, said))
        filtered(browser, "score>0")
        assert tuner.ask() is not None
        wait(lambda: "1 pending" in script(browser, said))
        # What was asked of the table is kept, though the page was built again.
        assert [cells["trial"] for cells in rows(browser)] == ["2", "3"]
        assert script(browser, "return document.getElementById('filter').value") == "score>0"
    lost = "return document.querySelector('.live').textContent"
    wait(lambda: "the server is gone" in script(browser, lost))
    errors = [entry["message"] for entry in browser.get_log("browser")]
    assert not [each for each in errors if "ERR_CONNECTION_REFUSED" not in each]


def test_a_page_without_scripts_says_the_best(log, study, tmp_path: Path) -> None:
    text = write_report({"mine": log}, tmp_path / "report.html").read_text(encoding="utf-8")
    inside = text[text.index("<noscript>") : text.index("</noscript>")]
    assert f"trial {best_of(study).trial}" in inside
