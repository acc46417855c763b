from django.db import migrations

# What a guide decided and said stands as it was said; what undoes it is another row. Only the
# erasure of its member takes it away.
NEVER_CHANGES = """
CREATE FUNCTION act_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'act % never changes', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER act_never_changes BEFORE UPDATE ON community_act
    FOR EACH ROW EXECUTE FUNCTION act_never_changes();
"""
UNDO = """
DROP TRIGGER act_never_changes ON community_act;
DROP FUNCTION act_never_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("community", "0010_what_guides_decide")]

    operations = [migrations.RunSQL(NEVER_CHANGES, UNDO)]
