"""An error report has no secret when saving or deleting a token or app fails."""

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
    """Collect the e-mails to the site's admins: the text, and the debug page."""

    def __init__(self):
        super().__init__(include_html=True)
        self.reports = []

    def send_mail(self, subject, message, *args, html_message, **kwargs):
        self.reports += [subject + message, html_message]


@pytest.fixture
def reports(admin_client):
    """Collect error reports of every kind."""
    admin_client.raise_request_exception = False
    mailbox, logger = Mailbox(), logging.getLogger("django.request")
    logger.addHandler(mailbox)
    yield mailbox.reports
    logger.removeHandler(mailbox)


def fail(instance, **kwargs):
    fields = vars(instance) | {"token": getattr(instance, "token", None)}
    raise RuntimeError(f"Cannot save {len(fields)} fields.")


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


def send(admin_client, path, **data):
    assert admin_client.post(path, data).status_code == 500


def with_secrets(reports):
    assert len(reports) == 2
    return [text for text in reports if PLANTED in text]


@pytest.mark.usefixtures("_saving_fails")
def test_report_of_a_failed_token_change_has_no_secret(admin_client, token, reports):
    send(
        admin_client,
        f"{URL}/socialtoken/{token.pk}/change/",
        **token_form(token, token=NEW),
    )

    assert with_secrets(reports) == []


@pytest.mark.usefixtures("_saving_fails")
@pytest.mark.parametrize("page", ["{}/change", "add"])
def test_report_of_a_failed_app_save_has_no_secret(admin_client, app, reports, page):
    typed = app_form(app, secret=NEW, settings=json.dumps({"secret": NEW}))

    send(admin_client, f"{URL}/socialapp/{page.format(app.pk)}/", **typed)

    assert with_secrets(reports) == []


def test_report_of_a_database_error_has_no_secret(admin_client, token, reports):
    def refuse(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and NEW in params:
            raise RuntimeError("The database is full.")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        send(
            admin_client,
            f"{URL}/socialtoken/{token.pk}/change/",
            **token_form(token, token=NEW),
        )

    assert with_secrets(reports) == []


@pytest.mark.usefixtures("_deleting_fails")
def test_report_of_a_failed_token_deletion_has_no_secret(admin_client, token, reports):
    send(admin_client, f"{URL}/socialtoken/{token.pk}/delete/", post="yes")

    assert with_secrets(reports) == []


@pytest.mark.usefixtures("_deleting_fails")
def test_report_of_a_failed_deletion_of_many_tokens_has_no_secret(
    admin_client, token, reports
):
    chosen = {"action": "delete_selected", "_selected_action": token.pk}
    send(admin_client, f"{URL}/socialtoken/", **chosen, post="yes")

    assert with_secrets(reports) == []


@pytest.mark.usefixtures("_saving_fails")
def test_reports_of_an_unmasked_admin_site_have_the_secret(
    admin_client, token, reports
):
    """The negative control."""
    path = f"/bare/socialaccount/socialtoken/{token.pk}/change/"

    send(admin_client, path, **token_form(token, token=NEW))

    assert len(with_secrets(reports)) == 2
