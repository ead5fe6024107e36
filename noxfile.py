"""What must pass: nox runs it all; nox -s lint types imports doctests docs tests complete.

``nox --no-venv`` runs a session in the environment at hand, which must have what it needs, as
``.ci/run`` does.
"""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "types", "imports", "doctests", "docs", "complete"]

ALL_EXTRAS = "dev,docs,bench,mlflow,torch,keras"
TORCH = "torch==2.13.0"  # first and alone: pip then takes the build for CPUs where it finds one
TESTS_ALONE = ["scikit-posthocs", "selenium"]  # what only tests use, and they do without


def install(session: nox.Session, *packages: str) -> None:
    """Install what a session needs, unless it runs in the environment at hand."""
    if session.virtualenv.is_sandboxed:
        session.install(*packages)


def wheel(session: nox.Session) -> str:
    """Build the wheel and return its address."""
    out = Path(session.create_tmp()) / "dist"
    session.install("build")
    session.run("python", "-m", "build", "--wheel", "--outdir", str(out), silent=True)
    return max(out.glob("*.whl"), key=lambda file: file.stat().st_mtime).resolve().as_uri()


def run_on_wheel(session: nox.Session, extras: str) -> None:
    """Run the suite against the installed wheel; only benchmarks come from the checkout."""
    session.install(f"autotune-search[{extras}] @ {wheel(session)}")
    env = {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(Path("benchmarks").resolve())}
    session.run("pytest", "-n", "2", *session.posargs, env=env)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules and its format."""
    install(session, "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict, on all three packages."""
    install(session, "-e", ".[dev]")
    session.run("mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """Imports point one way."""
    install(session, "-e", ".[dev]")
    session.run("lint-imports")


@nox.session
def doctests(session: nox.Session) -> None:
    """Every example in every docstring."""
    install(session, "-e", ".[dev]")
    session.run(
        "pytest",
        "--doctest-modules",
        "autotune",
        "strategies/autotune_strategies",
        "benchmarks/autotune_benchmarks",
    )


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation: every warning is an error, every link inside leads somewhere."""
    install(session, "-e", ".[docs]")
    session.run(
        "sphinx-build", "-W", "--keep-going", "-n", "-b", "html", "docs", "docs/_build/html"
    )
    session.log("see docs/_build/html/index.html")


@nox.session
def tests(session: nox.Session) -> None:
    """The test suite against the installed wheel."""
    run_on_wheel(session, "dev")


@nox.session
def complete(session: nox.Session) -> None:
    """The test suite against the installed wheel, beside every package that some test needs."""
    session.install(TORCH)
    session.install(*TESTS_ALONE)
    run_on_wheel(session, ALL_EXTRAS)
