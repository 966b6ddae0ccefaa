"""docs/how-to/theming.rst"""

from django.template import engines


def render(text):
    return engines["django"].from_string("{% load ttminis %}" + text).render({})


def test_template_of_the_project_is_the_button():
    shown = render("{% ttminis_login_button %}")

    assert "<svg" in shown
    assert "Log in with TikTok" in shown


def test_words_and_class_arrive_in_it():
    shown = render('{% ttminis_login_button text="Watch" css_class="btn" %}')

    assert "Watch" in shown
    assert "Log in with TikTok" not in shown
    assert 'class="btn"' in shown


def test_login_page_has_it_too(client, db):
    page = client.get("/accounts/ttminis/login/").content.decode()

    assert '<svg aria-hidden="true"' in page
