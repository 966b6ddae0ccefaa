"""The page on which a person plays TikTok: plain forms, no script."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ttminis_auth.simulator.effects import Fault
from ttminis_auth.simulator.faults import ENDPOINTS, KINDS
from ttminis_auth.simulator.gate import View, simulated
from ttminis_auth.simulator.world import world

Perform = Callable[[dict[str, str]], None]

SHOWN_REQUESTS = 50
ENDPOINT_LABELS = {
    "token": "Token endpoint",
    "revoke": "Revoke endpoint",
    "user_info": "User info",
    "sdk": "SDK in the page",
}
EXPIRE: dict[str, Callable[[], None]] = {
    "access_tokens": world.expire_access_tokens,
    "codes": world.expire_codes,
}
CLEAR: dict[str, Callable[[], None]] = {
    "requests": world.clear_requests,
    "world": world.reset,
}


def fault_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Group the faults by the endpoint where they can happen."""
    return [
        (
            ENDPOINT_LABELS[endpoint],
            [
                (f"{endpoint} {kind}", fault.label)
                for kind, fault in KINDS.items()
                if endpoint in fault.endpoints
            ],
        )
        for endpoint in ENDPOINTS
    ]


class FaultForm(forms.Form):
    fault = forms.ChoiceField(choices=fault_choices)
    times = forms.IntegerField(min_value=1, max_value=99, initial=1)
    seconds = forms.FloatField(
        min_value=0,
        max_value=120,
        required=False,
        help_text="For answers that come late or never.",
    )

    def order(self) -> None:
        endpoint, kind = self.cleaned_data["fault"].split()
        seconds = self.cleaned_data["seconds"]
        takes_seconds = "seconds" in KINDS[kind].options and seconds is not None
        world.order_fault(
            kind,
            endpoint=endpoint,
            times=self.cleaned_data["times"],
            **({"seconds": seconds} if takes_seconds else {}),
        )


@simulated
@require_safe
@csrf_protect
def page(request: HttpRequest) -> HttpResponse:
    return _render(request, FaultForm())


def _render(request: HttpRequest, form: FaultForm, status: int = 200) -> HttpResponse:
    context = {
        "people": world.people,
        "signed_in": world.signed_in,
        "connections": _connections(),
        "form": form,
        "faults": [_fault_row(fault) for fault in world.faults],
        "requests": world.requests[: -SHOWN_REQUESTS - 1 : -1],
        "request_count": len(world.requests),
    }
    return render(request, "ttminis_simulator/control.html", context, status=status)


def _connections() -> list[dict[str, Any]]:
    apps = {app.client_key: app for app in world.apps}
    people = {person.handle: person for person in world.people}
    return [
        {"person": people[handle], "app": apps[client_key]}
        for handle, client_key in sorted(world.connected)
    ]


def _fault_row(fault: Fault) -> dict[str, Any]:
    where = ENDPOINT_LABELS[fault.endpoint]
    return {"where": where, "what": KINDS[fault.kind].label, "times": fault.times}


def action(section: str) -> Callable[[Perform], View]:
    """Make a form's target of what the form does; the page then shows the outcome."""

    def decorate(perform: Perform) -> View:
        @simulated
        @require_POST
        @csrf_protect
        def view(request: HttpRequest) -> HttpResponse:
            try:
                perform(request.POST.dict())
            except KeyError:
                # Only a page from before a reset, or a hand-made request, names
                # what is not there.
                return HttpResponseBadRequest("The page is out of date. Load it again.")
            return _back(section)

        return view

    return decorate


def _back(section: str) -> HttpResponse:
    return redirect(reverse("ttminis_simulator:control") + f"#{section}")


@action("people")
def sign_in(form: dict[str, str]) -> None:
    world.sign_in(form["handle"] or None)


@action("apps")
def remove_app(form: dict[str, str]) -> None:
    world.remove_app(form["handle"], form["client_key"])


@action("apps")
def expire(form: dict[str, str]) -> None:
    EXPIRE[form["what"]]()


@action("faults")
def clear_faults(form: dict[str, str]) -> None:
    world.clear_faults()


@action("requests")
def clear(form: dict[str, str]) -> None:
    CLEAR[form["what"]]()


@simulated
@require_POST
@csrf_protect
def order_fault(request: HttpRequest) -> HttpResponse:
    form = FaultForm(request.POST)
    if not form.is_valid():
        return _render(request, form, status=400)
    form.order()
    return _back("faults")
