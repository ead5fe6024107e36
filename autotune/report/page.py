"""The page of a report: one file of HTML that needs nothing else, and runs nothing a log says."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from autotune.report.document import plain_data
from autotune.report.page_data import page_data

__all__ = ["content_policy", "page_json", "report_page"]

# In the order in which they need each other.
_SCRIPTS = (
    "study.js", "elements.js", "axes.js", "charts.js", "parallel.js", "table.js", "sections.js",
    "comparison.js", "main.js",
)  # fmt: skip


def report_page(
    studies: Mapping[str, dict[str, Any]],
    *,
    summary: str = "",
    title: str | None = None,
    live: str | None = None,
    tag: str = "",
) -> str:
    """Return the page.

    Parameters
    ----------
    studies : mapping of str to dict
        What ``study_data`` returned of each, by the names of their logs; at least one.
    summary : str
        Markup, for browsers that run no scripts.
    title : str, optional
        Of the window; the names of the logs by default.
    live : str, optional
        The address from which the page fetches its data again and again.
    tag : str
        What the server there calls the data that the page brings along.

    Returns
    -------
    str
        HTML. Whatever a log says is in it as data, and shown as text only; the page's own policy
        forbids any other script, and the network.

    Examples
    --------
    >>> from autotune import tune
    >>> from autotune.report.page_data import study_data
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=5)
    >>> report_page({"mine": study_data(result.study)})[:15]
    '<!doctype html>'
    """
    names = ", ".join(studies)
    return _template().substitute(
        live="" if live is None else f' data-live="{escape(live)}" data-tag="{escape(tag)}"',
        policy=escape(content_policy(live=live is not None)),
        title=escape(title or f"{names} - autotune"),
        style=_style(),
        script=_script(),
        summary=summary or "<p>This page needs JavaScript; everything is in it already.</p>",
        data=page_json(studies),
    )


def page_json(studies: Mapping[str, dict[str, Any]]) -> str:
    r"""Return the data of a page as JSON that may stand inside a script element.

    Examples
    --------
    >>> page_json({"</script>": {}}).count("</")
    0
    """
    text = json.dumps(
        plain_data(page_data(studies)), ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def content_policy(*, live: bool) -> str:
    """Return the policy that forbids a page all but its own script and style.

    Parameters
    ----------
    live : bool
        Whether the page may ask the server that it came from.
    """
    allowed = [
        "default-src 'none'",
        f"script-src {_digest(_script())}",
        f"style-src {_digest(_style())}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if live:
        allowed.append("connect-src 'self'")
    return "; ".join(allowed)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _asset(name: str) -> str:
    return (files("autotune.report") / "assets" / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    return Template(_asset("page.html"))


@cache
def _style() -> str:
    return _asset("page.css")


@cache
def _script() -> str:
    body = "\n".join(_asset(name) for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{body}}})();\n'
