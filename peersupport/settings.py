"""
Everything that differs between one place and another comes from the environment.

Postgres is the truth and Redis is a hint: sessions, rate limits and every queue that
matters live in Postgres, so that nobody is signed out or lost when Redis goes away.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import to_locale
from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)

DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
TESTING = env.bool("PEERSUPPORT_TESTING", False)
HTTPS = env.bool("HTTPS", not (DEBUG or DEMO or TESTING))


def _required(name: str, what: str) -> str:
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set: {what}. On a machine of your own, go through make "
            "(`make demo`, `make test`), which starts private servers and sets it."
        )
    return value


SECRET_KEY = _required("SECRET_KEY", "it signs sessions and forms")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "channels",
    "peersupport",
    "reporting",
    "belonging",
    "escalation",
    "community",
    "conversations",
    "measures",
    "risk",
    "live",
    "notifications",
    "accounts",
    "vault",
    "commissioning",
    "audit",
]

MIDDLEWARE = [
    "peersupport.middleware.security_headers",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "peersupport.middleware.no_zero_bytes",
    "peersupport.middleware.keep_writing_when_the_database_is_away",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.language.speak_their_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.know_who_asks",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.deny_by_default",
]

ROOT_URLCONF = "peersupport.urls"
WSGI_APPLICATION = "peersupport.wsgi.application"
ASGI_APPLICATION = "peersupport.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ]
            if not DEBUG
            else [
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.who",
                "peersupport.context.demo",
            ],
        },
    }
]

# --- Postgres ---------------------------------------------------------------------------

_required("DATABASE_URL", "it says where Postgres is")
# What serves people may not change tables or read the vault; a few commands are the owner's.
_as_owner = env.bool("PEERSUPPORT_AS_OWNER", False) and env.str("DATABASE_OWNER_URL", "")
_address = "DATABASE_OWNER_URL" if _as_owner else "DATABASE_URL"
DATABASES: dict[str, Any] = {
    "default": env.dj_db_url(_address, conn_max_age=60, conn_health_checks=True)
}
# A lock or a statement that hangs must not take the desk with it.
DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
    "-c lock_timeout=5000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000"
)
# A worker that sends letters has a role of its own, which may ask for one letter's address.
if env.str("POST_DATABASE_URL", ""):
    DATABASES["post"] = env.dj_db_url("POST_DATABASE_URL", conn_max_age=60, conn_health_checks=True)
    DATABASES["post"]["OPTIONS"] = dict(DATABASES["default"]["OPTIONS"])
DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_DATABASE_NAME", "test_peersupport")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sign-in rate limits live in Postgres too: they must hold when Redis does not.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "peersupport_cache",
        # With the usual 300, whoever tries many addresses would push the others' counts out.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- Redis: hints only ------------------------------------------------------------------

REDIS_URL = _required("REDIS_URL", "it says where Redis is")
REDIS_PREFIX = env.str("REDIS_PREFIX", "ps")

LIVE_CHANNEL = f"{REDIS_PREFIX}.live"

CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A web request must never wait on a Redis that hangs (F08, F09).
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "visibility_timeout": 60,
    "global_keyprefix": f"{REDIS_PREFIX}.celery.",
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 60
# On a busy machine a new child of the pool takes longer than the usual 4 s to say hello, and
# one that is killed for that is replaced by another that is slower still (F01).
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 30
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # A lost doorbell costs two seconds. Without beat, the sentinel is the one who looks.
    "sweep": {"task": "risk.tasks.drain_screenings", "schedule": 2.0, "options": {"expires": 10}},
    "wall-policy": {
        "task": "community.tasks.apply_policy",
        "schedule": 2.0,
        "options": {"expires": 10},
    },
    "beat-heartbeat": {"task": "escalation.tasks.beat_is_alive", "schedule": 15.0},
    "audit-sample": {"task": "risk.tasks.draw_audit_sample", "schedule": 3600.0},
    # What was promised to those who left. Late by a day, it is still kept.
    "erase-the-departed": {"task": "belonging.tasks.erase_the_departed", "schedule": 3600.0},
    "letters": {
        "task": "vault.tasks.send_due_letters",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    "nudges": {
        "task": "notifications.tasks.send_due_nudges",
        "schedule": 20.0,
        "options": {"expires": 15},
    },
    "news-by-letter": {
        "task": "notifications.tasks.write_due_letters",
        "schedule": 300.0,
        "options": {"expires": 250},
    },
    "forget-old-news": {"task": "notifications.tasks.forget_old_news", "schedule": 3600.0},
    "forget-sessions-and-tallies": {"task": "accounts.tasks.tidy", "schedule": 3600.0},
    # The sentinel does it too, so a dead beat leaves nobody without an answer.
    "first-replies": {
        "task": "escalation.tasks.answer_the_unanswered",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "peers": {"task": "escalation.tasks.look_after_peers", "schedule": 3600.0},
    "themes": {"task": "escalation.tasks.watch_themes", "schedule": 900.0},
    "forget-old-drafts": {"task": "community.tasks.forget_old_drafts", "schedule": 3600.0 * 6},
    "gather-search-words": {
        "task": "community.tasks.gather_search_words",
        "schedule": 3600.0,
    },
    "count-days": {"task": "risk.tasks.count_days", "schedule": 3600.0 * 6},
}

# --- People -----------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": "accounts.passwords.NotTooLong"},
    {"NAME": "accounts.passwords.NotWellKnown"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
# To allauth a sign-in's name is the seal of an address: it never holds the address itself.
ACCOUNT_USER_MODEL_USERNAME_FIELD = "address_seal"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_PRESERVE_USERNAME_CASING = False  # a seal is lower case, and so its index is used
ACCOUNT_USER_DISPLAY = "accounts.adapter.nobody_by_name"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 -- a class
# Whoever has the letter is in: so nobody is locked out by somebody else's wrong passwords.
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
PASSWORD_RESET_TIMEOUT = 60 * 60 * 4
# Signing in and passwords have brakes of our own (accounts.brakes), which say when to go on.
ACCOUNT_RATE_LIMITS = {"login": None, "change_password": None, "reset_password": None}
FAILED_SIGN_INS_A_MINUTE = env.int("FAILED_SIGN_INS_A_MINUTE", 300)
# What one member may write in a minute. In a demo few members write for many: see `replay`.
WRITINGS_A_MINUTE = env.int("WRITINGS_A_MINUTE", 6000 if DEMO or TESTING else 10)
# The published steps: how many strikes lead to a pause, how long a strike counts, and how many days
# the first, second … pause is. The last is also that of every later one. Members read them.
STRIKES_BEFORE_A_PAUSE = env.int("STRIKES_BEFORE_A_PAUSE", 3)
STRIKES_LAST_DAYS = env.int("STRIKES_LAST_DAYS", 180)
PAUSES_DAYS: list[int] = env.list("PAUSES_DAYS", [2, 14, 30], subcast=int)
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True

# Who works here shows a second factor at each sign-in (docs/adr/0015).
MFA_ADAPTER = "accounts.mfa.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey is two factors only where the device has checked who holds it.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_FORMS = {
    "authenticate": "accounts.second_factor_forms.StepForm",
    "authenticate_webauthn": "accounts.second_factor_forms.StepByPasskeyForm",
    "login_webauthn": "accounts.second_factor_forms.SignInByPasskeyForm",
}
# So that a demo's people sign in without a phone. Ignored, and refused by a check, elsewhere.
DEMO_WITHOUT_SECOND_FACTOR = env.bool("DEMO_WITHOUT_SECOND_FACTOR", False)
# Providers come from the database, and nothing about anybody is kept (accounts.single_sign_on).
SOCIALACCOUNT_ADAPTER = "accounts.single_sign_on.SignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False

SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
# However somebody signed in: the machine may not be theirs alone.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "peersupport.views.form_refused"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

if HTTPS:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^safety$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
# Nothing to other sites (S22). Not "no-referrer": with that, browsers send our own forms
# with `Origin: null`, and the CSRF check rightly refuses them.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- The vault --------------------------------------------------------------------------

# Addresses are known again by a keyed hash. Lost, nobody can sign in; it is never rotated.
VAULT_SEAL_KEY = _required("VAULT_SEAL_KEY", "an address is known again by it")
# name:key, with commas between several. The first one writes, all of them read (vault.cipher).
VAULT_KEYS = _required("VAULT_KEYS", "who somebody is lies encrypted with them")

# --- What the house promises, in numbers ------------------------------------------------

# The sentinel's outside listener: it is pinged only while the audit is clean.
SENTINEL_DEADMAN_URL = env.str("SENTINEL_DEADMAN_URL", "")
# A monitor reads /safety with this token; without one only staff can.
MONITOR_TOKEN = env.str("MONITOR_TOKEN", "")

# Private messages between members. Not built, and refused by a check if it is set: docs/adr/0018
# says what would have to stand first.
MEMBER_MESSAGES = env.bool("MEMBER_MESSAGES", False)

# --- What the screening learns from -----------------------------------------------------

# Unflagged texts that a person reads blind: this share of all, this share of those nearest to
# a flag, at least so many a week, and of them this share read by two.
AUDIT_RANDOM = env.float("AUDIT_RANDOM", 0.02)
AUDIT_NEAR = env.float("AUDIT_NEAR", 0.02)
AUDIT_WEEKLY_AT_LEAST = env.int("AUDIT_WEEKLY_AT_LEAST", 50)
AUDIT_READ_TWICE = env.float("AUDIT_READ_TWICE", 0.1)
# A challenger reads this share of what the champion has read.
SHADOW_SHARE = env.float("SHADOW_SHARE", 0.25)

# --- The rest ---------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
# The words of every page for members are in locale/ (`manage.py gather_words`). A language is
# offered only when it is named here: never before a native speaker has read its catalogue.
_LANGUAGE_NAMES = {"en-gb": "English", "cy": "Cymraeg"}
LANGUAGES_OFFERED = env.list("LANGUAGES_OFFERED", [LANGUAGE_CODE])
for code in LANGUAGES_OFFERED:
    if code not in _LANGUAGE_NAMES or not (BASE_DIR / "locale" / to_locale(code)).is_dir():
        raise ImproperlyConfigured(f"LANGUAGES_OFFERED names {code}, which locale/ does not hold.")
LANGUAGES = [(code, _LANGUAGE_NAMES[code]) for code in LANGUAGES_OFFERED]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG or DEMO or TESTING
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if (DEBUG or DEMO or TESTING)
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_FILE_PATH = env.str("EMAIL_FILE_PATH", None)
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
# Whom every letter comes from. It carries no health word, and neither does its domain (S26).
POST_SENDER = DEFAULT_FROM_EMAIL = env.str("POST_SENDER", "no-reply@localhost")
# Where letters that cannot be delivered come back to: a mailbox that takes `name+anything`, and
# hands what it gets to `manage.py take_bounces`. Without one, only what is refused at once is
# heard of.
BOUNCES_TO = env.str("BOUNCES_TO", "")

# --- Being told -------------------------------------------------------------------------

# Where the links of letters lead. It carries no health word either (S26).
SITE_URL = env.str("SITE_URL", f"http{'s' * HTTPS}://{ALLOWED_HOSTS[0]}").rstrip("/")
# `manage.py new_push_keys` makes one. Without it, nobody is asked about their phone.
PUSH_KEY = env.str("PUSH_KEY", "")
# The makers of browsers, who pass nudges on: no other host is ever asked to (S64).
PUSH_SERVICES = env.list(
    "PUSH_SERVICES",
    [
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
        "*.push.apple.com",
        "*.notify.windows.com",
    ],
)
# What the weekly letter can lead to; each is asked what there is for one member.
NEWS_OF_THE_WEEK = ["community.digest.of_the_week"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Addresses can carry identifiers; refused requests are counted by the proxy.
        "django.request": {"level": "ERROR"},
        # It would write down which passkey was used.
        "fido2": {"level": "WARNING"},
        # Their complaints hold where somebody's browser is nudged.
        "urllib3": {"level": "CRITICAL"},
        "pywebpush": {"level": "CRITICAL"},
    },
}
