"""Each shell command in the documents is valid, and each block has a language."""

import subprocess

import pytest
from docutils import nodes

from tests.documents import PAGES, ROOT, parse
from tests.documents.shell import complaint, lines

# The tests of each language. A drawing and a proxy's configuration have none.
LANGUAGES = {
    "console": "test_shell, test_sessions, test_tutorial",
    "css": "test_blocks",
    "html": "test_blocks",
    "html+django": "test_blocks, test_how_to",
    "ini": "test_shell",
    "javascript": "test_blocks",
    "json": "test_blocks",
    "nginx": "",
    "pycon": "tests/example/test_shell_session",
    "python": "test_blocks, test_how_to",
    "text": "",
    "typescript": "test_blocks",
}


def test_each_block_names_its_language():
    unnamed = [
        f"{page.relative_to(ROOT)}:{block.line}"
        for page in PAGES
        for block in parse(page).findall(nodes.literal_block)
        if not LANGUAGES.keys() & {*block["classes"]}
    ]

    assert unnamed == []


def test_shell_commands_name_existing_things():
    found = [*lines()]

    complaints = [f"{at}: {why}" for at, line in found if (why := complaint(line))]
    assert len(found) > 130
    assert complaints == []


@pytest.mark.process
def test_shell_commands_are_valid_bash():
    script = "\n".join(line for _, line in lines())

    done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
    assert done.stderr == ""


@pytest.mark.parametrize(
    "line",
    [
        "make nothing",
        "make test NOTHING=1",
        "NOTHING=1 make test",
        "pip install 'django-ttminis-auth[nothing]'",
        "pip install nothing",
        "pip download django-ttminis-auth",
        "python -m nothing",
        "python nothing.py",
        "python manage.py nothing",
        "python manage.py ttminis_erase open_id --nothing",
        "python manage.py ttminis_prune --limit many",
        "python manage.py ttminis_adopt --csv one --model two",
        "python manage.py ttminis_refresh && make nothing",
        "python manage.py check --nothing > file",
        "cd nothing",
        "npm run nothing",
        "gunicorn --nothing config.wsgi",
        "gunicorn nothing.wsgi",
        "curl http://127.0.0.1:8000/nothing/",
        "pre-commit nothing",
        ".ci/run nothing",
        ". nothing/bin/activate",
        "nothing",
        "make 'test",
    ],
)
def test_an_invalid_shell_command_is_found(line):
    assert complaint(line)


def test_a_url_of_the_site_is_resolved():
    assert not complaint("curl --data x http://127.0.0.1:8000/accounts/ttminis/login/")
