"""The four calls to TikTok that a Minis login needs, and how they are sent."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import requests

from .answers import Answer
from .deadline import within
from .errors import TikTokUnavailable
from .secret import Secret, without_locals
from .types import Json, TokenGrant, UserInfo

# Pages minis-oauth and oauth-user-access-token-management.
TOKEN_PATH = "/v2/oauth/token/"  # noqa: S105
REVOKE_PATH = "/v2/oauth/revoke/"
# Page minis-user-data.
USER_INFO_PATH = "/v2/user/info/"

# A real answer has about 1 KiB. No host that poses as TikTok is to fill our memory.
MAX_BODY = 1024 * 1024
PIECE = 8 * 1024
# For a whole call, in seconds: more than any visitor waits for a login.
LONGEST_CALL = 60.0

Authorize = Callable[[requests.PreparedRequest], requests.PreparedRequest]
Hook = Callable[..., object]


class TikTokClient:
    """Speak to TikTok's server API for one app.

    ``session`` brings time-out, proxies and connection pool; ``base_url`` is the
    origin, with a path before ``/v2`` where a simulator is mounted on one. No call
    takes longer than ``seconds``, however slowly TikTok answers.

    Nothing is ever retried: a code is spent by the attempt, whatever its outcome.
    Every method raises TikTokUnavailable where no usable answer arrives, RateLimited
    where TikTok wants fewer calls, InvalidClient where it does not accept the app.
    """

    def __init__(
        self,
        *,
        session: requests.Session,
        base_url: str,
        client_key: str,
        client_secret: Secret,
        seconds: float = LONGEST_CALL,
    ) -> None:
        self._session = session
        self._seconds = seconds
        self._base_url = base_url.rstrip("/")
        self._client_key = client_key
        self._client_secret = Secret(client_secret)

    @without_locals
    def exchange_code(
        self,
        code: Secret,
        *,
        redirect_uri: str | None = None,
        code_verifier: Secret | None = None,
    ) -> TokenGrant:
        """Exchange a one-time code for tokens.

        ``code`` is sent as it is: the SDK hands it over already URL-decoded.
        ``redirect_uri`` and ``code_verifier`` belong to the web's codes alone (page
        oauth-user-access-token-management); Minis have neither (page minis-oauth).
        Raises InvalidGrant where the code is used up, expired or foreign.
        """
        web = {"redirect_uri": redirect_uri, "code_verifier": code_verifier}
        sent = {name: value for name, value in web.items() if value is not None}
        return self._token(grant_type="authorization_code", code=code, **sent)

    @without_locals
    def refresh(self, refresh_token: Secret) -> TokenGrant:
        """Exchange a refresh token for a new pair (page minis-oauth).

        The answer's refresh token replaces the one given, which may be dead now.
        Raises InvalidGrant where it is expired, revoked or replaced already.
        """
        return self._token(grant_type="refresh_token", refresh_token=refresh_token)

    @without_locals
    def revoke(self, access_token: Secret) -> None:
        """Disconnect the user from the app (page oauth-user-access-token-management).

        All tokens of the user die, so this is no part of an ordinary logout.
        Raises TikTokRefused, InvalidGrant mostly, where the token is dead already.
        """
        self._form(REVOKE_PATH, token=access_token).confirm()

    @without_locals
    def user_info(self, access_token: Secret, fields: Sequence[str]) -> UserInfo:
        """Fetch the profile that belongs to a token (page minis-user-data).

        ``fields`` must contain ``"open_id"``, and nothing that the token's scopes do
        not cover: one forbidden field fails the whole call.
        Raises TikTokRefused with TikTok's ``code`` (``access_token_invalid``,
        ``scope_not_authorized``, …) where the token is not enough.
        """
        # The commas stay bare, as TikTok's examples have them.
        answer = self._request(
            "GET",
            USER_INFO_PATH,
            secrets=(token := Secret(access_token),),
            auth=_bearer(token),
            params="fields=" + quote(",".join(fields), safe=","),
        )
        return answer.read(_user_info)

    def _token(self, **fields: str | Secret) -> TokenGrant:
        return self._form(TOKEN_PATH, **fields).read(TokenGrant.from_json)

    def _form(self, path: str, **fields: str | Secret) -> Answer:
        return self._request(
            "POST",
            path,
            secrets=(self._client_secret, *map(Secret, fields.values())),
            auth=_anonymous,
            data={
                "client_key": self._client_key,
                "client_secret": self._client_secret,
                **fields,
            },
        )

    def _request(self, method: str, path: str, **sent: Any) -> Answer:
        """Send one request, once, and return its complete answer in time."""
        try:
            return within(self._seconds, lambda: self._send(method, path, **sent))
        except TimeoutError as failure:
            raise TikTokUnavailable(description=str(failure)) from None

    def _send(
        self,
        method: str,
        path: str,
        *,
        secrets: tuple[Secret, ...],
        auth: Authorize,
        data: Mapping[str, str | Secret] | None = None,
        params: str | None = None,
    ) -> Answer:
        """Send one request, once, and return its complete answer."""
        try:
            with self._session.request(
                method,
                self._base_url + path,
                params=params,
                data=_in_clear(data or {}),
                headers={"Cache-Control": "no-cache", "Accept-Encoding": "identity"},
                auth=auth,
                allow_redirects=False,
                stream=True,
                hooks={"response": [*_REFUSALS, *_hooks(self._session)]},
            ) as response:
                body = _body(response)
        except requests.RequestException as failure:
            raise _unavailable(failure) from _harmless(failure)
        except ValueError:
            # A value that fits no form or header, such as a lone surrogate. The
            # reason quotes it, and it may be a token.
            raise TikTokUnavailable(description="the request cannot be sent") from None
        return Answer(
            status=response.status_code,
            headers=response.headers,
            body=body,
            secrets=secrets,
        )


def _in_clear(fields: Mapping[str, str | Secret]) -> dict[str, str]:
    return {name: Secret(value).reveal() for name, value in fields.items()}


def _user_info(payload: Json) -> UserInfo:
    data = payload.get("data")
    user = data.get("user") if isinstance(data, dict) else None
    if not isinstance(user, dict):
        raise TikTokUnavailable(description="data.user missing or not usable")
    return UserInfo.from_json(user)


def _bearer(token: Secret) -> Authorize:
    """Authorize by token.

    As a header of the request it would lose against a ~/.netrc entry for the host:
    requests looks there whenever it is given no auth.
    """

    def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token.reveal()}"
        return request

    return authorize


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Authorize by nothing, and so keep requests from looking into ~/.netrc.

    The form holds the credentials; a password of that file is none of TikTok's.
    """
    return request


def _hooks(session: requests.Session) -> list[Hook]:
    """Return the session's own hooks, which those of a request would replace.

    requests takes one hook as well as a list of them.
    """
    own = session.hooks.get("response") or []
    return [own] if callable(own) else list(own)


def _refuse_redirect(response: requests.Response, **_: object) -> None:
    """Raise for any 3xx: TikTok documents none, and to follow would spread a secret.

    This is a hook because requests reads the whole body and parses the address even if
    it does not follow, with no limit to one and errors of its own for the other.
    """
    if 300 <= response.status_code < 400:
        response.close()
        raise TikTokUnavailable(
            description="a redirect, which is not followed",
            status=response.status_code,
        )


def _refuse_coding(response: requests.Response, **_: object) -> None:
    """Raise for a body that would have to be unpacked: we asked for ``identity``.

    TikTok's host, or a proxy in its name, could send 260 bytes that are packed several
    times over. Older releases of urllib3 unpack each layer as a whole, to 2 GB.
    """
    coding = response.headers.get("Content-Encoding", "")
    if coding.strip().lower() not in ("", "identity"):
        response.close()
        raise TikTokUnavailable(
            description="the answer is compressed", status=response.status_code
        )


_REFUSALS = (_refuse_redirect, _refuse_coding)


def _body(response: requests.Response) -> bytes:
    """Read the body; at its end the connection is free for the next call.

    Raises TikTokUnavailable for more than MAX_BODY. The caller closes the answer,
    which then ends the connection too.
    """
    body = bytearray()
    for piece in response.iter_content(PIECE):
        body += piece
        if len(body) > MAX_BODY:
            raise TikTokUnavailable(
                description=f"the answer is longer than {MAX_BODY} bytes",
                status=response.status_code,
            )
    return bytes(body)


def _unavailable(failure: requests.RequestException) -> TikTokUnavailable:
    return TikTokUnavailable(description=f"no answer: {type(failure).__name__}")


def _harmless(failure: requests.RequestException) -> requests.RequestException | None:
    """Return a cause to raise from, or None where it would show a secret.

    The request holds form and header. And where the answer broke the rules of HTTP,
    the error quotes the piece that did, which may be a token.
    """
    failure.request = failure.response = None
    link: BaseException | None = failure
    while link is not None:
        if isinstance(link, http.client.HTTPException):
            return None
        link = link.__context__
    return failure
