"""
The one door to who a member is, and the rules of opening it.

Pages can read these two tables and not write them. Every change is a call of a function
below, which runs as the vault's own role, decides in SQL whether it may happen, by the
database's own clock, and writes the audit entry in the same call. ``vault.open_identity`` is
the only way from a page to what the vault holds, and it opens only for a look whose entry has
been committed: not even a transaction that is rolled back afterwards reads without leaving one.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

DOOR = r"""
REVOKE ALL ON public.escalation_identityrequest, public.escalation_identitylook
    FROM peersupport_web;
GRANT SELECT ON public.escalation_identityrequest, public.escalation_identitylook
    TO peersupport_web;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON public.escalation_identityrequest, public.escalation_identitylook TO peersupport_vault;
GRANT USAGE ON SEQUENCE
    public.escalation_identityrequest_id_seq, public.escalation_identitylook_id_seq
    TO peersupport_vault;
GRANT SELECT (id, member_id, locality_id, closed_at) ON public.escalation_case
    TO peersupport_vault;
GRANT SELECT (id, user_id) ON public.accounts_member TO peersupport_vault;
GRANT SELECT (id, handle, is_active) ON public.accounts_user TO peersupport_vault;
GRANT SELECT (id, user_id, is_senior, last_seen_at) ON public.accounts_wallguide
    TO peersupport_vault;
GRANT SELECT (wallguide_id, locality_id) ON public.accounts_wallguide_covers
    TO peersupport_vault;

SET LOCAL ROLE peersupport_vault;

-- Whether a guide, who still works here, covers a locality.
CREATE FUNCTION vault.watches(p_guide bigint, p_locality bigint)
RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.accounts_wallguide AS g
        JOIN public.accounts_user AS u ON u.id = g.user_id AND u.is_active
        JOIN public.accounts_wallguide_covers AS c ON c.wallguide_id = g.id
        WHERE g.id = p_guide AND c.locality_id = p_locality
    )
$$;

CREATE FUNCTION vault.is_senior(p_guide bigint)
RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT is_senior FROM public.accounts_wallguide WHERE id = p_guide), false)
$$;

-- On duty: their desk has asked for the queue within a minute.
CREATE FUNCTION vault.a_senior_is_there(p_locality bigint)
RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.accounts_wallguide AS g
        WHERE g.is_senior AND g.last_seen_at > clock_timestamp() - interval '60 seconds'
          AND vault.watches(g.id, p_locality)
    )
$$;

CREATE FUNCTION vault.note(
    p_guide bigint, p_verb text, p_member bigint, p_detail jsonb
) RETURNS bigint LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.audit_entry (at, actor, verb, subject, detail)
    VALUES (clock_timestamp(), 'guide:' || p_guide, p_verb, 'member:' || p_member, p_detail)
    RETURNING seq
$$;

CREATE FUNCTION vault.refuse(p_why text, p_sentence text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'VT001', MESSAGE = p_sentence, HINT = p_why;
END $$;

CREATE FUNCTION vault.ask_identity(
    p_case bigint, p_guide bigint, p_why text, p_reason text, p_life_at_risk boolean
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_case record;
    made bigint;
    moment timestamptz := clock_timestamp();
    there boolean := false;
BEGIN
    SELECT c.member_id, c.locality_id INTO found_case
    FROM public.escalation_case AS c WHERE c.id = p_case AND c.closed_at IS NULL;
    IF NOT FOUND THEN
        PERFORM vault.refuse('no case',
            'Only for an open case can anybody ask who a member is.');
    END IF;
    IF NOT vault.watches(p_guide, found_case.locality_id) THEN
        PERFORM vault.refuse('not yours', 'This is not from a locality that you cover.');
    END IF;
    IF length(btrim(p_reason)) < 10 THEN
        PERFORM vault.refuse('no reason', 'Write why, in a sentence. Without a reason it stays shut.');
    END IF;
    -- Two presses of one button ask once.
    PERFORM pg_advisory_xact_lock(hashtextextended('ask identity ' || p_case, 0));
    SELECT r.id INTO made FROM public.escalation_identityrequest AS r
    WHERE r.case_id = p_case AND r.asked_by_id = p_guide AND r.life_at_risk = p_life_at_risk
      AND CASE WHEN p_life_at_risk THEN r.opens_until > moment
               ELSE r.decided_at IS NULL AND r.asked_at > moment - interval '1 hour' END
    ORDER BY r.id DESC LIMIT 1;
    IF FOUND THEN
        RETURN made;
    END IF;
    IF p_life_at_risk THEN
        there := NOT vault.is_senior(p_guide)
            AND vault.a_senior_is_there(found_case.locality_id);
    END IF;
    INSERT INTO public.escalation_identityrequest (
        case_id, asked_by_id, asked_at, why, reason, life_at_risk, senior_was_there,
        decision_note, review_note, delay_reason, opens_until, review_due_at
    ) VALUES (
        p_case, p_guide, moment, p_why, btrim(p_reason), p_life_at_risk, there, '', '', '',
        CASE WHEN p_life_at_risk THEN moment + interval '30 minutes' END,
        CASE WHEN p_life_at_risk THEN moment + interval '24 hours' END
    ) RETURNING id INTO made;
    PERFORM vault.note(
        p_guide,
        CASE WHEN p_life_at_risk THEN 'release identity, life at risk'
             ELSE 'ask for identity' END,
        found_case.member_id,
        jsonb_build_object('case', p_case, 'request', made, 'why', p_why)
            || CASE WHEN p_life_at_risk THEN jsonb_build_object('senior there', there)
                    ELSE '{}'::jsonb END
    );
    RETURN made;
END $$;

CREATE FUNCTION vault.decide_identity(
    p_request bigint, p_guide bigint, p_approve boolean, p_note text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked public.escalation_identityrequest;
    about record;
    moment timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO asked FROM public.escalation_identityrequest WHERE id = p_request FOR UPDATE;
    SELECT c.member_id, c.locality_id, c.closed_at INTO about
    FROM public.escalation_case AS c WHERE c.id = asked.case_id;
    IF asked.id IS NULL OR NOT vault.watches(p_guide, about.locality_id) THEN
        PERFORM vault.refuse('not yours', 'This is not from a locality that you cover.');
    END IF;
    IF asked.asked_by_id = p_guide THEN
        PERFORM vault.refuse('your own', 'You asked, so somebody else has to decide.');
    END IF;
    IF asked.decided_at IS NOT NULL OR asked.life_at_risk THEN
        PERFORM vault.refuse('decided', 'This has been decided already. A new look needs a new ask.');
    END IF;
    IF about.closed_at IS NOT NULL THEN
        PERFORM vault.refuse('no case', 'The case has been closed, so this stays shut.');
    END IF;
    IF asked.asked_at <= moment - interval '1 hour' THEN
        PERFORM vault.refuse('too old', 'This was asked more than an hour ago. It has to be asked again.');
    END IF;
    UPDATE public.escalation_identityrequest
    SET decided_by_id = p_guide, decided_at = moment, approved = p_approve,
        decision_note = btrim(p_note),
        opens_until = CASE WHEN p_approve THEN moment + interval '30 minutes' END
    WHERE id = p_request;
    PERFORM vault.note(
        p_guide, CASE WHEN p_approve THEN 'approve identity' ELSE 'refuse identity' END,
        about.member_id,
        jsonb_build_object('case', asked.case_id, 'request', p_request,
                           'asked by', asked.asked_by_id)
    );
END $$;

-- A look is written down first, in a transaction of its own, and only then taken: whoever asked
-- for both at once could read and then roll back, and nothing would be written anywhere.
CREATE FUNCTION vault.note_look(p_request bigint, p_guide bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked public.escalation_identityrequest;
    about record;
    moment timestamptz := clock_timestamp();
    entry bigint;
    made bigint;
BEGIN
    SELECT * INTO asked FROM public.escalation_identityrequest WHERE id = p_request FOR UPDATE;
    SELECT c.member_id, c.locality_id, c.closed_at INTO about
    FROM public.escalation_case AS c WHERE c.id = asked.case_id;
    IF asked.id IS NULL OR NOT vault.watches(p_guide, about.locality_id) THEN
        PERFORM vault.refuse('not yours', 'This is not from a locality that you cover.');
    END IF;
    IF about.closed_at IS NOT NULL THEN
        PERFORM vault.refuse('no case', 'The case has been closed, so this stays shut.');
    END IF;
    IF NOT asked.life_at_risk AND asked.approved IS NOT TRUE THEN
        PERFORM vault.refuse('not approved', 'Nobody else has said yes to this.');
    END IF;
    IF asked.opens_until <= moment THEN
        PERFORM vault.refuse('expired', 'The thirty minutes are over. A new look needs a new ask.');
    END IF;
    IF asked.life_at_risk THEN
        -- The seniors of the locality; and whoever asked, where no senior is there or comes.
        IF NOT vault.is_senior(p_guide) AND NOT (
            asked.asked_by_id = p_guide AND (
                NOT asked.senior_was_there
                OR moment >= asked.asked_at + interval '2 minutes' AND NOT EXISTS (
                    SELECT FROM public.escalation_identitylook AS l
                    WHERE l.request_id = p_request AND l.looked_by_id <> p_guide
                )
            )
        ) THEN
            PERFORM vault.refuse('a senior has it',
                'It is open to the senior wall guides of this locality, and one is there. '
                'If none has opened it after two minutes, it opens to you.');
        END IF;
    ELSIF asked.asked_by_id <> p_guide THEN
        PERFORM vault.refuse('another''s', 'It is open to the guide who asked, and to nobody else.');
    END IF;
    entry := vault.note(
        p_guide, 'look at identity', about.member_id,
        jsonb_build_object('case', asked.case_id, 'request', p_request,
                           'life at risk', asked.life_at_risk)
    );
    INSERT INTO public.escalation_identitylook (
        request_id, looked_by_id, looked_at, audit_seq, noted_in
    ) VALUES (
        p_request, p_guide, moment, entry, pg_current_xact_id()::text::bigint
    ) RETURNING id INTO made;
    RETURN made;
END $$;

-- The door. It answers once for each look that is written down for good.
CREATE FUNCTION vault.open_identity(p_look bigint, p_guide bigint)
RETURNS TABLE (handle uuid, field text, key_id text, sealed bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    look public.escalation_identitylook;
BEGIN
    SELECT * INTO look FROM public.escalation_identitylook WHERE id = p_look FOR UPDATE;
    IF look.id IS NULL OR look.looked_by_id <> p_guide THEN
        PERFORM vault.refuse('another''s', 'This look is not yours.');
    END IF;
    IF look.opened_at IS NOT NULL
       OR look.looked_at < clock_timestamp() - interval '1 minute' THEN
        PERFORM vault.refuse('looked', 'This look is over. Look again if you need to.');
    END IF;
    IF pg_xact_status(look.noted_in::text::xid8) IS DISTINCT FROM 'committed' THEN
        PERFORM vault.refuse('not noted', 'A look has to be written down before it is taken.');
    END IF;
    UPDATE public.escalation_identitylook SET opened_at = clock_timestamp() WHERE id = p_look;
    RETURN QUERY SELECT i.handle, i.field, i.key_id, i.sealed
        FROM public.escalation_identityrequest AS r
        JOIN public.escalation_case AS c ON c.id = r.case_id
        JOIN public.accounts_member AS m ON m.id = c.member_id
        JOIN public.accounts_user AS u ON u.id = m.user_id
        JOIN vault.identity AS i ON i.handle = u.handle
        WHERE r.id = look.request_id;
END $$;

CREATE FUNCTION vault.review_identity(p_request bigint, p_guide bigint, p_note text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked public.escalation_identityrequest;
    about record;
BEGIN
    SELECT * INTO asked FROM public.escalation_identityrequest WHERE id = p_request FOR UPDATE;
    SELECT c.member_id, c.locality_id INTO about
    FROM public.escalation_case AS c WHERE c.id = asked.case_id;
    IF asked.id IS NULL OR NOT vault.watches(p_guide, about.locality_id) THEN
        PERFORM vault.refuse('not yours', 'This is not from a locality that you cover.');
    END IF;
    IF NOT asked.life_at_risk OR asked.reviewed_at IS NOT NULL THEN
        PERFORM vault.refuse('reviewed', 'There is nothing to sign here any more.');
    END IF;
    IF NOT vault.is_senior(p_guide) THEN
        PERFORM vault.refuse('not senior', 'Only a senior wall guide signs this.');
    END IF;
    IF asked.asked_by_id = p_guide OR EXISTS (
        SELECT FROM public.escalation_identitylook AS l
        WHERE l.request_id = p_request AND l.looked_by_id = p_guide
    ) THEN
        PERFORM vault.refuse('your own', 'You asked or looked, so another senior wall guide signs this.');
    END IF;
    IF length(btrim(p_note)) < 10 THEN
        PERFORM vault.refuse('no reason', 'Write what you found, in a sentence.');
    END IF;
    UPDATE public.escalation_identityrequest
    SET reviewed_by_id = p_guide, reviewed_at = clock_timestamp(), review_note = btrim(p_note)
    WHERE id = p_request;
    PERFORM vault.note(p_guide, 'review identity release', about.member_id,
        jsonb_build_object('case', asked.case_id, 'request', p_request));
END $$;

-- NULL as the time ends a delay at once.
CREATE FUNCTION vault.delay_looks(
    p_request bigint, p_guide bigint, p_reason text, p_until timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked public.escalation_identityrequest;
    about record;
    moment timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO asked FROM public.escalation_identityrequest WHERE id = p_request FOR UPDATE;
    SELECT c.member_id, c.locality_id INTO about
    FROM public.escalation_case AS c WHERE c.id = asked.case_id;
    IF asked.id IS NULL OR NOT vault.watches(p_guide, about.locality_id) THEN
        PERFORM vault.refuse('not yours', 'This is not from a locality that you cover.');
    END IF;
    IF NOT vault.is_senior(p_guide) THEN
        PERFORM vault.refuse('not senior', 'Only a senior wall guide can have a look shown later.');
    END IF;
    IF p_until IS NULL THEN
        UPDATE public.escalation_identityrequest
        SET shown_from = NULL, delay_reason = '', delayed_by_id = NULL, delayed_at = NULL
        WHERE id = p_request;
        PERFORM vault.note(p_guide, 'show looks now', about.member_id,
            jsonb_build_object('case', asked.case_id, 'request', p_request));
        RETURN;
    END IF;
    IF length(btrim(p_reason)) < 10 THEN
        PERFORM vault.refuse('no reason', 'Write why the member should see it later, in a sentence.');
    END IF;
    IF p_until <= moment OR p_until > moment + interval '30 days' THEN
        PERFORM vault.refuse('no end', 'Say until when: a time to come, at most thirty days from now.');
    END IF;
    UPDATE public.escalation_identityrequest
    SET shown_from = p_until, delay_reason = btrim(p_reason), delayed_by_id = p_guide,
        delayed_at = moment
    WHERE id = p_request;
    PERFORM vault.note(p_guide, 'delay looks', about.member_id,
        jsonb_build_object('case', asked.case_id, 'request', p_request, 'until', p_until));
END $$;

-- For the end of an episode's keeping. What the log says of it stays.
CREATE FUNCTION vault.forget_requests(p_case bigint)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.escalation_case WHERE id = p_case AND closed_at IS NULL) THEN
        PERFORM vault.refuse('open case', 'The case is open.');
    END IF;
    IF EXISTS (SELECT FROM public.escalation_identityrequest
               WHERE case_id = p_case AND life_at_risk AND reviewed_at IS NULL) THEN
        PERFORM vault.refuse('to review', 'A release has not been reviewed.');
    END IF;
    DELETE FROM public.escalation_identitylook WHERE request_id IN (
        SELECT id FROM public.escalation_identityrequest WHERE case_id = p_case);
    DELETE FROM public.escalation_identityrequest WHERE case_id = p_case;
END $$;

RESET ROLE;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    vault.ask_identity(bigint, bigint, text, text, boolean),
    vault.decide_identity(bigint, bigint, boolean, text),
    vault.note_look(bigint, bigint), vault.open_identity(bigint, bigint),
    vault.review_identity(bigint, bigint, text),
    vault.delay_looks(bigint, bigint, text, timestamptz), vault.forget_requests(bigint)
TO peersupport_web;
"""
UNDO = """
DROP FUNCTION vault.forget_requests(bigint);
DROP FUNCTION vault.delay_looks(bigint, bigint, text, timestamptz);
DROP FUNCTION vault.review_identity(bigint, bigint, text);
DROP FUNCTION vault.open_identity(bigint, bigint);
DROP FUNCTION vault.note_look(bigint, bigint);
DROP FUNCTION vault.decide_identity(bigint, bigint, boolean, text);
DROP FUNCTION vault.ask_identity(bigint, bigint, text, text, boolean);
DROP FUNCTION vault.refuse(text, text);
DROP FUNCTION vault.note(bigint, text, bigint, jsonb);
DROP FUNCTION vault.a_senior_is_there(bigint);
DROP FUNCTION vault.is_senior(bigint);
DROP FUNCTION vault.watches(bigint, bigint);
"""


def staff(*, null: bool = True) -> models.ForeignKey:
    return models.ForeignKey(
        blank=null, null=null, on_delete=django.db.models.deletion.PROTECT, related_name="+",
        to="accounts.wallguide",
    )


WHY = [
    ("safe", "To make sure that you were safe"),
    ("nearby", "To ask someone near you to check on you"),
    ("no_answer", "To reach you, when you did not answer"),
    ("chosen_person", "To call the person you chose for an emergency"),
]
ID = {"auto_created": True, "primary_key": True, "serialize": False, "verbose_name": "ID"}
RULES = {
    "nobody_approves_their_own_identity_request": (
        Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by"))
    ),
    "identity_request_decided_at_with_by": (
        Q(decided_by__isnull=True, decided_at__isnull=True, approved__isnull=True)
        | Q(decided_by__isnull=False, decided_at__isnull=False, approved__isnull=False)
    ),
    "identity_opens_only_when_approved_or_a_life_is_at_risk": (
        Q(opens_until__isnull=True) | Q(approved=True) | Q(life_at_risk=True)
    ),
    "a_life_at_risk_release_is_to_be_reviewed": (
        Q(life_at_risk=False) | Q(review_due_at__isnull=False)
    ),
    "identity_reviewed_at_with_another_by": (
        Q(reviewed_by__isnull=True, reviewed_at__isnull=True)
        | Q(reviewed_by__isnull=False, reviewed_at__isnull=False)
        & ~Q(reviewed_by=F("asked_by"))
    ),
    "a_look_is_delayed_by_a_person_with_a_reason": (
        Q(shown_from__isnull=True, delayed_by__isnull=True, delay_reason="")
        | Q(shown_from__isnull=False, delayed_by__isnull=False) & ~Q(delay_reason="")
    ),
}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_addresses_are_sealed"),
        ("escalation", "0003_agreed_protocols_never_change"),
        ("vault", "0001_the_vault"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityRequest",
            fields=[
                ("id", models.BigAutoField(**ID)),
                ("asked_at", models.DateTimeField()),
                ("why", models.CharField(choices=WHY, max_length=20)),
                ("reason", models.TextField(max_length=1000)),
                ("life_at_risk", models.BooleanField(default=False)),
                ("senior_was_there", models.BooleanField(default=False)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("approved", models.BooleanField(blank=True, null=True)),
                ("decision_note", models.TextField(blank=True, max_length=1000)),
                ("opens_until", models.DateTimeField(blank=True, null=True)),
                ("review_due_at", models.DateTimeField(blank=True, null=True)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("review_note", models.TextField(blank=True, max_length=2000)),
                ("shown_from", models.DateTimeField(blank=True, null=True)),
                ("delay_reason", models.TextField(blank=True, max_length=1000)),
                ("delayed_at", models.DateTimeField(blank=True, null=True)),
                ("asked_by", staff(null=False)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identity_requests",
                        to="escalation.case",
                    ),
                ),
                ("decided_by", staff()),
                ("delayed_by", staff()),
                ("reviewed_by", staff()),
            ],
            options={"ordering": ["-asked_at", "-pk"]},
        ),
        migrations.CreateModel(
            name="IdentityLook",
            fields=[
                ("id", models.BigAutoField(**ID)),
                ("looked_at", models.DateTimeField()),
                ("audit_seq", models.BigIntegerField(unique=True)),
                ("noted_in", models.BigIntegerField()),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("looked_by", staff(null=False)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to="escalation.identityrequest",
                    ),
                ),
            ],
            options={"ordering": ["-looked_at", "-pk"]},
        ),
        migrations.AddIndex(
            "identityrequest",
            models.Index(
                condition=Q(life_at_risk=True, reviewed_at__isnull=True),
                fields=["review_due_at"],
                name="identity_to_review",
            ),
        ),
        *(
            migrations.AddConstraint(
                "identityrequest", models.CheckConstraint(condition=condition, name=name)
            )
            for name, condition in RULES.items()
        ),
        migrations.RunSQL(DOOR, UNDO),
    ]
