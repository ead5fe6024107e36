"""The report: one page with everything in it, from runs as they are made."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as generators

from autotune import verify
from autotune.errors import ComponentError
from autotune.log import find_logs
from autotune_benchmarks.__main__ import main
from autotune_benchmarks.contestants.contestant import Contestant
from autotune_benchmarks.peers.random_search import RandomSearch
from autotune_benchmarks.protocol.runner import Plan, run_plan
from autotune_benchmarks.protocol.traces import read_traces
from autotune_benchmarks.report.page import (
    Code,
    Heading,
    Picture,
    Table,
    Text,
    as_html,
    as_markdown,
)
from autotune_benchmarks.report.pictures import _apart, _grouped, critical_differences, styles_for
from autotune_benchmarks.report.publishing import _BEGIN, _END, figures, page, with_figures
from autotune_benchmarks.report.report import compared, report_blocks
from autotune_strategies import recipes
from helpers import DOCS, ROOT, Bowl, Fickle

pytest.importorskip("matplotlib")


class Structure(HTMLParser):
    """What a page consists of; it checks that what is opened is closed."""

    VOID = ("meta", "br", "hr", "img", "link", "input")

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.text = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [v for k, v in attrs if k in ("href", "src", "xlink:href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def structure(page):
    found = Structure()
    found.feed(page)
    assert found.open == []
    return found


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    contestants = (
        Contestant("default", recipes.default()),
        Contestant("autotune_2018", recipes.autotune_2018()),
        Contestant("random_walk", recipes.random_walk()),
        Contestant("random", RandomSearch()),
        Contestant("random-2x", RandomSearch(2)),
        Contestant("fickle", Fickle()),
        Contestant(
            "absent", Fickle(lacks="it is not installed: pip install absent", name="absent")
        ),
    )
    problems = (*(Bowl(f"made/{name}") for name in "abc"), Bowl("other/d", "other"))
    plan = Plan("own", problems, contestants, 3, 12, seeds_of={"fickle": 2})
    _, failures = run_plan(plan, out)
    assert failures == []
    return out


def test_the_page_needs_nothing_beside_itself_and_has_every_part(results, tmp_path, capsys):
    assert main(["report", str(results), "--to", str(tmp_path)]) == 0
    assert "report.html" in capsys.readouterr().out
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    found = structure(page)
    assert all(link.startswith("#") for link in found.links)
    assert {link[1:] for link in found.links} <= set(found.ids)
    assert len(set(found.ids)) == len(found.ids)
    assert "script" not in found.tags
    assert not re.search(r"url\((?!#)", page)
    assert found.tags.count("svg") == 7
    words = "".join(found.text)
    for part in (
        "Results",
        "Anytime curves",
        "Ranks and tests",
        "Targets",
        "Problem by problem",
        "What the tuners cost",
        "Contestants",
        "How to reproduce",
    ):
        assert part in words
    assert "absent (it is not installed: pip install absent)" in words
    assert "fewer of slow ones: fickle 2" in words
    assert "--seeds-of fickle=2" in words
    assert "4 problems with 12 trials each, 68 runs in all" in words
    assert re.search(r"SHA-256 [0-9a-f]{64}", words)
    assert "Friedman's test over 4 problems and 6 contestants" in words
    # The Markdown has the same tables and its pictures beside it.
    plain = (tmp_path / "report.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^]]*\]\((pictures/[a-z]+\.svg)\)", plain)
    assert len(pictures) == 7
    for name in pictures:
        svg = (tmp_path / name).read_text(encoding="utf-8")
        assert svg.rstrip().endswith("</svg>")
    rows = [line.count("|") for line in plain.splitlines() if line.startswith("|")]
    assert len(rows) > 30


def test_the_same_results_give_the_same_pictures(results):
    comparison, _ = compared(results)
    one, two = (critical_differences(comparison.ranking(12)) for _ in range(2))
    assert one == two


def test_nothing_to_report_is_told(tmp_path, capsys):
    assert main(["report", str(tmp_path / "nowhere")]) == 1
    assert "there are no results" in " ".join(capsys.readouterr().err.split())


def test_one_contestant_on_one_problem_is_a_report_too(tmp_path):
    plan = Plan("own", (Bowl(),), (Contestant("random", RandomSearch()),), 1, 3)
    run_plan(plan, tmp_path)
    # The file of traces is enough, under any name.
    (tmp_path / "elsewhere").mkdir()
    copy = (tmp_path / "runs.parquet").rename(tmp_path / "elsewhere" / "mine.parquet")
    assert main(["report", str(copy)]) == 0
    structure((tmp_path / "elsewhere" / "report.html").read_text(encoding="utf-8"))


def test_labels_keep_their_order_and_do_not_overlap():

    for wanted in ([0.5] * 12, [0.0, 0.01, 0.02, 0.9], list(np.linspace(0, 1, 20)), []):
        places = _apart(wanted, 0.05)
        near = np.diff(sorted(places))
        assert np.all(near >= 0.05 - 1e-9)
        order = np.argsort(wanted, kind="stable")
        assert [places[i] for i in order] == sorted(places)
        assert min(places, default=0) >= -0.02 - 1e-9


@given(generators.text("ab<>&*`|_ \n", max_size=20))
def test_whatever_is_said_stays_text(words):
    page = as_html([Heading("A"), Text(words), Table(("a", words), ((words, "1"),)), Code(words)])
    found = structure(page)
    own = "html head meta title style body nav a h2 p div table thead tbody tr th td pre code strong em"
    assert set(found.tags) <= set(own.split())


def test_names_in_pictures_do_not_clash():
    svg = '<svg><defs><path id="a"/></defs><use xlink:href="#a" style="fill:url(#a)"/></svg>'
    page = as_html([Picture(name, lambda: svg, f"{name}. It") for name in ("One", "Two")])
    assert re.findall(r'id="([^"]*)"', page) == ["p0-a", "p1-a"]
    assert re.findall(r'href="#([^"]*)"', page) == ["p0-a", "p1-a"]
    assert re.findall(r"url\(#([^)]*)\)", page) == ["p0-a", "p1-a"]
    assert 'aria-label="One"' in page


def test_markdown_escapes_what_ends_a_cell(tmp_path):
    told = as_markdown([Table(("a", "b"), (("x|y", "1"),), "Words.")], tmp_path)
    assert told == "Words.\n\n| a | b |\n|---|---:|\n| x\\|y | 1 |\n"


def test_styles_are_told_apart_without_colour_of_the_same_dashes():
    names = ["default", *[f"n{i}" for i in range(22)], "random", "random-2x", "random_search"]
    styles = styles_for(names)
    assert len({(style.colour, str(style.dash), style.width) for style in styles.values()}) == 26


def test_the_commands_of_the_readme_make_a_report(tmp_path, monkeypatch):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^autotune-bench ((?:run|report) .*)$", text, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["run", "report", "run"]
    monkeypatch.chdir(tmp_path)
    run, report, _ = (command.split() for command in commands)
    # Shorter, and with what needs no further packages.
    shorter = ["--problems", "planted/narrow_valley,planted/mixed_kinds", "--jobs", "1"]
    shorter += ["--budget", "8", "--contestants", "default,autotune_2018,random,optuna-tpe"]
    assert main([*run, *shorter]) == 0
    assert main(report) == 0
    assert (tmp_path / "results" / "smoke" / "report.html").is_file()
    logs = tmp_path / "results" / "smoke" / "logs"
    checked = {path: verify_or_not(path) for path in find_logs(logs)}
    assert len(checked) == 16
    for path, passed in checked.items():
        ours = path.relative_to(logs).parts[0].startswith(("default", "autotune_2018"))
        assert passed is (True if ours else None)


def verify_or_not(path):
    try:
        return verify(path).passed
    except ComponentError:
        return None


def test_pages_are_written_from_a_file_of_traces(results, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(
        f"# A\n\n{_BEGIN.format('own')}\n\nold\n\n{_END.format('own')}\n\nmore\n", encoding="utf-8"
    )
    (tmp_path / "docs").mkdir()
    command = ["publish", str(results), "--root"]
    assert main([*command, str(tmp_path)]) == 0
    written = tmp_path / "benchmarks" / "results" / "own.parquet"
    assert len(read_traces(written)[0]) == 68
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("# A\n\n<!--")
    assert text.endswith("-->\n\nmore\n")
    assert "old" not in text
    assert "| **default** | recipe | " in text
    told = (tmp_path / "docs" / "benchmark-report.md").read_text(encoding="utf-8")
    for name in re.findall(r"\]\((pictures/[^)]*)\)", told):
        assert (tmp_path / "docs" / name).is_file()
    comparison, about = compared(results)
    again = page(report_blocks(comparison, about), "benchmarks/results/own.parquet")
    assert again == told
    assert with_figures(text, figures(comparison, about), "own") == text
    assert main([*command, str(tmp_path / "nowhere")]) == 2
    assert main(["publish", str(tmp_path / "nothing"), "--root", str(tmp_path)]) == 1
    # Who lacks a problem is not a row of the short table.
    inner = comparison.only(comparison.problems[:1]).traces["random"]
    part = attrs.evolve(comparison, traces={**comparison.traces, "random": inner})
    assert [row.contestant for row in part.standings()][-1] == "random"
    told = figures(comparison, about)
    assert "| random |" in told
    assert "significantly better than `default`" in told
    assert "neither: autotune_2018" in told  # four problems show nothing
    assert "| random |" not in figures(part, about)
    with pytest.raises(ValueError, match="lacks the marks"):
        with_figures("nothing", "figures", "own")


def test_the_pages_are_those_of_the_committed_runs():
    path = ROOT / "benchmarks" / "results" / "tables.parquet"
    assert path.stat().st_size < 5e6
    comparison, about = compared(path)
    assert len(comparison.problems) == 15
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    assert with_figures(told, figures(comparison, about), "tables") == told
    written = (DOCS / "benchmark-report.md").read_text(encoding="utf-8")
    assert page(report_blocks(comparison, about), f"benchmarks/results/{path.name}") == written


def test_what_is_said_of_failing_trials_is_that_of_the_committed_runs():
    path = ROOT / "benchmarks" / "results" / "failing.parquet"
    comparison, about = compared(path)
    assert len(comparison.problems) == 11
    assert {"default", "before", "random"} < set(comparison.complete)
    told = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert with_figures(told, figures(comparison, about), "failing") == told


def test_many_problems_share_small_pictures():
    few = [f"made/{name}" for name in "abc"]
    assert list(_grouped(few, dict.fromkeys(few, "made"))) == few
    bbob = [f"bbob/f{f:02d}-d{d:02d}-i{i}" for f in range(1, 25) for d in (2, 5) for i in (1, 2)]
    groups = _grouped(bbob, dict.fromkeys(bbob, "bbob"))
    assert list(groups) == [f"bbob/f{f:02d}" for f in range(1, 25)]
    assert {len(group) for group in groups.values()} == {4}
    more = [*bbob, *few]
    families = {name: name.split("/")[0] for name in more}
    assert {name: len(group) for name, group in _grouped(more, families).items()} == {
        "bbob": 96,
        "made": 3,
    }
