"""The page on which a person plays TikTok: plain forms, no script."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ttminis_auth.simulator.effects import Fault
from ttminis_auth.simulator.faults import KINDS
from ttminis_auth.simulator.forms import (
    ENDPOINT_LABELS,
    AddressForm,
    FaultForm,
    WebhookForm,
)
from ttminis_auth.simulator.gate import View, simulated
from ttminis_auth.simulator.people import App
from ttminis_auth.simulator.webhooks import Delivery
from ttminis_auth.simulator.world import world

Form = FaultForm | AddressForm | WebhookForm
Perform = Callable[[dict[str, str]], str | None]

SHOWN_REQUESTS = 50
SHOWN_PEOPLE = 50
SHOWN_CONNECTIONS = 50
SHOWN_DELIVERIES = 20
# All of them take a handle and a client key; None means all users or all apps.
END: dict[str, Callable[[str | None, str | None], None]] = {
    "access_tokens": world.expire_access_tokens,
    "refresh_tokens": world.expire_refresh_tokens,
    "codes": world.expire_codes,
    "tokens": world.kill_tokens,
}
CLEAR: dict[str, Callable[[], None]] = {
    "requests": world.clear_requests,
    "world": world.reset,
}


@simulated
@require_safe
@csrf_protect
def page(request: HttpRequest) -> HttpResponse:
    return _render(request)


def _render(request: HttpRequest, refused: Form | None = None) -> HttpResponse:
    """Render the page; a form that was refused stands where its fresh twin would."""
    connections, deliveries = sorted(world.connected), world.deliveries[::-1]
    fault_form = refused if isinstance(refused, FaultForm) else FaultForm()
    webhook_form = refused if isinstance(refused, WebhookForm) else WebhookForm()
    context = {
        "people": world.people[:SHOWN_PEOPLE],
        "signed_in": world.signed_in,
        "connections": [_connection(*pair) for pair in connections[:SHOWN_CONNECTIONS]],
        "more_connections": len(connections[SHOWN_CONNECTIONS:]),
        "sent": _sent(request.GET.get("sent")),
        "form": fault_form,
        "faults": [_fault_row(fault) for fault in world.faults],
        "addresses": [_address(app, refused) for app in world.apps],
        "webhook_form": webhook_form,
        "deliveries": [_delivery_row(each) for each in deliveries[:SHOWN_DELIVERIES]],
        "requests": world.requests[: -SHOWN_REQUESTS - 1 : -1],
        "request_count": len(world.requests),
    }
    status = 200 if refused is None else 400
    return render(request, "ttminis_simulator/control.html", context, status=status)


def _connection(handle: str, client_key: str) -> dict[str, object]:
    return {"person": world.person(handle), "app": world.app(client_key)}


def _fault_row(fault: Fault) -> dict[str, object]:
    where = ENDPOINT_LABELS[fault.endpoint]
    return {"where": where, "what": KINDS[fault.kind].label, "times": fault.times}


def _address(app: App, refused: Form | None) -> dict[str, object]:
    meant = isinstance(refused, AddressForm) and refused.is_for(app)
    return {"app": app, "form": refused if meant else AddressForm.of(app)}


def _delivery_row(delivery: Delivery) -> dict[str, object]:
    person = delivery.handle and world.person(delivery.handle).display_name
    app = world.app(delivery.client_key).name
    return {
        "delivery": delivery,
        "app": app,
        "person": person or "no user",
        "answer": delivery.status or "no answer",
    }


def _sent(number: str | None) -> dict[str, object] | None:
    """Return what came of a removal; empty if no app was to be sent a webhook."""
    if number is None:
        return None
    found = [each for each in world.deliveries if str(each.number) == number]
    return _delivery_row(found[0]) if found else {}


def action(section: str) -> Callable[[Perform], View]:
    """Make a form's target of what the form does; the page then shows the outcome."""

    def decorate(perform: Perform) -> View:
        @simulated
        @require_POST
        @csrf_protect
        def view(request: HttpRequest) -> HttpResponse:
            try:
                query = perform(request.POST.dict())
            except KeyError:
                # Only a page from before a reset, or a hand-made request, names
                # what is not there.
                return HttpResponseBadRequest("The page is out of date. Load it again.")
            return _back(section, query or "")

        return view

    return decorate


def _back(section: str, query: str = "") -> HttpResponse:
    return redirect(reverse("ttminis_simulator:control") + f"{query}#{section}")


@action("people")
def sign_in(form: dict[str, str]) -> None:
    world.sign_in(form["handle"] or None)


@action("apps")
def remove_app(form: dict[str, str]) -> str:
    sent = world.remove_app(form["handle"], form["client_key"])
    return f"?sent={sent.number if sent else 0}"


@action("apps")
def end(form: dict[str, str]) -> None:
    END[form["what"]](form.get("handle"), form.get("client_key"))


@action("faults")
def clear_faults(form: dict[str, str]) -> None:
    world.clear_faults()


@action("webhooks")
def replay(form: dict[str, str]) -> None:
    number = form["number"]
    world.replay_webhook(int(number) if number.isdecimal() else 0)


@action("requests")
def clear(form: dict[str, str]) -> None:
    CLEAR[form["what"]]()


def order(section: str, kind: type[Form]) -> View:
    """Make the target of a form that explains what is wrong with an order."""

    @simulated
    @require_POST
    @csrf_protect
    def view(request: HttpRequest) -> HttpResponse:
        form = kind(request.POST)
        if not form.is_valid():
            return _render(request, form)
        form.order()
        return _back(section)

    return view


order_fault = order("faults", FaultForm)
set_webhook_url = order("webhooks", AddressForm)
send_webhook = order("webhooks", WebhookForm)
