"""The page of the documentation that says how each peer is run, and why.

``python -m autotune_benchmarks.peers.page > docs/peers.md`` writes it anew.
"""

from __future__ import annotations

import inspect
import sys

from autotune_benchmarks.peers.field import peers
from autotune_benchmarks.peers.peer import Peer

__all__ = ["peers_page"]

_HEAD = """\
# Peers and their settings

The benchmarks compare this library's strategies with other tools. Each is run as its own
documentation recommends, with its defaults; what is set otherwise is listed here, and why. This
page is written by `python -m autotune_benchmarks.peers.page`, from what the adapters state.

What holds for all:

- **The same space.** Bounds, logarithmic scales, whole numbers and choices are told in the tool's
  own terms. A value of an ordered list is its place in the list. A sequence, which no tool knows,
  is its length and as many elements as it may have. Conditions are told where the tool knows such,
  and otherwise inactive parameters are not looked at.
- **The same first point**, drawn with the run's seed.
- **The same budget**: evaluations, repeated ones too; or seconds, recorded ones and the tool's own
  together.
- **The same noise**: trial *t* of a run meets the same noise, whichever tool it belongs to.
- **No word of the problem** beyond its space, its direction, and scores and seconds as they come.
- **The tool's own best.** What counts after each trial is the noise-free score of what the tool
  itself calls its best at that moment.
- **One thread, one process**, one trial at a time.

All of them are installed by `pip install 'autotune-search[bench]'`. One that can't be imported is
reported as missing, with the reason; none is left out in silence.
"""


def peers_page() -> str:
    """Return the page, in Markdown."""
    kinds = list(dict.fromkeys(type(peer) for peer in peers()))
    alike = [[peer for peer in peers() if type(peer) is kind] for kind in kinds]
    return "\n".join([_HEAD, *map(_section, alike)])


def _section(alike: list[Peer]) -> str:
    """Return what the peers of one adapter have in common, and what each sets."""
    text = inspect.getdoc(type(alike[0])) or ""
    notes = text.partition("Notes\n-----\n")[2].strip()
    columns = [peer.settings() for peer in alike]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [
        f"| {name} | {' | '.join(_shown(column.get(name, '')) for column in columns)} |"
        for name in names
    ]
    lines = [
        f"## {', '.join(peer.name for peer in alike)}",
        "",
        " ".join(notes.split()).replace("``", "`"),
        "",
        f"| setting | {' | '.join(peer.name for peer in alike)} |",
        f"| --- |{' --- |' * len(alike)}",
        *rows,
        "",
    ]
    return "\n".join(lines)


def _shown(value: object) -> str:
    return value.replace("|", "\\|") if isinstance(value, str) else f"`{value!r}`"


if __name__ == "__main__":
    sys.stdout.write(peers_page())
