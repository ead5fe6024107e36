"""Reports: a study as tables, charts, JSON and pages. All but files are pure functions."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
