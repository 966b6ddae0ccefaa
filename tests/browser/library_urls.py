"""A shop with pages that htmx or Turbo changes in place."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from .urls import urlpatterns as usual

SHOP = """{% load ttminis %}<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Shop</title>
    <script src="/library.js"></script>
    {% if place != "body" %}{% ttminis_sdk silent=silent %}{% endif %}
  </head>
  <body>
    {% if place == "body" %}{% ttminis_sdk silent=silent %}{% endif %}
    <p id="who">{{ user.username }}</p>
    <p id="shelf">{{ request.GET.shelf }}</p>
    <p>{% ttminis_login_button %}</p>
    <a id="next" href="{{ request.get_full_path }}&shelf=next" hx-boost="true">Next</a>
    <form id="logout" method="post" action="{% url 'account_logout' %}" hx-boost="true">
      {% csrf_token %}<button>Log out</button>
    </form>
    <div hx-headers:inherited='{"X-CSRFToken": "{{ csrf_token }}"}'
         hx-headers='{"X-CSRFToken": "{{ csrf_token }}"}'>
      <button id="by-htmx" hx-post="{% url 'account_logout' %}" hx-swap="none">
        Out
      </button>
      <button id="own-view" hx-post="/shop/leave/" hx-swap="none">Out</button>
      <button id="marked" hx-post="/shop/leave/" hx-swap="none" data-ttminis-logout>
        Out
      </button>
    </div>
  </body>
</html>
"""


def shop(request: HttpRequest) -> HttpResponse:
    template = engines["django"].from_string(SHOP)
    context = {"silent": "quiet" not in request.GET, "place": request.GET.get("place")}
    return HttpResponse(template.render(context, request))


urlpatterns = [
    path("shop/", shop),
    path("shop/leave/", LogoutView.as_view(next_page="/shop/?quiet")),
    *usual,
]
