"""/metrics: what a Prometheus learns of all workers of a running site, if it brings the token."""

import http.client
import re
from contextlib import closing

from django.conf import settings as product
from prometheus_client.parser import text_string_to_metric_families

from cdtsite.metrics import metrics
from tests.acts.test_deployed import collected
from tests.acts.test_server import CODE, serving

DASHBOARD = product.BASE_DIR / "docs" / "deploying" / "dashboard.json"
TOKEN = "sixteen-letters-at-least"


def asked(server, token: str) -> dict[tuple, float]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as asking:
        asking.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
        return read(asking.getresponse().read())


def read(told: bytes) -> dict[tuple, float]:
    families = text_string_to_metric_families(told.decode())
    return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}


def test_answers_are_counted_by_route_and_status_over_all_workers(track, tmp_path):
    track.run("stage", [CODE], 1, 0)
    environment = track.environment | {"METRICS_TOKEN": TOKEN}
    collected(environment)
    with serving(environment, tmp_path / "log", "--workers", "2") as server:
        assert [server.get(f"/codes/{CODE}/")[0] for _ in range(20)] == [200] * 20
        assert server.get("/corrections/nobody/")[0] == 404
        assert server.get("/metrics")[0] == 401
        found = asked(server, TOKEN)
        server.stop()
    counted = {name[1:]: value for name, value in found.items() if name[0] == "cdt_requests_total"}
    pages = [
        value
        for (method, route, status), value in counted.items()
        if status == ("status", "200") and "metrics" not in route[1]
    ]
    assert sum(pages) == 20
    assert counted[("method", "GET"), ("route", "/codes/<code:code>/"), ("status", "200")] in (1, 2)
    assert found["cdt_queue",] == found["cdt_outbox_age_seconds",] == 0
    assert not [name for name in found if CODE in str(name)]
    shown = set(re.findall(r"cdt_\w+", DASHBOARD.read_text()))
    assert len(shown) == 8
    assert shown <= {name[0] for name in found}


def test_is_told_without_https_and_under_the_address_of_the_machine(track, tmp_path):
    track.run("stage", [CODE], 1, 0)
    environment = track.environment | {"METRICS_TOKEN": TOKEN, "SITE_URL": "https://codes.example.org", "PROXIES": "1"}
    collected(environment)
    with (
        serving(environment, tmp_path / "log", "--workers", "1") as server,
        closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as asking,
    ):
        asking.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Host": "10.0.0.5:9090"})
        answer = asking.getresponse()
        assert (answer.status, b"cdt_queue" in answer.read()) == (200, True)
        server.stop()


def test_finished_pages_on_this_machine_are_counted(db, rf, settings, monkeypatch, tmp_path):
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    shelf = settings.VAR / "kept" / "another" / "ab"
    shelf.mkdir(parents=True)
    (shelf / "one").write_bytes(b"12345")
    (shelf / "two").write_bytes(b"123")
    found = read(metrics(rf.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})).content)
    assert (found["cdt_kept_pages",], found["cdt_kept_bytes",]) == (2, 8)


def test_without_a_token_there_is_no_such_page(client, db):
    assert client.get("/metrics").status_code == 404
