"""A shop and its host names, as django-tenants wants them."""

from django_tenants.models import DomainMixin, TenantMixin


class Shop(TenantMixin):
    auto_create_schema = True


class Domain(DomainMixin):
    """The host name of a shop."""
