"""A Valkey server of our own (it speaks Redis) on a free port of the loopback address, with a password.

It keeps nothing on disk: by design nothing rides on the broker that may not be lost.
"""

import os
import socket
from functools import partial
from pathlib import Path

from escalation.devstack import binaries
from escalation.devstack.children import Child
from escalation.devstack.errors import StackError
from escalation.devstack.state import token
from escalation.devstack.supervisor import Supervisor

HOST = "127.0.0.1"


def start(supervisor: Supervisor, folder: Path, logs: Path) -> str:
    """Start the server with its files in `folder` and return its address, as REDIS_URL wants it."""
    program = binaries.valkey_program()
    folder.mkdir(mode=0o700, exist_ok=True)
    for last in (False, False, True):
        port, password = free_port(), token()
        settings = folder / "valkey.conf"
        with open(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f'bind {HOST}\nport {port}\nrequirepass {password}\ndir ./\nsave ""\nappendonly no\n')
        server = Child(
            "Valkey", [str(program), str(settings)], log=logs / "valkey.log", env=dict(os.environ), cwd=folder
        )
        try:
            supervisor.start(server)
            supervisor.wait_for(partial(answers, port, password), what="Valkey", seconds=30)
            return f"redis://:{password}@{HOST}:{port}/0"
        except StackError:
            if last or "in use" not in server.said():
                raise
            supervisor.forget(server)  # somebody took the port in between: try another
    raise AssertionError("unreachable: the last try returns or raises")


def free_port() -> int:
    """Return a port of the loopback address that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def answers(port: int, password: str) -> bool:
    """Tell whether the server on `port` takes `password` and answers a ping."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while said.count(b"\r\n") < 2 and (part := connection.recv(100)):
                said += part
            return said == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False
