"""When the simulator may answer at all."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def is_open() -> bool:
    """Return whether the settings open the simulator (``TTMINIS_SIMULATOR_OPEN``).

    Nothing else opens it. ``DEBUG`` may be on by mistake, and what Django's test set-up
    leaves behind, a mail backend leaves behind in production. A text, say from the
    environment, does not open it either: "False" is true.
    """
    return getattr(settings, "TTMINIS_SIMULATOR_OPEN", False) is True


def simulated(view: View) -> View:
    """Let ``view`` answer 404 where the simulator is closed, and need no login.

    Each visitor may ask the simulator to be any user: reachable in production, it would
    be a login page without passwords. So each view asks again, at each request.
    """

    @wraps(view)
    def gated(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if not is_open():
            raise Http404
        return view(request, **kwargs)

    return login_not_required(gated)
