"""Build the site: ``make docs``. Warnings are errors, and every link has to resolve."""

import sys
from pathlib import Path

import django
from django.conf import settings

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS.parent), str(DOCS / "_ext")]

# What autodoc imports needs a project; this is the smallest one.
settings.configure(
    SECRET_KEY="only-builds-the-documents",
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "ttminis_auth",
    ],
    MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
)
django.setup()

import ttminis_auth  # noqa: E402

project = "django-ttminis-auth"
author = "The authors of django-ttminis-auth"
copyright = author  # noqa: A001  Sphinx wants this name
version = release = ttminis_auth.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_llms_txt",
    "pictures",
    "references",
    "repository_links",
]
exclude_patterns = ["generated"]
nitpicky = True
# Types of Python, Django and allauth are documented elsewhere.
nitpick_ignore_regex = [("py:class", ".*")]
highlight_language = "none"

# An option such as --check keeps its two hyphens, and "" stays an empty text.
smartquotes = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}

html_theme = "furo"
html_title = f"{project} {release}"
html_baseurl = "https://django-ttminis-auth.readthedocs.io/en/latest/"
html_static_path = ["_static"]
html_css_files = ["pictures.css"]
html_show_copyright = False
# Prompts and what a command prints are not copied.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

llms_txt_summary = ttminis_auth.__doc__.splitlines()[0]


def leave_out_modules(app, what, name, obj, options, lines):
    """Leave out the docstrings of modules: they are for maintainers."""
    if what == "module" and name != "ttminis_auth.signals":
        lines.clear()


def setup(app):
    app.connect("autodoc-process-docstring", leave_out_modules)
