"""Write golden logs with the version of autotune that is on the path, as README.md says.

Run as ``python make.py FOLDER``; the folder must not be there. No clock is read and no random name
made, so the same version writes the same events again.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import attrs
from attrs import define

from autotune import Boolean, Categorical, Float, Integer, Sequence, Space, Tuner, open_log, verify
from autotune.interchange.importing import import_results
from autotune.objective import Measurement
from autotune.replay import fork, state_at
from autotune.space import And, Equals, Fixed, In, LessThan, Ordinal
from autotune.study import Failure
from autotune.study.events import SCHEMA_VERSION
from autotune.tuner import PriorTrial
from autotune_strategies import MaxTrials, ScoreReached, recipes
from golden.plain import digests, fields_now, trials

SECOND = 1_000_000
# Their arithmetic is that of numpy's generators and of the C library, without linear algebra.
EXACT = ("walk", "folds", "conditional", "grown", "forked", "killed", "parts", "objects", "random")


@define
class Ticking:
    """A clock that goes on by a second each time it is read."""

    at: int = 1_750_000_000 * SECOND
    seconds: float = 0.0

    def now(self) -> int:
        """Return microseconds since 1970-01-01 UTC."""
        self.at += SECOND
        return self.at

    def timer(self) -> float:
        """Return seconds."""
        self.seconds += 0.25
        return self.seconds


def name_studies(seed: int) -> None:
    """Let studies be named by counting."""
    count = iter(range(10**6))
    uuid.uuid4 = lambda: uuid.UUID(int=(seed << 64) + next(count), version=4)


KINDS = Space(
    {
        "learning_rate": Float(1e-6, 1.0, log=True),
        "momentum": Float(0.0, 1.0),
        "shift": Float(),
        "batch": Integer(8, 1024, log=True),
        "depth": Integer(1, 12),
        "width": Integer(),
        "shuffle": Boolean(),
        "solver": Categorical(["adam", "sgd", "größter Schritt", "λ"]),
        "size": Ordinal([0.5, 1.0, 2.0, 4.0]),
        "kernel": Categorical([(3, 3), (5, 5), (7,)]),
        "mixed": Categorical([None, 1, 1.0, "1", True]),
        "layers": Sequence(of=Integer(1, 256), min_length=1, max_length=4),
        "rates": Sequence(of=Float(0.0, 0.5), min_length=0, max_length=3, kind="list"),
        "names": Sequence(of=Categorical(["a", "b"]), min_length=1, max_length=2),
        "fixed": Fixed("as it is"),
    },
    start={
        "learning_rate": 0.1,
        "shift": -1.5,
        "width": 7,
        "layers": (4, 1),
        "rates": [],
        "size": 1.0,
        "batch": 64,
    },
)

SMALL = Space(
    {
        "x": Float(-10.0, 10.0),
        "rate": Float(1e-4, 1.0, log=True),
        "n": Integer(1, 20),
        "solver": Categorical(["adam", "sgd"]),
        "bias": Boolean(),
    },
    start={"x": 1.0, "rate": 0.1, "n": 5},
)


def score_of_kinds(c: dict[str, Any]) -> tuple[float, float]:
    """Return a score and seconds; some configurations fail."""
    if c["depth"] == 3:
        raise ValueError(f"a depth of {c['depth']} is too much \u2013 for everybody")
    if c["depth"] == 7:
        return float("nan"), 0.5
    score = -abs(c["momentum"] - 0.75) - abs(c["depth"] - 4) / 8 - abs(len(c["layers"]) - 2)
    score += (c["solver"] == "λ") / 2 + c["shuffle"] / 4 - abs(c["shift"]) / 16 + c["size"] / 8
    return score, 0.25 + c["depth"] / 16


def score_of_small(c: dict[str, Any]) -> tuple[float, float]:
    """Return a score and seconds."""
    return -abs(c["x"] - 3.0) - abs(c["n"] - 7) / 8 + c["bias"] / 4, 0.125 + c["n"] / 32


@define
class Folded:
    """An objective of five folds, some of which fail."""

    n_folds: int = 5

    def evaluate(self, c: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Return the measurement of some folds."""
        base = score_of_small(c)[0]
        scores = tuple(base + (fold * 37 % 5 - 2) / 16 for fold in folds)
        n = len(folds)
        if c["n"] % 4 == 3:
            failure = Failure("MemoryError", "no memory left for this many")
            return Measurement(folds, (float("nan"),) * n, (0.5,) * n, (0.0,) * n, {}, failure)
        metrics = {"recall": tuple(score / 2 for score in scores), "λ": (0.0,) * n}
        return Measurement(folds, scores, (0.25 + c["n"] / 64,) * n, (0.03125,) * n, metrics)


def walk(path: Path) -> None:
    """All kinds of dimensions, failures, scores that are not numbers, and a stop."""
    tuner = Tuner(
        KINDS, strategy=recipes.random_walk(), log=path, n_trials=40, seed=1, clock=Ticking()
    )
    with tuner:
        tuner.run(score_of_kinds)


def random(path: Path) -> None:
    """Random search, minimised, that stops because the score was reached."""
    strategy = attrs.evolve(recipes.random_search(), termination=ScoreReached(1.0) | MaxTrials(60))
    tuner = Tuner(
        SMALL,
        strategy=strategy,
        log=path,
        direction="minimize",
        metric="loss",
        seed=2**63 - 1,
        clock=Ticking(),
    )
    with tuner:
        tuner.run(lambda c: (-score_of_small(c)[0], 0.125))


def folds(path: Path) -> None:
    """Five folds raced, so that trials are dropped after some of them; failures; other measures."""
    strategy = attrs.evolve(recipes.random_walk(), folds=recipes.racing().folds)
    tuner = Tuner(
        SMALL, strategy=strategy, log=path, n_folds=5, n_trials=25, seed=3, clock=Ticking()
    )
    with tuner:
        tuner.run(Folded())


def conditional(path: Path) -> None:
    """Parameters that are there only at times, and combinations that are not allowed."""
    space = Space(
        {
            "kernel": Categorical(["linear", "rbf", "poly"]),
            "gamma": Float(1e-3, 10.0, log=True),
            "degree": Integer(2, 5),
            "low": Float(0.0, 1.0),
            "high": Float(0.0, 1.0),
            "coefficients": Sequence(of=Float(-1.0, 1.0), min_length=1, max_length=3),
        },
        start={"kernel": "rbf", "low": 0.25, "high": 0.75, "degree": 3},
        conditions={
            "gamma": In("kernel", ("rbf", "poly")),
            "degree": Equals("kernel", "poly"),
            "coefficients": And((Equals("kernel", "poly"), LessThan("low", 0.5))),
        },
        constraints=[LessThan("low", "high")],
    )

    def score(c: dict[str, Any]) -> tuple[float, float]:
        return c["high"] - c["low"] + (c["kernel"] == "poly") / 2 - c.get("degree", 0) / 8, 0.25

    tuner = Tuner(
        space, strategy=recipes.annealing(), log=path, n_trials=30, seed=4, clock=Ticking()
    )
    with tuner:
        tuner.run(score)


def grown(path: Path) -> None:
    """Prior and given trials, another strategy, a space that grows, a stop and more after it."""
    clock = Ticking()
    strategy = recipes.random_walk()
    with Tuner(SMALL, strategy=strategy, log=path, n_trials=8, seed=5, clock=clock) as tuner:
        tuner.take_over(
            PriorTrial(
                {"x": x, "rate": 0.01, "n": 4, "solver": "sgd", "bias": False},
                Measurement((0,), (score,), (0.5,), (0.0,)),
            )
            for x, score in ((0.0, -8.5), (2.0, -6.0), (1.0, -9.0))
        )
        given = tuner.propose({"x": -0.0, "rate": 1e-4, "n": 20, "solver": "adam", "bias": True})
        tuner.tell(given.trial, -7.0)
        tuner.run(score_of_small)
    wider = Space(
        {
            "x": Float(-10.0, 20.0),
            "rate": Float(1e-4, 1.0, log=True),
            "n": Integer(1, 20),
            "solver": Categorical(["adam", "sgd", "lbfgs"]),
            "bias": Boolean(),
            "dropout": Float(0.0, 0.9),
        },
        start={"x": 1.0, "rate": 0.1, "n": 5, "dropout": 0.5},
    )
    annealing = recipes.annealing()
    with Tuner(wider, strategy=annealing, log=path, n_trials=20, seed=5, clock=clock) as tuner:
        tuner.run(lambda c: (score_of_small(c)[0] - c["dropout"], 0.25))


def forked(path: Path) -> None:
    """A fork of the grown one, that goes another way."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "log"
        name_studies(5)
        grown(source)
        clock = Ticking(1_760_000_000 * SECOND)
        log = fork(source, 40, strategy=recipes.random_search(), to=path, clock=clock)
        with log:
            Tuner.resume(log, n_trials=24, clock=clock).run(
                lambda c: (score_of_small(c)[0] - c.get("dropout", 0), 0.25)
            )


def imported(path: Path) -> None:
    """Results of another tool, and a few trials more."""
    results = {
        "x": [float(x) for x in range(-4, 8)],
        "solver": ["adam", "sgd"] * 6,
        "n": list(range(12)),
        "layers": [(4,), (4, 2), (8,)] * 4,
        "mean_test_score": [-abs(x - 3) / 4 for x in range(-4, 8)],
        "mean_fit_time": [0.25] * 12,
    }
    columns = {
        f"param_{name}" if not name.startswith("mean") else name: column
        for name, column in results.items()
    }
    clock = Ticking()
    with (
        import_results(columns, path, strategy=recipes.autotune_2018(), clock=clock) as log,
        Tuner.resume(log, n_trials=18, clock=clock) as tuner,
    ):
        tuner.run(lambda c: (-abs(c["x"] - 3.0) / 4, 0.25))


def killed(path: Path) -> None:
    """A log whose writer was killed while it wrote an append; a trial is pending."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "log"
        strategy = recipes.random_walk()
        tuner = Tuner(SMALL, strategy=strategy, log=source, n_trials=30, seed=6, clock=Ticking())
        for _ in range(3):
            trial = tuner.ask()
            assert trial is not None
            tuner.tell(trial.trial, score_of_small(dict(trial.configuration)))
        tuner.ask()
        shutil.copytree(source, path)
        before = next(path.glob("live-*.arrow")).stat().st_size
        tuner.tell(4, (0.5, 0.25))
        longer = next(source.glob("live-*.arrow")).read_bytes()
        next(path.glob("live-*.arrow")).write_bytes(longer[: before + 100])
        tuner.close()
    holder = {"pid": 4242, "host": "example", "since": "2025-06-15T15:06:40+00:00"}
    (path / "writer.json").write_text(json.dumps(holder))


def parts(path: Path) -> None:
    """Many short sessions: parts, merged parts, what interrupted merges and seals left, a live."""
    clock = Ticking()
    strategy = recipes.random_walk()
    left: Path | None = None
    with tempfile.TemporaryDirectory() as folder:
        for n in range(1, 19):
            with Tuner(
                SMALL, strategy=strategy, log=path, n_trials=100, seed=7, clock=clock
            ) as tuner:
                trial = tuner.ask()
                assert trial is not None
                tuner.tell(trial.trial, score_of_small(dict(trial.configuration)))
            if n == 12:
                part = sorted(path.glob("part-*"))[3]
                left = Path(shutil.copy(part, folder))
        assert left is not None
        assert not (path / left.name).exists()
        shutil.copy(left, path)
        newest = max(path.glob("part-*"))
        (path / f"{newest.name}.tmp").write_bytes(newest.read_bytes()[:200])
        # And while it goes on.
        source = Path(folder) / "log"
        with Tuner(SMALL, strategy=strategy, log=path, seed=7, clock=clock) as tuner:
            tuner.ask()
            shutil.copytree(path, source)
        shutil.rmtree(path)
        shutil.copytree(source, path)
        if not (path / left.name).exists():  # the writer had cleared it away
            shutil.copy(left, path)
            (path / f"{newest.name}.tmp").write_bytes(b"PAR1")


def objects(path: Path) -> None:
    """Choices that are not plain values, known to the log by their labels."""
    space = Space(
        {
            "scale": Categorical([None, int, float]),
            "reduce": Categorical([min, max, "mean"]),
            "use": Fixed(len),
            "x": Float(0.0, 1.0),
        }
    )
    tuner = Tuner(
        space, strategy=recipes.random_search(), log=path, n_trials=12, seed=8, clock=Ticking()
    )
    with tuner:
        tuner.run(lambda c: (c["x"] + (c["scale"] is int), 0.25))


def recipe(name: str) -> Callable[[Path], None]:
    """Return what writes a short log of a recipe."""

    def write(path: Path) -> None:
        strategy = getattr(recipes, name)()
        tuner = Tuner(SMALL, strategy=strategy, log=path, n_trials=12, seed=9, clock=Ticking())
        with tuner:
            tuner.run(score_of_small)

    write.__doc__ = f"The recipe {name}."
    return write


def failing(path: Path) -> None:
    """Trials that fail beside the best ones, learnt from; a time budget; a condition."""
    space = Space(
        {
            "x": Float(0.0, 1.0),
            "depth": Integer(1, 30),
            "solver": Categorical(["adam", "sgd", "lbfgs"]),
            "momentum": Float(0.0, 1.0),
        },
        start={"x": 0.25, "depth": 3},
        conditions={"momentum": Equals("solver", "sgd")},
    )

    def score(c: dict[str, Any]) -> tuple[float, float]:
        if c["solver"] == "lbfgs":
            raise RuntimeError("lbfgs diverges")
        if c["x"] * c["depth"] > 8:
            raise MemoryError(f"no memory for {c['depth']}")
        return c["x"] * c["depth"] / 8 + c.get("momentum", 0.5) / 4, 0.125 * c["depth"]

    tuner = Tuner(space, log=path, n_trials=30, time_budget=1e6, seed=10, clock=Ticking())
    with tuner:
        tuner.run(score)


def confirmed(path: Path) -> None:
    """Noisy scores: contenders are measured again, on three repeats at most."""
    calls = iter(range(1000))

    def score(c: dict[str, Any]) -> tuple[float, float]:
        luck = (next(calls) * 37 % 11 - 5) / 8
        return score_of_small(c)[0] + luck, 0.25

    tuner = Tuner(SMALL, log=path, n_trials=40, seed=11, clock=Ticking(), n_repeats=3)
    with tuner:
        tuner.run(score)


LOGS: dict[str, Callable[[Path], None]] = {
    "walk": walk,
    "random": random,
    "folds": folds,
    "conditional": conditional,
    "grown": grown,
    "forked": forked,
    "imported": imported,
    "killed": killed,
    "parts": parts,
    "objects": objects,
    "failing": failing,
    "confirmed": confirmed,
    **{name: recipe(name) for name in ("autotune_2018", "default", "discounted")},
}


def described(path: Path, *, exact: bool) -> dict[str, Any]:
    """Return what a log holds, for the manifest."""
    with open_log(path, mode="r") as log:
        events = list(log.events())
        study = state_at(log)
        verification = verify(log)
    assert verification.passed or not exact, verification
    rows = trials(study)
    best = None if study.incumbent is None else rows[study.incumbent - 1]
    return {
        "n_events": len(events),
        "kinds": sorted({type(event).__name__ for event in events}),
        "n_trials": study.n_trials,
        "incumbent": study.incumbent,
        "incumbent_score": None if best is None else best["score"],
        "accepted": [row["trial"] for row in rows if row["verdict"] == "accepted"],
        "pending": sorted(study.pending),
        "stopped": None if study.stopped is None else study.stopped.words,
        "verified": verification.passed,
        "exact": exact,
        "trials": rows,
        "events": digests(events, fields_now(), SCHEMA_VERSION),
    }


def main(out: Path) -> None:
    """Write all logs and their manifest."""
    out.mkdir(parents=True)
    logs = {}
    for number, (name, write) in enumerate(LOGS.items()):
        name_studies(100 + number)
        path = out / name
        write(path)
        (path / "writer.lock").unlink(missing_ok=True)
        if name != "killed":
            (path / "writer.json").unlink(missing_ok=True)
        about = (write.__doc__ or "").strip()
        logs[name] = {"about": about, **described(path, exact=name in EXACT)}
    # A line for each log: short, and a change of one log shows as one.
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(said)}" for name, said in logs.items())
    head = {
        "schema_version": SCHEMA_VERSION,
        "made_with": {
            name: metadata.version(name) for name in ("numpy", "scipy", "scikit-learn", "pyarrow")
        },
        "fields": fields_now(),
    }
    fields = ",\n".join(f" {json.dumps(name)}: {json.dumps(said)}" for name, said in head.items())
    text = f'{{\n{fields},\n "logs": {{\n{lines}\n }}\n}}\n'
    (out / "manifest.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
