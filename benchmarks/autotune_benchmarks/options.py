"""Types of command-line options."""

from __future__ import annotations

import argparse

__all__ = ["count", "whole"]


def whole(text: str) -> int:
    """Read a whole number from 0 on."""
    return _at_least(text, 0)


def count(text: str) -> int:
    """Read a whole number from 1 on."""
    return _at_least(text, 1)


def _at_least(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number >= {least}")
    return number
