"""Links to what the viewer may see; for everybody else it is just text."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def linked(
    text: str, row: Any, request: HttpRequest, site: AdminSite
) -> SafeString | str:
    """Return the text, as a link to the row's page where that opens for the viewer."""
    try:
        admin = site.get_model_admin(type(row))
    except NotRegistered:
        return text
    if not admin.has_view_or_change_permission(request, row):
        return text
    opts = row._meta
    url = reverse(
        f"admin:{opts.app_label}_{opts.model_name}_change",
        args=[quote(row.pk)],
        current_app=site.name,
    )
    return format_html('<a href="{}">{}</a>', url, text)
