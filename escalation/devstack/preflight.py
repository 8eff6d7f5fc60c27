"""What is looked at before anything starts, so that a mistake costs a second and not a minute."""

import errno
import socket
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException

from escalation.devstack.errors import StackError


def port(environ: Mapping[str, str]) -> int:
    """Return the port to serve, from PORT (8000 when it is not set). Raises StackError unless it is free to take."""
    text = environ.get("PORT", "").strip() or "8000"
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise StackError(
            f"PORT is {text!r}, which is not a port.",
            "Give a number from 1024 to 65535: `make run PORT=8001`.",
        )
    number = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except PermissionError:
            raise StackError(
                f"This account may not use port {number}.",
                "Ports below 1024 are for root: `make run PORT=8000`.",
            ) from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise StackError(
                f"Port {number} is taken by another program.",
                f"Choose another: `make run PORT={number + 1 if number < 65535 else 8000}`; or stop that program.",
            ) from None
    return number


def serves(port: int) -> bool:
    """Tell whether the application on `port` answers its health check."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
