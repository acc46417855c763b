"""
How long members wait for a first answer, for commissioners' figures (S04).

It tells weeks, hours of the day and waits, and neither person, post, place nor moment.
"""

from django.db import migrations

FUNCTION = """
-- Weeks and hours are on the clock of whoever wrote. One that still waits at p_now has waited so
-- far: leaving it out would flatter.
CREATE FUNCTION reports.first_replies(
    p_places bigint[], p_first date, p_until date, p_now timestamptz
) RETURNS TABLE (week date, hour integer, waited interval)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT date_trunc('week', w.here)::date, extract(hour FROM w.here)::integer, w.waited
    FROM (
        SELECT p.published_at AT TIME ZONE l.time_zone AS here,
            CASE WHEN p.answered_at < p_now THEN p.answered_at ELSE p_now END - p.published_at
                AS waited
        FROM public.community_post AS p
        JOIN public.accounts_member AS m ON m.id = p.author_id
        JOIN public.commissioning_locality AS l ON l.id = m.locality_id
        WHERE m.locality_id = ANY (p_places) AND p.is_visible
          AND p.published_at >= p_first - interval '1 day'
          AND p.published_at < p_until + interval '1 day'
    ) AS w
    WHERE w.here >= p_first AND w.here < p_until
    ORDER BY 1, 2, 3
$$;

REVOKE ALL ON FUNCTION reports.first_replies(bigint[], date, date, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reports.first_replies(bigint[], date, date, timestamptz)
    TO peersupport_reports;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0001_counting_has_a_role"),
        ("community", "0009_groups_have_places"),
        ("commissioning", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            FUNCTION, "DROP FUNCTION reports.first_replies(bigint[], date, date, timestamptz)"
        )
    ]
