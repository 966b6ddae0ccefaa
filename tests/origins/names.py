"""Who is who: the host names of this rehearsal, as the real ones look."""

from __future__ import annotations

from tests.fixtures import DRAMA, GAME

API = "api.example.test"
SDK = "connect.tiktok-minis.com"
BUNDLE = f"minis-{DRAMA}-7f3kq9x2mdfab-1.tiktokminis.us"
SPA = f"minis-{DRAMA}-2b8vw4n6ytqec-2.tiktokminis.us"
OTHER_DEVELOPER = f"minis-{GAME}-7f3kq9x2mdfab-1.tiktokminis.us"
OTHER_SUFFIX = f"{BUNDLE}.evil.test"

PAGE = f"https://{BUNDLE}/index.html"
