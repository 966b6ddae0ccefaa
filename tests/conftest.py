pytest_plugins = [
    "ttminis_auth.testing.fixtures",
    "tests.fixtures",
    "tests.requirements",
]
