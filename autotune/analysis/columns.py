"""Results as columns: what every result of an analysis can be turned into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from autotune.errors import MissingExtraError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Columns", "words"]


class Columns:
    """The mixin for results that are a table at heart."""

    __slots__ = ()

    def to_table(self) -> dict[str, NDArray[Any]]:
        """Return the result as columns of equal length, by name.

        ``pandas.DataFrame``, ``polars.DataFrame`` and ``pyarrow.table`` all take it as it is.
        """
        columns: dict[str, NDArray[Any]] = {}
        for each in attrs.fields(type(self)):  # type: ignore[arg-type]
            value = getattr(self, each.name)
            if isinstance(value, tuple):
                value = words(value)
            if isinstance(value, np.ndarray) and value.ndim == 1:
                columns[each.name] = value
        return columns

    def to_pandas(self) -> pd.DataFrame:
        """Return the result as a data frame of pandas.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise MissingExtraError(
                "data frames need pandas; install it with: pip install pandas"
            ) from error
        return pd.DataFrame(self.to_table())


def words(values: tuple[Any, ...]) -> NDArray[Any]:
    """Return a tuple as an array of objects, also where its members are tuples."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
