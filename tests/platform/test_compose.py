"""docker-compose.yml has production's shape, holds no secret, and its commands are real ones."""

import re
import subprocess
import sys

import pytest
import yaml

from tests.platform.compose import CHECKOUT, FILE, MissingVariableError, services

SECRETS = {
    *("SECRET_KEY", "VAULT_SEAL_KEY", "VAULT_KEYS", "REDIS_PASSWORD", "POSTGRES_PASSWORD"),
    *("WEB_POSTGRES_PASSWORD", "POST_POSTGRES_PASSWORD"),
}
SET = {name: f"made-up-{name.lower()}" for name in SECRETS} | {
    "SITE_HOST": "wall.example.org",
    "ACME_EMAIL": "someone@example.org",
    "EMAIL_HOST": "mail.example.org",
}
RUN_ONCE = {"migrate"}


def command_of(name: str) -> list[str]:
    return [str(part) for part in services(SET)[name]["command"]]


def test_it_meets_the_compose_schema():
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec",
         str(FILE)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_every_part_of_production_is_there_and_the_sentinel_twice():
    found = services()
    assert set(found) == {
        *("proxy", "web", "worker", "beat", "sentinel", "migrate", "postgres", "redis"),
    }
    assert found["sentinel"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", sorted(set(services()) - RUN_ONCE))
def test_every_lasting_service_has_a_healthcheck_and_is_restarted(name):
    service = services()[name]
    check = service["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(check)
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "worker", "sentinel", "beat"])
def test_nothing_stands_in_the_way_of_running_more_of_it(name):
    service = services()[name]
    assert "container_name" not in service
    assert "hostname" not in service
    assert "ports" not in service
    assert not any("volume" in str(one) for one in service.get("volumes", []))
    assert service["read_only"] is True


def test_only_the_proxy_can_be_reached_from_outside():
    assert [name for name, service in services().items() if "ports" in service] == ["proxy"]
    networks = yaml.safe_load(FILE.read_text())["networks"]
    assert networks["inside"]["internal"] is True
    for name in ("postgres", "redis"):
        assert services()[name]["networks"] == ["inside"]


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_missing_secret_is_a_sentence_and_none_is_written_down(name):
    with pytest.raises(MissingVariableError, match=f"{name}: set {name}"):
        services({key: value for key, value in SET.items() if key != name})


def test_no_secret_is_in_any_file_of_the_deployment():
    # A secret's name may only be followed by a variable, a file's or nothing at all.
    given = re.compile(
        r"(?i)(password|passwd|secret_key|secret|token|api_key)\w*['\"]?\s*[:=]\s*['\"]?([^\s'\"]+)"
    )
    for path in (FILE, CHECKOUT / "Dockerfile", *(CHECKOUT / "deploy").iterdir()):
        text = re.sub(r"\$\{[^}]*\}", "VARIABLE", path.read_text())
        for _, value in given.findall(text):
            assert value.startswith("VARIABLE") or value == "unused", f"{path.name}: {value}"
        assert set(re.findall(r"://[^/\s]*:([^/\s]+)@", text)) <= {"VARIABLE"}


def test_only_what_sends_letters_may_ask_for_an_address_and_only_migrate_is_the_owner():
    found = services(SET)
    given = {name: str(service.get("environment", {})) for name, service in found.items()}

    asks = {name for name, words in given.items() if "peersupport_post" in words}
    assert asks == {"worker", "sentinel"}
    owns = {name for name, words in given.items() if "//peersupport:" in words}
    assert owns == {"migrate"}
    for name in ("web", "worker", "beat", "sentinel"):
        assert found[name]["environment"]["DATABASE_URL"].startswith("postgres://peersupport_web:")


def test_redis_keeps_what_it_has_on_disk_and_evicts_nothing():
    script = " ".join(command_of("redis"))
    assert "appendonly yes" in script
    assert "maxmemory-policy noeviction" in script
    assert any(volume.endswith(":/data") for volume in services()["redis"]["volumes"])


def test_postgres_waits_for_the_disk():
    assert "synchronous_commit=on" in command_of("postgres")
    assert not any("fsync" in part for part in command_of("postgres"))


def test_the_web_command_is_one_that_uvicorn_understands():
    from uvicorn.main import main

    program, *arguments = command_of("web")
    assert program == "uvicorn"
    context = main.make_context("uvicorn", list(arguments))
    assert context.params["app"] == "peersupport.asgi:application"
    assert context.params["access_log"] is False
    assert context.params["lifespan"] == "off"


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_celery_understands_the_commands_of_worker_and_beat(name):
    from celery.bin.base import CLIContext
    from celery.bin.celery import celery

    program, *arguments = command_of(name)
    assert program == "celery"
    before, after = arguments[: arguments.index(name)], arguments[arguments.index(name) + 1 :]
    outer = celery.make_context("celery", [*before, name])
    outer.obj = CLIContext(app=None, no_color=True, workdir=None)
    celery.commands[name].make_context(name, after, parent=outer)
    assert before == ["--app=peersupport"]


@pytest.mark.parametrize("name", ["sentinel", "migrate", "beat"])
def test_every_management_command_that_is_named_exists(name):
    from django.core.management import get_commands

    service = services(SET)[name]
    words = " ".join([*command_of(name), *map(str, service["healthcheck"].get("test", ()))])
    named = re.findall(r"manage\.py (\w+)", words)
    assert named
    assert set(named) <= set(get_commands())


def test_the_image_holds_what_runs_and_not_what_tests(tmp_path):
    ignored = (CHECKOUT / ".dockerignore").read_text().split()
    assert {".git", ".env*", ".run", ".venv", "tests"} <= set(ignored)
    dockerfile = (CHECKOUT / "Dockerfile").read_text()
    assert "USER 10001" in dockerfile
    assert "--require-hashes" in dockerfile


def test_i6_the_proxy_is_given_a_crisis_page_that_needs_nothing_behind_it(tmp_path):
    from django.core.management import call_command

    call_command("write_crisis_page", str(tmp_path))
    page = (tmp_path / "help-now/index.html").read_bytes()
    assert b"<html" in page
    assert len(page) <= 8 * 1024
    caddyfile = (CHECKOUT / "deploy/Caddyfile").read_text()
    assert "handle /help-now/ {" in caddyfile
    assert "/srv/crisis" in caddyfile
    assert "COPY --from=app /srv/crisis /srv/crisis" in (CHECKOUT / "Dockerfile").read_text()
