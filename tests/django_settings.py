"""Settings of Django that a site may have had for years, and what it then needs.

They are a table of ``docs/reference/compatibility.rst``. ``test_django_settings.py``
logs in at a site with each of the changes. Nothing of Django is imported: the documents
are built without these sites.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """What a site needs, as the page says it, and what shows that no more is needed.

    Attributes:
        changes: of the settings, each for a site that goes through everything.
        tests: others that prove it, each with its file.
    """

    needs: str
    changes: tuple[dict[str, object], ...] = ()
    tests: tuple[tuple[str, str], ...] = ()


HEADLESS_ONLY: dict[str, object] = {
    "HEADLESS_ONLY": True,
    "ROOT_URLCONF": "tests.headless_only_urls",
}
OWN_REFUSALS: dict[str, object] = {
    "ROOT_URLCONF": "tests.own_refusal_urls",
    "CSRF_FAILURE_VIEW": "tests.own_refusal_urls.refuse",
}
SESSIONS = "django.contrib.sessions.backends"

SETTINGS = {
    "``HEADLESS_ONLY`` of allauth": Setting(
        "nothing: the script logs out at ``ttminis_logout``", (HEADLESS_ONLY,)
    ),
    "``SCRIPT_NAME``, ``FORCE_SCRIPT_NAME``": Setting(
        "nothing: the tag's addresses begin with it",
        tests=(
            (
                "test_django_settings.py",
                "test_tag_puts_the_script_name_before_its_addresses",
            ),
        ),
    ),
    "``LoginRequiredMiddleware``": Setting(
        "nothing: our endpoints are open", ({"LOGIN_REQUIRED": True},)
    ),
    "``ATOMIC_REQUESTS``": Setting(
        "nothing: no transaction is open while TikTok is asked",
        ({"ATOMIC_REQUESTS": True},),
    ),
    "``USE_I18N = False``": Setting("nothing", ({"USE_I18N": False},)),
    "``APPEND_SLASH = False``": Setting(
        "write the slash at the end of our addresses", ({"APPEND_SLASH": False},)
    ),
    "``CSRF_HEADER_NAME``, CSRF in sessions": Setting(
        "nothing: the tag tells the script",
        ({"CSRF_HEADER_NAME": "HTTP_X_XSRF_TOKEN"}, {"CSRF_USE_SESSIONS": True}),
    ),
    "``handler403``, ``CSRF_FAILURE_VIEW``": Setting(
        "nothing: our endpoints refuse in JSON. The admin refuses with your page",
        (OWN_REFUSALS,),
    ),
    "bodies in chunks, of a proxy that states no ``Content-Length``": Setting(
        "nothing under uvicorn, daphne and gunicorn. Other WSGI servers must set "
        "``wsgi.input_terminated``",
        tests=(
            (
                "asgi/test_chunks.py",
                "test_chunked_logins_and_a_chunked_webhook_are_accepted",
            ),
            (
                "webhooks/test_view.py",
                "test_body_in_chunks_is_read_where_the_server_says_its_end",
            ),
        ),
    ),
    "``DATA_UPLOAD_MAX_MEMORY_SIZE``": Setting(
        "nothing: our endpoints have limits of their own",
        # Not a site of its own: the simulator would obey it, too.
        tests=(
            (
                "endpoints/test_views.py",
                "test_data_upload_max_memory_size_does_not_limit_a_login",
            ),
            ("webhooks/test_view.py", "test_limit_for_pages_is_not_in_the_way"),
        ),
    ),
    "sessions in the cache": Setting(
        "nothing", ({"SESSION_ENGINE": f"{SESSIONS}.cache"},)
    ),
    "sessions in signed cookies": Setting(
        "not for pages that TikTok hosts (W013)",
        ({"SESSION_ENGINE": f"{SESSIONS}.signed_cookies"},),
    ),
    "Content-Security-Policy with nonces": Setting(
        "django-csp: nothing. Django 6: the context processor "
        "``django.template.context_processors.csp``",
        tests=(
            (
                "documents/test_how_to.py",
                "test_project_of_the_csp_page_passes_its_tests",
            ),
        ),
    ),
}
