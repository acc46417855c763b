"""Every group name there is, and who may join which."""

from accounts.audience import role_of
from accounts.models import User

SENIORS = "seniors"
WALL = "wall"


def of_locality(locality_id: int) -> str:
    return f"locality.{locality_id}"


def of_user(user_id: int) -> str:
    return f"user.{user_id}"


def of_thread(post_pk: int) -> str:
    return f"thread.{post_pk}"


def joinable_by(user: User) -> list[str]:
    """The groups a signed-in person may listen to: none unless they are a wall guide."""
    guide = role_of(user, "wall_guide")
    if guide is None:
        return []
    localities = sorted(guide.covers.values_list("pk", flat=True))
    names = [of_user(user.pk), *(of_locality(pk) for pk in localities)]
    return [*names, SENIORS] if guide.is_senior else names
