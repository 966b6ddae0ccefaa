"""What a person can order on the control page."""

from dataclasses import dataclass

from django import forms

from ttminis_auth.simulator.faults import ENDPOINTS, KINDS
from ttminis_auth.simulator.people import App
from ttminis_auth.simulator.webhooks import (
    PAID,
    REASONS,
    REMOVED,
    Details,
    check_address,
)
from ttminis_auth.simulator.world import world

ENDPOINT_LABELS = {
    "token": "Token endpoint",
    "revoke": "Revoke endpoint",
    "user_info": "User info",
    "sdk": "SDK in the page",
}
HOUR = 3600


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


def app_choices() -> list[tuple[str, str]]:
    return [(app.client_key, app.name) for app in world.apps]


def person_choices() -> list[tuple[str, str]]:
    return [(person.handle, person.display_name) for person in world.people]


def event_choices() -> list[tuple[str, str]]:
    return [(value, event.label) for value, event in EVENTS.items()]


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


class AddressForm(forms.Form):
    """The webhook address of one app; empty for none."""

    client_key = forms.ChoiceField(choices=app_choices, widget=forms.HiddenInput)
    url = forms.CharField(required=False, widget=forms.URLInput)

    @classmethod
    def of(cls, app: App) -> "AddressForm":
        url = world.webhook_url(app.client_key)
        return cls(
            initial={"client_key": app.client_key, "url": url},
            auto_id=f"id_{app.client_key}_%s",
        )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            return url and check_address(url)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def is_for(self, app: App) -> bool:
        return bool(self["client_key"].value() == app.client_key)

    def order(self) -> None:
        world.set_webhook_url(self.cleaned_data["client_key"], self.cleaned_data["url"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    name: str
    label: str
    content: dict[str, object]
    about_person: bool = True
    note: str = ""


def events() -> dict[str, Event]:
    """Return what can be sent, by the value that stands for it in the form."""
    removals = {
        f"removed-{reason}": Event(
            name=REMOVED,
            label=f"{REMOVED}, reason {reason}: {meaning}",
            content={"reason": reason},
            note=meaning,
        )
        for reason, meaning in REASONS.items()
    }
    payment = {
        "trade_order_id": "TOID667700996",
        "order_id": "order-1",
        "is_sandbox": True,
    }
    # Of no user: TikTok's examples of payments leave user_openid empty.
    paid = Event(name=PAID, label=PAID, content=payment, about_person=False)
    unknown = Event(
        name="minis.unknown.event",
        label="an unknown event",
        content={"answer": 42},
    )
    return {**removals, "paid": paid, "unknown": unknown}


EVENTS = events()
VARIANTS = {
    "honest": "as it should be",
    "tampered": "tampered with after it was signed",
    "forged": "signed with a wrong secret",
    "late": "late: happened and signed 74 hours ago",
    "old": "old: happened an hour ago, signed now",
}


def variant(name: str, now: int) -> Details:
    """Return what is different about a variant that is sent at ``now``."""
    details: dict[str, Details] = {
        "honest": {},
        "tampered": {"tamper": True},
        "forged": {"secret": "not the secret"},
        "late": {"create_time": now - 74 * HOUR, "signed_at": now - 74 * HOUR},
        "old": {"create_time": now - HOUR},
    }
    return details[name]


class WebhookForm(forms.Form):
    app = forms.ChoiceField(choices=app_choices)
    event = forms.ChoiceField(choices=event_choices, initial="removed-1")
    person = forms.ChoiceField(
        choices=person_choices, help_text="Payments name no user, as TikTok's do."
    )
    variant = forms.ChoiceField(choices=list(VARIANTS.items()))

    def clean_app(self) -> str:
        client_key: str = self.cleaned_data["app"]
        if world.webhook_url(client_key) is None:
            raise forms.ValidationError("This app has no webhook address yet.")
        return client_key

    def order(self) -> None:
        chosen = self.cleaned_data
        event, how = EVENTS[chosen["event"]], chosen["variant"]
        details = variant(how, int(world.clock()))
        details["content"] = event.content
        details["handle"] = chosen["person"] if event.about_person else None
        notes = [event.note, "" if how == "honest" else VARIANTS[how]]
        note = "; ".join(filter(None, notes))
        world.send_webhook(chosen["app"], event.name, note=note, **details)
