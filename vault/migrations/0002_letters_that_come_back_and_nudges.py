"""
What telling members needs of the vault.

News can be told from letters about a sign-in, and is not sent to an address that refused one or
that a letter came back from. Where a browser is nudged lies sealed here as well: it names a
device. Each function is made as the vault's own role, as in the first migration.
"""

from django.db import migrations

TABLES = """
SET LOCAL ROLE peersupport_vault;

-- Letters of news are not sent where they would come back; those about a sign-in always are.
ALTER TABLE vault.letter ADD COLUMN is_news boolean NOT NULL DEFAULT false;

-- A letter that was sent, so that one that comes back is known again. It holds no address.
CREATE TABLE vault.sent (
    id uuid PRIMARY KEY,
    handle uuid NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX sent_at ON vault.sent (sent_at);
CREATE INDEX sent_by_handle ON vault.sent (handle);

-- Whose address nobody takes letters at, until they give another.
CREATE TABLE vault.undeliverable (
    handle uuid PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Where one browser is nudged: the address at its maker's service, and its keys.
CREATE TABLE vault.push (
    id uuid PRIMARY KEY,
    -- A keyed hash, so that a browser that says yes again is known again.
    seal text NOT NULL UNIQUE,
    key_id text NOT NULL,
    sealed bytea NOT NULL
);
CREATE INDEX push_by_key ON vault.push (key_id);
"""

FUNCTIONS = """
-- For the pages -------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION vault.keep(
    p_handle uuid, p_field text, p_key_id text, p_sealed bytea, p_at timestamptz
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO vault.identity (handle, field, key_id, sealed, kept_at)
    VALUES (p_handle, p_field, p_key_id, p_sealed, p_at)
    ON CONFLICT (handle, field) DO UPDATE
    SET key_id = EXCLUDED.key_id, sealed = EXCLUDED.sealed, kept_at = EXCLUDED.kept_at;
    -- Another address may be one that takes letters.
    DELETE FROM vault.undeliverable WHERE handle = p_handle AND p_field = 'email';
    DELETE FROM vault.sent WHERE handle = p_handle AND p_field = 'email'
$$;

CREATE OR REPLACE FUNCTION vault.forget(p_handle uuid, p_fields text[])
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM vault.identity WHERE handle = p_handle AND field = ANY (p_fields);
    DELETE FROM vault.letter WHERE handle = p_handle AND 'email' = ANY (p_fields);
    DELETE FROM vault.sent WHERE handle = p_handle AND 'email' = ANY (p_fields);
    DELETE FROM vault.undeliverable WHERE handle = p_handle AND 'email' = ANY (p_fields)
$$;

CREATE OR REPLACE FUNCTION vault.keys_in_use()
RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT key_id FROM vault.identity UNION SELECT key_id FROM vault.letter
    UNION SELECT key_id FROM vault.push
$$;

CREATE FUNCTION vault.queue_news(p_id uuid, p_handle uuid, p_key_id text, p_sealed_words bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO vault.letter (id, handle, key_id, sealed_words, is_news)
    VALUES (p_id, p_handle, p_key_id, p_sealed_words, true)
$$;

-- No more news by letter: what waits is let go, and nothing else.
CREATE FUNCTION vault.drop_news(p_handle uuid)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM vault.letter WHERE handle = p_handle AND is_news
$$;

CREATE FUNCTION vault.is_undeliverable(p_handle uuid)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM vault.undeliverable WHERE handle = p_handle)
$$;

-- A browser says yes. If it had done so before, what it said then is replaced and its number
-- given back: whoever uses it now is who is nudged there.
CREATE FUNCTION vault.keep_push(p_id uuid, p_seal text, p_key_id text, p_sealed bytea)
RETURNS SETOF uuid LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY DELETE FROM vault.push WHERE seal = p_seal RETURNING id;
    INSERT INTO vault.push (id, seal, key_id, sealed) VALUES (p_id, p_seal, p_key_id, p_sealed);
END $$;

CREATE FUNCTION vault.forget_pushes(p_ids uuid[])
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM vault.push WHERE id = ANY (p_ids)
$$;

-- For the post office -------------------------------------------------------------------

-- As before, but that no address is given for news which would come back.
CREATE OR REPLACE FUNCTION vault.address_for_letter(p_id uuid)
RETURNS TABLE (
    handle uuid, words_key_id text, sealed_words bytea, address_key_id text, sealed_address bytea
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    taken vault.letter;
BEGIN
    SELECT * INTO taken FROM vault.letter
    WHERE id = p_id AND next_try_at <= clock_timestamp() FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE vault.letter
    SET tries = tries + 1,
        next_try_at = clock_timestamp()
            + least(interval '30 seconds' * (2 ^ least(tries, 10)), interval '30 minutes')
    WHERE id = p_id;
    IF taken.handle IS NULL THEN
        RETURN QUERY SELECT taken.handle, taken.key_id, taken.sealed_words,
                            taken.key_id, taken.sealed_address;
        RETURN;
    END IF;
    IF taken.is_news AND EXISTS (
        SELECT FROM vault.undeliverable WHERE vault.undeliverable.handle = taken.handle
    ) THEN
        RETURN QUERY SELECT taken.handle, taken.key_id, taken.sealed_words, NULL::text, NULL::bytea;
        RETURN;
    END IF;
    INSERT INTO public.audit_entry (at, actor, verb, subject, detail)
    VALUES (clock_timestamp(), 'post', 'address a letter', 'letter:' || p_id, '{}');
    RETURN QUERY SELECT taken.handle, taken.key_id, taken.sealed_words, i.key_id, i.sealed
        FROM (SELECT 1) AS one
        LEFT JOIN vault.identity AS i ON i.handle = taken.handle AND i.field = 'email';
END $$;

-- It has gone out. What came of it may be heard for ten days.
CREATE FUNCTION vault.letter_sent(p_id uuid)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM vault.letter WHERE id = p_id RETURNING id, handle)
    INSERT INTO vault.sent (id, handle)
    SELECT id, handle FROM gone WHERE handle IS NOT NULL
    ON CONFLICT DO NOTHING
$$;

-- The mail server says that there is no such mailbox. News is let go; a letter about a
-- sign-in is tried again, because a mistake there would lock somebody out.
CREATE FUNCTION vault.letter_refused(p_id uuid)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO vault.undeliverable (handle)
    SELECT handle FROM vault.letter WHERE id = p_id AND handle IS NOT NULL
    ON CONFLICT DO NOTHING;
    DELETE FROM vault.letter WHERE id = p_id AND is_news
$$;

-- A letter came back. False where it is none of ours, or was heard of already.
CREATE FUNCTION vault.letter_came_back(p_id uuid)
RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH ours AS (DELETE FROM vault.sent WHERE id = p_id RETURNING handle),
    marked AS (
        INSERT INTO vault.undeliverable (handle) SELECT handle FROM ours ON CONFLICT DO NOTHING
    )
    SELECT EXISTS (SELECT FROM ours)
$$;

CREATE OR REPLACE FUNCTION vault.drop_old_letters()
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM vault.sent WHERE sent_at < clock_timestamp() - interval '10 days';
    WITH dropped AS (
        DELETE FROM vault.letter WHERE queued_at < clock_timestamp() - interval '24 hours'
        RETURNING 1
    ) SELECT count(*) FROM dropped
$$;

-- Where one browser is nudged. A look into the vault, so it is written down in the same call.
CREATE FUNCTION vault.address_for_push(p_id uuid)
RETURNS TABLE (key_id text, sealed bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM vault.push WHERE id = p_id) THEN
        RETURN;
    END IF;
    INSERT INTO public.audit_entry (at, actor, verb, subject, detail)
    VALUES (clock_timestamp(), 'post', 'address a nudge', 'push:' || p_id, '{}');
    RETURN QUERY SELECT key_id, sealed FROM vault.push WHERE id = p_id;
END $$;

RESET ROLE;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    vault.queue_news(uuid, uuid, text, bytea), vault.drop_news(uuid),
    vault.is_undeliverable(uuid), vault.keep_push(uuid, text, text, bytea),
    vault.forget_pushes(uuid[])
TO peersupport_web;
GRANT EXECUTE ON FUNCTION
    vault.letter_sent(uuid), vault.letter_refused(uuid), vault.letter_came_back(uuid),
    vault.address_for_push(uuid)
TO peersupport_post;
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_the_vault")]

    operations = [migrations.RunSQL(TABLES + FUNCTIONS)]
