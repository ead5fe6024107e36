"""What CI and contributors run: nox -s lint types imports tests doctests docs."""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "types", "imports", "tests", "doctests", "docs"]

PACKAGES = ["autotune", "autotune_strategies", "autotune_benchmarks"]


def built_wheel(session: nox.Session) -> str:
    """Build the wheel and return its path."""
    out = Path(session.create_tmp()) / "dist"
    session.install("build")
    session.run("python", "-m", "build", "--wheel", "--outdir", str(out), silent=True)
    return str(max(out.glob("*.whl"), key=lambda wheel: wheel.stat().st_mtime))


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules and its format."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict, on all three packages."""
    session.install("-e", ".[dev,bench]")
    session.run("mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """Imports point one way."""
    session.install("-e", ".[dev]")
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """The test suite against the installed wheel; of the checkout only benchmarks are there."""
    session.install(f"autotune-search[dev] @ file://{built_wheel(session)}")
    path = str(Path("benchmarks").resolve())
    session.run("pytest", *session.posargs, env={"PYTHONSAFEPATH": "1", "PYTHONPATH": path})


@nox.session
def doctests(session: nox.Session) -> None:
    """Every example in every docstring."""
    session.install("-e", ".[dev]")
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
    session.install("-e", ".[docs]")
    session.run(
        "sphinx-build", "-W", "--keep-going", "-n", "-b", "html", "docs", "docs/_build/html"
    )
    session.log("see docs/_build/html/index.html")
