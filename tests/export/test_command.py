"""The command ttminis_export: its files, errors and messages."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, load_command_class
from django.db import OperationalError
from django.urls import path
from django.utils.translation import get_language

from tests.databases import connection
from tests.export.conftest import API, BODY_LINE, CALLS, HEAD, SDK
from tests.fixtures import DRAMA
from tests.urls import urlpatterns as usual
from ttminis_auth.export.files import CONFIG

urlpatterns = [
    *usual,
    path("hooks/tiktok/", lambda request: None, name="ttminis_webhook"),
]


def everything(directory: Path) -> dict[str, bytes]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def test_configuration_has_all_keys_that_tiktok_documents(site, export):
    export()

    assert json.loads(site.shown(CONFIG)) == {
        "appId": DRAMA,
        "clientKey": DRAMA,
        "domain": {"trustedDomains": [API], "allowList": [API]},
        "dev": {"clientKey": DRAMA, "host": "localhost", "port": 3000},
        "build": {"outputDir": ".", "output": ".", "htmlEntry": "index.html"},
    }


def test_two_exports_of_one_page_have_the_same_bytes(site, export, tmp_path):
    export(tmp_path / "one")
    export(tmp_path / "two")

    assert everything(tmp_path / "one") == everything(tmp_path / "two")


def test_a_refused_export_keeps_the_earlier_one(site, export, refusal):
    export()
    before = everything(site.package)
    site.page("<iframe></iframe>")

    refusal()

    assert everything(site.package) == before


def test_an_export_writes_to_an_empty_directory(site, export):
    site.package.mkdir()

    export()

    assert "index.html" in site.names()


def test_an_output_directory_is_required(refusal):
    assert "OUTPUT_DIR is missing" in refusal(None)


# --- checking ------------------------------------------------------------------------


def test_check_writes_nothing(site, export):
    printed = export(check=True)

    assert not site.package.exists()
    assert printed.endswith("Nothing was written.\n")


def test_check_refuses_what_an_export_would_refuse(site, refusal):
    site.page("<iframe></iframe>")

    assert "index.html:6: frames are not allowed" in refusal(None, check=True)


def test_check_accepts_an_exported_directory(site, export):
    export()

    printed = export(None, template=str(site.package), check=True, api_base=None)

    assert "No errors; warnings: 0, waived: 0.\n" in printed


def test_check_of_a_directory_finds_a_changed_file(site, export, refusal):
    export()
    script = site.name_of("drama/login.js")
    (site.package / script).write_text(f"{CALLS}\nimport './gone.js';")

    why = refusal(None, template=str(site.package), check=True)

    assert f"{script}:2: ./gone.js is not in the package" in why


def test_check_of_a_directory_finds_a_missing_configuration(site, export, refusal):
    export()
    (site.package / CONFIG).unlink()

    why = refusal(None, template=str(site.package), check=True)

    assert "minis.config.json is not in the package" in why


# --- languages -----------------------------------------------------------------------

TRANSLATED = """{% load i18n ttminis %}{% get_current_language as here %}
<p lang="{{ LANGUAGE_CODE }}" dir="{{ LANGUAGE_BIDI|yesno:'rtl,ltr' }}">{{ here }}</p>
{% ttminis_sdk mode=ttminis_mode api_base=api_base client_key=client_key %}
{% ttminis_login_button %}"""


@pytest.mark.parametrize(
    ("lang", "code", "direction", "button", "message"),
    [
        ("ar", "ar", "rtl", "تسجيل الدخول باستخدام TikTok", "تم تسجيل الدخول."),
        ("pt_BR", "pt-br", "ltr", "Entrar com o TikTok", "Você entrou."),
        ("zh-TW", "zh-hant", "ltr", "使用 TikTok 登入", "您已登入。"),
    ],
)
def test_an_exported_page_is_in_the_language_of_the_option(
    lang, code, direction, button, message, site, export
):
    site.page(TRANSLATED)

    export(site.package, f"--lang={lang}")

    page = site.shown()
    assert f'<p lang="{code}" dir="{direction}">{code}</p>' in page
    assert f">{button}</button>" in page
    assert json.dumps(message) in page


def test_an_exported_page_is_in_the_language_of_the_site_by_default(
    site, export, settings
):
    settings.LANGUAGE_CODE = "de"
    site.page(TRANSLATED)

    export()

    assert '<p lang="de" dir="ltr">de</p>' in site.shown()
    assert "Mit TikTok anmelden" in site.shown()


def test_an_exported_page_can_be_english_if_the_site_is_not(site, export, settings):
    settings.LANGUAGE_CODE = "de"
    site.page(TRANSLATED)

    export(site.package, "--lang=en")

    assert "Log in with TikTok" in site.shown()


def test_an_export_restores_the_active_language(site, export):
    before = get_language()

    export(site.package, "--lang=ja")

    assert get_language() == before


@pytest.mark.parametrize("lang", ["xx", "", "../de", "ja\n", "j" * 10_000])
def test_a_language_that_the_site_does_not_have_is_refused(lang, site, refusal):
    assert "it must be one of LANGUAGES" in refusal(site.package, f"--lang={lang}")


# --- warnings ------------------------------------------------------------------------


@pytest.fixture
def _likely(site):
    """A page with a script that TikTok may refuse."""
    site.static("vendor/a.js", "x = 1;\neval(x);\neval(y); new Function(x);")
    site.page("<script src=\"{% static 'vendor/a.js' %}\"></script>")


@pytest.mark.usefixtures("_likely")
def test_code_that_tiktok_may_refuse_is_exported_with_a_warning(site, export):
    printed = export()

    assert "Warning: vendor/a.js:2, 3: eval runs text as code [eval]\n" in printed
    assert "No errors; warnings: 3, waived: 0.\n" in printed
    assert site.name_of("vendor/a.js")


@pytest.mark.usefixtures("_likely")
def test_the_summary_says_that_tiktok_s_scan_decides(export):
    assert "TikTok's own scan looks for. That scan decides." in export()


@pytest.mark.usefixtures("_likely")
def test_strict_refuses_warnings(site, refusal):
    why = refusal(strict=True)

    assert "vendor/a.js:2: eval runs text as code [eval]" in why
    assert why.endswith("Errors: 3.")
    assert not site.package.exists()


@pytest.mark.usefixtures("_likely")
def test_a_waiver_covers_one_rule_in_some_files(export, refusal):
    allow = ["eval:vendor/*", "function-constructor"]

    assert "warnings: 0, waived: 3" in export(allow=allow, strict=True)
    assert "eval runs text as code" in refusal(allow=["eval:mine/*"], strict=True)


def test_an_error_can_be_waived(site, export):
    site.page("<iframe></iframe>")

    assert "No errors; warnings: 0, waived: 1.\n" in export(allow=["frame:index.html"])


def test_errors_of_an_empty_directory_can_be_waived(tmp_path, export):
    (tmp_path / "empty").mkdir()
    options = {"template": str(tmp_path / "empty"), "api_base": None}
    allow = ["missing-file", "login-call", "authorize-call"]

    said = export(None, **options, check=True, allow=allow)

    assert "0 files, 0.00 MB before packing." in said


def test_a_waiver_of_an_unknown_rule_is_refused(refusal):
    assert "There is no rule 'evil'" in refusal(allow=["evil:*"])


def test_warnings_are_printed_beside_errors(site, export, capsys):
    site.page("<iframe></iframe><script>eval(x)</script>")

    with pytest.raises(CommandError, match="frames are not allowed"):
        export(stderr=sys.stderr)

    assert "eval runs text as code" in capsys.readouterr().err


def test_a_warning_names_at_most_three_lines(site, export):
    site.static("a.js", "eval(x);\n" * 9)
    site.page("<script src=\"{% static 'a.js' %}\"></script>")

    assert "Warning: a.js:1, 2, 3 and 6 more: eval" in export()


def test_a_warning_about_a_whole_file_names_no_line(site, export):
    site.static("drama/login.js", "TTMinis.login(x);")

    assert "Warning: index.html: no file has TTMinis.authorize(" in export()


# --- options -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "base",
    [
        "http://api.example.com",
        "http://localhost:8000",
        "api.example.com",
        "https://",
        "https://*.example.com",
        "https://olga@api.example.com",
        "https://api.example.com:0",
        "https://api.example.com:port",
        "https://api.example.com/?x",
        "https://api.example.com/#x",
        "https://api.example.com/{{",
        "https://[::1",
    ],
)
def test_an_invalid_api_base_is_refused(base, refusal):
    assert base in refusal(api_base=base)


def test_an_api_base_is_required(refusal):
    assert "--api-base" in refusal(api_base=None)


@pytest.mark.parametrize(
    ("given", "expected", "domain"),
    [
        ("https://API.example.com/", API, API),
        ("https://api.example.com:443/app/", f"{API}/app", API),
        ("https://api.example.com:8443", f"{API}:8443", f"{API}:8443"),
    ],
)
def test_the_api_base_is_normalised(given, expected, domain, site, export):
    site.page("<p>{{ api_base }}</p>")

    export(api_base=given)

    assert f"<p>{expected}</p>" in site.shown()
    assert json.loads(site.shown(CONFIG))["domain"]["allowList"] == [domain]


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "api.localhost"])
def test_development_allows_an_api_on_localhost(host, site, export):
    export(api_base=f"http://{host}", development=True)

    assert f"http://{host}" in site.shown(CONFIG)


def test_development_refuses_http_to_another_host(refusal):
    why = refusal(api_base="http://api.example.com", development=True)

    assert "must begin with https://" in why


def test_development_allows_the_simulator_s_sdk(site, export, refusal, settings):
    settings.TTMINIS_SDK_URL = "/tiktok/sdk.js"
    local = "http://localhost:8000"
    head = HEAD.replace(SDK, "{{ api_base }}/tiktok/sdk.js")
    site.template("page.html", f"{head}<script>{CALLS}</script>")

    export(api_base=local, development=True)

    assert f"not from {API}/tiktok/sdk.js" in refusal(api_base=API, development=False)


def test_more_trusted_domains_are_listed_once(site, export):
    export(trusted_domain=["https://cdn.example.com/", f"{API}:443"])

    domains = json.loads(site.shown(CONFIG))["domain"]["trustedDomains"]
    assert domains == [API, "https://cdn.example.com"]


def test_an_invalid_trusted_domain_is_refused(refusal):
    assert "must have no path" in refusal(trusted_domain=["https://a.example.com/x"])


@pytest.mark.parametrize(("more", "fits"), [(19, True), (20, False)])
def test_at_most_twenty_trusted_domains_are_allowed(more, fits, site, export, refusal):
    domains = [f"https://cdn{n}.example.com" for n in range(more)]

    printed = (export if fits else refusal)(trusted_domain=domains)

    assert ("at most 20 trusted domains, not 21" in printed) is not fits


@pytest.mark.parametrize("size", ["0", "-1", "many", "inf", "nan"])
def test_the_size_limit_must_be_a_number(size, refusal):
    assert "must be a number of megabytes" in refusal("x", "--max-size", size)


def test_the_size_limit_can_be_lowered(site, refusal):
    site.static("film.mp4", b"x" * 200_000)
    site.page("{% static 'film.mp4' %}")

    why = refusal(site.package, "--max-size", "0.1")

    assert "film.mp4: the package has 0.2 MB, allowed are 0.1" in why


@pytest.mark.django_db
def test_the_client_key_of_the_only_app_is_the_default(site, export):
    export(client_key=None)

    assert DRAMA in site.shown()


@pytest.mark.django_db
def test_a_client_key_is_required_if_there_are_several_apps(site, refusal, settings):
    (app,) = settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"]
    apps = [app, {**app, "client_id": "mnsother", "provider_id": "other"}]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}

    assert "--client-key is needed" in refusal(client_key=None)


def test_a_malformed_client_key_is_refused(refusal):
    assert "letters and digits only" in refusal(client_key='x"}); go(')


# --- messages ------------------------------------------------------------------------


def test_the_summary_lists_files_and_sizes(site, export):
    printed = export()

    assert f"  {site.name_of('drama/login.js')}  " in printed
    assert "3 files, 0.00 MB before packing." in printed


@pytest.mark.parametrize("urls", ["tests.export.test_command"])
def test_the_summary_has_the_url_of_the_webhook(urls, export, settings):
    settings.ROOT_URLCONF = urls

    assert f"Webhook address:   {API}/hooks/tiktok/" in export()


def test_the_summary_says_that_there_is_no_webhook(export, settings):
    settings.ROOT_URLCONF = "tests.export.urls_without_webhook"

    assert "Webhook address:   none yet" in export()


def test_the_summary_lists_conditions_of_a_login(export):
    printed = export()

    assert f"Trusted domains:   {API}\n" in printed
    assert "102102" in printed
    assert "at most 30" in printed


def test_an_error_lists_every_finding(site, refusal):
    site.page("<iframe></iframe>\n<iframe></iframe>")

    why = refusal()

    assert "index.html:6: " in why
    assert "index.html:7: " in why
    assert why.endswith("Errors: 2.")


@pytest.fixture(params=["tinycss2", "tree_sitter", "tree_sitter_javascript"])
def _no_parser(request, monkeypatch):
    """Import the command again as if the extra were not installed."""
    monkeypatch.setitem(sys.modules, request.param, None)
    command = "ttminis_auth.management.commands.ttminis_export"
    modules = [name for name in sys.modules if name.startswith("ttminis_auth.export")]
    for name in (command, *modules):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.usefixtures("_no_parser")
def test_missing_parsers_are_named(export):
    with pytest.raises(CommandError, match=r'pip install "django-ttminis-auth\[export'):
        export()


@pytest.mark.usefixtures("_no_parser")
def test_help_needs_no_parsers():
    command = load_command_class("ttminis_auth", "ttminis_export")

    assert "--api-base" in command.create_parser("manage.py", "x").format_help()


# Rare errors.


def test_a_lone_surrogate_is_refused_without_showing_the_text(site, refusal):
    """A lone surrogate can come from JSON or a shell, and has no UTF-8."""
    site.page("<p>{{ secret }}</p>")

    why = refusal(context=json.dumps({"secret": "act.secret \ud83d"}))

    assert f"index.html:{BODY_LINE}: half a character" in why
    assert "act.secret" not in why
    assert not site.package.exists()


def test_a_file_that_cannot_be_read_gives_an_error_without_traceback(site, refusal):
    site.package.mkdir()
    (site.package / "memory").symlink_to("/proc/self/mem")

    assert "Input/output error" in refusal(None, template=site.package, check=True)


def refuse(*args):
    raise OperationalError("no such table")


@pytest.mark.django_db
def test_a_missing_client_key_without_a_database_is_explained(refusal, settings):
    """A build server has no database."""
    settings.SOCIALACCOUNT_PROVIDERS = {}

    with connection.execute_wrapper(refuse):
        why = refusal(client_key=None)

    assert why.startswith("--client-key is needed: the database")


# Signals.


def test_a_signal_during_rendering_leaves_no_files(site, refusal, tmp_path, settings):
    (templates,) = settings.TEMPLATES
    libraries = {"signals": "tests.export.signals"}
    options = {**templates["OPTIONS"], "libraries": libraries}
    settings.TEMPLATES = [{**templates, "OPTIONS": options}]
    site.page("{% load signals %}{% stop %}")
    before = sorted(tmp_path.iterdir())

    assert refusal().startswith("Stopped by SIGTERM")
    assert sorted(tmp_path.iterdir()) == before
