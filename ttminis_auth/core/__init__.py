"""What more than one job needs; each module has one idea.

batches           read a large table in batches
client_apps       which configured app a ``client_key`` names
concurrent_calls  how many requests of a process may wait for TikTok
counts            in-process counters, written to ``DailyCount`` once a minute
database          transactions in the database that holds users and identities
deletion          let Django's own deletion keep the order of locks
failures          log an error of a project's code, and go on
identities        the identity of a social account
locks             the one order in which rows are locked
logouts           whether a request has logged the visitor out
rare_warnings     a warning at most once a minute
session_hash      end Minis sessions wherever they are kept
session_search    find and delete the sessions of a user
sessions          which app a session came from
upstream          the pooled HTTP session to TikTok
users             the user of a login, as the row is now
"""
