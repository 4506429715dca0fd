"""Templates: the formatter breaks what it can; nothing longer than a line of code is left, but addresses."""

import re
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


def test_no_line_of_a_mail_ends_in_a_sentence():
    """The HTML of a mail keeps each line end of its text, but of what is `flowing`."""
    broken = []
    for path in (settings.BASE_DIR / "templates" / "mail").glob("*.txt"):
        kept = re.sub(r"\{% filter flowing %\}.*?\{% endfilter %\}", "", path.read_text(), flags=re.DOTALL)
        broken += [f"{path.name}: {line}" for line in re.findall(r"^.*[\w,]\n(?=\S).*", kept, re.MULTILINE)]
    assert broken == []
