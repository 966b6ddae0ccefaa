"""docs/how-to/theming.rst"""

from django.template import engines


def render(text):
    return engines["django"].from_string("{% load ttminis %}" + text).render({})


def test_the_button_uses_the_project_s_template():
    shown = render("{% ttminis_login_button %}")

    assert "<svg" in shown
    assert "Log in with TikTok" in shown


def test_text_and_class_are_passed_to_the_project_s_template():
    shown = render('{% ttminis_login_button text="Watch" css_class="btn" %}')

    assert "Watch" in shown
    assert "Log in with TikTok" not in shown
    assert 'class="btn"' in shown


def test_the_login_page_uses_the_project_s_template(client, db):
    page = client.get("/accounts/ttminis/login/").content.decode()

    assert '<svg aria-hidden="true"' in page
