"""How the documentation is built: Sphinx, furo, MyST; ``nox -s docs``."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from _site import api, catalogue, columns, contents, mathml, signatures  # noqa: E402

project = "autotune"
author = "The autotune authors"
copyright = author  # noqa: A001  # Sphinx's name
release = metadata.version("autotune-search")
version = release

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_copybutton",
]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb"}
exclude_patterns = ["_build", "_site", "_templates", "**.ipynb_checkpoints"]
templates_path = ["_templates"]
nitpicky = True
nitpick_ignore_regex = [
    # Bases and types of other libraries: nothing is looked up on the network.
    ("py:.*", r"(?!autotune).*"),
]

autosummary_generate = True
autosummary_imported_members = True
autodoc_typehints = "none"
autodoc_class_signature = "mixed"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 180
nb_execution_in_temp = True
nb_merge_streams = True

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

html_theme = "furo"
html_title = "autotune"
html_static_path = ["_static"]
html_css_files = ["autotune.css"]
html_math_renderer = "mathml"
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}


def setup(app: object) -> None:
    """Write the pages that are made from the code, before Sphinx looks for pages."""
    mathml.setup(app)
    signatures.setup(app)
    contents.setup(app)
    written = HERE / "reference" / "generated"
    api.write(written / "api")
    columns.write(written)
    catalogue.write(written / "catalogue")
