"""The shell session in the example's documentation works."""

import re
from pathlib import Path

from tests.example.conftest import Demo, manage

PAGE = Path(__file__).parents[2] / "docs" / "start" / "example.rst"


def test_the_documented_shell_session_logs_in_once(demo: Demo) -> None:
    typed = re.findall(r"^    >>> (.*)$", PAGE.read_text(), re.MULTILINE)
    script = "\n".join(typed).replace("http://127.0.0.1:8000", demo.url)
    script = re.sub(r"^(authenticate\(.*\))", r"print(repr(\1))", script, flags=re.M)
    env = {"EXAMPLE_DB": str(demo.database), "PORT": str(demo.port)}

    output = manage("shell", "--command", script, **env).stdout.splitlines()[-2:]

    assert re.fullmatch(r"<User: user_\w{12}>", output[0])
    assert output[1] == "None"
