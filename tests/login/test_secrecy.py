"""No code, token or secret may be found where it does not belong."""

import logging
import re

import pytest
from django.apps import apps
from django.core import management
from django.views.debug import ExceptionReporter

from tests.databases import PEOPLE, connection
from tests.fixtures import DRAMA
from tests.grants import access
from ttminis_auth.core import upstream
from ttminis_auth.core.client_apps import get_provider
from ttminis_auth.errors import LoginRefused
from ttminis_auth.models import Grant

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r"act\.|rft\.|simulated-drama-secret")
FAULTS = [
    "html_502",
    "error_in_200",
    "missing_open_id",
    "missing_access_token",
    "truncated_json",
    "redirect",
    "rate_limited",
    "server_error",
    "invalid_client",
    "expires_in_string",
    "unknown_fields",
]


@pytest.fixture
def everything_logged(caplog):
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(f"{r.getMessage()} {r.exc_text}" for r in caplog.records)


@pytest.fixture
def everything_stored():
    """All rows of all tables as the database has them, beneath the model fields."""

    def read():
        rows = []
        with connection.cursor() as cursor:
            for model in apps.get_models(include_auto_created=True):
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"SELECT * FROM {table}")
                rows += cursor.fetchall()
        return repr(rows)

    return read


@pytest.mark.parametrize("kind", [*FAULTS, None])
def test_the_log_holds_no_secret(
    kind, client, code_url, tiktok, everything_logged, settings
):
    if kind:
        tiktok.order_fault(kind)
    code = tiktok.issue_code(DRAMA, "mia")

    client.post(code_url, {"code": code}, content_type="application/json")

    logged = everything_logged()
    assert code not in logged
    assert not TOKEN.search(logged)


@pytest.mark.parametrize("kind", ["html_502", "error_in_200", "other_open_id", None])
def test_the_log_of_a_consent_holds_no_secret(
    kind, authorize, tiktok, everything_logged
):
    if kind:
        tiktok.order_fault(kind, endpoint="user_info")

    authorize("mia")

    assert [r.endpoint for r in tiktok.requests] == ["token", "user_info"]
    assert not TOKEN.search(everything_logged())


def test_the_database_holds_no_token_in_clear(send_code, client, everything_stored):
    send_code("mia")

    assert access(Grant.objects.get()).startswith("act.")
    assert not TOKEN.search(everything_stored())


def test_the_database_holds_no_code(client, code_url, tiktok, everything_stored):
    code = tiktok.issue_code(DRAMA, "mia")

    client.post(code_url, {"code": code}, content_type="application/json")

    assert code not in everything_stored()


def test_the_session_holds_no_token(send_code, client):
    send_code("mia")

    assert not TOKEN.search(str(dict(client.session)))


@pytest.mark.parametrize("format_", ["json", "xml"])
def test_a_dump_holds_no_token(send_code, capsys, format_):
    send_code("mia")

    management.call_command("dumpdata", "ttminis_auth", format=format_, database=PEOPLE)

    assert "user.info.open_id" in (dumped := capsys.readouterr().out)
    assert not TOKEN.search(dumped)


def test_dumped_rows_can_be_loaded(send_code, tmp_path):
    send_code("mia")
    path = tmp_path / "dump.json"
    options = {"database": PEOPLE, "verbosity": 0}
    management.call_command("dumpdata", "ttminis_auth", output=str(path), **options)

    management.call_command("loaddata", str(path), **options)

    assert Grant.objects.get().access_token in ("", None)


def test_a_grant_s_words_hold_no_token(send_code):
    send_code("mia")
    grant = Grant.objects.get()

    assert not TOKEN.search(f"{grant} {grant!r} {grant.identity!r}")


@pytest.mark.parametrize("kind", ["error_in_200", "invalid_client", "html_502"])
def test_an_error_report_shows_no_secret(kind, rf, tiktok):
    """Django's report of a crash prints local variables; ours are marked."""
    tiktok.order_fault(kind)
    code = tiktok.issue_code(DRAMA, "mia")
    app = get_provider(rf.post("/"), DRAMA).app
    with pytest.raises(LoginRefused) as caught:
        upstream.exchange(app, code)

    # Without the frame of this test, which knows the code of course.
    error = caught.value.with_traceback(caught.tb.tb_next)
    reporter = ExceptionReporter(rf.post("/"), type(error), error, error.__traceback__)

    report = reporter.get_traceback_html()
    assert code not in report
    assert not TOKEN.search(report)
