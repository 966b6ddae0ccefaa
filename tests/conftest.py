pytest_plugins = [
    "ttminis_auth.testing.fixtures",
    "tests.databases",
    "tests.fixtures",
    "tests.admin.guard",
    "tests.requirements",
    # Last, because it imports the one above.
    "tests.chromium",
]
