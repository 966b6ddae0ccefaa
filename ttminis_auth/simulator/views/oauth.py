"""``/v2/oauth/token/`` and ``/v2/oauth/revoke/``.

As in developers.tiktok.com/doc/minis-oauth and
oauth-user-access-token-management, read in November 2026.
"""

from collections.abc import Callable
from secrets import compare_digest

from django.http import HttpRequest

from ttminis_auth.simulator.answers import Answer, Refusal, oauth_error
from ttminis_auth.simulator.endpoint import Fields, endpoint
from ttminis_auth.simulator.people import App
from ttminis_auth.simulator.rights import TokenPair, new_token
from ttminis_auth.simulator.world import world

FORM = "application/x-www-form-urlencoded"


@endpoint("token")
def token(request: HttpRequest, fields: Fields) -> Answer:
    """Issue tokens. The web's fields are overlooked for a code of the SDK."""
    _require_form(request)
    app = _authenticate(fields)
    grant = GRANTS.get(_require(fields, "grant_type"))
    if grant is None:
        raise Refusal(oauth_error("unsupported_grant_type", "No such grant type."))
    return grant(app, fields)


@endpoint("revoke")
def revoke(request: HttpRequest, fields: Fields) -> Answer:
    """Disconnect the token's owner from the app: all tokens between them die."""
    _require_form(request)
    app = _authenticate(fields)
    right = world.bearer(_require(fields, "token"))
    # TikTok does not document what a dead token is answered; the sterner way was
    # chosen, so that a client which copes with it copes with both.
    if right is None or right.client_key != app.client_key:
        raise Refusal(oauth_error("invalid_request", "The token is not valid."))
    world.revoke(right.handle, right.client_key)
    return Answer()


def _require_form(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Refusal(oauth_error("invalid_request", "Only POST is allowed.", 405))
    if request.content_type != FORM:
        raise Refusal(oauth_error("invalid_request", f"Only {FORM} is allowed."))
    if request.GET:
        # An address is logged wherever it passes; a secret has no place in it.
        why = "Parameters belong in the body."
        raise Refusal(oauth_error("invalid_request", why))


def _require(fields: Fields, name: str) -> str:
    if value := fields.get(name):
        return value
    raise Refusal(oauth_error("invalid_request", f"The parameter {name} is missing."))


def _authenticate(fields: Fields) -> App:
    key, secret = _require(fields, "client_key"), _require(fields, "client_secret")
    apps = {app.client_key: app for app in world.apps}
    app = apps.get(key)
    if app is None or not compare_digest(app.client_secret.encode(), secret.encode()):
        raise Refusal(oauth_error("invalid_client", "Client key or secret is wrong."))
    return app


def _exchange(app: App, fields: Fields) -> Answer:
    code = _require(fields, "code")
    if world.is_web_code(code):
        _require(fields, "redirect_uri")
    pair = world.redeem_code(
        code,
        app.client_key,
        redirect_uri=fields.get("redirect_uri"),
        code_verifier=fields.get("code_verifier"),
    )
    return _token_answer(pair)


def _refresh(app: App, fields: Fields) -> Answer:
    renewal = _require(fields, "refresh_token")
    return _token_answer(world.rotate(renewal, app.client_key))


def _client_credentials(app: App, fields: Fields) -> Answer:
    # A token of the app itself. It opens no user's data, and it looks so much like
    # a user's token that clients have confused the two.
    return Answer(
        body={
            "access_token": new_token("clt"),
            "expires_in": world.access_lifetime,
            "token_type": "Bearer",
        }
    )


def _token_answer(pair: TokenPair | None) -> Answer:
    if pair is None:
        why = "It is unknown, expired, used or another app's."
        raise Refusal(oauth_error("invalid_grant", why))
    return Answer(body=pair.answer())


GRANTS: dict[str, Callable[[App, Fields], Answer]] = {
    "authorization_code": _exchange,
    "client_credentials": _client_credentials,
    "refresh_token": _refresh,
}
