from django.db import models


class CommissionerKind(models.TextChoices):
    HEALTH_BOARD = "health_board", "Health board"
    UNIVERSITY = "university", "University"
    COLLEGE = "college", "College"
    EMPLOYER = "employer", "Employer"
    CHARITY = "charity", "Charity"


class Country(models.TextChoices):
    """Where a locality is: it decides which crisis lines its members are shown."""

    GB = "GB", "United Kingdom"
    IE = "IE", "Ireland"
    US = "US", "United States"
    CA = "CA", "Canada"
    AU = "AU", "Australia"
    NZ = "NZ", "New Zealand"


class WayInKind(models.TextChoices):
    """How somebody shows that they may come in."""

    ACCESS_CODE = "access_code", "Access code"
    EMAIL_DOMAIN = "email_domain", "E-mail domain"
    AREA = "area", "Postcode area"
    REFERRAL = "referral", "Referral link"
    SINGLE_SIGN_ON = "single_sign_on", "Single sign-on"
