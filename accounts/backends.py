from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from accounts.models import User
from vault.seals import seal_address


class EmailBackend(AuthenticationBackend):  # type: ignore[misc]
    """
    allauth's sign-in by e-mail, where the address is known only by its seal.

    Fetches who a person is in the same query.
    """

    def _authenticate(self, request: Any, **credentials: Any) -> Any:
        if address := credentials.pop("email", None):
            credentials["username"] = seal_address(address)
        return super()._authenticate(request, **credentials)

    def get_user(self, user_id: Any) -> User | None:
        return with_who_they_are(User.objects.filter(pk=user_id, is_active=True)).first()


def with_who_they_are(users: QuerySet[User]) -> QuerySet[User]:
    """One query a page instead of one for each thing a person might be."""
    return users.select_related(
        "member__locality", "member__preferences", "wall_guide", "commissioning_lead",
        "administrator",
    )  # fmt: skip
