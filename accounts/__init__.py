"""
Who is who. `User` signs in, `Member` writes, `WallGuide` keeps watch.

Anonymity is a shape here: what people write points at `Member`, which knows an alias
and a locality and nothing else.
"""
