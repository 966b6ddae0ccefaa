"""The overview: counts as charts, for operators who may view them."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin import AdminSite
from django.urls import reverse
from django.utils import timezone, translation

from tests.fixtures import DRAMA, GAME
from ttminis_auth.admin import DailyCountAdmin
from ttminis_auth.admin import overview_admin as pages
from ttminis_auth.admin.overview import REFUSALS, REMOVALS
from ttminis_auth.core import counts
from ttminis_auth.errors import LoginRefused
from ttminis_auth.models import DailyCount, LinkingConflict, WebhookDelivery
from ttminis_auth.tiktok.types import RemovalReason

pytestmark = pytest.mark.django_db

What = DailyCount.What
URL = "/admin/ttminis_auth/dailycount/"

# A test of the hooks has refusals of its own, as a project may.
OUR_REFUSALS = {
    refusal.code
    for refusal in LoginRefused.__subclasses__()
    if refusal.__module__.startswith("ttminis_auth.")
}


@pytest.fixture(autouse=True)
def _same_day(monkeypatch):
    """Let midnight come before a test or after it."""
    day = counts.today()
    monkeypatch.setattr(counts, "today", lambda: day)


def add(what, count=1, *, ago=0, code="", app=DRAMA):
    return DailyCount.objects.create(
        day=counts.today() - timedelta(days=ago),
        client_key=app,
        what=what,
        code=code,
        count=count,
    )


@pytest.fixture
def look(desk):
    """Return the page as text, without the space between words."""

    def look(client=desk, **query):
        response = client.get(URL, query)
        assert response.status_code == 200
        return re.sub(r"\s+", " ", response.content.decode())

    return look


def panel(page, slug):
    """Return the HTML of one panel."""
    return re.search(rf'aria-labelledby="ttminis-{slug}".*?</section>', page)[0]


def heights(page, slug):
    return [float(h) for h in re.findall(r' height="([^"]*)"', panel(page, slug))]


def cells(page, slug):
    """Return the table of a panel, as lists of texts."""
    rows = re.findall(r"<tr>(.*?)</tr>", panel(page, slug))
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in rows]


class TestNumbers:
    """What is shown is what was counted."""

    def test_total_is_that_of_the_days_shown(self, look):
        add(What.LOGIN, 5)
        add(What.LOGIN, 7, ago=27)
        add(What.LOGIN, 11, ago=28)

        assert "Logins <strong>12</strong>" in panel(look(), "login")
        assert "Logins <strong>23</strong>" in panel(look(days="84"), "login")
        assert "Logins <strong>5</strong>" in panel(look(days="7"), "login")

    def test_table_has_every_day_newest_first(self, look, settings):
        settings.USE_THOUSAND_SEPARATOR = True
        add(What.LOGIN, 1234, ago=1)

        head, today, yesterday, *others = cells(look(days="7"), "login")
        assert (head, today[1:], yesterday[1:]) == (["Day", "Count"], ["0"], ["1,234"])
        assert [row[1] for row in others] == ["0"] * 5

    def test_chart_has_a_bar_for_each_day_with_something(self, look):
        add(What.REMOVAL, 10, ago=3, code="1")
        add(What.REMOVAL, 5, ago=1, code="1")

        assert heights(look(), "removal") == [10.0, 5.0]

    def test_failures_are_counted_by_code(self, look):
        add(What.REFUSAL, 3, code="code_rejected")
        add(What.REFUSAL, 1, code="misconfigured", ago=2)

        failures = panel(look(), "refusal")
        rejected = "<code>code_rejected</code> TikTok did not take the code"
        assert rejected in failures
        assert cells(failures, "refusal")[:2] == [
            ["Day", "Count", "code_rejected", "misconfigured"],
            [cells(failures, "refusal")[1][0], "3", "3", "0"],
        ]

    def test_every_failure_has_its_column_the_most_frequent_first(self, look):
        for number in range(9):
            add(What.REFUSAL, 10 - number, code=f"code{number}")

        head, today, *_ = cells(look(), "refusal")
        assert head[2:] == [f"code{number}" for number in range(9)]
        assert today[1:] == ["54", *(str(10 - number) for number in range(9))]

    def test_today_is_held_against_last_week(self, look):
        add(What.FIRST_LOGIN, 4)
        add(What.FIRST_LOGIN, 3, ago=1)
        add(What.FIRST_LOGIN, 2, ago=7)
        add(What.FIRST_LOGIN, 1, ago=8)

        page = look(days="7")
        assert "<strong>4</strong> <small>today so far; 2 on this day last week" in page
        assert "3 yesterday; 1 a week before" in page

    @pytest.mark.django_db(transaction=True)
    def test_counts_of_this_process_are_shown_at_once(self, look):
        counts.removed(DRAMA, 4)

        assert "the TikTok account was banned <strong>1</strong>" in look()


class TestApps:
    """All of them, or one."""

    @pytest.fixture(autouse=True)
    def _two(self, db):
        add(What.LOGIN, 5)
        add(What.LOGIN, 7, app=GAME)

    def test_all_are_added_up(self, look):
        assert "Logins <strong>12</strong>" in look()

    def test_one_app_can_be_chosen(self, look):
        assert "Logins <strong>7</strong>" in look(app=GAME)

    def test_configured_ones_have_their_names(self, look):
        assert re.search(rf'href="\?app={DRAMA}" ?>Drama<', look())

    def test_a_choice_keeps_the_other_one(self, look):
        page = look(app=DRAMA, days="7")

        assert f'href="?app={DRAMA}&amp;days=84">84 days<' in page
        assert 'href="?days=7">All apps<' in page
        assert f'href="?app={DRAMA}&amp;days=7" aria-current="true">Drama<' in page

    def test_all_apps_are_a_link_away_from_one(self, look):
        # An empty address would lead to the page that is shown.
        assert 'href="?days=28">All apps<' in look(app=DRAMA)

    def test_unknown_choices_are_the_usual_ones(self, look):
        page = look(app="'><script>", days="1000000000")

        assert "Logins <strong>12</strong>" in page
        assert "<script>'" not in page
        assert "in 28 days" in page


class TestHealth:
    """Shares of people, as they were when last looked at."""

    def test_shares_are_in_words(self, look):
        for code, count in {"ok": 3, "dead": 1, "none": 0, "expires_soon": 0}.items():
            add(What.GRANTS, count, code=code)

        health = panel(look(), "health")
        assert "75.0% ok" in health
        assert "dead</a> <strong>1</strong> <span>25.0%</span>" in health
        assert "Last looked at 0 minutes ago" in health

    def test_newest_look_counts(self, look):
        add(What.GRANTS, 9, code="dead", ago=1)
        add(What.GRANTS, 1, code="ok")
        add(What.GRANTS, 1, code="dead", ago=1, app=GAME)

        assert "50.0% ok" in panel(look(), "health")

    def test_few_are_looked_at_on_the_way(self, look, person):
        person("mia")

        assert "100.0% ok" in panel(look(), "health")

    def test_says_how_to_have_many_looked_at(self, look, person, monkeypatch):
        monkeypatch.setattr(pages, "FEW", 1)
        person("mia")
        person("noah")
        add(What.LOGIN)

        assert "ttminis_refresh" in panel(look(), "health")
        assert not DailyCount.objects.filter(what=What.GRANTS).exists()

    def test_people_are_a_link_away(self, look, desk):
        add(What.GRANTS, 1, code="dead")
        add(What.REMOVAL, 1, code="1")
        base = reverse("admin:ttminis_auth_identity_changelist")
        page = look(app=DRAMA)

        for query in (f"app={DRAMA}&health=dead", f"app={DRAMA}&state__exact=removed"):
            assert f'href="{base}?{query}"'.replace("&", "&amp;") in page
            assert desk.get(f"{base}?{query}").status_code == 200


class TestPage:
    """Sound in every state and language."""

    def test_nothing_counted_is_said(self, look):
        page = look()

        assert "Nothing has been counted yet" in page
        assert "<section" not in page

    def test_first_day_is_a_page_too(self, look):
        add(What.LOGIN, 1)

        assert "1 in 28 days. Most on" in panel(look(), "login")
        assert "None in 28 days." in panel(look(), "authorize")

    def test_attributes_have_no_comma_in_german(self, look, settings):
        settings.LANGUAGE_CODE, settings.USE_THOUSAND_SEPARATOR = "de", True
        for ago in range(28):
            add(What.LOGIN, 1000 + ago, ago=ago)
        with translation.override("de"):
            login = panel(look(), "login")

        shapes = re.findall(r' (?:x|y|width|height)="([^"]*)"', login)
        assert shapes
        assert all(re.fullmatch(r"\d+(\.\d+)?", shape) for shape in shapes)
        assert "1.027" in login

    def test_charts_say_in_words_what_they_show(self, look):
        add(What.LOGIN, 2)

        login = panel(look(), "login")
        assert 'role="img"' in login
        assert re.search(r"<desc id=\"ttminis-login-words\">2 in 28 days", login)

    def test_a_strict_policy_has_nothing_to_object_to(self, look):
        add(What.LOGIN, 2)
        content = look().partition('<div id="content-main"')[2]

        assert "<script" not in content.partition("</main>")[0]
        assert not re.search(r"\s(style|on\w+)=", content.partition("</main>")[0])

    def test_statements_are_as_many_whatever_there_is(
        self, look, django_assert_max_num_queries, django_assert_num_queries
    ):
        with django_assert_max_num_queries(11) as before:
            look()
        for ago in range(84):
            for app in (DRAMA, GAME):
                add(What.REFUSAL, 5, ago=ago, code="code_rejected", app=app)
        with django_assert_num_queries(len(before)):
            look(days="84")

    def test_the_overview_is_in_the_index(self, desk):
        assert URL in desk.get("/admin/ttminis_auth/").content.decode()

    @pytest.mark.parametrize(
        ("codes", "meanings"),
        [
            (OUR_REFUSALS, REFUSALS),
            ({str(reason.value) for reason in RemovalReason}, REMOVALS),
        ],
        ids=["refusals", "removals"],
    )
    def test_every_code_has_a_meaning(self, codes, meanings):
        assert codes <= set(meanings)


class TestPermissions:
    """One to view it, and nothing else to do."""

    def test_to_view_is_enough(self, staff):
        assert staff("view_dailycount").get(URL).status_code == 200

    @pytest.mark.parametrize("other", ["view_identity", "change_linkingconflict"])
    def test_another_is_not(self, staff, other):
        assert staff(other).get(URL).status_code == 403

    @pytest.mark.parametrize(
        "page", ["add/", "{}/change/", "{}/delete/", "{}/history/"]
    )
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_row_of_counts_has_no_page(self, desk, page, method):
        url = URL + page.format(add(What.LOGIN).pk)

        assert getattr(desk, method)(url).status_code == 403
        assert DailyCount.objects.count() == 1

    def test_waiting_rows_are_counted_for_operators_who_may_view_them(
        self, staff, person, look
    ):
        mia, noah = person("mia"), person("noah")
        LinkingConflict.objects.create(older=mia, younger=noah, union_id="u")
        WebhookDelivery.objects.create(create_time=timezone.now(), result="failed")
        add(What.REMOVAL, code="1")

        page = look(staff("view_dailycount", "view_linkingconflict"))
        assert "Open linking conflicts</a> <strong>1</strong>" in page
        assert "Unfinished webhooks" not in page
        assert "Who was removed" not in page

    def test_waiting_rows_are_counted_up_to_a_bound(self, person, look, monkeypatch):
        mia = person("mia")
        for name in ("noah", "finn", "lea"):
            LinkingConflict.objects.create(older=mia, younger=person(name))
        monkeypatch.setattr("ttminis_auth.admin.overview_admin.MOST_WAITING", 2)

        assert "Open linking conflicts</a> <strong>≥2</strong>" in look()

    def test_links_lead_to_what_waits(self, look, desk):
        for url in re.findall(r'class="ttminis-tile"><a href="([^"]+)"', look()):
            assert desk.get(url.replace("&amp;", "&")).status_code == 200

    def test_a_site_without_those_lists_has_no_links(self, desk, rf, operator):
        request = rf.get(URL)
        request.user = operator
        admin = DailyCountAdmin(DailyCount, AdminSite(name="small"))

        assert admin._to_do(request) == []
