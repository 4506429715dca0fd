"""Exit with a sentence if nothing can listen on this port of the machine: python tests/port.py 8000"""

import errno
import socket
import sys


def free(port: int) -> bool:
    """Whether a server could listen there; raises OSError for another reason than one that listens already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As servers do: a closed connection is no bar.
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def main(port: str) -> str | None:
    """What to tell, or None if the port is free."""
    try:
        if free(int(port)):
            return None
    except (ValueError, OverflowError):
        return "PORT: a port number from 1 to 65535"
    except PermissionError:
        return f"Port {port} is for root alone. Name a higher one, such as PORT=8000."
    other = next((p for p in range(8000, 9000) if free(p)), 0)
    return f"Port {port} is in use, by this site or by another program. Name one that is free, such as PORT={other}."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
