"""A page of text, tables and pictures, written as HTML or as Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias, assert_never

from attrs import field, frozen

__all__ = ["Block", "Code", "Heading", "Picture", "Table", "Text", "as_html", "as_markdown"]


@frozen
class Heading:
    """A heading.

    Parameters
    ----------
    text : str
        Its words.
    level : int
        1 for the title.
    """

    text: str
    level: int = 2


@frozen
class Text:
    """A paragraph; `code`, *stressed* and **strong** words may be marked as in Markdown.

    Parameters
    ----------
    text : str
        Its words.
    """

    text: str


@frozen
class Code:
    """Commands to copy.

    Parameters
    ----------
    text : str
        The lines.
    """

    text: str


@frozen
class Table:
    """A table.

    Parameters
    ----------
    head : tuple of str
        The columns' names.
    rows : tuple of tuple of str
        The cells, marked as in ``Text``.
    caption : str
        What it shows.
    words : int
        How many of the first columns hold words; the others hold numbers, set to the right.
    folded : bool
        Whether a page shows it only when asked for, as suits long ones.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    words: int = 1
    folded: bool = False


def _once(draw: Callable[[], str]) -> Callable[[], str]:
    return cache(draw)


@frozen
class Picture:
    """A picture.

    Parameters
    ----------
    name : str
        Of its file, without an ending.
    draw : callable
        Returns the picture as SVG; it is called once, when the page is written.
    caption : str
        What it shows and how to read it.
    """

    name: str
    draw: Callable[[], str] = field(repr=False, converter=_once)
    caption: str = ""


Block: TypeAlias = Heading | Text | Code | Table | Picture

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #1b1b1b;
  background: #fff; max-width: 1120px; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.35rem; margin: 2.6rem 0 .6rem; border-bottom: 1px solid #ddd;
  padding-bottom: .25rem; }
h3 { font-size: 1.08rem; margin: 1.8rem 0 .4rem; }
p { max-width: 46rem; margin: .6rem 0; }
code { background: #f3f3f3; padding: 0 .25em; border-radius: 3px; font-size: .92em; }
pre { background: #f3f3f3; padding: .8rem 1rem; border-radius: 5px; overflow-x: auto; }
pre code { padding: 0; background: none; }
.wide { overflow-x: auto; margin: .8rem 0 1.2rem; }
table { border-collapse: collapse; font-size: .84rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: #555; padding-bottom: .35rem; caption-side: top; }
th, td { padding: .22rem .5rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid #eee; vertical-align: top; }
th { border-bottom: 2px solid #bbb; font-weight: 600; vertical-align: bottom; }
td.words, th.words { text-align: left; }
td.long { white-space: normal; min-width: 18rem; }
tbody tr:hover { background: #f7f9fc; }
figure { margin: 1rem 0 1.6rem; }
figure svg { max-width: 100%; height: auto; display: block; }
figcaption { color: #555; font-size: .9rem; max-width: 52rem; margin-top: .4rem; }
details > summary { cursor: pointer; color: #0a558c; margin: .6rem 0; }
nav { font-size: .92rem; margin: 1rem 0; }
nav a { margin-right: 1rem; white-space: nowrap; }
a { color: #0a558c; }
@media print { body { max-width: none; } details > * { display: block; } }
"""

_LONG = 48


def as_html(blocks: Sequence[Block]) -> str:
    """Return one page that needs nothing beside itself.

    Parameters
    ----------
    blocks : sequence of Block
        From the title on.
    """
    title = next((b.text for b in blocks if isinstance(b, Heading) and b.level == 1), "Report")
    places = [b.text for b in blocks if isinstance(b, Heading) and b.level == 2]
    links = " ".join(f'<a href="#{_anchor(text)}">{html.escape(text)}</a>' for text in places)
    parts: list[str] = []
    for i, block in enumerate(blocks):
        if links and isinstance(block, Heading) and block.level == 2:
            parts.append(f"<nav>{links}</nav>")
            links = ""
        parts.append(_html_of(block, i))
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _html_of(block: Block, place: int) -> str:
    match block:
        case Heading():
            anchor = f' id="{_anchor(block.text)}"' if block.level > 1 else ""
            return f"<h{block.level}{anchor}>{_marked(block.text)}</h{block.level}>"
        case Text():
            return f"<p>{_marked(block.text)}</p>"
        case Code():
            return f"<pre><code>{html.escape(block.text)}</code></pre>"
        case Table():
            table = _html_table(block)
            if not block.folded:
                return f'<div class="wide">{table}</div>'
            words = _marked(block.caption or "Table")
            return f'<details><summary>{words}</summary><div class="wide">{table}</div></details>'
        case Picture():
            svg = block.draw()
            svg = svg[svg.index("<svg") :]
            # Names inside a picture must not clash with those of others on the page.
            svg = re.sub(r'(\bid="|url\(#|xlink:href="#|href="#)', rf"\1p{place}-", svg)
            label = html.escape(block.caption.split(". ")[0], quote=True)
            svg = svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
            return f"<figure>{svg}<figcaption>{_marked(block.caption)}</figcaption></figure>"
        case _:
            assert_never(block)


def _html_table(table: Table) -> str:
    def cell(tag: str, place: int, text: str) -> str:
        kinds = ["words"] if place < table.words else []
        if tag == "td" and len(text) > _LONG:
            kinds.append("long")
        named = f' class="{" ".join(kinds)}"' if kinds else ""
        return f"<{tag}{named}>{_marked(text)}</{tag}>"

    head = "".join(cell("th", i, text) for i, text in enumerate(table.head))
    rows = "\n".join(
        f"<tr>{''.join(cell('td', i, text) for i, text in enumerate(row))}</tr>"
        for row in table.rows
    )
    shown = table.caption and not table.folded
    caption = f"<caption>{_marked(table.caption)}</caption>" if shown else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _marked(text: str) -> str:
    def tagged(found: re.Match[str]) -> str:
        code, strong, stressed = found.groups()
        if code is not None:
            return f"<code>{code}</code>"
        return f"<em>{stressed}</em>" if strong is None else f"<strong>{strong}</strong>"

    marks = r"`([^`]+)`|\*\*([^*`]+)\*\*|\*([^*`\s][^*`]*)\*"
    return re.sub(marks, tagged, html.escape(text))


def _anchor(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def as_markdown(
    blocks: Sequence[Block], pictures: Path | None = None, prefix: str = "pictures/"
) -> str:
    """Return the page as Markdown, and write its pictures beside it.

    Parameters
    ----------
    blocks : sequence of Block
        From the title on.
    pictures : Path, optional
        The directory for the pictures, which is made; if left out, none is drawn.
    prefix : str
        The way from the page to that directory.
    """
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    parts = []
    for block in blocks:
        match block:
            case Heading():
                parts.append(f"{'#' * block.level} {block.text}")
            case Text():
                parts.append(block.text)
            case Code():
                parts.append(f"```console\n{block.text}\n```")
            case Table():
                parts.append(_markdown_table(block))
            case Picture():
                if pictures is not None:
                    (pictures / f"{block.name}.svg").write_text(block.draw(), encoding="utf-8")
                label = block.caption.split(". ")[0]
                parts.append(f"![{label}]({prefix}{block.name}.svg)\n\n{block.caption}")
            case _:
                assert_never(block)
    return "\n\n".join(parts) + "\n"


def _markdown_table(table: Table) -> str:
    kinds = ["---" if i < table.words else "---:" for i in range(len(table.head))]
    lines = [_row(table.head), f"|{'|'.join(kinds)}|", *(_row(row) for row in table.rows)]
    caption = f"{table.caption}\n\n" if table.caption else ""
    return caption + "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
