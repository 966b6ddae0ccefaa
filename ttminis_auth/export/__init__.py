"""From a template to the static package that TikTok hosts.

``render``    the page, without a request
``statics``   what it shows and runs, under names made from the content
``config``    ``minis.config.json``, the API's address, the trusted domains
``rules``     what TikTok refuses, by file and line (``rules_html``, ``rules_js``)
``output``    the directory, replaced as a whole or not at all
``manifest``  which files of the directory an export wrote
``report``    what a person has to know and to enter in the portal

``scripts`` and ``styles`` read JavaScript and CSS. They leave that to parsers made for
it, in the extra ``export``: only a whole grammar can tell ``eval(`` in a regular
expression or in a template literal from a call, and no server needs them at run time.
"""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

try:
    import tinycss2  # noqa: F401
    import tree_sitter  # noqa: F401
    import tree_sitter_javascript  # noqa: F401
except ModuleNotFoundError as error:  # one that is broken has its own tale to tell
    raise ImproperlyConfigured(
        'Exporting needs two parsers: pip install "django-ttminis-auth[export]"'
    ) from error
