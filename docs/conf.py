"""Configuration of the site, which `make docs` builds with Sphinx."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

from apple_music_ratings import __version__

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_extensions"))
URLS = tomllib.loads(DOCS.with_name("pyproject.toml").read_text("utf-8"))["project"].get("urls", {})

project = "apple-music-ratings"
author = "The apple-music-ratings authors"
copyright = "the apple-music-ratings authors. Unofficial; not affiliated with Apple"
release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "accessibility",
    "openapi_page",
    "repository",
    "site_search",
]
exclude_patterns = ["_extensions", "_extra", "_templates", "examples"]
templates_path = ["_templates"]

html_theme = "furo"
html_title = f"apple-music-ratings {release}"
html_static_path = ["_static"]
# The page that a host shows for an address that does not exist.
html_extra_path = ["_extra"]
html_css_files = ["site.css"]
html_js_files = [("pictures.js", {"defer": "defer"}), ("contract.js", {"defer": "defer"})]
html_copy_source = False
# The index of names is enough.
html_domain_indices = False
html_show_sphinx = False
html_theme_options: dict[str, Any] = {
    "footer_icons": [
        {"name": "Repository", "url": URLS["Source"], "html": "Repository", "class": ""}
    ]
    if "Source" in URLS
    else [],
    "top_of_page_buttons": [],
}

# Every heading down to the third level can be linked to, under the name GitHub gives it too.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

# One backtick in a docstring is code, and a link where it names something that is documented.
default_role = "code-or-link"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_typehints = "signature"
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries_show_parents = "hide"

# What a reader copies is what they type.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
