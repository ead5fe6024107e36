"""What the project's pages say of a benchmark: written from a file of traces, never by hand.

A contest has a page of its own and a table in the README; the rows of an ablation stand on the page
of benchmarks.
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from autotune_benchmarks.protocol.traces import read_traces, write_traces
from autotune_benchmarks.report.ablation import ablation_blocks, ablation_rows, is_ablation
from autotune_benchmarks.report.failures import (
    anything_failed,
    overall_share,
    problem_tables,
)
from autotune_benchmarks.report.page import Block, Table, Text, as_markdown
from autotune_benchmarks.report.report import compared, report_blocks
from autotune_benchmarks.statistics.comparison import Comparison

__all__ = ["add_arguments", "figures", "main", "page", "with_figures"]

_BEGIN = "<!-- figures of {}: autotune-bench publish -->"
_END = "<!-- end of the figures of {} -->"
_PICTURES = "pictures/benchmark"


def figures(comparison: Comparison, about: Mapping[str, Any]) -> str:
    """Return the short table of the README, or the tables of an ablation.

    Parameters
    ----------
    comparison : Comparison
        The runs.
    about : mapping
        What the results say of themselves.
    """
    if is_ablation(about):
        return as_markdown(ablation_blocks(ablation_rows(comparison, about))).strip()
    tests = [p for p in comparison.problems if about["split"][p] == "test"]
    inner = {row.contestant: row for row in comparison.only(tests).standings()} if tests else {}
    kinds = {name: each["kind"] for name, each in about["contestants"].items()}
    standings = comparison.standings()
    failing = anything_failed(comparison)
    rows = []
    for row in standings:
        name = row.contestant
        if row.problems < len(comparison.problems):
            continue
        ours = kinds[name] == "recipe"
        test = f"{inner[name].regret[-1].mean:.3f}" if name in inner else ""
        rows.append(
            (
                f"**{name}**" if name == "default" else name,
                "recipe" if ours else about["contestants"][name]["version"],
                *([f"{overall_share(comparison, name).mean:.3f}"] if failing else []),
                *(f"{each.mean:.3f}" for each in row.regret),
                f"{row.regret[-1].low:.3f} to {row.regret[-1].high:.3f}",
                *([test] if tests else []),
                "" if math.isnan(row.rank[-1]) else f"{row.rank[-1]:.1f}",
                str(row.seeds),
            )
        )
    table = Table(
        (
            "contestant",
            "version",
            *(["failed"] if failing else []),
            *(f"at {n}" for n in comparison.moments),
            "95 % interval",
            *([f"at {comparison.trials}, test problems"] if tests else []),
            "mean rank",
            "seeds",
        ),
        tuple(rows),
        words=2,
    )
    whole = [row.contestant for row in standings if row.problems == len(comparison.problems)]
    inner_tables = problem_tables(comparison, whole) if failing else []
    return as_markdown([table, *inner_tables, *_said(comparison)]).strip()


def _said(comparison: Comparison) -> list[Block]:
    """Return in words who differs significantly from the default."""
    if "default" not in comparison.contestants or len(comparison.contestants) < 2:
        return []
    kinds: dict[str, list[str]] = {"better": [], "worse": [], "neither": []}
    whole = set(comparison.complete)
    for pair, _, _ in comparison.against("default", comparison.trials):
        if pair.one not in whole:
            continue
        kind = "neither" if not pair.significant() else "better" if pair.effect > 0 else "worse"
        kinds[kind].append(pair.one)
    told = {kind: ", ".join(names) if names else "none" for kind, names in kinds.items()}
    n = comparison.trials
    return [
        Text(
            f"After {n} trials significantly better than `default` over the problems (Wilcoxon's "
            f"test, Holm's correction, 5 %): {told['better']}; significantly worse: "
            f"{told['worse']}; neither: {told['neither']}."
        )
    ]


def with_figures(text: str, shown: str, of: str) -> str:
    """Return a page with the figures between its two marks replaced.

    Parameters
    ----------
    text : str
        The page.
    shown : str
        The figures.
    of : str
        The suite that the marks name.

    Raises
    ------
    ValueError
        If the marks are not there.
    """
    begin, end = _BEGIN.format(of), _END.format(of)
    if begin not in text or end not in text:
        raise ValueError(f"the page lacks the marks {begin!r} and {end!r}")
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    return pattern.sub(lambda _: f"{begin}\n\n{shown}\n\n{end}", text)


def page(blocks: Sequence[Block], source: str, pictures: Path | None = None) -> str:
    """Return the report as a page of the documentation.

    Parameters
    ----------
    blocks : sequence of Block
        The report.
    source : str
        The file of traces that it is made of.
    pictures : Path, optional
        Where pictures are written; if left out, none is drawn.
    """
    title, *rest = blocks
    told = Text(
        f"This page is written by `autotune-bench publish` from `{source}`, which holds the "
        "regret, seconds and overhead of every run, trial by trial. How runs are made is told in "
        "[Benchmarks](benchmarks.md)."
    )
    return as_markdown([title, told, *rest], pictures, f"{_PICTURES}/")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _compacted(results: Path, to: Path, *, thinned: bool) -> Path:
    """Write the traces that are compared, and no others, to a file."""
    traces, about = read_traces(results / "runs.parquet")
    now = {name: each["fingerprint"] for name, each in about["contestants"].items()}
    kept = [
        trace
        for trace in traces
        if trace.run.trials == about["trials"]
        and trace.run.problem in about["problems"]
        and now.get(trace.run.contestant) == trace.run.fingerprint
    ]
    if thinned:  # what is shown is of these moments alone
        kept = [trace.thinned() for trace in kept]
    to.parent.mkdir(parents=True, exist_ok=True)
    write_traces(to, kept, about)
    return to


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``publish``."""
    parser.add_argument(
        "results",
        type=Path,
        help="a file of traces below benchmarks/results; or a directory of results, whose traces "
        "are written to such a file first",
    )
    parser.add_argument(
        "--root", type=Path, default=Path(), help="of the checkout (the directory you are in)"
    )


def main(arguments: argparse.Namespace) -> int:
    """Write the figures of the README with their page and its pictures, or those of an ablation."""
    console = Console(stderr=True)
    root: Path = arguments.root
    readme, docs = root / "README.md", root / "docs"
    if not readme.is_file() or not docs.is_dir():
        console.print(f"{root}: this is not a checkout; give it with --root", highlight=False)
        return 2
    file: Path = arguments.results
    try:
        comparison, about = compared(file)
        beside = docs / "benchmarks.md"
        begin = _BEGIN.format(about["suite"])
        holds = beside if is_ablation(about) or begin in _text(beside) else readme
        if file.is_dir():
            to = root / "benchmarks" / "results" / f"{about['suite']}.parquet"
            file = _compacted(file, to, thinned=is_ablation(about))
    except ValueError as error:
        console.print(str(error), highlight=False, markup=False)
        return 1
    if holds == readme:
        written = docs / "benchmark-report.md"
        source = f"benchmarks/results/{file.name}"
        blocks = report_blocks(comparison, about)
        written.write_text(page(blocks, source, docs / _PICTURES), encoding="utf-8")
        console.print(str(written), highlight=False)
    text = holds.read_text(encoding="utf-8")
    told = with_figures(text, figures(comparison, about), about["suite"])
    holds.write_text(told, encoding="utf-8")
    console.print(f"the figures in {holds}", highlight=False)
    return 0
