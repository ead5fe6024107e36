"""The command line, one module for each command; ``autotune --help`` lists them."""

from autotune.cli.program import main

__all__ = ["main"]
