"""Templates: the formatter breaks what it can; nothing longer than a line of code is left, but addresses."""

from pathlib import Path

from django.conf import settings


def test_no_line_of_a_template_is_longer_than_a_line_of_code():
    found = [path for path in (settings.BASE_DIR / "templates").rglob("*") if path.is_file()]
    too_long = [
        (path.name, number)
        for path in found
        for number, line in enumerate(Path(path).read_text().split("\n"), start=1)
        if len(line) > 120 and not line.strip().startswith('href="https://')
    ]
    assert (len(found) > 100, too_long) == (True, [])
