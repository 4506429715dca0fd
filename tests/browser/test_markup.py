"""Every kind of public page, the style sheets and the drawings, read by the W3C's checker of HTML, CSS and SVG."""

import json
import subprocess
from pathlib import Path

from django.conf import settings

from tests.browser import public
from tests.web.reading import fields

# Newer than the checker's list of properties.
UNKNOWN_TO_IT = "CSS: “field-sizing”: Property “field-sizing” doesn't exist."
VNU = Path(__file__).parents[2] / "node_modules/vnu-jar/build/dist/vnu.jar"
STATIC = settings.BASE_DIR / "cdtsite" / "static" / "cdt"


def test_html_css_and_svg_are_valid(client, editor, tmp_path):
    addresses = [*public.build(editor), "/codes/D6011/card/"]
    client.cookies.load(public.kept())
    answers = {address: client.get(address) for address in addresses}
    for address in ("/codes/D6011/correct/", "/contact/"):
        answers[f"{address} posted empty"] = client.post(address, dict.fromkeys(fields(answers[address]), ""))
    for place, answer in enumerate(answers.values()):
        assert answer["Content-Type"] == "text/html; charset=utf-8"
        (tmp_path / f"{place}.html").write_bytes(answer.content)
    files = [*tmp_path.glob("*.html"), *STATIC.rglob("*.css"), *STATIC.glob("*.svg")]
    assert len(files) >= len(addresses) + 5
    read = subprocess.run(
        [
            # One short run: to compile it well takes longer than to run it.
            "java", "-Xss4m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", VNU,
            "--format", "json", "--stdout", "--errors-only", "--also-check-css",
            "--also-check-svg", "--filterpattern", UNKNOWN_TO_IT, *files,
        ],
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    names = {f"{place}.html": address for place, address in enumerate(answers)}
    found = sorted(
        f"{names.get(name := said['url'].rpartition('/')[2], name)}: {said['message']} {said.get('extract', '')!r}"
        for said in json.loads(read.stdout)["messages"]
    )
    assert (found, read.returncode) == ([], 0), "\n".join(found)
