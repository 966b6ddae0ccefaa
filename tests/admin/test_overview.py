"""The overview in the admin: counts as charts, health and open work."""

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
    """Fix the date, so that midnight does not come during a test."""
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
def look(admin_client):
    """Return the page as text, without the space between words."""

    def look(client=admin_client, **query):
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
    """The overview shows the stored counts."""

    def test_total_is_the_sum_of_the_days_shown(self, look):
        add(What.LOGIN, 5)
        add(What.LOGIN, 7, ago=27)
        add(What.LOGIN, 11, ago=28)

        assert "Logins <strong>12</strong>" in panel(look(), "login")
        assert "Logins <strong>23</strong>" in panel(look(days="84"), "login")
        assert "Logins <strong>5</strong>" in panel(look(days="7"), "login")

    def test_table_lists_every_day_newest_first(self, look, settings):
        settings.USE_THOUSAND_SEPARATOR = True
        add(What.LOGIN, 1234, ago=1)

        head, today, yesterday, *others = cells(look(days="7"), "login")
        assert (head, today[1:], yesterday[1:]) == (["Day", "Count"], ["0"], ["1,234"])
        assert [row[1] for row in others] == ["0"] * 5

    def test_chart_has_a_bar_for_each_day_with_events(self, look):
        add(What.REMOVAL, 10, ago=3, code="1")
        add(What.REMOVAL, 5, ago=1, code="1")

        assert heights(look(), "removal") == [10.0, 5.0]

    def test_failed_logins_are_counted_by_code(self, look):
        add(What.REFUSAL, 3, code="code_rejected")
        add(What.REFUSAL, 1, code="misconfigured", ago=2)

        failures = panel(look(), "refusal")
        rejected = "<code>code_rejected</code> TikTok did not take the code"
        assert rejected in failures
        assert cells(failures, "refusal")[:2] == [
            ["Day", "Count", "code_rejected", "misconfigured"],
            [cells(failures, "refusal")[1][0], "3", "3", "0"],
        ]

    def test_every_failure_code_has_a_column_the_most_frequent_first(self, look):
        for number in range(9):
            add(What.REFUSAL, 10 - number, code=f"code{number}")

        head, today, *_ = cells(look(), "refusal")
        assert head[2:] == [f"code{number}" for number in range(9)]
        assert today[1:] == ["54", *(str(10 - number) for number in range(9))]

    def test_today_is_compared_with_last_week(self, look):
        add(What.FIRST_LOGIN, 4)
        add(What.FIRST_LOGIN, 3, ago=1)
        add(What.FIRST_LOGIN, 2, ago=7)
        add(What.FIRST_LOGIN, 1, ago=8)

        page = look(days="7")
        assert "<strong>4</strong> <small>today so far; 2 on this day last week" in page
        assert "3 yesterday; 1 a week before" in page

    @pytest.mark.django_db(transaction=True)
    def test_unwritten_counts_of_this_process_are_shown(self, look):
        counts.removed(DRAMA, 4)

        assert "the TikTok account was banned <strong>1</strong>" in look()


class TestApps:
    """The overview shows the counts of all apps or of one."""

    @pytest.fixture(autouse=True)
    def _two(self, db):
        add(What.LOGIN, 5)
        add(What.LOGIN, 7, app=GAME)

    def test_counts_of_all_apps_are_added_up(self, look):
        assert "Logins <strong>12</strong>" in look()

    def test_counts_of_one_app_can_be_chosen(self, look):
        assert "Logins <strong>7</strong>" in look(app=GAME)

    def test_configured_apps_are_shown_by_their_names(self, look):
        assert re.search(rf'href="\?app={DRAMA}" ?>Drama<', look())

    def test_links_for_app_and_days_keep_the_other_choice(self, look):
        page = look(app=DRAMA, days="7")

        assert f'href="?app={DRAMA}&amp;days=84">84 days<' in page
        assert 'href="?days=7">All apps<' in page
        assert f'href="?app={DRAMA}&amp;days=7" aria-current="true">Drama<' in page

    def test_page_of_one_app_links_to_all_apps(self, look):
        # An empty URL would link to the page that is shown.
        assert 'href="?days=28">All apps<' in look(app=DRAMA)

    def test_unknown_choices_are_replaced_by_the_defaults(self, look):
        page = look(app="'><script>", days="1000000000")

        assert "Logins <strong>12</strong>" in page
        assert "<script>'" not in page
        assert "in 28 days" in page


class TestHealth:
    """The overview shows shares of identities as last counted."""

    def test_shares_of_health_are_shown_in_words(self, look):
        for code, count in {"ok": 3, "dead": 1, "none": 0, "expires_soon": 0}.items():
            add(What.GRANTS, count, code=code)

        health = panel(look(), "health")
        assert "75.0% ok" in health
        assert "dead</a> <strong>1</strong> <span>25.0%</span>" in health
        assert "Last looked at 0 minutes ago" in health

    def test_newest_count_of_health_is_shown(self, look):
        add(What.GRANTS, 9, code="dead", ago=1)
        add(What.GRANTS, 1, code="ok")
        add(What.GRANTS, 1, code="dead", ago=1, app=GAME)

        assert "50.0% ok" in panel(look(), "health")

    def test_health_of_few_identities_is_counted_by_the_page(self, look, person):
        person("mia")

        assert "100.0% ok" in panel(look(), "health")

    def test_page_names_the_command_that_counts_many_identities(
        self, look, person, monkeypatch
    ):
        monkeypatch.setattr(pages, "FEW", 1)
        person("mia")
        person("noah")
        add(What.LOGIN)

        assert "ttminis_refresh" in panel(look(), "health")
        assert not DailyCount.objects.filter(what=What.GRANTS).exists()

    def test_counts_link_to_their_identities(self, look, admin_client):
        add(What.GRANTS, 1, code="dead")
        add(What.REMOVAL, 1, code="1")
        base = reverse("admin:ttminis_auth_identity_changelist")
        page = look(app=DRAMA)

        for query in (f"app={DRAMA}&health=dead", f"app={DRAMA}&state__exact=removed"):
            assert f'href="{base}?{query}"'.replace("&", "&amp;") in page
            assert admin_client.get(f"{base}?{query}").status_code == 200


class TestPage:
    """The page works in every state and language."""

    def test_page_without_counts_has_a_notice(self, look):
        page = look()

        assert "Nothing has been counted yet" in page
        assert "<section" not in page

    def test_page_of_the_first_day_shows_its_counts(self, look):
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

    def test_charts_are_described_in_words(self, look):
        add(What.LOGIN, 2)

        login = panel(look(), "login")
        assert 'role="img"' in login
        assert re.search(r"<desc id=\"ttminis-login-words\">2 in 28 days", login)

    def test_page_works_under_a_strict_content_security_policy(self, look):
        add(What.LOGIN, 2)
        content = look().partition('<div id="content-main"')[2]

        assert "<script" not in content.partition("</main>")[0]
        assert not re.search(r"\s(style|on\w+)=", content.partition("</main>")[0])

    def test_number_of_queries_does_not_grow_with_the_counts(
        self, look, django_assert_max_num_queries, django_assert_num_queries
    ):
        with django_assert_max_num_queries(11) as before:
            look()
        for ago in range(84):
            for app in (DRAMA, GAME):
                add(What.REFUSAL, 5, ago=ago, code="code_rejected", app=app)
        with django_assert_num_queries(len(before)):
            look(days="84")

    def test_overview_is_linked_from_the_admin_index(self, admin_client):
        assert URL in admin_client.get("/admin/ttminis_auth/").content.decode()

    @pytest.mark.parametrize(
        ("codes", "meanings"),
        [
            (OUR_REFUSALS, REFUSALS),
            ({str(reason.value) for reason in RemovalReason}, REMOVALS),
        ],
        ids=["refusals", "removals"],
    )
    def test_every_code_has_an_explanation(self, codes, meanings):
        assert codes <= set(meanings)


class TestPermissions:
    """One permission opens the overview, and nothing can be changed."""

    def test_view_permission_opens_the_overview(self, staff):
        assert staff("view_dailycount").get(URL).status_code == 200

    @pytest.mark.parametrize("other", ["view_identity", "change_linkingconflict"])
    def test_another_permission_does_not_open_the_overview(self, staff, other):
        assert staff(other).get(URL).status_code == 403

    @pytest.mark.parametrize(
        "page", ["add/", "{}/change/", "{}/delete/", "{}/history/"]
    )
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_counts_cannot_be_added_changed_or_deleted(
        self, admin_client, page, method
    ):
        url = URL + page.format(add(What.LOGIN).pk)

        assert getattr(admin_client, method)(url).status_code == 403
        assert DailyCount.objects.count() == 1

    def test_open_work_is_shown_to_staff_who_may_view_it(self, staff, person, look):
        mia, noah = person("mia"), person("noah")
        LinkingConflict.objects.create(older=mia, younger=noah, union_id="u")
        WebhookDelivery.objects.create(create_time=timezone.now(), result="failed")
        add(What.REMOVAL, code="1")

        page = look(staff("view_dailycount", "view_linkingconflict"))
        assert "Open linking conflicts</a> <strong>1</strong>" in page
        assert "Unfinished webhooks" not in page
        assert "Who was removed" not in page

    def test_open_work_is_counted_up_to_a_bound(self, person, look, monkeypatch):
        mia = person("mia")
        for name in ("noah", "finn", "lea"):
            LinkingConflict.objects.create(older=mia, younger=person(name))
        monkeypatch.setattr("ttminis_auth.admin.overview_admin.MOST_WAITING", 2)

        assert "Open linking conflicts</a> <strong>≥2</strong>" in look()

    def test_links_to_open_work_lead_to_pages(self, look, admin_client):
        for url in re.findall(r'class="ttminis-tile"><a href="([^"]+)"', look()):
            assert admin_client.get(url.replace("&amp;", "&")).status_code == 200

    def test_an_admin_site_without_other_models_shows_no_open_work(
        self, admin_client, rf, operator
    ):
        request = rf.get(URL)
        request.user = operator
        admin = DailyCountAdmin(DailyCount, AdminSite(name="small"))

        assert admin._to_do(request) == []
