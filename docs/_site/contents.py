"""Pages that no list of contents names go into the last one, and links to the README home."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

__all__ = ["setup", "unlisted"]

MARK = "% pages that are listed nowhere else"


def unlisted(docs: Path) -> list[str]:
    """Return the names of pages in the top folder that no list of contents names."""
    listed = set()
    for page in docs.rglob("*.md"):
        for tree in re.findall(
            r"^```\{toctree\}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
        ):
            listed |= {(page.parent / entry).resolve() for entry in tree.split()}
    pages = (page for page in docs.glob("*.md") if page.name != "index.md")
    return sorted(page.stem for page in pages if page.with_suffix("").resolve() not in listed)


def setup(app: Any) -> None:
    """Fill the mark in the index."""
    docs = Path(app.srcdir)

    def fill(app: Any, name: str, source: list[str]) -> None:  # noqa: ARG001
        if name == "index":
            source[0] = source[0].replace(MARK, "\n".join(unlisted(docs)))
        # What the README says is on the first page here.
        source[0] = re.sub(r"\]\(\.\./README\.md(#[\w-]+)?\)", "](index.md)", source[0])

    app.connect("source-read", fill)
