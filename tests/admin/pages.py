"""Helpers that use the admin's pages as a browser would."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags


def list_of(model: str) -> str:
    return reverse(f"admin:ttminis_auth_{model}_changelist")


def page_of(row: Any) -> str:
    return reverse(f"admin:ttminis_auth_{row._meta.model_name}_change", args=[row.pk])


def button_of(row: Any, action: str) -> str:
    names = f"admin:ttminis_auth_{row._meta.model_name}_act"
    return reverse(names, args=[row.pk, action])


class _Inputs(HTMLParser):
    """Collect what the form of a page would send unchanged."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = False
        self.sent: dict[str, str] = {}
        self.buttons: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self.inside = attributes.get("id") == "ttminis-action"
        if not self.inside or tag != "input" or not attributes.get("name"):
            return
        kind, value = attributes.get("type"), attributes.get("value")
        name = str(attributes["name"])
        if kind == "submit":
            self.buttons.append(name)
        elif kind not in ("checkbox", "radio"):
            self.sent[name] = value or ""
        elif "checked" in attributes:
            self.sent[name] = value or "on"


def form_of(response: Any) -> dict[str, str]:
    inputs = _Inputs()
    inputs.feed(response.content.decode())
    return inputs.sent


def ticked_of(response: Any) -> set[str]:
    """Return the primary keys of the rows that the page of an action would send."""
    text = response.content.decode()
    return {*re.findall(r'name="_selected_action" value="([^"]*)"', text)}


def can_confirm(response: Any) -> bool:
    inputs = _Inputs()
    inputs.feed(response.content.decode())
    return "confirmed" in inputs.buttons


def fill_in(client: Client, row: Any, action: str, **choice: Any) -> Any:
    """Open an action and fill in its form; return the confirmation page."""
    address = button_of(row, action)
    shown = client.get(address)
    return client.post(address, {**form_of(shown), **choice})


def confirm(client: Client, row: Any, action: str, **choice: Any) -> Any:
    """Fill in an action and confirm it; return the page after it."""
    address = button_of(row, action)
    asked = fill_in(client, row, action, **choice) if choice else client.get(address)
    data = {**form_of(asked), **choice, "confirmed": "Yes"}
    return client.post(address, data, follow=True)


def choose(client: Client, action: str, rows: Iterable[Any], query: str = "") -> Any:
    """Tick rows in their list and choose an action; return the confirmation page."""
    ticked = list(rows)
    address = list_of(ticked[0]._meta.model_name) + query
    data = {"action": action, "_selected_action": [row.pk for row in ticked]}
    return client.post(address, {**data, "index": 0})


def do_many(client: Client, action: str, rows: Iterable[Any], **choice: Any) -> Any:
    """Confirm an action on many rows; return the page after it."""
    ticked = list(rows)
    data = {"action": action, "_selected_action": [row.pk for row in ticked]}
    confirmed = {**data, **choice, "asked": 1, "confirmed": 1}
    return client.post(list_of(ticked[0]._meta.model_name), confirmed, follow=True)


def messages_of(response: Any) -> list[str]:
    """Return the texts of the messages, without their markup."""
    messages = [*get_messages(response.wsgi_request)] or response.context["messages"]
    return [unescape(strip_tags(str(message))) for message in messages]


def history(row: Any, pk: Any = None) -> list[str]:
    """Return the texts of a row's history, oldest first, without the kind of change."""
    entries = LogEntry.objects.filter(
        content_type__model=row._meta.model_name, object_id=str(pk or row.pk)
    )
    texts = [entry.get_change_message() for entry in entries.order_by("pk")]
    return [re.sub(r"^[a-z_]+: ", "", text) for text in texts]
