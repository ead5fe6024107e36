"""Formulas as MathML, which browsers show by themselves: no script, nothing from the network."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util.math import wrap_displaymath

__all__ = ["setup"]


def _inline(self: Any, node: nodes.math) -> None:
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _display(self: Any, node: nodes.math_block) -> None:
    formula = convert(_aligned(node.astext()), display="block")
    self.body.append(f'<div class="math">{formula}</div>')
    raise nodes.SkipNode


def _aligned(latex: str) -> str:
    """Return a formula of several lines as one environment, as Sphinx does for MathJax."""
    if "\\\\" not in latex or "\\begin" in latex:
        return latex
    return wrap_displaymath(latex, None, False).strip()


def setup(app: Any) -> None:
    """Register the renderer under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
