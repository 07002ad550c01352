"""Sphinx: `run-tests` builds it into target/docs/python, warnings being errors."""

from __future__ import annotations

import mqttka

project = "mqttka"
author = "The mqttka authors"
copyright = "2026, The mqttka authors"
version = release = mqttka.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"mqttka {release} for Python"
html_theme_options = {
    "source_repository": "https://github.com/mqttka/mqttka/",
    "source_branch": "main",
    "source_directory": "bindings/python/docs/",
}
html_copy_source = False

default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
python_maximum_signature_line_length = 88
napoleon_google_docstring = True
napoleon_numpy_docstring = False
