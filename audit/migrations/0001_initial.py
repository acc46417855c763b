from django.db import migrations, models

# Kept in step with audit.chain: the same words in the same order.
INSERT_ONLY = r"""
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    -- One writer at a time until commit, so that numbers have no gaps and the chain
    -- grows in the order in which things were committed.
    PERFORM pg_advisory_xact_lock(hashtext('audit_entry'));
    SELECT seq, hash INTO last FROM audit_entry ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(last.seq, 0) + 1;
    NEW.prev_hash := coalesce(last.hash, repeat('0', 64));
    NEW.hash := encode(sha256(convert_to(concat_ws(E'\x1f',
        NEW.prev_hash, NEW.seq::text,
        to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        NEW.actor, NEW.verb, NEW.subject, NEW.detail::text), 'UTF8')), 'hex');
    RETURN NEW;
END $$;
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is insert-only: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_chain BEFORE INSERT ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_chain();
CREATE TRIGGER audit_refuse_row BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_all BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""
UNDO = """
DROP TRIGGER audit_chain ON audit_entry;
DROP TRIGGER audit_refuse_row ON audit_entry;
DROP TRIGGER audit_refuse_all ON audit_entry;
DROP FUNCTION audit_chain();
DROP FUNCTION audit_refuse();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=60)),
                ("verb", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=60)),
                ("detail", models.JSONField(default=dict)),
                ("prev_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={"verbose_name_plural": "entries", "ordering": ["seq"]},
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["subject", "seq"], name="audit_by_subject"),
        ),
        migrations.RunSQL(INSERT_ONLY, UNDO),
    ]
