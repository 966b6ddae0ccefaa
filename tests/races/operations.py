"""What the users, the operators, the cron jobs and TikTok do at the same time.

Each function does one thing and returns what came of it. ``REFUSALS`` lists what each
may answer instead; anything else is a fault.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.socialaccount.models import SocialAccount

from tests.fixtures import BASIC
from tests.races.stage import Actor, Operation, Stage, User
from ttminis_auth.core import session_search
from ttminis_auth.core.deletion import MovedMeanwhile
from ttminis_auth.errors import TokenRefused, TokenUnavailable
from ttminis_auth.linking import conflicts, relink
from ttminis_auth.linking import merge as merging
from ttminis_auth.linking.conflicts import AlreadySettled
from ttminis_auth.linking.merge import MergeRefused, MergeVetoed
from ttminis_auth.linking.relink import LinkRefused
from ttminis_auth.models import Identity, LinkingConflict
from ttminis_auth.profile import user_info
from ttminis_auth.removal import deauthorize, erasure
from ttminis_auth.removal import prune as retention
from ttminis_auth.removal.erasure import ErasureRefused
from ttminis_auth.tiktok.scopes import BASIC as BASIC_SCOPE
from ttminis_auth.tokens import access, refresh_all, refresh_identity
from ttminis_auth.tokens import reencrypt as keys

SCOPES = {"narrow": ("user.info.open_id",), "broad": tuple(BASIC)}
NO_USER = "no user"
DONE = "done"

Act = Callable[[Stage, Actor, Operation], str]


class Accident(Exception):
    """Raised by a receiver of the project's."""


class Unexpected(Exception):
    """An answer that is neither a success nor one of the refusals."""


def _raise_error(stage: Stage, answer: Any) -> None:
    """Raise what made the answer to this thread's request a 500."""
    if answer.status_code >= 500 and stage.exception:
        raise stage.exception


# Of the endpoints: the codes of the JSON, or what Django itself answers a request whose
# session another request has ended meanwhile.
_CODE = {"login_again", "user_inactive", "code_rejected", "account_mismatch"}
REFUSALS: dict[str, set[str] | tuple[type[Exception], ...]] = {
    "login": _CODE,
    "switch": _CODE,
    "authorize": _CODE,
    "connect": _CODE | {"connected_other", "login_required"},
    "token": (TokenUnavailable,),
    "fetch_profile": (TokenRefused,),
    "erase": (ErasureRefused,),
    "delete_user": (MovedMeanwhile,),
    "link": (LinkRefused,),
    "unlink": (LinkRefused,),
    "merge": (MergeRefused, MergeVetoed),
    "settle": (MergeRefused, MergeVetoed, AlreadySettled),
}


def perform(stage: Stage, actor: Actor, operation: Operation) -> None:
    """Do it, and note on the operation what came of it."""
    allowed = REFUSALS.get(operation.kind, ())
    exceptions = allowed if isinstance(allowed, tuple) else ()
    with stage.doing(operation):
        try:
            operation.result = ACTS[operation.kind](stage, actor, operation)
        except exceptions as refusal:
            operation.result = type(refusal).__name__
        except Unexpected as answer:
            operation.fault = str(answer)
        except Accident:
            operation.result = "accident"
        except Exception as error:  # noqa: BLE001, it is what is looked for
            operation.fault = f"{type(error).__name__}: {_place_of(error)}"
            operation.facts["traceback"] = "".join(traceback.format_exception(error))


def _place_of(error: Exception) -> str:
    """Return the first line of the message, and the package's deepest lines."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/ttminis_auth/" in f.filename]
    names = [f"{f.filename.rpartition('/')[2]}:{f.name}" for f in ours[-3:]]
    return f"{str(error).partition(chr(10))[0][:90]} in {' > '.join(names)}"


# --- by the endpoint of the page


def _send_code(process: str) -> Act:
    def act(stage: Stage, actor: Actor, operation: Operation) -> str:
        code = stage.issue(operation, SCOPES[operation.options["scopes"]])
        body = {"code": code, "process": process, "client_key": operation.seen[1]}
        answer = actor.client.post(stage.code_url, body, "application/json")
        _raise_error(stage, answer)
        return _said(operation, answer)

    return act


def _said(operation: Operation, answer: Any) -> str:
    if answer.status_code == 200:
        operation.facts["user"] = answer.json()["data"]["user"]["id"]
        return DONE
    if _is_interrupted(answer):
        return "session_interrupted"
    try:
        code = answer.json()["errors"][0]["code"]
    except (ValueError, KeyError):
        code = answer.content[:200].decode(errors="replace")
    allowed = REFUSALS[operation.kind]
    if answer.status_code >= 500 or code not in allowed:
        raise Unexpected(f"status {answer.status_code}, {code}")
    return str(code)


def _is_interrupted(answer: Any) -> bool:
    # Django's: the session was deleted while the request was being answered.
    is_json = answer.headers.get("Content-Type", "").startswith("application/json")
    return answer.status_code == 400 and not is_json


def logout(stage: Stage, actor: Actor, operation: Operation) -> str:
    return _page(stage, actor.client.post("/accounts/logout/"))


def disconnect(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    if identity is None:
        return NO_USER
    form = {"account": identity.account_id}
    try:
        answer = actor.client.post("/accounts/3rdparty/", form)
        _raise_error(stage, answer)
    except User.DoesNotExist:
        return NO_USER  # deleted between two statements of allauth's view
    gone = not SocialAccount.objects.filter(pk=identity.account_id).exists()
    if gone and answer.status_code == 302 and "login" not in answer["Location"]:
        return DONE
    return _page(stage, answer)


def _page(stage: Stage, answer: Any) -> str:
    _raise_error(stage, answer)
    if _is_interrupted(answer):
        return "session_interrupted"
    if answer.status_code not in (200, 302):
        raise Unexpected(f"status {answer.status_code}")
    return f"page {answer.status_code}"


# --- by TikTok


def remove_app(stage: Stage, actor: Actor, operation: Operation) -> str:
    """The user removes the app in TikTok, which sends the webhook once or twice."""
    handle, key = operation.seen
    stage.tiktok.remove_app(handle, key)
    body, headers = stage.tiktok.forge_webhook(
        key,
        "authorization.removed",
        handle=handle,
        content={"reason": 1, "operation": id(operation)},
    )
    for _ in range(operation.options["times"]):
        answer = actor.client.post(
            "/hooks/tiktok/", body, "application/json", headers=headers
        )
        _raise_error(stage, answer)
        if answer.status_code != 200:
            raise Unexpected(f"status {answer.status_code}")
    operation.facts["content"] = json.loads(json.loads(body)["content"])
    return "delivered"


# --- by the site's own code and its cron jobs


def token(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    if identity is None:
        return NO_USER
    scope = BASIC_SCOPE if operation.options["scopes"] == "broad" else None
    right = stage.tiktok.bearer(access.access_token(identity, scope))
    if right and right.parties != operation.seen:
        raise Unexpected(f"a token of {right.parties}")
    return DONE if right else "dead token"


def refresh_due(stage: Stage, actor: Actor, operation: Operation) -> str:
    report = refresh_all.refresh_due(
        timedelta(days=1), workers=operation.options["workers"]
    )
    if not report.is_clean and not stage.accidents:
        raise Unexpected(str(report))
    return str(report)


def refresh_one(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    if identity is None:
        return NO_USER
    return str(refresh_identity.refresh_identity(identity))


def fetch_profile(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    return NO_USER if identity is None else str(user_info.fetch(identity))


def reencrypt(stage: Stage, actor: Actor, operation: Operation) -> str:
    found = [result.outcome.value for result in keys.reencrypt_all()]
    if "unreadable" in found:
        raise Unexpected("unreadable")
    return ", ".join(found)


def prune(stage: Stage, actor: Actor, operation: Operation) -> str:
    pruned = retention.prune()
    if pruned.failed and not stage.accidents:
        raise Unexpected(str(pruned))
    return f"{pruned.identities} identities"


# --- by operators


def erase(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    if identity is None:
        return NO_USER
    erased = erasure.erase(identity, **operation.options)
    return DONE if erased.rows["ttminis_auth.Identity"] else NO_USER


def revoke(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    if identity is None:
        return NO_USER
    deauthorize.revoke(identity)
    return "revoked"


def link(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    other = stage.identity(operation.options["to"]) if operation.options["to"] else None
    user = other.account.user if other else stage.olga
    if identity is None:
        return NO_USER
    relink.link(identity, user)
    return DONE


def unlink(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    if identity is None:
        return NO_USER
    relink.unlink(identity, **operation.options)
    return DONE


def merge(stage: Stage, actor: Actor, operation: Operation) -> str:
    goes, stays = map(stage.identity, (operation.seen, operation.options["into"]))
    if goes is None or stays is None:
        return NO_USER
    merging.merge_users(goes.account.user, stays.account.user)
    return DONE


def settle(stage: Stage, actor: Actor, operation: Operation) -> str:
    conflict = LinkingConflict.objects.filter(state="open").first()
    if conflict is None:
        return NO_USER
    conflicts.settle_by_merge(conflict)
    return DONE


def end_sessions(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    if identity is None:
        return NO_USER
    user = identity.account.user
    theirs = Identity.objects.filter(account__user=user)
    operation.facts |= {"user": user.pk, "identities": set(theirs)}
    session_search.end(user)
    return DONE


def delete_user(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    if identity is None:
        return NO_USER
    if operation.options["by_queryset"]:
        User.objects.filter(pk=identity.account.user_id).delete()
    else:
        identity.account.user.delete()
    return DONE


def delete_account(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    if identity is None:
        return NO_USER
    if operation.options["by_queryset"]:
        gone, _ = SocialAccount.objects.filter(pk=identity.account_id).delete()
    else:
        gone, _ = identity.account.delete()
    return DONE if gone else NO_USER


def ban(stage: Stage, actor: Actor, operation: Operation) -> str:
    identity = stage.identity(operation.seen)
    if identity is None:
        return NO_USER
    user = identity.account.user_id
    if User.objects.filter(pk=user).update(is_active=False):
        operation.facts["user"] = user
    return DONE


ACTS: dict[str, Act] = {
    **{name: _send_code(name) for name in ("login", "connect", "switch", "authorize")},
    **{
        act.__name__: act
        for act in (
            logout,
            disconnect,
            remove_app,
            token,
            refresh_due,
            refresh_one,
            fetch_profile,
            reencrypt,
            prune,
            erase,
            revoke,
            link,
            unlink,
            merge,
            settle,
            end_sessions,
            delete_user,
            delete_account,
            ban,
        )
    },
}
