"""The script that stands in for TikTok's SDK, and what it asks the server."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ttminis_auth.simulator.answers import Answer, Refusal, oauth_error, sdk_error
from ttminis_auth.simulator.endpoint import Fields, endpoint
from ttminis_auth.simulator.gate import View, simulated
from ttminis_auth.simulator.people import App, Person
from ttminis_auth.simulator.rights import BASIC_SCOPE, OPEN_ID_SCOPE
from ttminis_auth.simulator.world import world

STATIC = Path(__file__).parent.parent / "static" / "ttminis_simulator"
MINIS_SCOPES = {BASIC_SCOPE, OPEN_ID_SCOPE}


def from_any_origin(view: View) -> View:
    """Let every page call ``view``: the page is served by the project under test."""

    @wraps(view)
    def open_view(request: HttpRequest) -> HttpResponse:
        preflight = request.method == "OPTIONS"
        response = HttpResponse(status=204) if preflight else view(request)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response["Access-Control-Allow-Headers"] = "Content-Type"
        return response

    return simulated(open_view)


def static_file(name: str, content_type: str) -> View:
    # Served from here and not as a static file: the script finds its server by its
    # own address, and neither needs a project to have static files set up.
    @simulated
    def view(request: HttpRequest) -> HttpResponse:
        content = (STATIC / name).read_bytes()
        response = HttpResponse(content, content_type=f"{content_type}; charset=utf-8")
        response["Cache-Control"] = "no-cache"
        return response

    return view


script = from_any_origin(static_file("sdk.js", "text/javascript"))
stylesheet = static_file("control.css", "text/css")


def sdk_endpoint(
    name: str,
) -> Callable[[Callable[[App, Person, Fields], Answer]], View]:
    """Make a view that the script calls: which app, and who is signed in."""

    def decorate(handler: Callable[[App, Person, Fields], Answer]) -> View:
        @endpoint(name, faults="sdk")
        def view(request: HttpRequest, fields: Fields) -> Answer:
            if request.method != "POST" or request.content_type != "application/json":
                raise Refusal(oauth_error("invalid_request", "Only JSON by POST."))
            return handler(_app(fields), _person(), fields)

        return csrf_exempt(from_any_origin(view))

    return decorate


@sdk_endpoint("sdk_login")
def login(app: App, person: Person, fields: Fields) -> Answer:
    """Give a code for the open_id and nothing else, without asking."""
    return Answer(body={"code": world.issue_code(app.client_key, person.handle)})


@sdk_endpoint("sdk_prompt")
def prompt(app: App, person: Person, fields: Fields) -> Answer:
    """Return what the consent dialog shows."""
    names = {"app": app.name, "person": person.display_name}
    return Answer(body={"prompt": {**names, "scopes": _scopes(fields)}})


@sdk_endpoint("sdk_authorize")
def authorize(app: App, person: Person, fields: Fields) -> Answer:
    """Give a code for the scopes that the person has just allowed."""
    scopes = _scopes(fields)
    if fields.get("allow") != "True":
        raise Refusal(sdk_error(102601))
    code = world.issue_code(app.client_key, person.handle, scopes=scopes)
    return Answer(body={"code": code, "grantedScopes": ",".join(scopes)})


def _app(fields: Fields) -> App:
    for app in world.apps:
        if app.client_key == fields.get("client_key"):
            return app
    raise Refusal(sdk_error(102101, param="client_key"))


def _person() -> Person:
    handle = world.signed_in
    if handle is None:
        raise Refusal(sdk_error(102600))
    return world.person(handle)


def _scopes(fields: Fields) -> list[str]:
    """Return the asked scopes and open_id, which no token is without."""
    asked = fields.get("scope") or BASIC_SCOPE
    scopes = {scope.strip() for scope in asked.split(",")}
    if not scopes <= MINIS_SCOPES:
        raise Refusal(sdk_error(102101, param="scope"))
    return sorted(scopes | {OPEN_ID_SCOPE})
