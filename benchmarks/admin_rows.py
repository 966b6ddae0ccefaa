"""Write a million users into PostgreSQL, a few of them with rare states.

One in a hundred was removed, one in fifty needs a login, one in five uses another app.
Half of the tokens are fresh, a third can be renewed, one in 10,000 is dead; one person
in 20,000 uses a third app. One in ten is in conflict with the next one, one in a
hundred of these by a veto. TikTok reported something about each, once. Counts go back
three months.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection

APPS = DRAMA, GAME, RARE = "mnsimdrama000001", "mnsimgame0000002", "mnsimrare0000009"
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)

USERS = """
    INSERT INTO auth_user (username, password, first_name, last_name, email,
        is_superuser, is_staff, is_active, date_joined)
    SELECT 'user_' || substr(md5(i::text), 1, 12), '!' || md5(i::text), '', '',
        CASE WHEN i %% 50 = 0 THEN 'person' || i || '@example.org' ELSE '' END,
        false, false, true, %(first)s + i * interval '80 seconds'
    FROM generate_series(1, %(count)s) i"""
ADDRESSES = """
    INSERT INTO account_emailaddress (email, verified, "primary", user_id)
    SELECT email, true, true, id FROM auth_user WHERE email <> '' AND id %% 100 = 0"""
ACCOUNTS = """
    INSERT INTO socialaccount_socialaccount (provider, uid, user_id, extra_data,
        last_login, date_joined)
    SELECT 'ttminis', '-000' || md5('o' || id) || substr(md5('p' || id), 1, 12), id,
        CASE WHEN id %% 3 = 0 THEN '{}'::jsonb ELSE jsonb_build_object(
            'display_name', (ARRAY['Mia', 'Zoë', 'Olga', 'Noah', 'Ben', 'Lena', 'Ida',
                'Paul'])[1 + id %% 8] || ' ' || substr(md5('n' || id), 1, 7),
            'avatar_url', 'https://tiktok.example/' || md5('a' || id) || '.jpeg') END,
        date_joined, date_joined
    FROM auth_user ORDER BY id"""
IDENTITIES = """
    INSERT INTO ttminis_auth_identity (account_id, client_key, open_id, union_id, state,
        created_at, vouched_at, sessions_valid_from, searchable_name)
    SELECT id, CASE WHEN id %% 20000 = 3 THEN %(rare)s WHEN id %% 5 = 0 THEN %(game)s
            ELSE %(drama)s END,
        uid, CASE WHEN id %% 3 <> 0 THEN 'u-' || md5('u' || id) END,
        CASE WHEN id %% 100 = 1 THEN 'removed' WHEN id %% 50 = 2 THEN 'needs_login'
            ELSE 'active' END,
        date_joined, date_joined, date_joined,
        lower(coalesce(extra_data->>'display_name', ''))
    FROM socialaccount_socialaccount ORDER BY id"""
# What is sealed is of no matter here, only its length.
GRANTS = """
    INSERT INTO ttminis_auth_grant (identity_id, scopes, access_token, refresh_token,
        access_expires_at, refresh_expires_at, issued_at, dead_at)
    SELECT id, %(scopes)s, repeat(md5(id::text), 6), repeat(md5((id + 7)::text), 6),
        now() + CASE WHEN id %% 100 < 50 THEN 20 ELSE -20 END * interval '1 hour',
        now() + interval '300 days', now() - interval '2 days',
        CASE WHEN id %% 10000 = 7 THEN now() END
    FROM ttminis_auth_identity WHERE id %% 100 < %(percent)s"""
CONFLICTS = """
    INSERT INTO ttminis_auth_linkingconflict (union_id, older_id, younger_id, reason,
        detail, state, found_at, resolved_at)
    SELECT 'u-' || md5('u' || i.id), i.id, y.id,
        CASE WHEN i.id %% 1000 = 10 THEN 'vetoed' ELSE 'policy' END, '',
        CASE WHEN i.id %% 100 = 0 THEN 'kept_apart' ELSE 'open' END, i.created_at,
        CASE WHEN i.id %% 100 = 0 THEN now() END
    FROM ttminis_auth_identity i JOIN ttminis_auth_identity y ON y.id = i.id + 1
    WHERE i.id %% 10 = 0 ORDER BY i.id"""
DELIVERIES = """
    INSERT INTO ttminis_auth_webhookdelivery (digest, client_key, event, user_openid,
        create_time, content, result, error, received_at, handled_at)
    SELECT md5('d' || id) || md5('e' || id), client_key,
        CASE WHEN id %% 20000 = 5 THEN 'authorization.removed'
            ELSE 'minis.trade_order.pay_result' END,
        open_id, created_at, jsonb_build_object('order_id', md5(id::text)),
        CASE WHEN id %% 5000 = 9 THEN 'failed' ELSE 'handled' END,
        CASE WHEN id %% 5000 = 9 THEN 'ValueError' ELSE '' END, created_at, created_at
    FROM ttminis_auth_identity ORDER BY id"""
COUNTS = """
    INSERT INTO ttminis_auth_dailycount (day, client_key, what, code, count, counted_at)
    SELECT current_date - day, app, what, code, 1000 + day, now()
    FROM generate_series(0, 90) day,
        unnest(ARRAY[%(drama)s, %(game)s, %(rare)s]) app,
        (VALUES ('login', ''), ('first_login', ''), ('authorize', ''),
            ('refusal', 'code_rejected'), ('refusal', 'network'), ('removal', '1'),
            ('grants', 'ok'), ('grants', 'expires_soon'), ('grants', 'dead'),
            ('grants', 'none')) happened (what, code)"""
NARROW, BROAD = "user.info.open_id", "user.info.basic,user.info.open_id"


def fill(count: int) -> None:
    """Write so many users, and let PostgreSQL analyse the tables."""
    apps = {"drama": DRAMA, "game": GAME, "rare": RARE}
    with connection.cursor() as cursor:
        cursor.execute(USERS, {"first": FIRST_DAY, "count": count})
        for statement in (ADDRESSES, ACCOUNTS, IDENTITIES):
            cursor.execute(statement, apps)
        cursor.execute(GRANTS, {"scopes": BROAD, "percent": 85})
        cursor.execute(GRANTS, {"scopes": NARROW, "percent": 25})
        for statement in (CONFLICTS, DELIVERIES, COUNTS):
            cursor.execute(statement, apps)
        cursor.execute("VACUUM ANALYZE")
