"""The buttons of what may be done to a row: a read-only field, as any theme shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .permissions import PermittedActions


def _itself(row: Any) -> Any:
    return row


@dataclass(frozen=True)
class Buttons:
    """A read-only field that knows who is looking.

    Attributes:
        admin: of the row, with its actions.
        row_of: returns the row of what the page shows, where that is another model's.
    """

    admin: PermittedActions[Any]
    request: HttpRequest
    row_of: Callable[[Any], Any] = _itself

    short_description: ClassVar[Promise] = _("what can be done")
    __name__: ClassVar[str] = "ttminis-buttons"  # its class in the page

    def __call__(self, shown: Any) -> SafeString | str:
        row = self.row_of(shown)
        links = [
            (
                " ttminis-danger" if action.is_dangerous else "",
                self.admin.keeping(self.request, self.admin.action_url(action, row)),
                action.label,
            )
            for action in self.admin.offered(self.request, row)
        ]
        if not links:
            return "-"
        return format_html(
            '<span class="ttminis-buttons">{}</span>',
            format_html_join(" ", '<a class="button{}" href="{}">{}</a>', links),
        )
