"""The report: one page with everything in it, from runs as they are made."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as generators

from autotune_benchmarks.__main__ import main
from autotune_benchmarks.entrants import Entrant
from autotune_benchmarks.page import (
    Code,
    Heading,
    Picture,
    Table,
    Text,
    as_html,
    as_markdown,
)
from autotune_benchmarks.peers.random_search import RandomSearch
from autotune_benchmarks.pictures import _apart, critical_differences, styles_for
from autotune_benchmarks.protocol import Plan, run_plan
from autotune_benchmarks.report import compared
from autotune_strategies import recipes
from tests.made_up_problems import Bowl, Fickle

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
    entrants = (
        Entrant("default", recipes.default()),
        Entrant("autotune_2018", recipes.autotune_2018()),
        Entrant("random_walk", recipes.random_walk()),
        Entrant("random", RandomSearch()),
        Entrant("random-2x", RandomSearch(2)),
        Entrant("fickle", Fickle()),
        Entrant("absent", Fickle(lacks="it is not installed: pip install absent", name="absent")),
    )
    problems = (*(Bowl(f"made/{name}") for name in "abc"), Bowl("other/d", "other"))
    plan = Plan("own", problems, entrants, 3, 12, seeds_of={"fickle": 2})
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
    plan = Plan("own", (Bowl(),), (Entrant("random", RandomSearch()),), 1, 3)
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
    page = as_html([Picture("one", svg, "One. It"), Picture("two", svg, "Two. It")])
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
