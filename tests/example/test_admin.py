"""An operator at the example's admin, in Chromium: each button, with two people.

``make pictures`` takes those of the documentation anew.
"""

import random
import re
import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pytest

from tests.chromium import running
from tests.example.conftest import DRAMA, GAME, is_expected
from tests.screenshots import ADMIN, take

pytestmark = pytest.mark.browser

# As the simulator and allauth make them, and as they are stored.
SECRET = re.compile(r"\b(act|rft|clt)\.[\w-]{20}|simulated-\w+-secret|gAAAAA")
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
DAYS = 28


class Office:
    """A browser in which the admin of the example is logged in."""

    def __init__(self, page, demo):
        self.page = page
        self.demo = demo
        self.complaints = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message):
        if not is_expected(message.text, message.location["url"]):
            self.complaints.append(message.text)

    def log_in(self):
        self.open("")
        self.page.fill("[name=username]", "admin")
        self.page.fill("[name=password]", self.demo.password)
        self.page.click("[type=submit]")
        logout = "form[action*=logout]"
        self.page.wait_for_selector(logout, state="attached")

    def open(self, path):
        self.page.goto(f"{self.demo.url}/admin/{path}")
        self.look()

    def leave(self):
        """Close the page, so that its last complaint is in; there must be none."""
        self.page.goto("about:blank")
        complaints, self.complaints = self.complaints, []
        assert complaints == []

    def look_like(self, scheme, viewport):
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size(viewport)

    def look(self):
        """Read the page, which must not hold a secret; return it."""
        html = self.page.content()
        assert not SECRET.search(html)
        return html

    def find(self, words):
        """Search for an identity, and open its page."""
        self.open(f"ttminis_auth/identity/?q={words}")
        self.page.click("#result_list tbody tr th a, #result_list tbody tr td a")
        self.page.wait_for_selector("text=What can be done")
        self.look()

    def open_identity(self, words):
        """Go straight to the page of who has this name, as from a bookmark."""
        with database(self.demo) as rows:
            query = (
                "SELECT identity.id FROM ttminis_auth_identity AS identity"
                " JOIN socialaccount_socialaccount AS account"
                " ON account.id = identity.account_id"
                " JOIN auth_user ON auth_user.id = account.user_id"
                " WHERE ? IN (searchable_name, username)"
            )
            ((number,),) = rows.execute(query, [words]).fetchall()
        self.open(f"ttminis_auth/identity/{number}/change/")
        self.page.wait_for_selector("text=What can be done")

    def press(self, label):
        self.page.click(f".ttminis-buttons >> text='{label}'")
        self.page.wait_for_selector(".ttminis-dialogue")
        self.look()

    def choose_user(self, letters):
        self.page.click(".select2-selection")
        self.page.fill(".select2-search__field", letters)
        self.page.click(f".select2-results__option >> text={letters}")

    def go_on(self):
        self.page.click("text=Continue")
        self.page.wait_for_selector(".ttminis-card")
        self.look()

    def confirm(self, name):
        """Say yes, and return what the next page says."""
        self.picture(name, ".ttminis-dialogue")
        self.page.click("[name=confirmed]")
        self.page.wait_for_selector(".messagelist")
        self.look()
        return self.page.inner_text(".messagelist").strip()

    def picture(self, name, of=None):
        """Take a picture for the documentation: of the window, or of a part."""
        self.page.evaluate("document.activeElement.blur()")
        seen = self.page.locator(of) if of else self.page
        take(seen, f"{ADMIN}/{name}")


@pytest.fixture(scope="module")
def desk(server, operator_cookies):
    """One window for all tests: it keeps the admin's files, and a new one is slow."""
    with running().new_context() as context:
        cookies = operator_cookies.items()
        context.add_cookies(
            [{"name": n, "value": v, "url": server.url} for n, v in cookies]
        )
        yield Office(context.new_page(), server)


@pytest.fixture
def office(desk, demo):
    desk.look_like("light", DESK)
    yield desk
    desk.leave()


@pytest.fixture
def people(new_visitor):
    """Mia, who has consented, and Noah, who only ever watched."""
    mia, noah = new_visitor(), new_visitor()
    mia.log_in_silently("mia")
    mia.consent()
    noah.log_in_silently("noah")
    noah.watch(1, 30, noah.viewer()["id"])
    return mia, noah


def database(demo):
    return closing(sqlite3.connect(demo.database, timeout=20))


def username(demo, visitor):
    with database(demo) as rows:
        query = "SELECT username FROM auth_user WHERE id = ?"
        return rows.execute(query, [visitor.viewer()["id"]]).fetchone()[0]


def history(demo):
    with database(demo) as rows:
        query = "SELECT change_message FROM django_admin_log ORDER BY id"
        return [message for (message,) in rows.execute(query)]


def count(demo, table, where="1"):
    with database(demo) as rows:
        return rows.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]


def set_password(demo, visitor):
    """Give a user a second way to log in, as Django's admin would."""
    with database(demo) as rows, rows:
        rows.execute(
            "UPDATE auth_user SET password = 'pbkdf2_sha256$1$a$b' WHERE id = ?",
            [visitor.viewer()["id"]],
        )


def test_people_are_found_by_the_beginning_of_their_name(office, people):
    office.open("ttminis_auth/identity/?q=mi")

    rows = office.page.locator("#result_list tbody tr")
    assert rows.count() == 1
    assert "Mia" in rows.inner_text()


def test_an_id_is_copied_whole(office, people):
    office.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    office.find("mia")

    office.page.locator(".ttminis-copy").first.click()
    copied = office.page.wait_for_function("navigator.clipboard.readText()")

    copied = copied.json_value()
    where = f"open_id = '{copied}' AND searchable_name = 'mia'"
    assert count(office.demo, "ttminis_auth_identity", where) == 1


def test_noah_is_linked_to_another_user(office, demo, people):
    mia, noah = people
    name = username(demo, noah)
    set_password(demo, noah)
    office.open_identity(name)
    office.press("Link to another user")
    office.choose_user(username(demo, mia))
    office.go_on()

    assert "Linked to" in office.confirm("link")
    noah.log_in_silently("noah")
    assert noah.viewer()["id"] == mia.viewer()["id"]


def test_identity_of_a_user_with_no_other_login_is_not_linked(office, demo, people):
    mia, noah = people
    office.open_identity(username(demo, noah))
    office.press("Link to another user")
    office.choose_user(username(demo, mia))
    office.go_on()
    office.picture("locked-out", ".ttminis-dialogue")

    assert "no way left to log in" in office.page.inner_text(".ttminis-card")
    assert office.page.locator("[name=confirmed]").count() == 0


def test_unlinked_noah_comes_back_as_a_new_user(office, demo, people):
    _, noah = people
    before = noah.viewer()["id"]
    name = username(demo, noah)
    set_password(demo, noah)
    office.open_identity(name)
    office.press("Unlink")

    assert "Unlinked from" in office.confirm("unlink")
    noah.log_in_silently("noah")
    assert noah.viewer()["id"] != before


def test_two_people_become_one_and_keep_their_place(office, demo, people):
    mia, noah = people
    office.open_identity(username(demo, noah))
    office.press("Merge with another user")
    office.choose_user(username(demo, mia))
    office.page.click("text=the other user")
    office.go_on()
    office.page.click("summary >> nth=0")

    assert "drama.Progress" in office.page.inner_text(".ttminis-card")
    assert "was merged into" in office.confirm("merge")
    assert mia.seen()["1"] == 30
    assert count(demo, "auth_user", "is_superuser = 0") == 1


def test_tokens_are_refreshed(office, demo, people):
    mia, _ = people
    mia.end("access_tokens")
    office.open_identity("mia")
    office.press("Refresh tokens")

    assert office.confirm("refresh") == "Tokens: 1 refreshed, 0 dead."
    assert history(demo) == ["refresh: Tokens: 1 refreshed, 0 dead."]
    assert mia.use_token() == "worked"


def test_the_profile_is_fetched(office, demo, people):
    with database(demo) as rows, rows:
        rows.execute("UPDATE ttminis_auth_identity SET profile_fetched_at = NULL")
    office.open_identity("mia")
    office.press("Fetch profile")

    assert office.confirm("fetch-profile") == "The profile was fetched."
    where = "profile_fetched_at IS NOT NULL"
    assert count(demo, "ttminis_auth_identity", where) == 1


def test_revoking_asks_tiktok_and_ends_the_session(office, demo, people):
    mia, _ = people
    office.open_identity("mia")
    office.press("Revoke at TikTok")

    assert office.confirm("revoke") == "The tokens were revoked."
    assert mia.viewer()["id"] is None
    assert "removed" in office.page.inner_text("body")


def test_sessions_end(office, people):
    mia, noah = people
    office.open_identity("mia")
    office.press("End sessions")

    done = "The sessions that began in a mini app have ended."
    assert office.confirm("end-sessions") == done
    assert mia.viewer()["id"] is None
    assert noah.viewer()["id"] is not None


def test_mia_is_erased(office, demo, people):
    mia, _ = people
    office.open_identity("mia")
    office.press("Erase")

    assert "Erased:" in office.confirm("erase")
    assert count(demo, "ttminis_auth_identity") == 1
    assert mia.viewer()["name"] != "Mia"


@pytest.fixture
def conflict(demo, new_visitor):
    """Mia in two apps, with a password in each, so that no merge is automatic."""
    mia = new_visitor()
    mia.log_in_silently("mia")
    mia.consent()
    set_password(demo, mia)
    again = new_visitor()
    again.log_in_silently("mia", GAME)
    set_password(demo, again)
    again.consent(GAME)
    assert count(demo, "ttminis_auth_linkingconflict", "state = 'open'") == 1
    return mia, again


@pytest.mark.parametrize(
    ("label", "state", "users"),
    [
        ("Merge", "merged", 1),
        ("Keep apart", "kept_apart", 2),
        ("Dismiss", "dismissed", 2),
    ],
)
def test_a_conflict_is_settled(office, demo, conflict, label, state, users):
    office.open("ttminis_auth/linkingconflict/")
    office.picture("conflicts")
    office.page.click("#result_list tbody th a")
    office.press(label)
    if label == "Merge":
        office.go_on()

    assert office.confirm(f"conflict-{state}")
    assert count(demo, "ttminis_auth_linkingconflict", f"state = '{state}'") == 1
    assert count(demo, "auth_user", "is_superuser = 0") == users


def test_a_failed_delivery_is_run_again(office, demo, people):
    mia, _ = people
    mia.remove_app("mia")
    with database(demo) as rows, rows:
        rows.execute("UPDATE ttminis_auth_webhookdelivery SET result = 'failed'")
    office.open("ttminis_auth/webhookdelivery/")
    office.page.click("#result_list tbody th a")
    office.press("Run again")

    assert "It was run again" in office.confirm("run-again")
    where = "result IN ('handled', 'outdated')"
    assert count(demo, "ttminis_auth_webhookdelivery", where) == 1


def test_a_users_page_shows_the_identity(office, demo, people):
    mia, _ = people
    office.open(f"auth/user/{mia.viewer()['id']}/change/")
    inline = office.page.locator("#socialaccount_set-group")
    inline.scroll_into_view_if_needed()
    office.picture("user")

    assert "Mia" in inline.inner_text()
    assert inline.locator("text=Refresh tokens").count() == 1


@pytest.fixture
def busy_weeks(demo, new_visitor):
    """A few people, and four weeks of numbers such as a small app has."""
    visitor = new_visitor()
    for handle in ("mia", "noah", "aiko"):
        visitor.log_in_silently(handle)
    visitor.log_in_silently("mia")
    visitor.consent()
    dice = random.Random(3)
    rows = [
        (date.today() - timedelta(days=day), DRAMA, what, code, dice.randint(low, high))
        for day in range(DAYS)
        for what, code, low, high in [
            ("login", "", 400, 900),
            ("first_login", "", 40, 160),
            ("authorize", "", 20, 60),
            ("refusal", "code_rejected", 0, 9),
            ("refusal", "tiktok_unavailable", 0, 4),
            ("removal", "1", 0, 6),
        ]
    ]
    healths = [("ok", 9120), ("expires_soon", 310), ("dead", 420), ("none", 150)]
    rows += [(date.today(), DRAMA, "grants", code, n) for code, n in healths]
    with database(demo) as connection, connection:
        connection.execute("DELETE FROM ttminis_auth_dailycount")
        connection.executemany(
            "INSERT INTO ttminis_auth_dailycount"
            " (day, client_key, what, code, count, counted_at)"
            " VALUES (?, ?, ?, ?, ?, datetime('now'))",
            [(str(day), *rest) for day, *rest in rows],
        )


PAGES = [("list", "ttminis_auth/identity/"), ("overview", "ttminis_auth/dailycount/")]


@pytest.mark.parametrize("name_and_path", PAGES, ids=lambda each: each[0])
def test_the_pages_fit_a_desk_and_a_phone(office, busy_weeks, name_and_path):
    name, path = name_and_path
    for where, viewport in (("desk", DESK), ("phone", PHONE)):
        office.look_like("light", viewport)
        office.open(path)
        for scheme in ("light", "dark"):
            office.look_like(scheme, viewport)
            office.picture(f"{name}-{scheme}-{where}")
            width = office.page.evaluate("document.documentElement.scrollWidth")
            assert width <= viewport["width"], (scheme, where)


def test_a_persons_page_in_the_dark(office, busy_weeks):
    office.look_like("dark", DESK)
    office.open_identity("mia")
    office.picture("page-dark")

    assert office.page.locator(".ttminis-badge-ok").first.is_visible()
