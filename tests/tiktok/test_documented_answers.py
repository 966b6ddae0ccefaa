"""What TikTok documents, the client understands and the simulator says.

The two share no code, so a misreading in one of them shows here. The simulator is
asked without the client: its answers are compared as JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from ttminis_auth.simulator.world import World
from ttminis_auth.testing.server import SimulatorServer
from ttminis_auth.tiktok import TikTokClient, TikTokUnavailable

from .conftest import ACCESS, CODE, REFRESH, Upstream, failure
from .documented_answers import ANSWERS, BASIC, Documented

APP = {"client_key": "mnsimdrama000001", "client_secret": "simulated-drama-secret"}
EVERY_FIELD = "open_id,union_id,avatar_url,avatar_url_100,avatar_large_url,display_name"


@pytest.fixture(params=ANSWERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def documented(name: str) -> Documented:
    return ANSWERS[name]


@pytest.fixture
def calls(client: TikTokClient) -> dict[str, Callable[[], object]]:
    return {
        "exchange": lambda: client.exchange_code(CODE),
        "refresh": lambda: client.refresh(REFRESH),
        "revoke": lambda: client.revoke(ACCESS),
        "user_info": lambda: client.user_info(ACCESS, ["open_id"]),
    }


def test_client_understands_the_documented_answer(
    documented: Documented, upstream: Upstream, calls: dict[str, Callable[[], object]]
) -> None:
    body = b"" if documented.body is None else documented.body
    upstream.answers(body, documented.status or 200)
    call, expected = calls[documented.call], documented.outcome
    if isinstance(expected, type):
        assert type(failure(call)) is expected
    else:
        assert call() == expected


class Simulated:
    """The simulator, asked by plain HTTP."""

    def __init__(self, world: World, url: str) -> None:
        self.world, self.url = world, url

    def code(self, scope: str = "user.info.open_id") -> str:
        scopes = scope.split(",")
        return self.world.issue_code(APP["client_key"], "mia", scopes=scopes)

    def form(self, endpoint: str, **fields: str) -> requests.Response:
        url = f"{self.url}/v2/oauth/{endpoint}/"
        return requests.post(url, data=APP | fields, timeout=30)

    def exchange(self, code: str, **fields: str) -> requests.Response:
        grant = {"grant_type": "authorization_code", "code": code}
        return self.form("token", **(grant | fields))

    def refresh(self, token: str) -> requests.Response:
        return self.form("token", grant_type="refresh_token", refresh_token=token)

    def user_info(self, token: str, fields: str) -> requests.Response:
        return requests.get(
            f"{self.url}/v2/user/info/",
            params={"fields": fields},
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )

    def token(self, kind: str = "access_token", scope: str = BASIC) -> str:
        return str(self.exchange(self.code(scope)).json()[kind])

    def erring(self, error: str) -> requests.Response:
        """Exchange a good code while TikTok is made to answer with an error."""
        self.world.order_fault("error", error=error)
        return self.exchange(self.code())

    def user_info_failing(self, fault: str, **options: Any) -> requests.Response:
        self.world.order_fault(fault, endpoint="user_info", **options)
        return self.user_info(self.token(), "open_id")

    def exchange_failing(self, fault: str) -> requests.Response:
        self.world.order_fault(fault)
        return self.exchange(self.code())


# How to bring each documented answer about.
ASK: dict[str, Callable[[Simulated], requests.Response]] = {
    "exchange": lambda s: s.exchange(s.code()),
    "exchange after consent": lambda s: s.exchange(s.code(BASIC)),
    "exchange, short-lived": lambda s: s.exchange(s.code()),
    "refresh": lambda s: s.refresh(s.token("refresh_token")),
    "refresh, short-lived": lambda s: s.refresh(s.token("refresh_token")),
    "revoke": lambda s: s.form("revoke", token=s.token()),
    "access_denied": lambda s: s.erring("access_denied"),
    "invalid_client": lambda s: s.exchange(s.code(), client_secret="wrong"),
    "invalid_grant": lambda s: s.exchange("no code of ours"),
    "invalid_grant to a refresh": lambda s: s.refresh("rft.unknown"),
    "invalid_request": lambda s: s.exchange(""),
    "invalid_request to a revoke": lambda s: s.form("revoke", token="act.unknown"),
    "invalid_scope": lambda s: s.erring("invalid_scope"),
    "server_error": lambda s: s.exchange_failing("server_error"),
    "temporarily_unavailable": lambda s: s.erring("temporarily_unavailable"),
    "unauthorized_client": lambda s: s.erring("unauthorized_client"),
    "unsupported_grant_type": lambda s: s.exchange(s.code(), grant_type="password"),
    "unsupported_response_type": lambda s: s.erring("unsupported_response_type"),
    "error in a 200": lambda s: s.exchange_failing("error_in_200"),
    "user": lambda s: s.user_info(s.token(), "open_id,union_id,avatar_url"),
    "user with every field": lambda s: s.user_info(s.token(), EVERY_FIELD),
    "access_token_invalid": lambda s: s.user_info("act.unknown", "open_id"),
    "internal_error": lambda s: s.user_info_failing("server_error"),
    "invalid_params": lambda s: s.user_info(s.token(), "shoe_size"),
    "rate_limit_exceeded": lambda s: s.user_info_failing("rate_limited"),
    "scope_not_authorized": lambda s: s.user_info(
        s.token(scope="user.info.open_id"), "union_id"
    ),
    "scope_permission_missed": lambda s: s.user_info_failing(
        "error", error="scope_permission_missed"
    ),
}


@pytest.fixture
def simulated(tiktok: World, tiktok_server: SimulatorServer) -> Simulated:
    return Simulated(tiktok, tiktok_server.url)


def shape(value: object) -> object:
    """Return the same keys with the types of their values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return type(value)


@pytest.mark.parametrize("name", ASK, indirect=True)
def test_simulator_gives_the_documented_answer(
    name: str, documented: Documented, simulated: Simulated
) -> None:
    answer = ASK[name](simulated)
    assert shape(answer.json()) == shape(documented.body)
    assert documented.status in (None, answer.status_code)


def test_every_documented_answer_is_simulated() -> None:
    # An empty body and an empty object are two descriptions of one answer.
    assert ANSWERS.keys() - ASK.keys() == {"revoke, nothing said"}


ERRORS = [name for name, known in ANSWERS.items() if isinstance(known.outcome, type)]


@pytest.mark.parametrize("name", ERRORS, indirect=True)
def test_simulator_says_the_documented_error_string(
    name: str, documented: Documented, simulated: Simulated
) -> None:
    body = documented.body or {}
    said, error = ASK[name](simulated).json()["error"], body["error"]
    if isinstance(error, dict):
        said, error = said["code"], error["code"]
    assert said == error


@pytest.fixture
def simulated_client(simulated: Simulated, session: requests.Session) -> TikTokClient:
    return TikTokClient(session=session, base_url=simulated.url, **APP)


def test_client_and_simulator_understand_each_other(
    simulated: Simulated, simulated_client: TikTokClient
) -> None:
    grant = simulated_client.exchange_code(simulated.code(BASIC))
    newer = simulated_client.refresh(grant.refresh_token or "")
    user = simulated_client.user_info(newer.access_token, ["open_id", "display_name"])
    simulated_client.revoke(newer.access_token)
    assert (user.open_id, user.display_name) == (grant.open_id, "Mia")
    assert newer.scopes == ("user.info.basic", "user.info.open_id")


def test_client_learns_that_a_code_is_spent(
    simulated: Simulated, simulated_client: TikTokClient
) -> None:
    code = simulated.code()
    simulated_client.exchange_code(code)
    error = failure(lambda: simulated_client.exchange_code(code))
    assert error.code == "invalid_grant"
    assert error.log_id


SPOILT = [
    "empty_open_id",
    "placeholder_open_id",
    "html_502",
    "huge_body",
    "missing_access_token",
    "missing_open_id",
    "redirect",
    "truncated_json",
]


@pytest.mark.parametrize("fault", SPOILT)
def test_spoilt_answer_is_unavailable_and_asked_for_once(
    simulated: Simulated, simulated_client: TikTokClient, fault: str
) -> None:
    simulated.world.order_fault(fault)
    code = simulated.code()
    error = failure(lambda: simulated_client.exchange_code(code))
    assert type(error) is TikTokUnavailable
    assert len(simulated.world.requests) == 1


@pytest.mark.parametrize("fault", ["expires_in_string", "unknown_fields"])
def test_odd_answer_is_a_grant_all_the_same(
    simulated: Simulated, simulated_client: TikTokClient, fault: str
) -> None:
    simulated.world.order_fault(fault)
    assert simulated_client.exchange_code(simulated.code()).expires_in == 7200


def test_answer_without_lifetimes_is_a_grant_without_them(
    simulated: Simulated, simulated_client: TikTokClient
) -> None:
    simulated.world.order_fault("no_expires_in")
    grant = simulated_client.exchange_code(simulated.code())
    assert (grant.expires_in, grant.refresh_expires_in) == (None, None)
