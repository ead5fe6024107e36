"""Formulas as MathML, which browsers show by themselves: no script, nothing from the network."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util.math import wrap_displaymath

__all__ = ["mathml", "setup"]

_SPACED = ("log", "exp", "max", "min")


def mathml(latex: str, display: str = "inline") -> str:
    r"""Return a formula as MathML that browsers show as it is meant.

    Examples
    --------
    >>> "<mo>&#x0223C;</mo>" in mathml(r"f \sim g")
    True
    """
    found: str = convert(latex, display=display)
    found = found.replace("<mi>&#x0007E;</mi>", "<mo>&#x0223C;</mo>")
    found = re.sub(r'<mi mathvariant="script">([A-Z])</mi>', _script, found)
    for name in _SPACED:
        space = '<mspace width="0.17em"/>'
        for tag in ("mi", "mo"):
            found = found.replace(f"<{tag}>{name}</{tag}>", f"<mi>{name}</mi>{space}")
    return found


def _script(found: re.Match[str]) -> str:
    for name in ("MATHEMATICAL SCRIPT CAPITAL", "SCRIPT CAPITAL"):
        try:
            return f"<mi>{unicodedata.lookup(f'{name} {found[1]}')}</mi>"
        except KeyError:
            continue
    return f"<mi>{found[1]}</mi>"


def _inline(self: Any, node: nodes.math) -> None:
    self.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def _display(self: Any, node: nodes.math_block) -> None:
    formula = mathml(_aligned(node.astext()), display="block")
    self.body.append(f'<div class="math">{formula}</div>')
    raise nodes.SkipNode


def _aligned(latex: str) -> str:
    """Return a formula of several lines as one environment, as Sphinx does for MathJax."""
    if "\\\\" not in latex or "\\begin" in latex:
        return latex
    return str(wrap_displaymath(latex, None, False)).strip()


def setup(app: Any) -> None:
    """Register the renderer under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
