"""The report of a benchmark: a page that needs nothing beside itself, and the same as Markdown."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from attrs import asdict
from rich.console import Console

from autotune.errors import AutotuneError
from autotune_benchmarks.protocol.traces import read_traces
from autotune_benchmarks.report import pictures
from autotune_benchmarks.report.ablation import Row, ablation_blocks, ablation_rows, is_ablation
from autotune_benchmarks.report.failures import failure_blocks
from autotune_benchmarks.report.page import (
    Block,
    Code,
    Heading,
    Picture,
    Table,
    Text,
    as_html,
    as_markdown,
)
from autotune_benchmarks.report.recommendations import recommendation_blocks
from autotune_benchmarks.statistics.comparison import Comparison, Standing, gathered
from autotune_benchmarks.statistics.intervals import Interval

__all__ = ["add_arguments", "compared", "main", "report_blocks", "write_report"]

_PAIRED = (
    "In runs with the same seed all contestants began with the same configuration, and the noise "
    "that a trial met was the same for all."
)
_REGRET = (
    "The figure is the **normalised regret**: how far the true, noise-free score of a contestant's "
    "incumbent lies behind the best there is. 0 is the best configuration of a problem and 1 the "
    "median one. The incumbent is what each tool itself calls its best at that moment, which noise "
    "may mislead. Smaller is better everywhere."
)
_TARGET = 0.1
_MOST_IN_SMALL = 9
_MOST_LISTED = 16
_PARTS = {
    "development": "development problems",
    "test": "test problems",
    "own": "problems outside the split",
}


def compared(path: Path) -> tuple[Comparison, dict[str, Any]]:
    """Return the comparison in a directory of results or a file of traces, and what it says.

    It is balanced: seeds that a contestant does not have on every problem are left out, and
    ``left_out`` says how many runs these are.

    Parameters
    ----------
    path : Path
        As ``autotune-bench run --out`` made it, or its ``runs.parquet`` under any name.

    Raises
    ------
    ValueError
        If there are no results.
    """
    file = path / "runs.parquet" if path.is_dir() else path
    traces, about = read_traces(file)
    if not about:
        raise ValueError(f"{path}: there are no results; make some with autotune-bench run")
    fingerprints = {name: each["fingerprint"] for name, each in about["contestants"].items()}
    kept = [trace for trace in traces if trace.run.problem in about["problems"]]
    found = gathered(kept, about["trials"], fingerprints)
    balanced = found.balanced()
    return balanced, {**about, "left_out": found.n_runs - balanced.n_runs}


def report_blocks(comparison: Comparison, about: Mapping[str, Any]) -> list[Block]:
    """Return the report, block by block.

    Parameters
    ----------
    comparison : Comparison
        The runs.
    about : mapping
        What the results say of themselves.
    """
    if is_ablation(about):
        return _ablation(comparison, about)
    standings = comparison.standings()
    panels = _panels(comparison, about)
    reference = "default" if "default" in comparison.contestants else standings[0].contestant
    return [
        *_beginning(comparison, about, standings),
        *_results(comparison, standings),
        *failure_blocks(comparison, [row.contestant for row in standings]),
        *recommendation_blocks(comparison, about, [row.contestant for row in standings]),
        *_on_log_scale(comparison, about),
        *_curves(comparison, panels),
        *_ranks(comparison, reference),
        *_parts(comparison, about),
        *_targets(comparison, panels),
        *_problems(comparison, about, standings),
        *_overhead(comparison, about, panels, standings),
        *_who(comparison, about),
        *_how(comparison, about),
    ]


def _ablation(comparison: Comparison, about: Mapping[str, Any]) -> list[Block]:
    names = comparison.contestants
    runs = sum(len(each) for name in names for each in comparison.traces[name].values())
    seeds = max(map(comparison.seeds, names))
    return [
        Heading(f"Benchmark: {about['suite']}", 1),
        Text(
            f"{len(names)} contestants searched {_listed(comparison.problems)} with "
            f"{comparison.trials} trials each and up to {seeds} seeds, {runs:,} runs in all. "
            f"{_PAIRED}"
        ),
        Text(_REGRET),
        *_left_out(about),
        Heading("What each component is worth"),
        Text(
            "Each contestant is its base with one part swapped. A difference is that to the base, "
            "over pairs of runs with the same seed; below 0 is better. Its 95 % interval is a "
            "bootstrap over seeds within the problems: it speaks of other seeds, not of other "
            "problems. Bold is what the interval sets apart from 0, in some rows by chance."
        ),
        *ablation_blocks(ablation_rows(comparison, about)),
        *_how(comparison, about),
    ]


def write_report(path: Path, blocks: Sequence[Block]) -> tuple[Path, Path]:
    """Write ``report.html`` and ``report.md``, the latter with its pictures beside it.

    Parameters
    ----------
    path : Path
        The directory.
    blocks : sequence of Block
        The report.
    """
    path.mkdir(parents=True, exist_ok=True)
    page, plain = path / "report.html", path / "report.md"
    page.write_text(as_html(blocks), encoding="utf-8")
    plain.write_text(as_markdown(blocks, path / "pictures"), encoding="utf-8")
    return page, plain


def _panels(comparison: Comparison, about: Mapping[str, Any]) -> list[pictures.Panel]:
    kinds = {name: each["kind"] for name, each in about["contestants"].items()}
    # The mean of a few problems is not a line among means of all.
    names = comparison.complete or comparison.contestants
    yard = [name for name in ("default", "random") if name in names]
    ours = [name for name in names if kinds[name] == "recipe"]
    theirs = [name for name in names if kinds[name] == "peer"]
    panels = []
    if ours:
        panels.append(pictures.Panel("recipes", tuple(dict.fromkeys([*ours, *yard]))))
    if theirs:
        title = "the default and the field" if "default" in names else "the field"
        panels.append(pictures.Panel(title, tuple(dict.fromkeys([*yard, *theirs]))))
    return panels


def _beginning(
    comparison: Comparison, about: Mapping[str, Any], standings: Sequence[Standing]
) -> list[Block]:
    runs = sum(row.runs for row in standings)
    seeds = max(row.seeds for row in standings)
    fewer = [f"{row.contestant} {row.seeds}" for row in standings if row.seeds < seeds]
    words = (
        f"{len(standings)} contestants searched {len(comparison.problems)} problems with "
        f"{comparison.trials} trials each, {runs:,} runs in all, up to {seeds} seeds of a problem"
        + (f" (fewer of slow ones: {', '.join(sorted(fewer))})" if fewer else "")
        + f". {_PAIRED}"
    )
    return [
        Heading(f"Benchmark: {about['suite']}", 1),
        Text(words),
        Text(_REGRET),
        *_left_out(about),
    ]


def _left_out(about: Mapping[str, Any]) -> list[Block]:
    """Return what is missing, and why."""
    found: list[Block] = []
    if about["missing"]:
        told = "; ".join(f"**{name}** ({why})" for name, why in about["missing"].items())
        found.append(Text(f"Missing, for they could not run here: {told}."))
    if about.get("left_out"):
        found.append(
            Text(
                f"{about['left_out']} further runs are left out: those with seeds that their "
                "contestants do not have on every problem."
            )
        )
    if about.get("failures"):
        n = len(about["failures"])
        first = about["failures"][0]
        found.append(
            Text(
                f"**{n} run{'s' if n > 1 else ''} ended in an error** and left out; the first is "
                f"`{first['run']}`: {first['words']}."
            )
        )
    return found


def _results(comparison: Comparison, standings: Sequence[Standing]) -> list[Block]:
    moments = comparison.moments
    head = (
        "contestant",
        *(f"at {n}" for n in moments),
        "95 % interval",
        "area",
        *(f"rank at {n}" for n in moments),
        "at ¼ time",
        "at ½ time",
        "at full time",
        "seeds",
    )
    rows = []
    for row in standings:
        last = row.regret[-1]
        rows.append(
            (
                _name(row.contestant),
                *(_number(each.mean) for each in row.regret),
                f"{_number(last.low)} to {_number(last.high)}",
                _number(row.area.mean),
                *("-" if math.isnan(rank) else f"{rank:.2f}" for rank in row.rank),
                *(_number(regret) for regret in row.at_seconds),
                str(row.seeds),
            )
        )
    n = len(comparison.problems)
    part = [f"{r.contestant} ({r.problems} of {n})" for r in standings if r.problems < n]
    families = tuple(dict.fromkeys(comparison.families[p] for p in comparison.problems))
    found: list[Block] = [
        Heading("Results"),
        Table(
            head,
            tuple(rows),
            "Mean normalised regret after so many trials (seeds are averaged first, then "
            "problems), sorted by the last."
            + (
                f" On some of the problems only, and so at the end: {', '.join(part)}." * bool(part)
            ),
        ),
        Text(
            "The interval is a bootstrap over seeds within the problems, of the regret at the end: "
            "it speaks of other seeds, not of other problems. *Area* is the mean regret from the "
            "first trial to the last, none counting for more than 1. *Time* is each problem's "
            "budget in seconds: what random search takes for all its trials, recorded seconds of "
            "evaluation and the tuner's own together."
        ),
    ]
    if len(families) > 1:
        found.append(
            Table(
                ("contestant", *families, "mean over families"),
                tuple(
                    (
                        _name(row.contestant),
                        *(_number(row.by_family.get(f, math.nan)) for f in families),
                        _number(row.over_families),
                    )
                    for row in standings
                ),
                f"Regret after {comparison.trials} trials, by family of problems.",
            )
        )
    return found


def _on_log_scale(comparison: Comparison, about: Mapping[str, Any]) -> list[Block]:
    losses = {p: each for p, each in about.get("losses", {}).items() if p in comparison.problems}
    if not losses:
        return []
    rows = tuple(
        (_name(row.contestant), *(_number(each.mean) for each in row.regret))
        for row in comparison.logarithmic(losses).standings()
    )
    return [
        Table(
            ("contestant", *(f"at {n}" for n in comparison.moments)),
            rows,
            f"The same with the losses of {_listed(sorted(losses))} on a logarithmic scale, on "
            "which small ones differ more.",
            folded=True,
        )
    ]


def _curves(
    comparison: Comparison,
    panels: Sequence[pictures.Panel],
) -> list[Block]:
    return [
        Heading("Anytime curves"),
        Picture(
            "anytime",
            partial(pictures.anytime, comparison, panels),
            "Mean normalised regret over the trials. The scale is logarithmic and ends at 1, the "
            "median configuration; lines may rise, for a contestant may take a lucky score for a "
            "better one.",
        ),
        Picture(
            "seconds",
            partial(pictures.over_seconds, comparison, panels),
            "The same over time. The whole is what random search takes for its trials; the "
            "tuners' own time counts beside the recorded seconds of evaluation.",
        ),
    ]


def _ranks(comparison: Comparison, reference: str) -> list[Block]:
    found: list[Block] = [Heading("Ranks and tests")]
    ranking = comparison.ranking(comparison.trials)
    if len(ranking.contestants) > 1:
        told = ""
        if ranking.test is not None:
            test = ranking.test
            told = (
                f" Friedman's test over {test.n} problems and {test.k} contestants: χ² = "
                f"{test.statistic:.1f}, {_p(test.p)}; Iman and Davenport's F = {test.f:.1f}, "
                f"{_p(test.f_p)}."
            )
        found.append(
            Picture(
                "ranks",
                partial(pictures.critical_differences, ranking),
                f"Mean ranks after {comparison.trials} trials, 1 being best. Contestants joined by "
                f"a bar do not differ significantly (Nemenyi, 5 %).{told}",
            )
        )
    if len(comparison.contestants) > 1:
        found.append(_against(comparison, reference))
        found.append(
            Text(
                "The difference is over pairs of runs with the same seed, with a bootstrap "
                "interval over seeds. *p* is Wilcoxon's signed-rank test of it over the problems, "
                "corrected for all rows by Holm's procedure; **bold** is below 0.05. *Effect* is "
                "the matched-pairs rank-biserial correlation, from -1 (never better) to 1 (better "
                "on every problem). A win or loss "
                "is a problem on which the seeds differ significantly, the others are ties."
            )
        )
        found.append(_pairs(comparison))
    return found


def _against(comparison: Comparison, reference: str) -> Table:
    rows = []
    for pair, interval, record in sorted(
        comparison.against(reference, comparison.trials), key=lambda each: each[1].mean
    ):
        p = _p(pair.p_holm, "")
        rows.append(
            (
                pair.one,
                _signed(interval.mean),
                f"{_signed(interval.low)} to {_signed(interval.high)}",
                f"**{p}**" if pair.significant() else p,
                f"{pair.effect:+.2f}",
                str(record),
            )
        )
    return Table(
        ("contestant", "difference", "95 % interval", "p", "effect", "win/tie/loss"),
        tuple(rows),
        f"Against `{reference}` after {comparison.trials} trials; below 0 the contestant is "
        "better.",
    )


def _pairs(comparison: Comparison) -> Table:
    names = [row.contestant for row in comparison.standings()]
    found = {(pair.one, pair.other): pair for pair in comparison.all_pairs(comparison.trials)}
    rows = []
    for one in names:
        cells = []
        for other in names:
            pair = found.get((one, other)) or found.get((other, one))
            if one == other or pair is None:
                cells.append("")
                continue
            better = pair.effect > 0 if pair.one == one else pair.effect < 0
            mark = "+" if better else "-" if pair.effect != 0 else "="
            cells.append(f"**{mark}{mark}**" if pair.significant() else mark)
        rows.append((one, *cells))
    return Table(
        ("", *names),
        tuple(rows),
        "All pairs: + where the row's contestant is better than the column's, doubled and bold "
        "where Wilcoxon's test over problems says so at 5 % after Holm's correction for all pairs.",
        folded=True,
    )


def _parts(comparison: Comparison, about: Mapping[str, Any]) -> list[Block]:
    parts: dict[str, list[str]] = {}
    for problem in comparison.problems:
        parts.setdefault(about["split"][problem], []).append(problem)
    if len(parts) < 2:
        return []
    found: list[Block] = [
        Heading("Development and test problems"),
        Text(
            "Strategies are changed, and the default is chosen, on development problems alone. "
            "What counts as an honest comparison is the table of the test problems."
        ),
    ]
    for part in ("test", "development", "own"):
        if part not in parts:
            continue
        inner = comparison.only(parts[part])
        moments = inner.moments
        found.append(
            Table(
                ("contestant", *(f"at {n}" for n in moments), "95 % interval", "rank at the end"),
                tuple(
                    (
                        _name(row.contestant),
                        *(_number(each.mean) for each in row.regret),
                        _range(row.regret[-1]),
                        "-" if math.isnan(row.rank[-1]) else f"{row.rank[-1]:.2f}",
                    )
                    for row in inner.standings()
                ),
                f"The {len(parts[part])} {_PARTS[part]}: {_listed(parts[part])}.",
            )
        )
    return found


def _targets(
    comparison: Comparison,
    panels: Sequence[pictures.Panel],
) -> list[Block]:
    found: list[Block] = [
        Heading("Targets"),
        Picture(
            "targets",
            partial(pictures.reached, comparison, panels),
            "Share of 31 targets reached, from a regret of 1 down to 0.001, evenly on a "
            "logarithmic scale, over all runs. A target counts from the first time it is reached.",
        ),
    ]
    if comparison.profile(_TARGET, np.ones(1)):
        found.append(
            Picture(
                "profiles",
                partial(pictures.profiles, comparison, panels, _TARGET),
                f"Performance profiles: on how many runs a contestant gets to a regret of "
                f"{_TARGET} within so many times the trials of whoever was quickest there. The "
                "left edge says how often it was quickest itself, the right end how often it got "
                "there at all. Over the seeds that all contestants have.",
            )
        )
    return found


def _problems(
    comparison: Comparison,
    about: Mapping[str, Any],
    standings: Sequence[Standing],
) -> list[Block]:
    kinds = {name: each["kind"] for name, each in about["contestants"].items()}
    best = [row.contestant for row in standings if kinds[row.contestant] == "peer"]
    ours = [row.contestant for row in standings if kinds[row.contestant] == "recipe"]
    wanted = ["default", "autotune_2018", *best[:4], "random", "random-2x", *ours[:2]]
    shown = [n for n in dict.fromkeys(wanted) if n in comparison.contestants][:_MOST_IN_SMALL]
    means = comparison.means(comparison.trials)
    rows = []
    for problem in comparison.problems:
        values = [means[row.contestant].get(problem, math.nan) for row in standings]
        least = min((v for v in values if not math.isnan(v)), default=math.nan)
        rows.append(
            (
                problem,
                *(f"**{_number(v)}**" if v == least else _number(v) for v in values),
            )
        )
    return [
        Heading("Problem by problem"),
        Picture(
            "problems",
            partial(pictures.per_problem, comparison, shown),
            "Mean normalised regret over seeds: the default, the first version of 2018, random "
            "search and the peers that did best. Scales are logarithmic and each problem has its "
            "own.",
        ),
        Table(
            ("problem", *(row.contestant for row in standings)),
            tuple(rows),
            f"Regret after {comparison.trials} trials on each problem; the best is bold.",
            folded=True,
        ),
    ]


def _overhead(
    comparison: Comparison,
    about: Mapping[str, Any],
    panels: Sequence[pictures.Panel],
    standings: Sequence[Standing],
) -> list[Block]:
    rows = sorted(standings, key=lambda row: row.own_milliseconds)
    return [
        Heading("What the tuners cost"),
        Picture(
            "overhead",
            partial(pictures.overheads, comparison, panels),
            "Median milliseconds for proposing a trial and learning from it, over the number of "
            f"the trial. When the runs began the machine's load was {about['machine']['load']} on "
            f"{about['machine']['cores']} cores; near their number or above it, times were taken "
            "beside other work: take the ratios then, not the figures.",
        ),
        Table(
            ("contestant", "milliseconds an evaluation", "failed evaluations"),
            tuple(
                (row.contestant, f"{row.own_milliseconds:.3g}", f"{row.failed:,}") for row in rows
            ),
            "Median over all evaluations.",
        ),
    ]


def _who(comparison: Comparison, about: Mapping[str, Any]) -> list[Block]:
    rows = []
    for name in comparison.contestants:
        each = about["contestants"][name]
        described = each["described"]
        if each["kind"] == "recipe":
            words = f"the recipe `{name}`"
        else:
            settings = described.get("settings", {})
            words = ", ".join(f"{k}: {_short(v)}" for k, v in settings.items()) or "its defaults"
        seeds = str(comparison.seeds(name))
        rows.append((name, each["version"], seeds, each["fingerprint"], words))
    missing = [(name, "missing", "0", "", why) for name, why in about["missing"].items()]
    return [
        Heading("Contestants"),
        Table(
            ("contestant", "version", "seeds", "fingerprint", "settings"),
            (*rows, *missing),
            "Peers are set up as their documentation recommends.",
            words=5,
        ),
    ]


def _how(comparison: Comparison, about: Mapping[str, Any]) -> list[Block]:
    machine = ", ".join(f"{key} {value}" for key, value in about["machine"].items())
    most = max(map(comparison.seeds, comparison.contestants))
    options = [
        f"autotune-bench run {about['suite']}",
        f"--budget {about['trials']}",
        *([f"--seconds {about['seconds']:g}"] if about["seconds"] is not None else []),
        f"--seeds {most}",
    ]
    whole = is_ablation(about)  # these suites have contestants of their own
    contestants = [] if whole else [f"--contestants {','.join(comparison.contestants)}"]
    fewer = [
        f"--seeds-of {name}={comparison.seeds(name)}"
        for name in comparison.contestants
        if comparison.seeds(name) < most
    ]
    parts = [*options, *fewer, *contestants, "--out results/"]
    command = " \\\n    ".join(parts)
    return [
        Heading("How to reproduce"),
        Code(
            f'python -m pip install -e ".[bench,plot]"\n{command}\nautotune-bench report results/'
        ),
        Text(
            "Each run is an event log in `results/logs`; `autotune verify results/logs` derives "
            "the decisions of this library's contestants again, and DuckDB, Polars or pandas read "
            "the logs of all. Recorded scores and seeds make the searches repeatable where the "
            "tool is; times of the tuners are those of the machine."
        ),
        Text(
            f"The split into development and test problems is the file `split.json`, SHA-256 "
            f"`{about['split_sha256']}`."
        ),
        *([Text(f"Machine and versions: {machine}.")] if machine else []),
    ]


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _MOST_LISTED:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_LISTED])} and {len(names) - _MOST_LISTED} more"


def _name(name: str) -> str:
    return f"**{name}**" if name == "default" else name


def _number(value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.3f}"


def _range(interval: Interval) -> str:
    return f"{_number(interval.low)} to {_number(interval.high)}"


def _signed(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:+.3f}"


def _p(p: float, sign: str = "p = ") -> str:
    if p < 0.001:
        return f"{sign.replace('=', '<')}0.001" if sign else "< 0.001"
    return f"{sign}{p:.3f}"


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``report``."""
    parser.add_argument("results", type=Path, help="the directory of results, or a file of traces")
    parser.add_argument("--json", action="store_true", help="print figures as JSON, write nothing")
    parser.add_argument("--to", type=Path, help="the directory to write to (that of the results)")


def main(arguments: argparse.Namespace) -> int:
    """Write the report, and return 0 if there was something to report."""
    console = Console()
    given: Path = arguments.results
    to = arguments.to or (given if given.is_dir() else given.parent)
    try:
        comparison, about = compared(given)
        rows = ablation_rows(comparison, about) if is_ablation(about) else comparison.standings()
        if arguments.json:
            told = [asdict(row) for row in rows]
            said = {name: about[name] for name in ("suite", "trials", "problems", "machine")}
            print(json.dumps({**said, "at": comparison.moments, "contestants": told}, indent=2))
            return 0
        blocks = report_blocks(comparison, about)
    except (ValueError, AutotuneError) as error:
        Console(stderr=True).print(str(error), highlight=False, markup=False)
        return 1
    page, plain = write_report(to, blocks)
    width = max(len(row.contestant) for row in rows)
    for row in rows:
        console.print(f"{row.contestant:{width}s} {_in_short(row)}", highlight=False, markup=False)
    console.print(f"{page}\n{plain}", highlight=False, soft_wrap=True)
    return 0


def _in_short(row: Row | Standing) -> str:
    if isinstance(row, Standing):
        return "  ".join(f"{each.mean:.3f}" for each in row.regret)
    regrets = "  ".join(f"{each:.3f}" for each in row.regret)
    changes = "  ".join(f"{each.mean:+.3f}" for each in row.difference or ())
    return f"{regrets}  {changes}".rstrip()
