"""The expected state, in a few lines that use nothing of the package.

Written after the tables of the documentation, and simple enough to be checked by
reading: one request at a time, none overtakes another.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count

LOCAL = "olga"
"""The owner of a user without TikTok."""

NARROW = ("user.info.open_id",)
BASIC = ("user.info.basic", "user.info.open_id")
BROAD = ("user.info.basic", "user.info.open_id", "user.info.profile")

Seen = tuple[str, str]
"""One person as one app sees them."""


@dataclass(eq=False)
class User:
    """A user with a way to log in, made for one person and perhaps opened to others."""

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
    """What one app received about a person, for as long as the account exists."""

    profile: bool = False
    granted: set[frozenset[str]] = field(default_factory=set)
    removed: bool = False


@dataclass(frozen=True)
class Answer:
    """What the face is to say: a status, an error's code, whether a user was made."""

    status: int = 200
    code: str = ""
    created: bool = False


class Model:
    """The users, who may enter as which, and who sits at which browser."""

    def __init__(self, linking: str, browsers: tuple[str, ...]) -> None:
        self.linking = linking
        self._numbers = count()
        self.local = User(next(self._numbers), {LOCAL}, password=True)
        self.users = [self.local]
        self.owners: dict[Seen, User] = {}
        self.known: dict[Seen, Known] = {}
        self.sessions = {browser: Session() for browser in browsers}

    # --- with a code of the SDK

    def log_in(
        self, browser: str, seen: Seen, process: str, scopes: tuple[str, ...] = NARROW
    ) -> Answer:
        """Judge a valid code, and let it in or not."""
        answer = self._enter(self.sessions[browser], seen, process)
        if answer.status == 200:
            self._grant(seen, scopes)
        return answer

    def _enter(self, session: Session, seen: Seen, process: str) -> Answer:
        owner = self.owners.get(seen)
        if process == "connect":
            return self._connect(session, seen)
        if session.user and session.user is owner:
            return Answer()
        from_this_app = process == "login" and session.app == seen[1]
        if session.user and process != "switch" and not from_this_app:
            return Answer(409, "account_mismatch")
        session.user, session.app = owner or self._sign_up(seen), seen[1]
        return Answer(created=owner is None)

    def authorize(
        self, browser: str, seen: Seen, scopes: tuple[str, ...], *, with_profile: bool
    ) -> Answer:
        """``with_profile`` is whether TikTok sends the profile, too."""
        answer = self.log_in(browser, seen, "authorize", scopes)
        if answer.status == 200:
            entered = self.sessions[browser].user
            self._learn(
                browser,
                seen,
                app=seen[1],
                with_profile=with_profile and scopes != NARROW,
            )
            stayed = self.sessions[browser].user is entered
            return replace(answer, created=answer.created and stayed)
        return answer

    def _connect(self, session: Session, seen: Seen) -> Answer:
        owner = self.owners.get(seen)
        if session.user is None:
            return Answer(401, "login_required")
        if owner not in (None, session.user):
            return Answer(409, "connected_other")
        self._link(seen, session.user)
        return Answer()

    # --- with a web login, which its state ties to the browser

    def log_in_on_the_web(
        self, browser: str, seen: Seen, process: str, scopes: tuple[str, ...]
    ) -> None:
        session = self.sessions[browser]
        if process == "connect":
            self._connect(session, seen)
        else:
            session.user = self.owners.get(seen) or self._sign_up(seen)
            session.app = None
        if seen not in self.known:
            return  # no user to connect to
        self._grant(seen, scopes)
        self._learn(browser, seen, app=None, with_profile=True)

    # --- all that is not a code

    def log_in_by_password(self, browser: str) -> None:
        session = self.sessions[browser]
        if session.user is None:
            session.user, session.app = self.local, None

    def set_password(self, browser: str) -> None:
        """Changing how to get in ends the sessions in the other browsers."""
        user = self.sessions[browser].user
        if user is None or user.password:
            return
        user.password = True
        self._end_sessions(user, but=browser)

    def log_out(self, browser: str) -> None:
        session = self.sessions[browser]
        session.user = session.app = None

    def unlink(self, browser: str, seen: Seen) -> None:
        """Only their own, and not the last way in."""
        user, owner = self.sessions[browser].user, self.owners[seen]
        if user is owner and (user.password or len(self.seen_of(user)) > 1):
            del self.owners[seen], self.known[seen]
            self._end_minis_sessions(user)

    def hand_over(self, seen: Seen, new: User) -> None:
        """Do as an operator does; the old user may be left without a way in."""
        old = self.owners[seen]
        self._end_minis_sessions(old)
        self._link(seen, new)
        old.orphaned = not old.password and not self.seen_of(old)

    def refetch(self, seen: Seen) -> None:
        self._learn(None, seen, app=None, with_profile=True)

    # --- what is known

    def _grant(self, seen: Seen, scopes: tuple[str, ...]) -> None:
        self.known[seen].granted.add(frozenset(scopes))

    def remove_app(self, seen: Seen) -> None:
        if seen in self.known:
            self.known[seen].granted.clear()
            self.known[seen].removed = True

    def may_read_profile(self, seen: Seen) -> bool:
        """Whether the person agreed to it, and has not removed the app since."""
        return any(BASIC[0] in scopes for scopes in self.known[seen].granted)

    def logged_in(self) -> list[str]:
        return [browser for browser, it in self.sessions.items() if it.user]

    def seen_of(self, user: User) -> list[Seen]:
        return [seen for seen, owner in self.owners.items() if owner is user]

    def _learn(
        self, browser: str | None, seen: Seen, *, app: str | None, with_profile: bool
    ) -> None:
        """Note a profile; a merged user goes on as the one who stayed."""
        if not with_profile:
            return
        self.known[seen].profile = True
        session = self.sessions[browser] if browser else None
        was_there = session and session.user
        self._consider(seen, browser or "")
        if session and was_there and session.user is None:
            session.user, session.app = self.owners[seen], app

    def _consider(self, seen: Seen, browser: str) -> None:
        person, ours = seen[0], self.owners[seen]
        theirs = {
            self.owners[other]
            for other, known in self.known.items()
            if other[0] == person and known.profile
        }
        if self.linking == "merge" and len(theirs | {ours}) == 2:
            older, younger = sorted(theirs | {ours}, key=lambda user: user.number)
            is_silent = not (older.password or younger.password)
            if is_silent and self._are_only(person, older, younger):
                self._merge(older, younger)
                self._end_sessions(older, but=browser)

    def _are_only(self, person: str, *users: User) -> bool:
        """Whether TikTok calls each of their accounts this one person."""
        seen = [seen for user in users for seen in self.seen_of(user)]
        return all(one[0] == person and self.known[one].profile for one in seen)

    def _merge(self, older: User, younger: User) -> None:
        for seen in self.seen_of(younger):
            self.owners[seen] = older
        self.users.remove(younger)
        self._end_sessions(younger)

    # --- users

    def _sign_up(self, seen: Seen) -> User:
        user = User(next(self._numbers), {seen[0]})
        self.users.append(user)
        self.owners[seen], self.known[seen] = user, Known()
        return user

    def _link(self, seen: Seen, user: User) -> None:
        self.owners[seen] = user
        self.known.setdefault(seen, Known())
        user.people.add(seen[0])
        user.orphaned = False

    def _end_sessions(self, user: User, but: str = "") -> None:
        for browser, session in self.sessions.items():
            if session.user is user and browser != but:
                session.user = session.app = None

    def _end_minis_sessions(self, user: User) -> None:
        for session in self.sessions.values():
            if session.user is user and session.app:
                session.user = session.app = None
