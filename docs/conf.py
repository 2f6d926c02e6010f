"""How Sphinx builds the pages: `sphinx-build -W docs build/docs`."""

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "remedy"
version = release = installed("remedy")
author = project_copyright = "the remedy maintainers"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "myst_nb",
    "outside_links",
    "self_contained",
]
exclude_patterns = ["_extensions"]

html_theme = "furo"
html_title = f"remedy {release}"
html_show_sphinx = False
html_copy_source = False
default_role = "code"  # what stands between single backticks in docstrings
pygments_style = "friendly"
pygments_dark_style = "monokai"

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
# Pages are read on code hosts as well, which know "console" and "text".
highlight_language = "none"

autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_in_temp = True
nb_output_stderr = "remove"  # TensorFlow's start
nb_ipywidgets_js = {}
