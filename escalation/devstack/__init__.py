"""The local stack: PostgreSQL, Valkey, web and worker from one command, without anything installed on the machine.

`python -m escalation.devstack` serves the demonstration, `... test` runs pytest against throw-away servers, and
`... shell -- COMMAND` runs any command against them. Production does not use this package (see docs/running.md).
Nothing here imports Django or Celery, except `prepare`, which runs in a process of its own.
"""
