"""
The vault: its own schema, owned by a role that nobody signs in as.

Nothing outside reads its tables. The role that serves pages may call the functions below,
which run as the vault's own role; each says in SQL what it lets happen. Every function names
its tables with their schema and fixes its search path, so that a table or an operator made by
a caller is never found in place of ours.

The roles belong to the whole server, so several databases share them and going back leaves
them where they are.
"""

from django.db import migrations

ROLES = """
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY[
        'peersupport_vault NOLOGIN', 'peersupport_web LOGIN', 'peersupport_post LOGIN',
        'peersupport_reports LOGIN'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = split_part(wanted, ' ', 1)) THEN
            BEGIN
                EXECUTE 'CREATE ROLE ' || wanted || ' NOINHERIT';
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another database's migration was quicker
            END;
        END IF;
    END LOOP;
    -- What the migrating role makes here it hands over, which it may only to a role of its own.
    IF NOT pg_has_role(current_user, 'peersupport_vault', 'MEMBER') THEN
        EXECUTE format('GRANT peersupport_vault TO %I', current_user);
    END IF;
END $$;
"""

TABLES = """
CREATE SCHEMA vault AUTHORIZATION peersupport_vault;
GRANT USAGE ON SCHEMA public TO peersupport_vault;
-- The trigger behind it reads the last entry.
GRANT SELECT, INSERT ON public.audit_entry TO peersupport_vault;
SET LOCAL ROLE peersupport_vault;

-- Who somebody is, one row a field. The handle means nothing outside the sign-in that has it.
CREATE TABLE vault.identity (
    handle uuid NOT NULL,
    field text NOT NULL CHECK (field IN (
        'name', 'born_on', 'email', 'phone', 'postcode', 'emergency_name', 'emergency_phone'
    )),
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (handle, field)
);
CREATE INDEX identity_by_key ON vault.identity (key_id);

-- A letter that waits to be sent: to a handle's own address, or to one that was just typed.
CREATE TABLE vault.letter (
    id uuid PRIMARY KEY,
    handle uuid,
    key_id text NOT NULL,
    sealed_address bytea,
    sealed_words bytea NOT NULL,
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries integer NOT NULL DEFAULT 0,
    CHECK ((handle IS NULL) <> (sealed_address IS NULL))
);
CREATE INDEX letter_next_try ON vault.letter (next_try_at);
CREATE INDEX letter_by_handle ON vault.letter (handle);
"""

FUNCTIONS = """
-- For the pages -------------------------------------------------------------------------

CREATE FUNCTION vault.keep(
    p_handle uuid, p_field text, p_key_id text, p_sealed bytea, p_at timestamptz
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO vault.identity (handle, field, key_id, sealed, kept_at)
    VALUES (p_handle, p_field, p_key_id, p_sealed, p_at)
    ON CONFLICT (handle, field) DO UPDATE
    SET key_id = EXCLUDED.key_id, sealed = EXCLUDED.sealed, kept_at = EXCLUDED.kept_at
$$;

CREATE FUNCTION vault.forget(p_handle uuid, p_fields text[])
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM vault.identity WHERE handle = p_handle AND field = ANY (p_fields);
    DELETE FROM vault.letter WHERE handle = p_handle AND 'email' = ANY (p_fields)
$$;

CREATE FUNCTION vault.held(p_handle uuid)
RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT field FROM vault.identity WHERE handle = p_handle ORDER BY field
$$;

-- Asked at every start: a key that was taken away too early must be noticed then.
CREATE FUNCTION vault.keys_in_use()
RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT key_id FROM vault.identity UNION SELECT key_id FROM vault.letter
$$;

CREATE FUNCTION vault.queue_letter(
    p_id uuid, p_handle uuid, p_key_id text, p_sealed_address bytea, p_sealed_words bytea
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO vault.letter (id, handle, key_id, sealed_address, sealed_words)
    VALUES (p_id, p_handle, p_key_id, p_sealed_address, p_sealed_words)
$$;

-- How many letters have waited for so long; says nothing of whose they are.
CREATE FUNCTION vault.letters_waiting(p_for interval)
RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) FROM vault.letter
    WHERE next_try_at <= clock_timestamp() - p_for
$$;

-- For the post office -------------------------------------------------------------------

CREATE FUNCTION vault.letters_due()
RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT id FROM vault.letter WHERE next_try_at <= clock_timestamp()
    ORDER BY next_try_at LIMIT 200
$$;

-- Takes one letter that is due, and with it the address that it goes to. Nobody else is given
-- it until its next try. A look into the vault, so it is written down in the same call.
CREATE FUNCTION vault.address_for_letter(p_id uuid)
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
    INSERT INTO public.audit_entry (at, actor, verb, subject, detail)
    VALUES (clock_timestamp(), 'post', 'address a letter', 'letter:' || p_id, '{}');
    RETURN QUERY SELECT taken.handle, taken.key_id, taken.sealed_words, i.key_id, i.sealed
        FROM (SELECT 1) AS one
        LEFT JOIN vault.identity AS i ON i.handle = taken.handle AND i.field = 'email';
END $$;

CREATE FUNCTION vault.letter_done(p_id uuid)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM vault.letter WHERE id = p_id
$$;

-- A letter that could not be sent within a day is let go, and with it the address.
CREATE FUNCTION vault.drop_old_letters()
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH dropped AS (
        DELETE FROM vault.letter WHERE queued_at < clock_timestamp() - interval '24 hours'
        RETURNING 1
    ) SELECT count(*) FROM dropped
$$;

RESET ROLE;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC;
GRANT USAGE ON SCHEMA vault TO peersupport_web, peersupport_post;
GRANT EXECUTE ON FUNCTION
    vault.keep(uuid, text, text, bytea, timestamptz), vault.forget(uuid, text[]),
    vault.held(uuid), vault.keys_in_use(), vault.queue_letter(uuid, uuid, text, bytea, bytea),
    vault.letters_waiting(interval)
TO peersupport_web;
GRANT EXECUTE ON FUNCTION
    vault.letters_due(), vault.address_for_letter(uuid), vault.letter_done(uuid),
    vault.drop_old_letters(), vault.keys_in_use()
TO peersupport_post;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("audit", "0002_the_chain_looks_only_at_itself")]

    operations = [
        migrations.RunSQL(ROLES, migrations.RunSQL.noop),
        migrations.RunSQL(TABLES + FUNCTIONS, "DROP SCHEMA vault CASCADE"),
    ]
