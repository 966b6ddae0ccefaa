"""What the example's page types into a shell, beside a running example."""

import re
from pathlib import Path

from tests.example.conftest import Demo, manage

PAGE = Path(__file__).parents[2] / "docs" / "start" / "example.rst"


def test_session_in_the_shell_logs_in_once(demo: Demo) -> None:
    typed = re.findall(r"^    >>> (.*)$", PAGE.read_text(), re.MULTILINE)
    script = "\n".join(typed).replace("http://127.0.0.1:8000", demo.url)
    script = re.sub(r"^(authenticate\(.*\))", r"print(repr(\1))", script, flags=re.M)
    env = {"EXAMPLE_DB": str(demo.database), "PORT": str(demo.port)}

    lines = manage("shell", "--command", script, **env).stdout.splitlines()[-2:]

    assert re.fullmatch(r"<User: user_\w{12}>", lines[0])
    assert lines[1] == "None"
