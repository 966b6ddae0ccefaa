"""An error while a secret is saved does not carry it into a report."""

import json
import logging

import pytest
from allauth.socialaccount.models import SocialApp, SocialToken
from django.db.models.signals import pre_delete, pre_save
from django.utils.log import AdminEmailHandler

from tests.admin.guard import PLANTED
from tests.admin.secrets.rows import NEW, app_form, token_form
from tests.databases import connection

URL = "/admin/stock/socialaccount"


class Mailbox(AdminEmailHandler):
    """Keeps what would be sent to the site's admins: a text, and the debug page."""

    def __init__(self):
        super().__init__(include_html=True)
        self.reports = []

    def send_mail(self, subject, message, *args, html_message, **kwargs):
        self.reports += [subject + message, html_message]


@pytest.fixture
def reports(desk):
    """Collect every kind of report of an error."""
    desk.raise_request_exception = False
    mailbox, logger = Mailbox(), logging.getLogger("django.request")
    logger.addHandler(mailbox)
    yield mailbox.reports
    logger.removeHandler(mailbox)


def fail(instance, **kwargs):
    held = vars(instance) | {"token": getattr(instance, "token", None)}
    raise RuntimeError(f"It is impossible to save {len(held)}.")


@pytest.fixture
def _saving_fails(token):
    for model in (SocialToken, SocialApp):
        pre_save.connect(fail, sender=model)
    yield
    for model in (SocialToken, SocialApp):
        pre_save.disconnect(fail, sender=model)


@pytest.fixture
def _deleting_fails(token):
    pre_delete.connect(fail, sender=SocialToken)
    yield
    pre_delete.disconnect(fail, sender=SocialToken)


def send(desk, path, **data):
    assert desk.post(path, data).status_code == 500


def tells(reports):
    assert len(reports) == 2
    return [text for text in reports if PLANTED in text]


@pytest.mark.usefixtures("_saving_fails")
def test_a_token_that_could_not_be_changed(desk, token, reports):
    send(desk, f"{URL}/socialtoken/{token.pk}/change/", **token_form(token, token=NEW))

    assert tells(reports) == []


@pytest.mark.usefixtures("_saving_fails")
@pytest.mark.parametrize("page", ["{}/change", "add"])
def test_an_app_that_could_not_be_saved(desk, app, reports, page):
    typed = app_form(app, secret=NEW, settings=json.dumps({"secret": NEW}))

    send(desk, f"{URL}/socialapp/{page.format(app.pk)}/", **typed)

    assert tells(reports) == []


def test_a_database_that_refuses(desk, token, reports):
    def refuse(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and NEW in params:
            raise RuntimeError("The database is full.")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        send(
            desk,
            f"{URL}/socialtoken/{token.pk}/change/",
            **token_form(token, token=NEW),
        )

    assert tells(reports) == []


@pytest.mark.usefixtures("_deleting_fails")
def test_a_token_that_could_not_be_deleted(desk, token, reports):
    send(desk, f"{URL}/socialtoken/{token.pk}/delete/", post="yes")

    assert tells(reports) == []


@pytest.mark.usefixtures("_deleting_fails")
def test_tokens_that_could_not_be_deleted(desk, token, reports):
    chosen = {"action": "delete_selected", "_selected_action": token.pk}
    send(desk, f"{URL}/socialtoken/", **chosen, post="yes")

    assert tells(reports) == []


@pytest.mark.usefixtures("_saving_fails")
def test_without_the_mixin_all_reports_would_tell(desk, token, reports):
    """The negative control."""
    path = f"/bare/socialaccount/socialtoken/{token.pk}/change/"

    send(desk, path, **token_form(token, token=NEW))

    assert len(tells(reports)) == 2
