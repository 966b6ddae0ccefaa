"""A router, for a run of the suite in which no database that counts is "default"."""


class ToPeople:
    def db_for_read(self, model, **hints):
        return "people"

    db_for_write = db_for_read
