"""A model of the expected users and sessions, independent of the package.

It follows the tables of the documentation and is simple enough to be checked by
reading: it has one request at a time and no concurrency.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count

LOCAL = "olga"
"""The username of a user who did not log in through TikTok."""

NARROW = ("user.info.open_id",)
BASIC = ("user.info.basic", "user.info.open_id")
BROAD = ("user.info.basic", "user.info.open_id", "user.info.profile")

AppUser = tuple[str, str]
"""The handle of a TikTok user, and an app of theirs."""


@dataclass(eq=False)
class User:
    """A user, made for one person, who may have connected accounts of others."""

    number: int
    people: set[str]
    password: bool = False
    pk: int | None = None
    orphaned: bool = False


@dataclass
class Session:
    """One browser."""

    user: User | None = None
    app: str | None = None


@dataclass
class Known:
    """The facts that an app has about a TikTok user, while the account exists."""

    profile: bool = False
    granted: set[frozenset[str]] = field(default_factory=set)
    removed: bool = False


@dataclass(frozen=True)
class Answer:
    """The expected answer: status, error code, and whether a user was created."""

    status: int = 200
    code: str = ""
    created: bool = False


class Model:
    """The users, the owners of TikTok accounts, and the session of each browser."""

    def __init__(self, linking: str, browsers: tuple[str, ...]) -> None:
        self.linking = linking
        self._numbers = count()
        self.local = User(next(self._numbers), {LOCAL}, password=True)
        self.users = [self.local]
        self.owners: dict[AppUser, User] = {}
        self.known: dict[AppUser, Known] = {}
        self.sessions = {browser: Session() for browser in browsers}

    # --- with a code of the SDK

    def log_in(
        self,
        browser: str,
        app_user: AppUser,
        process: str,
        scopes: tuple[str, ...] = NARROW,
    ) -> Answer:
        """Log in with a valid code, or refuse it."""
        answer = self._enter(self.sessions[browser], app_user, process)
        if answer.status == 200:
            self._grant(app_user, scopes)
        return answer

    def _enter(self, session: Session, app_user: AppUser, process: str) -> Answer:
        owner = self.owners.get(app_user)
        if process == "connect":
            return self._connect(session, app_user)
        if session.user and session.user is owner:
            return Answer()
        from_this_app = process == "login" and session.app == app_user[1]
        if session.user and process != "switch" and not from_this_app:
            return Answer(409, "account_mismatch")
        session.user, session.app = owner or self._sign_up(app_user), app_user[1]
        return Answer(created=owner is None)

    def authorize(
        self,
        browser: str,
        app_user: AppUser,
        scopes: tuple[str, ...],
        *,
        with_profile: bool,
    ) -> Answer:
        """``with_profile`` is whether TikTok sends the profile, too."""
        answer = self.log_in(browser, app_user, "authorize", scopes)
        if answer.status == 200:
            entered = self.sessions[browser].user
            self._learn(
                browser,
                app_user,
                app=app_user[1],
                with_profile=with_profile and scopes != NARROW,
            )
            is_same = self.sessions[browser].user is entered
            return replace(answer, created=answer.created and is_same)
        return answer

    def _connect(self, session: Session, app_user: AppUser) -> Answer:
        owner = self.owners.get(app_user)
        if session.user is None:
            return Answer(401, "login_required")
        if owner not in (None, session.user):
            return Answer(409, "connected_other")
        self._link(app_user, session.user)
        return Answer()

    # --- with a web login, which ``state`` binds to the browser

    def log_in_on_the_web(
        self, browser: str, app_user: AppUser, process: str, scopes: tuple[str, ...]
    ) -> None:
        session = self.sessions[browser]
        if process == "connect":
            self._connect(session, app_user)
        else:
            session.user = self.owners.get(app_user) or self._sign_up(app_user)
            session.app = None
        if app_user not in self.known:
            return  # no user is logged in
        self._grant(app_user, scopes)
        self._learn(browser, app_user, app=None, with_profile=True)

    # --- without a code

    def log_in_by_password(self, browser: str) -> None:
        session = self.sessions[browser]
        if session.user is None:
            session.user, session.app = self.local, None

    def set_password(self, browser: str) -> None:
        """A new password ends the sessions in the other browsers."""
        user = self.sessions[browser].user
        if user is None or user.password:
            return
        user.password = True
        self._end_sessions(user, but=browser)

    def log_out(self, browser: str) -> None:
        session = self.sessions[browser]
        session.user = session.app = None

    def unlink(self, browser: str, app_user: AppUser) -> None:
        """Users can unlink only their own accounts, and not their last login."""
        user, owner = self.sessions[browser].user, self.owners[app_user]
        if user is owner and (user.password or len(self.app_users_of(user)) > 1):
            del self.owners[app_user], self.known[app_user]
            self._end_minis_sessions(user)

    def link_to_user(self, app_user: AppUser, new: User) -> None:
        """Link as an operator does; the old user may be left without a login."""
        old = self.owners[app_user]
        self._end_minis_sessions(old)
        self._link(app_user, new)
        old.orphaned = not old.password and not self.app_users_of(old)

    def refetch(self, app_user: AppUser) -> None:
        self._learn(None, app_user, app=None, with_profile=True)

    # --- profiles and grants

    def _grant(self, app_user: AppUser, scopes: tuple[str, ...]) -> None:
        self.known[app_user].granted.add(frozenset(scopes))

    def remove_app(self, app_user: AppUser) -> None:
        if app_user in self.known:
            self.known[app_user].granted.clear()
            self.known[app_user].removed = True

    def may_read_profile(self, app_user: AppUser) -> bool:
        """Return whether the user consented to it and has not removed the app since."""
        return any(BASIC[0] in scopes for scopes in self.known[app_user].granted)

    def logged_in(self) -> list[str]:
        return [browser for browser, session in self.sessions.items() if session.user]

    def app_users_of(self, user: User) -> list[AppUser]:
        return [app_user for app_user, owner in self.owners.items() if owner is user]

    def _learn(
        self,
        browser: str | None,
        app_user: AppUser,
        *,
        app: str | None,
        with_profile: bool,
    ) -> None:
        """Store a profile; the browser of a merged user is logged in as the other."""
        if not with_profile:
            return
        self.known[app_user].profile = True
        session = self.sessions[browser] if browser else None
        was_logged_in = session and session.user
        self._consider(app_user, browser or "")
        if session and was_logged_in and session.user is None:
            session.user, session.app = self.owners[app_user], app

    def _consider(self, app_user: AppUser, browser: str) -> None:
        person, ours = app_user[0], self.owners[app_user]
        theirs = {
            self.owners[other]
            for other, known in self.known.items()
            if other[0] == person and known.profile
        }
        if self.linking == "merge" and len(theirs | {ours}) == 2:
            older, younger = sorted(theirs | {ours}, key=lambda user: user.number)
            is_silent = not (older.password or younger.password)
            if is_silent and self._belong_to(person, older, younger):
                self._merge(older, younger)
                self._end_sessions(older, but=browser)

    def _belong_to(self, person: str, *users: User) -> bool:
        """Return whether all accounts of these users are of this one person."""
        app_user = [app_user for user in users for app_user in self.app_users_of(user)]
        return all(one[0] == person and self.known[one].profile for one in app_user)

    def _merge(self, older: User, younger: User) -> None:
        for app_user in self.app_users_of(younger):
            self.owners[app_user] = older
        self.users.remove(younger)
        self._end_sessions(younger)

    # --- users

    def _sign_up(self, app_user: AppUser) -> User:
        user = User(next(self._numbers), {app_user[0]})
        self.users.append(user)
        self.owners[app_user], self.known[app_user] = user, Known()
        return user

    def _link(self, app_user: AppUser, user: User) -> None:
        self.owners[app_user] = user
        self.known.setdefault(app_user, Known())
        user.people.add(app_user[0])
        user.orphaned = False

    def _end_sessions(self, user: User, but: str = "") -> None:
        for browser, session in self.sessions.items():
            if session.user is user and browser != but:
                session.user = session.app = None

    def _end_minis_sessions(self, user: User) -> None:
        for session in self.sessions.values():
            if session.user is user and session.app:
                session.user = session.app = None
