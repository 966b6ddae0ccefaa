"""Addresses of a site with its own page for a 403."""

from django.http import HttpResponse

from tests.urls import urlpatterns as urlpatterns


def refuse(request, exception=None, reason=""):
    """Stand for ``handler403`` as well as for ``CSRF_FAILURE_VIEW``."""
    return HttpResponse("the site's own page", status=403)


handler403 = refuse
