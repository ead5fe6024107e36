"""A comparison: traces gathered by contestant, problem and seed, and what follows from them.

Seeds are averaged first, then problems, then families, so that neither many seeds nor a family of
many problems counts for more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from autotune_benchmarks.protocol.traces import Trace, moments
from autotune_benchmarks.statistics.intervals import Interval, bootstrap_mean, mean_over_tables
from autotune_benchmarks.statistics.pairwise import Pair, WinTieLoss, compare, holm, win_tie_loss
from autotune_benchmarks.statistics.profiles import (
    first_reached,
    performance_profile,
    share_reached,
)
from autotune_benchmarks.statistics.ranking import (
    Friedman,
    critical_difference,
    friedman,
    mean_ranks,
)

__all__ = ["Comparison", "Ranking", "Standing", "gathered"]

Array: TypeAlias = NDArray[np.float64]
Values: TypeAlias = Mapping[str, Mapping[int, float]]

_RESAMPLES = 2000
_YARDSTICKS = ("random", "random_search")


@frozen
class Standing:
    """Where a contestant stands.

    Parameters
    ----------
    contestant : str
        Who.
    problems, seeds, runs : int
        How many problems it has, how many seeds of each (at most), and all together.
    regret : tuple of Interval
        After each number of trials, over problems and seeds, with a 95 % interval over seeds.
    area : Interval
        The mean regret over all trials from the first to the last, no more than 1 at any.
    rank : tuple of float
        The mean rank over problems, after each number of trials; NaN where it lacks a problem.
    by_family : mapping of str to float
        The regret at the end of the budget, over the family's problems.
    over_families : float
        Its mean over families.
    at_seconds : tuple of float
        The regret after a quarter, half and the whole of the budget in seconds.
    own_milliseconds : float
        What an evaluation costs beside itself: the median over all of them.
    failed : int
        Evaluations without a score.
    """

    contestant: str
    problems: int
    seeds: int
    runs: int
    regret: tuple[Interval, ...]
    area: Interval
    rank: tuple[float, ...]
    by_family: Mapping[str, float]
    over_families: float
    at_seconds: tuple[float, ...]
    own_milliseconds: float
    failed: int


@frozen
class Ranking:
    """Mean ranks at one number of trials, and how far apart they must lie.

    Parameters
    ----------
    contestants : tuple of str
        From the best on.
    ranks : tuple of float
        Their mean ranks.
    n : int
        Problems.
    difference : float
        Nemenyi's critical difference at 5 %.
    test : Friedman, optional
        None where there are too few problems or contestants.
    """

    contestants: tuple[str, ...]
    ranks: tuple[float, ...]
    n: int
    difference: float
    test: Friedman | None


@frozen(eq=False)
class Comparison:
    """Traces of one budget, by contestant, problem and seed.

    Parameters
    ----------
    trials : int
        The budget.
    contestants, problems : tuple of str
        In the order of the report.
    families : mapping of str to str
        Of the problems.
    traces : mapping
        By contestant, then problem, then seed.
    """

    trials: int
    contestants: tuple[str, ...]
    problems: tuple[str, ...]
    families: Mapping[str, str]
    traces: Mapping[str, Mapping[str, Mapping[int, Trace]]] = field(repr=False)

    @property
    def moments(self) -> tuple[int, ...]:
        """A quarter, half and the whole of the budget."""
        return moments(self.trials)

    @property
    def complete(self) -> tuple[str, ...]:
        """The contestants that have runs on every problem."""
        return tuple(
            name
            for name in self.contestants
            if all(self.traces[name].get(problem) for problem in self.problems)
        )

    def only(self, problems: Sequence[str]) -> Comparison:
        """Return the comparison on some of the problems."""
        kept = tuple(problem for problem in self.problems if problem in set(problems))
        traces = {
            name: {p: found[p] for p in kept if p in found} for name, found in self.traces.items()
        }
        names = tuple(name for name in self.contestants if traces[name])
        return Comparison(self.trials, names, kept, self.families, traces)

    def balanced(self) -> Comparison:
        """Return it without the seeds that a contestant does not have on every problem.

        They are what an interrupted campaign, or a run that failed, leaves. A contestant that would
        lose all its runs keeps them.
        """
        kept: dict[str, dict[str, dict[int, Trace]]] = {}
        for name, found in self.traces.items():
            whole = set.intersection(*(set(found.get(p, {})) for p in self.problems))
            kept[name] = {
                problem: {seed: each for seed, each in runs.items() if not whole or seed in whole}
                for problem, runs in found.items()
            }
        return Comparison(self.trials, self.contestants, self.problems, self.families, kept)

    def logarithmic(self, losses: Mapping[str, Sequence[float]]) -> Comparison:
        r"""Return it with the regrets of some problems on a logarithmic scale of their loss.

        .. math:: \frac{\log y - \log y_\text{best}}{\log y_\text{median} - \log y_\text{best}}

        Parameters
        ----------
        losses : mapping
            For each such problem, its best and its median loss.
        """
        traces: dict[str, dict[str, Mapping[int, Trace]]] = {}
        for name, found in self.traces.items():
            traces[name] = {**found}
            for problem in set(found) & set(losses):
                best, median = losses[problem]
                traces[name][problem] = {
                    seed: evolve(
                        trace,
                        regret=np.log1p(trace.regret * (median - best) / best)
                        / np.log(median / best),
                    )
                    for seed, trace in found[problem].items()
                }
        return Comparison(self.trials, self.contestants, self.problems, self.families, traces)

    @property
    def n_runs(self) -> int:
        """The number of runs."""
        return sum(len(runs) for found in self.traces.values() for runs in found.values())

    def seeds(self, contestant: str) -> int:
        """Return how many runs a contestant has of a problem, at most."""
        return max(len(found) for found in self.traces[contestant].values())

    def curves(self, contestant: str, problem: str) -> Array:
        """Return the regret after each trial, a row for each seed."""
        found = self.traces[contestant].get(problem, {})
        rows = [found[seed].curve(self.trials) for seed in sorted(found)]
        return np.array(rows) if rows else np.empty((0, self.trials))

    def mean_curve(self, contestant: str) -> Array:
        """Return the regret after each trial: the mean over problems of the mean over seeds."""
        means = [
            self.curves(contestant, problem).mean(axis=0)
            for problem in self.problems
            if self.traces[contestant].get(problem)
        ]
        return np.asarray(np.mean(means, axis=0))

    def regrets(self, contestant: str, trials: float) -> dict[str, dict[int, float]]:
        """Return the regret after so many trials, by problem and seed."""
        return {
            problem: {seed: trace.at(trials) for seed, trace in found.items()}
            for problem, found in self.traces[contestant].items()
            if found
        }

    def areas(self, contestant: str) -> dict[str, dict[int, float]]:
        """Return the mean of the regret over all trials, none counting for more than 1."""
        return {
            problem: {
                seed: float(np.minimum(trace.curve(self.trials), 1.0).mean())
                for seed, trace in found.items()
            }
            for problem, found in self.traces[contestant].items()
            if found
        }

    def budget_seconds(self) -> dict[str, float]:
        """Return each problem's budget in seconds: what random search takes for all its trials.

        That is the median over its seeds; where random search takes no part, over all runs.
        """
        yardstick = next((name for name in _YARDSTICKS if name in self.contestants), None)
        names = self.contestants if yardstick is None else (yardstick,)
        found = {}
        for problem in self.problems:
            ends = [
                float(trace.passed[-1])
                for name in names
                for trace in self.traces[name].get(problem, {}).values()
            ]
            if ends:
                found[problem] = float(np.median(ends))
        return found

    def regrets_at_seconds(self, contestant: str, share: float) -> dict[str, dict[int, float]]:
        """Return the regret after a share of each problem's budget in seconds.

        Before its first trial has ended, a run has the regret of its first configuration.
        """
        budget = self.budget_seconds()
        found: dict[str, dict[int, float]] = {}
        for problem, traces in self.traces[contestant].items():
            if problem not in budget:
                continue
            found[problem] = {}
            for seed, trace in traces.items():
                regret = trace.at_seconds(share * budget[problem])
                found[problem][seed] = float(trace.regret[0]) if np.isnan(regret) else regret
        return found

    def curve_over_seconds(self, contestant: str, shares: Array) -> Array:
        """Return the mean regret at shares of the budget in seconds."""
        return np.array([_mean(self.regrets_at_seconds(contestant, share)) for share in shares])

    def standings(self) -> list[Standing]:
        """Return where each contestant stands, the best at the end of the budget first.

        Those that lack problems come behind the others, for their means are of something else.
        """
        ranks: dict[str, list[float]] = {name: [] for name in self.contestants}
        for moment in self.moments:
            found = self.ranking(moment)
            by_name = dict(zip(found.contestants, found.ranks, strict=True))
            for name in self.contestants:
                ranks[name].append(by_name.get(name, float("nan")))
        rows = [self._standing(name, tuple(ranks[name])) for name in self.contestants]
        n = len(self.problems)
        return sorted(rows, key=lambda row: (row.problems < n, row.regret[-1].mean))

    def _standing(self, name: str, ranks: tuple[float, ...]) -> Standing:
        final = {
            problem: float(np.mean(list(found.values())))
            for problem, found in self.regrets(name, self.trials).items()
        }
        by_family: dict[str, list[float]] = {}
        for problem, value in final.items():
            by_family.setdefault(self.families[problem], []).append(value)
        families = {family: float(np.mean(values)) for family, values in by_family.items()}
        own = [t for found in self.traces[name].values() for t in found.values()]
        return Standing(
            name,
            len(final),
            self.seeds(name),
            len(own),
            tuple(_interval(self.regrets(name, moment)) for moment in self.moments),
            _interval(self.areas(name)),
            ranks,
            families,
            float(np.mean(list(families.values()))),
            tuple(_mean(self.regrets_at_seconds(name, share)) for share in (0.25, 0.5, 1.0)),
            1e3 * float(np.median(np.concatenate([trace.own_seconds for trace in own]))),
            sum(trace.n_failed for trace in own),
        )

    def means(self, trials: float) -> dict[str, dict[str, float]]:
        """Return each contestant's mean regret over seeds, by problem."""
        return {
            name: {
                problem: float(np.mean(list(found.values())))
                for problem, found in self.regrets(name, trials).items()
            }
            for name in self.contestants
        }

    def ranking(self, trials: float) -> Ranking:
        """Return the mean ranks after so many trials, of contestants that have every problem."""
        means = self.means(trials)
        names = self.complete
        n, k = len(self.problems), len(names)
        if k < 2 or n < 1:
            return Ranking(names, (1.0,) * k, n, float("nan"), None)
        values = np.array([[means[name][problem] for name in names] for problem in self.problems])
        ranks = mean_ranks(values)
        order = np.argsort(ranks, kind="stable")
        return Ranking(
            tuple(names[i] for i in order),
            tuple(float(ranks[i]) for i in order),
            n,
            critical_difference(k, n),
            friedman(values) if n >= 2 and k >= 3 else None,
        )

    def against(self, reference: str, trials: float) -> list[tuple[Pair, Interval, WinTieLoss]]:
        """Compare every contestant with one: over problems, over seeds, and problem by problem.

        Parameters
        ----------
        reference : str
            With whom.
        trials : float
            After how many.

        Returns
        -------
        list of tuple
            The test over problems of the mean difference of pairs of runs, corrected for the number
            of contestants; that difference with its interval; and wins, ties and losses.
        """
        theirs = self.regrets(reference, trials)
        found: list[tuple[Pair, Interval, WinTieLoss]] = []
        for name in self.contestants:
            if name == reference:
                continue
            own = self.regrets(name, trials)
            differences = paired(own, theirs)
            means = {problem: float(np.mean(each)) for problem, each in differences.items()}
            none = dict.fromkeys(means, 0.0)
            (pair,) = compare({name: means, reference: none}, [(name, reference)])
            interval = (
                bootstrap_mean(differences, resamples=_RESAMPLES)
                if differences
                else Interval(float("nan"), float("nan"), float("nan"))
            )
            found.append((pair, interval, win_tie_loss(own, theirs)))
        corrected = holm([pair.p for pair, _, _ in found])
        return [
            (evolve(pair, p_holm=p), interval, record)
            for (pair, interval, record), p in zip(found, corrected, strict=True)
        ]

    def all_pairs(self, trials: float) -> list[Pair]:
        """Compare all contestants with each other, corrected for the number of pairs."""
        names = self.contestants
        pairs = [(names[i], other) for i in range(len(names)) for other in names[i + 1 :]]
        return compare(self.means(trials), pairs)

    def reached(self, contestant: str) -> Array:
        """Return the share of targets reached after each trial: problems count alike."""
        shares = [
            share_reached(self.curves(contestant, problem))
            for problem in self.problems
            if self.traces[contestant].get(problem)
        ]
        return np.asarray(np.mean(shares, axis=0))

    def profile(self, target: float, ratios: Array) -> dict[str, Array]:
        """Return performance profiles of the trials to a target, over runs that all have.

        Parameters
        ----------
        target : float
            A normalised regret.
        ratios : ndarray
            Factors from 1 on.
        """
        names = self.complete
        times: dict[str, list[float]] = {name: [] for name in names}
        for problem in self.problems:
            shared = sorted(
                set.intersection(*(set(self.traces[name][problem]) for name in names))
                if names
                else set()
            )
            for seed in shared:
                for name in names:
                    curve = self.traces[name][problem][seed].curve(self.trials)
                    times[name].append(first_reached(curve, target))
        if not names or not times[names[0]]:
            return {}
        return performance_profile({n: np.array(t) for n, t in times.items()}, ratios)

    def overhead(self, contestant: str, trials: int, points: int = 20) -> tuple[Array, Array]:
        """Return trial numbers, and the median seconds the tuner takes for a trial around each.

        Parameters
        ----------
        contestant : str
            Who.
        trials : int
            Up to which.
        points : int
            How many numbers.
        """
        by_trial = [
            trace.own_seconds[:trials]
            for found in self.traces[contestant].values()
            for trace in found.values()
        ]
        n = max(len(own) for own in by_trial)
        padded = np.full((len(by_trial), n), np.nan)
        for row, own in zip(padded, by_trial, strict=True):
            row[: len(own)] = own
        blocks = np.array_split(np.arange(n), min(points, n))
        centres = np.array([float(block.mean()) + 1.0 for block in blocks])
        return centres, np.array([float(np.nanmedian(padded[:, block])) for block in blocks])


def gathered(
    traces: Iterable[Trace], trials: int, fingerprints: Mapping[str, str] | None = None
) -> Comparison:
    """Gather traces of one budget.

    Parameters
    ----------
    traces : iterable of Trace
        Others in it are left out.
    trials : int
        The budget.
    fingerprints : mapping of str to str, optional
        The contestants in their order, and which of their versions; all if left out.

    Raises
    ------
    ValueError
        If none is left.
    """
    found: dict[str, dict[str, dict[int, Trace]]] = {}
    families: dict[str, str] = {}
    for trace in sorted(traces, key=lambda trace: trace.run):
        run = trace.run
        if run.trials != trials:
            continue
        if fingerprints is not None and fingerprints.get(run.contestant) != run.fingerprint:
            continue
        found.setdefault(run.contestant, {}).setdefault(run.problem, {})[run.seed] = trace
        families[run.problem] = trace.family
    if not found:
        raise ValueError(f"there are no runs of {trials} trials to compare")
    names = tuple(found) if fingerprints is None else tuple(n for n in fingerprints if n in found)
    problems = tuple(sorted(families, key=lambda name: (families[name], name)))
    return Comparison(trials, names, problems, families, found)


def paired(one: Values, other: Values) -> dict[str, list[float]]:
    """Return the differences of pairs of runs, by problem.

    Parameters
    ----------
    one, other : mapping
        Values by problem and seed.
    """
    found = {}
    for problem in one:
        shared = sorted(set(one[problem]) & set(other.get(problem, {})))
        if shared:
            found[problem] = [one[problem][seed] - other[problem][seed] for seed in shared]
    return found


def _interval(values: Values) -> Interval:
    columns = {problem: list(found.values()) for problem, found in values.items()}
    return bootstrap_mean(columns, resamples=_RESAMPLES)


def _mean(values: Values) -> float:
    return mean_over_tables({problem: list(found.values()) for problem, found in values.items()})
