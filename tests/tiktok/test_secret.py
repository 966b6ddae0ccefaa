"""A secret shows nothing of itself, in whichever way it is asked."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from dataclasses import asdict, dataclass
from pprint import pformat
from typing import NoReturn

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.variables import frames_of, leaks
from ttminis_auth.tiktok import TikTokClient
from ttminis_auth.tiktok.secret import Secret, without_locals

TEXT = "act.nobody-may-read-this"
SECRET = Secret(TEXT)


@dataclass
class Holder:
    token: Secret


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{:>40}".format,
        "{!r:.99}".format,
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
        lambda secret: f"{secret}{[secret]}{ {'a': secret} }",
        pformat,
        lambda secret: repr(Holder(secret)),
        lambda secret: json.dumps(secret, default=str),
        lambda secret: repr(asdict(Holder(secret))),
    ],
)
def test_nothing_is_shown(show) -> None:
    assert TEXT not in show(SECRET)
    assert "[hidden]" in show(SECRET)


def test_text_is_revealed_on_demand() -> None:
    assert SECRET.reveal() == Secret(SECRET).reveal() == TEXT


def test_attributes_are_not_listed() -> None:
    with pytest.raises(TypeError):
        vars(SECRET)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_secret_is_not_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match=r"^A secret cannot be pickled: reveal\(\) it"):
        pickle.dumps(Holder(SECRET), protocol)


def test_copy_is_the_same() -> None:
    assert copy.copy(SECRET) is copy.deepcopy([SECRET])[0] is SECRET


def test_secrets_are_compared_with_secrets_alone() -> None:
    assert Secret(TEXT) == SECRET
    assert hash(Secret(TEXT)) == hash(SECRET)
    assert Secret("\ud800") != SECRET
    assert SECRET != TEXT


# What an error keeps of the frames that it came through.


def fail(text: str) -> None:
    raise ValueError("something else")


def test_error_keeps_no_variables_and_still_says_where() -> None:
    with pytest.raises(ValueError) as caught:
        without_locals(fail)(TEXT)

    frames = [f for f in frames_of(caught.value) if f.f_code is fail.__code__]
    assert [dict(frame.f_locals) for frame in frames] == [{}]
    assert "in fail" in "".join(traceback.format_exception(caught.value))


@without_locals
def fail_for_another_reason(text: str) -> None:
    try:
        fail(text)
    except ValueError as error:
        raise KeyError("translated") from error


@without_locals
def fail_and_hide_why(text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError:
        raise KeyError("translated") from None


def test_cause_keeps_no_variables_either() -> None:
    with pytest.raises(KeyError) as caught:
        fail_for_another_reason(TEXT)

    frames = list(frames_of(caught.value.__cause__))
    assert [dict(frame.f_locals) for frame in frames] == [{}, {}]


def test_reason_that_is_hidden_is_gone() -> None:
    with pytest.raises(KeyError) as caught:
        fail_and_hide_why(TEXT)

    assert caught.value.__context__ is None


def test_error_that_is_being_handled_keeps_its_variables() -> None:
    def earlier() -> None:
        own = "for the project to read"
        raise LookupError(own)

    def later() -> None:
        try:
            earlier()
        except LookupError:
            fail_for_another_reason(TEXT)

    with pytest.raises(KeyError) as caught:
        later()

    before = caught.value.__cause__.__context__  # type: ignore[union-attr]
    assert list(frames_of(before))[-1].f_locals["own"]


def test_leak_would_be_found() -> None:
    """Or the tests that look for one would prove nothing."""

    def leaking(text: str) -> None:
        raise ValueError

    code = compile("def act(f, text): f(text)", "/elsewhere.py", "exec")
    exec(code, names := {})
    with pytest.raises(ValueError) as caught:
        names["act"](leaking, TEXT)

    assert leaks(frames_of(caught.value), TEXT) == ["/elsewhere.py:act:text"]


class Aborting(HTTPAdapter):
    """Is ended in the middle, as a server ends a worker that takes too long."""

    def send(self, request: requests.PreparedRequest, **kwargs: object) -> NoReturn:  # type: ignore[override]
        form = request.body
        raise SystemExit(form and 1)


@pytest.mark.parametrize("call", ["exchange_code", "refresh", "revoke", "user_info"])
def test_worker_that_is_ended_shows_nothing(
    client: TikTokClient, session: requests.Session, call: str
) -> None:
    session.mount("http://", Aborting())
    more = [["open_id"]] if call == "user_info" else []

    with pytest.raises(SystemExit) as ended:
        getattr(client, call)(Secret(TEXT), *more)

    assert leaks(frames_of(ended.value), TEXT, "the-secret-of-the-app") == []
