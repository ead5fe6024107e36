"""Replay: fold a log again, look at any moment of it, prove it, fork it, and question it."""

from autotune.log import find_logs
from autotune.replay.backtest import Foretelling, anticipate
from autotune.replay.counterfactual import Counterfactual, Divergence, counterfactual
from autotune.replay.explanation import Candidate, Explanation, explain
from autotune.replay.forking import fork
from autotune.replay.many import Verifications, verify_many
from autotune.replay.state_at import at, refold
from autotune.replay.verification import Difference, Verification, verify

__all__ = [
    "Candidate",
    "Counterfactual",
    "Difference",
    "Divergence",
    "Explanation",
    "Foretelling",
    "Verification",
    "Verifications",
    "anticipate",
    "at",
    "counterfactual",
    "explain",
    "find_logs",
    "fork",
    "refold",
    "verify",
    "verify_many",
]
