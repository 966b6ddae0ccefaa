"""From a template to the static package that TikTok hosts.

``render``    the page, without a request
``statics``   what it shows and runs, under names made from the content
``config``    ``minis.config.json``, the API's address, the trusted domains
``findings``  what the check of a package can say: errors, warnings, waivers
``rules``     what it looks for, by file and line (``rules_html``, ``rules_js``)
``output``    the directory, replaced as a whole or not at all
``manifest``  which files of the directory an export wrote
``report``    what a person has to know and to enter in the portal

``scripts`` and ``styles`` read JavaScript and CSS. They leave that to parsers made for
it, in the extra ``export``: only a whole grammar distinguishes ``eval(`` in a regular
expression or in a template literal from a call, and no server needs them at run time.
"""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

try:
    import tinycss2  # noqa: F401
    import tree_sitter  # noqa: F401
    import tree_sitter_javascript  # noqa: F401
except ModuleNotFoundError as error:  # a broken one has an error of its own
    raise ImproperlyConfigured(
        'Exporting needs two parsers: pip install "django-ttminis-auth[export]"'
    ) from error
