"""A minimal TikTok backend for social-core, as a project would write one today."""

from __future__ import annotations

from typing import Any, ClassVar

from social_core.backends.oauth import BaseOAuth2

from .settings import BASE_URL


class TikTok(BaseOAuth2):
    """Login Kit's redirect, with the profile, as social-core's own backends have it."""

    name = "tiktok"
    ID_KEY = "open_id"
    AUTHORIZATION_URL = "https://www.tiktok.com/v2/auth/authorize/"
    ACCESS_TOKEN_URL = f"{BASE_URL}/v2/oauth/token/"
    DEFAULT_SCOPE: ClassVar = ["user.info.basic"]
    SCOPE_SEPARATOR = ","
    EXTRA_DATA: ClassVar = [
        ("refresh_token", "refresh_token"),
        ("expires_in", "expires_in"),
    ]

    def auth_complete_params(self, state: str | None = None) -> dict[str, Any]:
        params: dict[str, Any] = super().auth_complete_params(state)
        # TikTok's name for it.
        return {**params, "client_key": params.pop("client_id")}

    def user_data(self, access_token: str, *args: Any, **kwargs: Any) -> Any:
        answer = self.get_json(
            f"{BASE_URL}/v2/user/info/",
            params={"fields": "open_id,display_name,avatar_url"},
            headers={"Authorization": f"Bearer {access_token}"},
        )
        return answer["data"]["user"]

    def get_user_details(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"username": "tiktok_user", "fullname": response["display_name"]}
