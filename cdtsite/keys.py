"""The keys of a site whose settings name none: made once, each in a file of its own in var/. No Django."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from cdtsite import folders

# Setting -> its file. In this order they are made: where the secret key is there alone, it was made before the others
# had keys of their own, and does their work too.
FILES = {"ADDRESS_KEYS": "address_keys", "LINK_KEYS": "link_keys", "SECRET_KEY": "secret_key"}


def held() -> dict[str, str]:
    """Setting -> its key, or keys with commas between, of those that var/ holds; raises OSError.

    The first start makes them; of several processes at once all read the same.
    """
    files = {name: folders.VAR / file for name, file in FILES.items()}
    if not files["SECRET_KEY"].exists():
        folders.make(folders.VAR)
        for file in files.values():
            made = _written(file, secrets.token_urlsafe(64))
            # Of several processes one gives its key the name.
            with suppress(FileExistsError):
                os.link(made, file)
            made.unlink()
    return {name: file.read_text() for name, file in files.items() if file.exists()}


def keep(name: str, value: str) -> None:
    """From the next start on this is the key, or these are the keys, of a setting that the environment does not set."""
    file = folders.VAR / FILES[name]
    _written(file, value).replace(file)


def fixed(name: str) -> bool:
    """Whether the environment says what this key is. With a secret key there, var/ is not asked for any."""
    return any(os.environ.get(given, "").strip() for given in ("SECRET_KEY", name))


def _written(file: Path, value: str) -> Path:
    """A new file beside it, for its owner alone from the first byte on, that is on the disk."""
    made = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as new:
        new.write(value)
        new.flush()
        os.fsync(new.fileno())
    return made
