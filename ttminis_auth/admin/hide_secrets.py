"""Keep tokens, secrets and session keys off allauth's admin pages.

A secret can be written there and never read: not in a list or a form, and not letter
by letter, by what a list finds or in what order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any, ClassVar

import allauth.socialaccount.admin  # noqa: F401  its own registration comes first
from allauth import app_settings as allauth_settings
from allauth.socialaccount.models import SocialApp, SocialToken
from django import forms
from django.contrib.admin import AdminSite
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, ExpressionWrapper, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from ..linking.staff_rules import is_superuser
from ..models import Grant
from ..models.identity import TOKENS
from .base import AdminMixin, Fields, ModelForm, mix_in
from .secret_forms import MASK, MaskedJSONField, SecretForm, masked


class SecretsMixin(AdminMixin[Model]):
    """For the admin of a model with columns that may be written and never shown.

    Attributes:
        secret_fields: columns of text; read from the database only for a deletion.
        secret_documents: columns of JSON, whose names show what is secret.
        secrets_depend_on: columns that say where a secret is sent, and what for.
    """

    secret_fields: ClassVar[Sequence[str]] = ()
    secret_documents: ClassVar[Sequence[str]] = ()
    secrets_depend_on: ClassVar[Sequence[str]] = ()

    def __init__(self, model: type[Model], admin_site: AdminSite) -> None:
        super().__init__(model, admin_site)
        # Inputs in a list are filled with what its rows show, and would save the mask.
        editable = [each for each in self.list_editable if each not in self._own()]
        self.list_editable = editable  # type: ignore[misc]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        stored = {_flag(name): _is_stored(name) for name in self.secret_fields}
        rows: QuerySet[Model] = super().get_queryset(request).annotate(**stored)
        return rows.defer(*self.secret_fields)

    def hide_secrets(self, row: Model) -> None:
        """Put masks into a row that is shown, and not saved, from now on."""
        for name in self.secret_fields:
            setattr(row, name, MASK if getattr(row, _flag(name), False) else "")
        for name in self.secret_documents:
            setattr(row, name, masked(getattr(row, name)))

    # --- What a list shows, and what it could be asked.

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        base = super().get_changelist(request, **kwargs)
        return type(f"Masked{base.__name__}", (MaskedList, base), {})

    def get_list_display(self, request: HttpRequest) -> Fields:
        return self._harmless(super().get_list_display(request), but=self._own())

    def get_sortable_by(self, request: HttpRequest) -> Fields:
        return self._harmless(super().get_sortable_by(request))

    def get_search_fields(self, request: HttpRequest) -> Fields:
        return self._harmless(super().get_search_fields(request))

    def get_list_filter(self, request: HttpRequest) -> Fields:
        return self._harmless(super().get_list_filter(request))

    def lookup_allowed(
        self, lookup: str, value: object, request: HttpRequest | None = None
    ) -> bool:
        """Refuse lookups of secrets; Django allows lookups of all of a row's columns.

        An attacker who may only view the list could ask for ``?token__startswith=a``,
        then ``ab``, and have a whole token in a few thousand requests.
        """
        allowed = super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]
        return allowed and not reaches_secret(self.model, lookup)

    def _own(self) -> set[str]:
        return {*self.secret_fields, *self.secret_documents}

    def _harmless(
        self, entries: Iterable[object], but: Iterable[object] = ()
    ) -> list[object]:
        """Return the entries that reach no secret; of a filter, the first item says."""

        def is_secret(entry: object) -> bool:
            path = entry[0] if isinstance(entry, (list, tuple)) else entry
            return isinstance(path, str) and reaches_secret(self.model, path)

        return [entry for entry in entries if entry in but or not is_secret(entry)]

    # --- The form, and what an error in it may show.

    @method_decorator(sensitive_post_parameters())
    @sensitive_variables()
    def changeform_view(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Keep everything that was posted, or held meanwhile, out of error reports."""
        return super().changeform_view(request, *args, **kwargs)

    def get_form(
        self,
        request: HttpRequest,
        obj: Model | None = None,
        change: bool = False,
        **kwargs: object,
    ) -> type[ModelForm[Model]]:
        """Return the form with inputs that show nothing of what is stored.

        Secrets leave the model's part of the form: what is left empty is then neither
        read nor written, even if a login has stored another one meanwhile.
        """
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        old = form.base_fields
        texts = [name for name in self.secret_fields if name in old]
        documents = [name for name in self.secret_documents if name in old]
        fields: dict[str, object] = {n: self._input(n, old[n], obj) for n in texts}
        fields |= {name: self._document(name, old[name]) for name in documents}
        meta = {"exclude": [*(form._meta.exclude or ()), *texts]}
        namespace = {
            "Meta": type("Meta", (form.Meta,), meta),
            "write_only": texts,
            # Superusers can read it elsewhere.
            "depends_on": () if is_superuser(request.user) else self.secrets_depend_on,
            "documents": documents,
        }
        made: type[SecretForm] = type(
            form.__name__, (SecretForm, form), namespace | fields
        )
        made.base_fields = {name: made.base_fields[name] for name in old}
        return made

    def _input(self, name: str, shown: forms.Field, obj: object) -> object:
        field: Any = self.opts.get_field(name)
        attrs = {k: v for k, v in shown.widget.attrs.items() if k in ("class", "size")}
        attrs["autocomplete"] = "new-password"
        keep = {}
        if getattr(obj, _flag(name), False):
            attrs["placeholder"] = MASK
            keep["help_text"] = _("Leave it empty to keep what is stored.")
        # Without render_value, so that an error elsewhere does not send it back either.
        widget = forms.PasswordInput(attrs)
        required = obj is None and not field.blank
        return field.formfield(widget=widget, required=required, **keep)

    def _document(self, name: str, shown: forms.Field) -> object:
        field: Any = self.opts.get_field(name)
        # A hidden copy of the initial value would be in the page as well.
        return field.formfield(
            form_class=MaskedJSONField, widget=shown.widget, show_hidden_initial=False
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Hide what read-only fields would print; nothing is saved after this."""
        self.hide_secrets(context["adminform"].form.instance)
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Deleting: a receiver may give the token back, and then finds no row to read.

    @sensitive_variables()
    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        obj.refresh_from_db(fields=self.secret_fields)
        super().delete_model(request, obj)

    @sensitive_variables()
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        super().delete_queryset(request, queryset.defer(None))


class MaskedList(ChangeList):
    """A list that neither shows secrets nor sorts by them."""

    model_admin: SecretsMixin

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        for row in self.result_list:
            self.model_admin.hide_secrets(row)

    def get_ordering_field(self, field_name: Callable[..., object] | str) -> Any:
        """Return no field for a column of secrets.

        An attacker with tokens of their own could otherwise find where another one
        stands among them, and close in on it.
        """
        found = super().get_ordering_field(field_name)
        is_secret = isinstance(found, str) and reaches_secret(self.model, found)
        return None if is_secret else found


class MaskedSocialTokenMixin(SecretsMixin):
    """For an admin of allauth's ``SocialToken``: put it before the admin's class."""

    secret_fields = ("token", "token_secret")


class MaskedSocialAppMixin(SecretsMixin):
    """For an admin of allauth's ``SocialApp``: put it before the admin's class."""

    secret_fields = ("secret",)
    secret_documents = ("settings",)
    secrets_depend_on = ("provider", "settings")


class MaskedUserSessionMixin(SecretsMixin):
    """For an admin of ``UserSession``, whose key logs an attacker in who knows it."""

    secret_fields = ("session_key",)


MIXINS: dict[type[Model], type[SecretsMixin]] = {
    SocialToken: MaskedSocialTokenMixin,
    SocialApp: MaskedSocialAppMixin,
}

if allauth_settings.USERSESSIONS_ENABLED:
    import_module("allauth.usersessions.admin")  # as above
    UserSession = import_module("allauth.usersessions.models").UserSession
    MIXINS[UserSession] = MaskedUserSessionMixin

SECRETS: dict[type[Model], Sequence[str]] = {
    model: [*mixin.secret_fields, *mixin.secret_documents]
    for model, mixin in MIXINS.items()
} | {Grant: TOKENS}


def reaches_secret(model: type[Model] | None, path: str) -> bool:
    """Return whether a lookup, a column or an order leads to a secret."""
    for part in path.lstrip("-^=@").split(LOOKUP_SEP):
        if model is None:
            return False
        if part in SECRETS.get(model._meta.concrete_model or model, ()):
            return True
        try:
            model = model._meta.get_field(part).related_model
        except FieldDoesNotExist:
            return False
    return False


def mask(site: AdminSite) -> None:
    """Mix the mixins into whatever the site has for allauth's models.

    For classes that are registered later, a system check reminds of them.
    """
    mix_in(site, MIXINS, "Masked")


def _flag(name: str) -> str:
    return f"has_{name}"


def _is_stored(name: str) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(~Q(**{name: ""}), output_field=BooleanField())
