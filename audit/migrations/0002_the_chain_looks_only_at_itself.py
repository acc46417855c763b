"""
The trigger finds its own table, whoever asks.

It runs with the search path of whoever inserts. A role that serves pages could make a
temporary table of the same name, which is found first, and have its entry chained to that.
"""

from django.db import migrations

FIX = """
ALTER FUNCTION audit_chain() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION audit_refuse() SET search_path = pg_catalog, public, pg_temp;
"""
UNDO = """
ALTER FUNCTION audit_chain() RESET search_path;
ALTER FUNCTION audit_refuse() RESET search_path;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(FIX, UNDO)]
