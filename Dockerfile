# One image for web, worker, beat, sentinel and migrate (target "app"), and one for the proxy
# (target "proxy"), which carries the static files and the crisis page so that both answer
# when nothing behind it does. See docker-compose.yml.

FROM python:3.11-slim-bookworm AS app
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy VIRTUAL_ENV=/venv PATH=/venv/bin:$PATH
WORKDIR /app
COPY scripts/uv.txt pyproject.toml requirements.lock ./
# Only what a running service needs, at the versions and hashes of the lock.
RUN python -m venv /uv && /uv/bin/pip install --no-cache-dir --require-hashes -r uv.txt \
 && python -m venv --without-pip /venv \
 && /uv/bin/uv pip install --no-cache --compile-bytecode --require-hashes \
      -r pyproject.toml -c requirements.lock \
 && rm -rf /uv uv.txt \
 && useradd --system --uid 10001 --no-create-home app
COPY . .
# The five settings are asked for by name and used by nothing at this point.
RUN python -m compileall -q . \
 && export SECRET_KEY=unused VAULT_SEAL_KEY=unused VAULT_KEYS=unused DATABASE_URL=postgres://unused REDIS_URL=redis://unused \
 && python manage.py collectstatic --noinput --verbosity 0 \
 && python manage.py write_crisis_page /srv/crisis
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM

FROM caddy:2 AS proxy
COPY --from=app /app/staticfiles /srv/static
COPY --from=app /srv/crisis /srv/crisis
COPY deploy/Caddyfile /etc/caddy/Caddyfile

# Built without a target, this is the image of the services.
FROM app
