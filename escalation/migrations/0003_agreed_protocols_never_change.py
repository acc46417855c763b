from django.db import migrations

# What two parties have agreed, and cases may pin, no code may change: not a bulk update,
# not a person at the database's own prompt.
NEVER_CHANGES = """
CREATE FUNCTION protocol_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.agreed_at IS NOT NULL THEN
        RAISE EXCEPTION 'protocol % is agreed and never changes', OLD.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE FUNCTION protocol_steps_never_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.protocol_id ELSE OLD.protocol_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM escalation_protocol WHERE id = touched AND agreed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'protocol % is agreed, and so its steps never change', touched
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER protocol_never_changes BEFORE UPDATE OR DELETE ON escalation_protocol
    FOR EACH ROW EXECUTE FUNCTION protocol_never_changes();
CREATE TRIGGER protocol_steps_never_change
    BEFORE INSERT OR UPDATE OR DELETE ON escalation_protocolstep
    FOR EACH ROW EXECUTE FUNCTION protocol_steps_never_change();
"""
UNDO = """
DROP TRIGGER protocol_steps_never_change ON escalation_protocolstep;
DROP TRIGGER protocol_never_changes ON escalation_protocol;
DROP FUNCTION protocol_steps_never_change();
DROP FUNCTION protocol_never_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("escalation", "0002_initial")]

    operations = [migrations.RunSQL(NEVER_CHANGES, UNDO)]
