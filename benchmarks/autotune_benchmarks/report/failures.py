"""What contestants do where trials fail: the share that failed, and the regret, by problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from autotune_benchmarks.protocol.runner import Plan, Results
from autotune_benchmarks.report.page import Block, Heading, Table, Text
from autotune_benchmarks.report.recommendations import recommendation_lines
from autotune_benchmarks.statistics.comparison import Comparison, gathered
from autotune_benchmarks.statistics.intervals import Interval, bootstrap_mean

__all__ = [
    "anything_failed",
    "failed_shares",
    "failure_blocks",
    "failure_lines",
    "overall_share",
    "problem_tables",
    "show_figures",
]

Values: TypeAlias = Mapping[str, Mapping[int, float]]

_RESAMPLES = 2000
_ALL = "all problems"


def failed_shares(comparison: Comparison, contestant: str) -> dict[str, dict[int, float]]:
    """Return the share of a contestant's trials that failed, by problem and seed.

    Parameters
    ----------
    comparison : Comparison
        The runs.
    contestant : str
        Whose.
    """
    return {
        problem: {seed: trace.n_failed / trace.n_trials for seed, trace in found.items()}
        for problem, found in comparison.traces[contestant].items()
        if found
    }


def anything_failed(comparison: Comparison) -> bool:
    """Tell whether any trial of anybody failed."""
    return any(
        trace.n_failed > 0
        for found in comparison.traces.values()
        for runs in found.values()
        for trace in runs.values()
    )


def overall_share(comparison: Comparison, contestant: str) -> Interval:
    """Return the share of a contestant's trials that failed, over problems and seeds."""
    return _interval(failed_shares(comparison, contestant))


def problem_tables(comparison: Comparison, order: Sequence[str]) -> list[Block]:
    """Return the shares that failed and the regrets at the end, a column for each problem.

    Parameters
    ----------
    comparison : Comparison
        The runs.
    order : sequence of str
        The contestants, in the order of the rows.
    """
    head = ("contestant", *(name.partition("/")[2] for name in comparison.problems))
    means = comparison.means(comparison.trials)
    shares = {name: failed_shares(comparison, name) for name in order}
    failed = [
        (_name(name), *(_mean(shares[name].get(problem, {})) for problem in comparison.problems))
        for name in order
    ]
    regrets = [
        (
            _name(name),
            *(
                f"{means[name][problem]:.3f}" if problem in means[name] else "-"
                for problem in comparison.problems
            ),
        )
        for name in order
    ]
    n = comparison.trials
    return [
        Table(head, tuple(failed), f"The share of {n} trials that failed."),
        Table(head, tuple(regrets), f"Regret after {n} trials."),
    ]


def failure_blocks(comparison: Comparison, order: Sequence[str]) -> list[Block]:
    """Return what failed, as tables; nothing where no trial of anybody did.

    Parameters
    ----------
    comparison : Comparison
        The runs.
    order : sequence of str
        The contestants, in the order of the rows.
    """
    if not anything_failed(comparison):
        return []
    shares = {name: failed_shares(comparison, name) for name in order}
    rows = []
    for name in order:
        whole = _interval(shares[name])
        each = [_mean(shares[name].get(problem, {})) for problem in comparison.problems]
        rows.append((_name(name), _told(whole), *each))
    return [
        Heading("Failed trials"),
        Table(
            ("contestant", _ALL, *comparison.problems),
            tuple(rows),
            f"The share of {comparison.trials} trials that failed, over seeds; that of all "
            "problems with its 95 % interval.",
        ),
        Text(
            "A search that has been told of failures should fail less than random search, unless "
            "the best lies where trials fail next to it, or they fail by chance."
        ),
        Table(
            ("problem", "contestant", "failed", *(f"regret at {n}" for n in comparison.moments)),
            tuple(
                (
                    problem,
                    _name(name),
                    *map(_told, _figures(comparison, shares[name], name, problem)),
                )
                for problem in comparison.problems
                for name in order
                if problem in shares[name]
            ),
            "Problem by problem, with 95 % intervals: a bootstrap over seeds.",
            words=2,
            folded=True,
        ),
    ]


def failure_lines(comparison: Comparison, order: Sequence[str]) -> list[str]:
    """Return the same in short, as lines of text.

    Parameters
    ----------
    comparison, order
        As for ``failure_blocks``.
    """
    head = ("failed", *(f"regret at {n}" for n in comparison.moments))
    wide = max(map(len, (*comparison.problems, _ALL))) + 1
    who = max(map(len, order)) + 1
    lines = [f"{'':{wide + who}s}{''.join(f'{word:>23s}' for word in head)}"]
    for problem in (*comparison.problems, _ALL):
        for name in order:
            shares = failed_shares(comparison, name)
            if problem != _ALL and problem not in shares:
                continue
            told = "".join(f"{_told(x):>23s}" for x in _figures(comparison, shares, name, problem))
            lines.append(f"{problem:{wide}s}{name:{who}s}{told}")
    return lines


def show_figures(plan: Plan, results: Results) -> None:
    """Print the figures of a plan's contestants, problem by problem.

    Parameters
    ----------
    plan : Plan
        What was run.
    results : Results
        What it came to.
    """
    if not results.traces:
        return
    names = {each.name: each.fingerprint() for each in plan.contestants}
    found = gathered(results.traces.values(), plan.trials, names)
    order = [row.contestant for row in found.standings()]
    for line in (*failure_lines(found, order), *recommendation_lines(found, results.about, order)):
        print(line)


def _figures(comparison: Comparison, shares: Values, name: str, problem: str) -> list[Interval]:
    """Return the share that failed and the regrets of a contestant, on one problem or on all."""

    def of(values: Values) -> Interval:
        return _interval(values if problem == _ALL else {problem: values[problem]})

    return [of(shares), *(of(comparison.regrets(name, moment)) for moment in comparison.moments)]


def _interval(values: Values) -> Interval:
    columns = {problem: list(found.values()) for problem, found in values.items()}
    return bootstrap_mean(columns, resamples=_RESAMPLES)


def _mean(values: Mapping[int, float]) -> str:
    return f"{np.mean(list(values.values())):.3f}" if values else "-"


def _told(interval: Interval) -> str:
    return f"{interval.mean:.3f} ({interval.low:.3f} to {interval.high:.3f})"


def _name(name: str) -> str:
    return f"**{name}**" if name == "default" else name
