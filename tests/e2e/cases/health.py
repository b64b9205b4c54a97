"""The routes that tell whether the service works."""

from case import case, eq
from siteconf import PROVIDER_KEY


@case
def alive_without_a_key(site):
    for path in ("/healthz", "/health"):
        reply = site.http.get(path)
        eq(reply.status, 200, path)
        body = reply.json()
        eq(body["ok"], True, path)
        assert body["ts"].endswith("Z"), body


@case
def ready_lists_its_checks(site):
    reply = site.http.get("/ready")
    body = reply.json()
    eq(reply.status, 200, f"{body}")
    eq(body["ok"], True)
    assert "database" in body["checks"], body
    assert PROVIDER_KEY not in reply.body.decode()


@case
def pages_are_served(site):
    for path in ("/", "/status/", "/about"):
        reply = site.http.get(path)
        eq(reply.status, 200, path)
        assert reply.headers["content-type"].startswith("text/html"), reply.headers
        assert "default-src 'none'" in reply.headers["content-security-policy"], reply.headers


@case
def head_has_no_body(site):
    reply = site.http.request("HEAD", "/healthz")
    eq((reply.status, reply.body), (200, b""))
