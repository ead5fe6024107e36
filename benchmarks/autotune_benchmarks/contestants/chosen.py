"""All contestants there are, and some of them by name."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from autotune_benchmarks.contestants.contestant import Contestant
from autotune_benchmarks.contestants.variants import components
from autotune_benchmarks.peers.field import peers
from autotune_strategies import recipes

__all__ = ["all_contestants", "chosen_contestants"]


def all_contestants(base: str = "default") -> tuple[Contestant, ...]:
    """Return every recipe, peer and component, whether it can run here or not.

    Parameters
    ----------
    base : str
        The recipe that components are swapped into.

    Examples
    --------
    >>> {contestant.kind for contestant in all_contestants()} == {"recipe", "peer", "component"}
    True
    """
    ours = [Contestant(name, getattr(recipes, name)()) for name in recipes.__all__]
    # The default comes first: others are compared with it.
    ours.sort(key=lambda contestant: (contestant.name != "default", contestant.name))
    theirs = (Contestant(peer.name, peer) for peer in peers())
    return (*ours, *theirs, *components(getattr(recipes, base)()))


def chosen_contestants(
    names: Sequence[str] = ("recipes", "peers"), base: str = "default"
) -> tuple[Contestant, ...]:
    """Return contestants by their names, in the order of ``all_contestants``.

    Parameters
    ----------
    names : sequence of str
        ``recipes``, ``peers`` and ``components`` stand for all of a kind; a group of components,
        such as ``warps``, for all in it; and patterns such as ``pickers/by*`` for what matches.
        The bases that components are compared with come along.
    base : str
        As for ``all_contestants``.

    Raises
    ------
    ValueError
        If there is none of a name.

    Examples
    --------
    >>> [contestant.name for contestant in chosen_contestants(["random_walk", "default"])]
    ['default', 'random_walk']
    >>> [contestant.name for contestant in chosen_contestants(["warps/r*"])]
    ['base', 'warps/ranks']
    """
    known = all_contestants(base)
    kept: set[str] = set()
    for name in names:
        found = {each.name for each in known if _is_meant(each, name)}
        if not found:
            plain = [each.name for each in known if each.kind != "component"]
            raise ValueError(
                f"contestant {name!r} must be recipes, peers, components, a group or a pattern of "
                f"components, or one of {', '.join(plain)}; --list names all"
            )
        kept |= found
    kept |= {each.against for each in known if each.name in kept}
    return tuple(each for each in known if each.name in kept)


def _is_meant(contestant: Contestant, name: str) -> bool:
    return name in (contestant.name, f"{contestant.kind}s", contestant.group) or fnmatchcase(
        contestant.name.lower(), name.lower()
    )
