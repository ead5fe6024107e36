"""Hypothesis without deadlines: how long an example takes is not a property of the code."""

from __future__ import annotations

import os
import sys

from hypothesis import HealthCheck, settings

from helpers import ROOT

settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

# Workers find what a test module defines as tests.folder.module; the packages come from where they
# are installed.
sys.path.append(str(ROOT))
