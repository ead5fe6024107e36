"""Optuna's studies as recorded trials, and logs as Optuna's studies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from autotune.errors import MissingExtraError, StudyError
from autotune.interchange.optuna_spaces import Distributed, distributed, space_of_trials
from autotune.interchange.recorded_trials import RecordedTrial
from autotune.interchange.trials_table import read_trials
from autotune.objective import Measurement
from autotune.replay.reading import LogLike
from autotune.space import Space
from autotune.study import Direction, Failure
from autotune.study.rows import FAILED, PENDING, REJECTED

if TYPE_CHECKING:
    import optuna

__all__ = ["OptunaStudy", "from_optuna", "is_optuna_study", "load_optuna", "to_optuna"]

_TOLD = ("trial", "status", "reason", "origin", "parent", "moved", "changed", "changes")
_NUMBERS = ("gain", "seconds_saved", "score_sd", "fit_seconds", "score_seconds")
_PRUNED = "pruned"


@frozen
class OptunaStudy:
    """The trials of an Optuna study, with their space and direction.

    Parameters
    ----------
    trials : list of RecordedTrial
        Those that ended.
    space : Space
        What they were drawn from.
    direction : {"maximize", "minimize"}
        Whether larger or smaller values are better.
    """

    trials: list[RecordedTrial]
    space: Space
    direction: Direction


def is_optuna_study(source: object) -> bool:
    """Tell whether an object is an Optuna study, without importing Optuna."""
    return any(
        kind.__name__ == "Study" and kind.__module__.startswith("optuna.")
        for kind in type(source).__mro__
    )


def from_optuna(study: optuna.Study, *, space: Space | None = None) -> OptunaStudy:
    """Read an Optuna study, of any storage.

    Complete trials give their value, failed ones a failure. So do pruned ones, for what they
    reported was not yet a score. Trials that run or wait are left out, and so are trials without
    any parameter.

    Parameters
    ----------
    study : optuna.Study
        With one objective.
    space : Space, optional
        What its trials lie in; made of its distributions if left out.

    Returns
    -------
    OptunaStudy
        Its trials, in their order, with the times at which they began and ended.

    Raises
    ------
    StudyError
        If it has several objectives, or no trial that ended.
    SpaceError
        If trials lack parameters and no choice tells why.

    Examples
    --------
    >>> import optuna
    >>> optuna.logging.set_verbosity(optuna.logging.ERROR)
    >>> study = optuna.create_study()
    >>> study.optimize(lambda trial: trial.suggest_int("n", 1, 9), n_trials=3)
    >>> read = from_optuna(study)
    >>> len(read.trials), read.space["n"], read.direction
    (3, Integer(low=1, high=9, log=False), 'minimize')
    """
    if len(study.directions) != 1:
        raise StudyError(
            f"the Optuna study {study.study_name!r} has {len(study.directions)} objectives; only "
            "studies of one can be imported"
        )
    ended = [trial for trial in study.trials if trial.state.is_finished() and trial.params]
    if len(ended) == 0:
        raise StudyError(f"the Optuna study {study.study_name!r} has no trial that ended")
    if space is None:
        space = space_of_trials(
            [trial.params for trial in ended], [trial.distributions for trial in ended]
        )
    direction: Direction = "maximize" if study.direction.name == "MAXIMIZE" else "minimize"
    return OptunaStudy([_recorded(trial) for trial in ended], space, direction)


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError(
            'Optuna studies need Optuna; install it with: pip install "autotune-search[optuna]"'
        ) from error
    return optuna


def load_optuna(storage: str, study_name: str | None = None) -> optuna.Study:
    """Load a study from where Optuna keeps it.

    Parameters
    ----------
    storage : str
        A URL such as ``sqlite:///studies.db``, or the path of an SQLite or a journal file.
    study_name : str, optional
        Which; needed if there are several.

    Raises
    ------
    MissingExtraError
        If Optuna is not installed.
    StudyError
        If the file is not there or can't be read, or it is not clear which study is meant.
    """
    library = _optuna()
    # Optuna would make an empty file.
    path = Path(storage.removeprefix("sqlite:///"))
    if "://" not in str(storage).removeprefix("sqlite:///") and not path.is_file():
        raise StudyError(f"{storage}: there is no file {str(path)!r}; check the path")
    try:
        opened = _storage(storage, path)
        names = library.get_all_study_names(opened)
    except Exception as error:  # whatever a data base raises
        raise StudyError(f"{storage} can't be read as a storage of Optuna: {error}") from error
    if study_name is None and len(names) == 1:
        study_name = names[0]
    if study_name not in names:
        raise StudyError(
            f"study = {study_name!r} must be one of those in {storage}: "
            f"{', '.join(names) or 'there is none'}"
        )
    study: optuna.Study = library.load_study(study_name=study_name, storage=opened)
    return study


def _storage(storage: str, path: Path) -> Any:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    if "://" in storage:
        return storage
    with path.open("rb") as file:
        if file.read(15) == b"SQLite format 3":
            return f"sqlite:///{path}"
    return JournalStorage(JournalFileBackend(str(path)))


def _recorded(trial: optuna.trial.FrozenTrial) -> RecordedTrial:
    seconds = 0.0 if trial.duration is None else max(trial.duration.total_seconds(), 0.0)
    failure = None
    if trial.state.name == "PRUNED":
        steps = len(trial.intermediate_values)
        failure = Failure(_PRUNED, f"after {steps} reported values")
    elif trial.state.name != "COMPLETE" or trial.value is None:
        kind = str(trial.user_attrs.get("failure_kind", "failed"))
        message = str(trial.user_attrs.get("failure_message", "no value recorded"))
        limit = trial.user_attrs.get("failure_limit")
        failure = Failure(kind, message, None if limit is None else float(limit))
    score = float("nan") if failure is not None or trial.value is None else trial.value
    return RecordedTrial(
        dict(trial.params),
        Measurement((0,), (score,), (seconds,), (0.0,), failure=failure),
        began=_microseconds(trial.datetime_start),
        ended=_microseconds(trial.datetime_complete),
    )


def _microseconds(time: datetime | None) -> int | None:
    # Optuna's times are local ones without a zone, which timestamp() takes them for.
    return None if time is None else round(time.timestamp() * 1e6)


def to_optuna(
    log: LogLike,
    *,
    storage: Any = None,
    study_name: str | None = None,
) -> optuna.Study:
    """Return a log as a new Optuna study, for its dashboard and its plots.

    A trial's value is its mean score; its attributes tell the verdict, what was changed, what was
    anticipated and the scores of the folds. A trial that was rejected before all folds were run is
    pruned there, with the mean after each fold as intermediate values. Pending trials are left out.
    Sequences, and choices that Optuna has not, are told as text.

    Parameters
    ----------
    log : path or Log
        The log.
    storage : str or optuna.storages.BaseStorage, optional
        Where the study is kept; memory if left out.
    study_name : str, optional
        Its name, a new one; Optuna's choice if left out.

    Returns
    -------
    optuna.Study
        With a trial for each that ended.

    Raises
    ------
    MissingExtraError
        If Optuna is not installed.
    StudyError
        If the log holds no study.

    Examples
    --------
    >>> import optuna
    >>> from autotune import tune
    >>> optuna.logging.set_verbosity(optuna.logging.ERROR)
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=4)
    >>> study = to_optuna(result.log)
    >>> study.best_value == result.best_score, study.trials[0].params
    (True, {'x': 1.0})
    """
    library = _optuna()
    study, table = read_trials(log, words=True)
    begun, space = study.begun, study.known_space
    rows = [row for row in table.to_pylist() if row["status"] != PENDING]
    tried = {row["trial"]: study.configuration(row["trial"]) for row in rows}
    known = {
        name: distributed(dimension, [c[name] for c in tried.values() if name in c])
        for name, dimension in space.parameters
    }
    target: optuna.Study = library.create_study(
        storage=storage, study_name=study_name, direction=begun.direction
    )
    target.set_user_attr("metric", begun.metric)
    target.set_user_attr("autotune_study_id", begun.study_id)
    target.add_trials(
        [_frozen(i, row, tried[row["trial"]], known, begun.n_folds) for i, row in enumerate(rows)]
    )
    return target


def _frozen(
    number: int,
    row: Mapping[str, Any],
    configuration: Mapping[str, Any],
    known: Mapping[str, Distributed],
    n_folds: int,
) -> optuna.trial.FrozenTrial:
    from optuna.trial import FrozenTrial, TrialState

    state, between = TrialState.COMPLETE, {}
    if row["status"] == FAILED or row["score"] is None:
        state = TrialState.FAIL
    elif row["status"] == REJECTED and len(row["folds"]) < n_folds:
        state, total = TrialState.PRUNED, 0.0
        for i, score in enumerate(row["scores"]):
            total += score
            between[i] = total / (i + 1)
    return FrozenTrial(
        number=number,
        trial_id=number,
        state=state,
        value=row["score"] if state is TrialState.COMPLETE else None,
        datetime_start=_local(row["proposed_at"]),
        datetime_complete=_local(row["finished_at"]),
        params={name: known[name].tell(value) for name, value in configuration.items()},
        distributions={name: known[name].distribution for name in configuration},
        user_attrs=_attributes(row),
        system_attrs={},
        intermediate_values=between,
    )


def _local(time: datetime) -> datetime:
    return time.astimezone().replace(tzinfo=None)


def _attributes(row: Mapping[str, Any]) -> dict[str, Any]:
    names = [*_TOLD, *_NUMBERS, "failure_kind", "failure_message", "failure_limit"]
    names += [name for name in row if name.startswith("anticipated_")]
    known = {name: row[name] for name in names if row[name] is not None}
    return {**known, "scores": [score for score in row["scores"] or () if score is not None]}
