pytest_plugins = [
    "ttminis_auth.testing.fixtures",
    "tests.databases",
    "tests.fixtures",
    "tests.listeners",
    "tests.stored",
    "tests.lengths",
    "tests.admin.guard",
    "tests.requirements",
    "tests.kinds",
    # Last, because they import the two above.
    "tests.sharing",
    "tests.chromium",
]
