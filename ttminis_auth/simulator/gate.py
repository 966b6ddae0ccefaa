"""When the simulator may answer at all."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import mail
from django.http import Http404, HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def is_open() -> bool:
    """Tell whether this is a developer's machine or a test run.

    Django's test set-up, and nothing else, gives ``django.core.mail`` an outbox.
    """
    return bool(settings.DEBUG) or hasattr(mail, "outbox")


def simulated(view: View) -> View:
    """Let ``view`` answer 404 where the simulator is closed, and need no login.

    Anybody may ask the simulator to be anybody: reachable in production, it would
    be a login page without passwords. So each view asks again, at each request.
    """

    @wraps(view)
    def gated(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if not is_open():
            raise Http404
        return view(request, **kwargs)

    return login_not_required(gated)
