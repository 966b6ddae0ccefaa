"""The planted secrets, and the forms that change their rows."""

import json

from allauth.socialaccount.models import SocialToken

from tests.admin.guard import PLANTED
from ttminis_auth.admin.secret_forms import MASK

ACCESS = f"act.{PLANTED}-1"
REFRESH = f"rft.{PLANTED}-2"
NEW = f"act.{PLANTED}-new"
SETTINGS = {
    "server_url": "https://op.example",
    "certificate_key": f"{PLANTED}-key",
    "sp": {"password": f"{PLANTED}-pw", "clients": [{"token": PLANTED, "id": 1}]},
}
SHOWN = {
    "server_url": "https://op.example",
    "certificate_key": MASK,
    "sp": {"password": MASK, "clients": [{"token": MASK, "id": 1}]},
}


def token_form(row, **typed):
    return {"app": row.app_id, "account": row.account_id, "token": ""} | typed


def app_form(row, **typed):
    data = {"provider": row.provider, "name": row.name, "client_id": row.client_id}
    data["key"] = row.key
    return data | {"settings": json.dumps(SHOWN), "secret": ""} | typed


def form_of(row, **typed):
    make = token_form if isinstance(row, SocialToken) else app_form
    return make(row, **typed)


def stored(row):
    return type(row).objects.values().get(pk=row.pk)


def has_succeeded(response):
    return response.status_code == 302
