from django.apps import AppConfig


class BelongingConfig(AppConfig):
    name = "belonging"
