"""An operator in the example's admin, in Chromium: each button, with two users.

``make pictures`` takes the screenshots of the documentation here.
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

# Tokens and secrets of the simulator, in clear and encrypted.
SECRET = re.compile(r"\b(act|rft|clt)\.[\w-]{20}|simulated-\w+-secret|gAAAAA")
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
DAYS = 28


class AdminBrowser:
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
        """Leave the page, so that its last message arrives; assert that it has none."""
        self.page.goto("about:blank")
        complaints, self.complaints = self.complaints, []
        assert complaints == []

    def look_like(self, scheme, viewport):
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size(viewport)

    def look(self):
        """Return the page's HTML; assert that it has no secret."""
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
        """Open the page of the identity with this name, as from a bookmark."""
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
        """Confirm, and return the message of the next page."""
        self.picture(name, ".ttminis-dialogue")
        self.page.click("[name=confirmed]")
        self.page.wait_for_selector(".messagelist")
        self.look()
        return self.page.inner_text(".messagelist").strip()

    def picture(self, name, of=None):
        """Take a screenshot for the documentation: of the window, or of a part."""
        self.page.evaluate("document.activeElement.blur()")
        part = self.page.locator(of) if of else self.page
        take(part, f"{ADMIN}/{name}")


@pytest.fixture(scope="module")
def shared_browser(server, operator_cookies):
    """One browser for all tests: it caches the admin's files, and a new one is slow."""
    with running().new_context() as context:
        cookies = operator_cookies.items()
        context.add_cookies(
            [{"name": n, "value": v, "url": server.url} for n, v in cookies]
        )
        yield AdminBrowser(context.new_page(), server)


@pytest.fixture
def admin_browser(shared_browser, demo):
    shared_browser.look_like("light", DESK)
    yield shared_browser
    shared_browser.leave()


@pytest.fixture
def people(new_visitor):
    """Mia, who has consented, and Noah, who has only watched an episode."""
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
    """Give a user a second login, as Django's admin would."""
    with database(demo) as rows, rows:
        rows.execute(
            "UPDATE auth_user SET password = 'pbkdf2_sha256$1$a$b' WHERE id = ?",
            [visitor.viewer()["id"]],
        )


def test_an_identity_is_found_by_the_beginning_of_the_name(admin_browser, people):
    admin_browser.open("ttminis_auth/identity/?q=mi")

    rows = admin_browser.page.locator("#result_list tbody tr")
    assert rows.count() == 1
    assert "Mia" in rows.inner_text()


def test_the_copy_button_copies_the_whole_id(admin_browser, people):
    admin_browser.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    admin_browser.find("mia")

    admin_browser.page.locator(".ttminis-copy").first.click()
    copied = admin_browser.page.wait_for_function("navigator.clipboard.readText()")

    copied = copied.json_value()
    where = f"open_id = '{copied}' AND searchable_name = 'mia'"
    assert count(admin_browser.demo, "ttminis_auth_identity", where) == 1


def test_the_link_action_links_noah_to_another_user(admin_browser, demo, people):
    mia, noah = people
    name = username(demo, noah)
    set_password(demo, noah)
    admin_browser.open_identity(name)
    admin_browser.press("Link to another user")
    admin_browser.choose_user(username(demo, mia))
    admin_browser.go_on()

    assert "Linked to" in admin_browser.confirm("link")
    noah.log_in_silently("noah")
    assert noah.viewer()["id"] == mia.viewer()["id"]


def test_the_link_action_refuses_to_lock_a_user_out(admin_browser, demo, people):
    mia, noah = people
    admin_browser.open_identity(username(demo, noah))
    admin_browser.press("Link to another user")
    admin_browser.choose_user(username(demo, mia))
    admin_browser.go_on()
    admin_browser.picture("locked-out", ".ttminis-dialogue")

    assert "no way left to log in" in admin_browser.page.inner_text(".ttminis-card")
    assert admin_browser.page.locator("[name=confirmed]").count() == 0


def test_the_unlink_action_makes_noah_a_new_user(admin_browser, demo, people):
    _, noah = people
    before = noah.viewer()["id"]
    name = username(demo, noah)
    set_password(demo, noah)
    admin_browser.open_identity(name)
    admin_browser.press("Unlink")

    assert "Unlinked from" in admin_browser.confirm("unlink")
    noah.log_in_silently("noah")
    assert noah.viewer()["id"] != before


def test_the_merge_action_keeps_the_progress_of_both_users(admin_browser, demo, people):
    mia, noah = people
    admin_browser.open_identity(username(demo, noah))
    admin_browser.press("Merge with another user")
    admin_browser.choose_user(username(demo, mia))
    admin_browser.page.click("text=the other user")
    admin_browser.go_on()
    admin_browser.page.click("summary >> nth=0")

    assert "drama.Progress" in admin_browser.page.inner_text(".ttminis-card")
    assert "was merged into" in admin_browser.confirm("merge")
    assert mia.seen()["1"] == 30
    assert count(demo, "auth_user", "is_superuser = 0") == 1


def test_the_refresh_action_refreshes_the_tokens(admin_browser, demo, people):
    mia, _ = people
    mia.end("access_tokens")
    admin_browser.open_identity("mia")
    admin_browser.press("Refresh tokens")

    assert admin_browser.confirm("refresh") == "Tokens: 1 refreshed, 0 dead."
    assert history(demo) == ["refresh: Tokens: 1 refreshed, 0 dead."]
    assert mia.use_token() == "worked"


def test_the_fetch_profile_action_fetches_the_profile(admin_browser, demo, people):
    with database(demo) as rows, rows:
        rows.execute("UPDATE ttminis_auth_identity SET profile_fetched_at = NULL")
    admin_browser.open_identity("mia")
    admin_browser.press("Fetch profile")

    assert admin_browser.confirm("fetch-profile") == "The profile was fetched."
    where = "profile_fetched_at IS NOT NULL"
    assert count(demo, "ttminis_auth_identity", where) == 1


def test_the_revoke_action_removes_the_identity_and_ends_the_session(
    admin_browser, demo, people
):
    mia, _ = people
    admin_browser.open_identity("mia")
    admin_browser.press("Revoke at TikTok")

    assert admin_browser.confirm("revoke") == "The tokens were revoked."
    assert mia.viewer()["id"] is None
    assert "removed" in admin_browser.page.inner_text("body")


def test_the_end_sessions_action_ends_only_the_user_s_sessions(admin_browser, people):
    mia, noah = people
    admin_browser.open_identity("mia")
    admin_browser.press("End sessions")

    done = "The sessions that began in a mini app have ended."
    assert admin_browser.confirm("end-sessions") == done
    assert mia.viewer()["id"] is None
    assert noah.viewer()["id"] is not None


def test_the_erase_action_erases_mia(admin_browser, demo, people):
    mia, _ = people
    admin_browser.open_identity("mia")
    admin_browser.press("Erase")

    assert "Erased:" in admin_browser.confirm("erase")
    assert count(demo, "ttminis_auth_identity") == 1
    assert mia.viewer()["name"] != "Mia"


@pytest.fixture
def conflict(demo, new_visitor):
    """Mia in two apps, with a password in each, so that she is not merged."""
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
def test_each_action_settles_a_conflict(
    admin_browser, demo, conflict, label, state, users
):
    admin_browser.open("ttminis_auth/linkingconflict/")
    admin_browser.picture("conflicts")
    admin_browser.page.click("#result_list tbody th a")
    admin_browser.press(label)
    if label == "Merge":
        admin_browser.go_on()

    assert admin_browser.confirm(f"conflict-{state}")
    assert count(demo, "ttminis_auth_linkingconflict", f"state = '{state}'") == 1
    assert count(demo, "auth_user", "is_superuser = 0") == users


def test_the_rerun_action_runs_a_failed_delivery_again(admin_browser, demo, people):
    mia, _ = people
    mia.remove_app("mia")
    with database(demo) as rows, rows:
        rows.execute("UPDATE ttminis_auth_webhookdelivery SET result = 'failed'")
    admin_browser.open("ttminis_auth/webhookdelivery/")
    admin_browser.page.click("#result_list tbody th a")
    admin_browser.press("Run again")

    assert "It was run again" in admin_browser.confirm("run-again")
    where = "result IN ('handled', 'outdated')"
    assert count(demo, "ttminis_auth_webhookdelivery", where) == 1


def test_the_page_of_a_user_shows_the_identity(admin_browser, demo, people):
    mia, _ = people
    admin_browser.open(f"auth/user/{mia.viewer()['id']}/change/")
    inline = admin_browser.page.locator("#socialaccount_set-group")
    inline.scroll_into_view_if_needed()
    admin_browser.picture("user")

    assert "Mia" in inline.inner_text()
    assert inline.locator("text=Refresh tokens").count() == 1


@pytest.fixture
def busy_weeks(demo, new_visitor):
    """A few users, and four weeks of counts of a small app."""
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
def test_the_pages_fit_a_desktop_and_a_phone(admin_browser, busy_weeks, name_and_path):
    name, path = name_and_path
    for where, viewport in (("desk", DESK), ("phone", PHONE)):
        admin_browser.look_like("light", viewport)
        admin_browser.open(path)
        for scheme in ("light", "dark"):
            admin_browser.look_like(scheme, viewport)
            admin_browser.picture(f"{name}-{scheme}-{where}")
            width = admin_browser.page.evaluate("document.documentElement.scrollWidth")
            assert width <= viewport["width"], (scheme, where)


def test_the_page_of_an_identity_works_in_dark_mode(admin_browser, busy_weeks):
    admin_browser.look_like("dark", DESK)
    admin_browser.open_identity("mia")
    admin_browser.picture("page-dark")

    assert admin_browser.page.locator(".ttminis-badge-ok").first.is_visible()
