"""Replay: go through a log again, look at any moment of it, prove it, fork it, and question it."""

from autotune.log import find_logs
from autotune.replay.backtest import Backtest, backtest
from autotune.replay.counterfactual import Counterfactual, Divergence, counterfactual
from autotune.replay.explanation import Candidate, Explanation, explain
from autotune.replay.forking import fork
from autotune.replay.many import Verifications, verify_many
from autotune.replay.state_at import state_at
from autotune.replay.verification import Difference, Verification, verify

__all__ = [
    "Backtest",
    "Candidate",
    "Counterfactual",
    "Difference",
    "Divergence",
    "Explanation",
    "Verification",
    "Verifications",
    "backtest",
    "counterfactual",
    "explain",
    "find_logs",
    "fork",
    "state_at",
    "verify",
    "verify_many",
]
