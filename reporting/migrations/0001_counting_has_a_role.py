"""
Commissioners' figures are counted as a role that can read nothing (S04).

It can call three functions, which count, and tell no person, no post and no moment apart. They
run as the owner of the tables; what may then be shown is decided in reporting.counts.
"""

from django.db import migrations

FUNCTIONS = """
CREATE SCHEMA reports;

CREATE FUNCTION reports.joined(p_places bigint[], p_from timestamptz, p_until timestamptz)
RETURNS TABLE (locality_id bigint, how_many bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT m.locality_id, count(*) FROM public.accounts_member AS m
    WHERE m.locality_id = ANY (p_places) AND m.joined_at >= p_from AND m.joined_at < p_until
    GROUP BY m.locality_id
$$;

-- Everything a member writes is asked to be screened, so this is who wrote.
CREATE FUNCTION reports.wrote(p_places bigint[], p_from timestamptz, p_until timestamptz)
RETURNS TABLE (locality_id bigint, how_many bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.locality_id, count(DISTINCT s.author_id) FROM public.risk_screening AS s
    WHERE s.locality_id = ANY (p_places)
      AND s.requested_at >= p_from AND s.requested_at < p_until
    GROUP BY s.locality_id
$$;

-- One that still waits has waited so far: leaving it out would flatter.
CREATE FUNCTION reports.alerts(
    p_places bigint[], p_from timestamptz, p_until timestamptz, p_now timestamptz
) RETURNS TABLE (locality_id bigint, urgency integer, waited interval)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.locality_id, a.urgency::integer, coalesce(a.acknowledged_at, p_now) - a.raised_at
    FROM public.risk_alert AS a
    WHERE a.locality_id = ANY (p_places) AND a.raised_at >= p_from AND a.raised_at < p_until
    ORDER BY 1, 2, 3
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA reports FROM PUBLIC;
GRANT USAGE ON SCHEMA reports TO peersupport_reports;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA reports TO peersupport_reports;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("vault", "0001_the_vault"),
        ("accounts", "0002_members_are_not_followed"),
        ("risk", "0001_initial"),
    ]

    operations = [migrations.RunSQL(FUNCTIONS, "DROP SCHEMA reports CASCADE")]
