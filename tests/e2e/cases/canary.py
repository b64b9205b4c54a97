"""A fake key, card and address in questions, by every way in, to a provider that repeats them in its
answers and its errors: then they are nowhere but where a feature keeps content in full."""

import base64
import glob
import os

from case import case, eq
from cases.admin import Collector, traces
from client import TIMEOUT, Client, wait_for

# As a client might send them; no other case says them.
KEY = "sk-proj-wideCanary7Zq4hT0vXn2LrB8kD5sW1yJ6"
CARD = "6011000990139424"
EMAIL = "wide.canary@example.net"
SECRETS = (KEY, CARD, EMAIL, "6011 0009 9013 9424")
SAID = f"My key is {KEY}, my card {CARD} or 6011 0009 9013 9424, my address {EMAIL}."

HEADERS = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4799-00f067aa0ba902b7-01"}
REPORTS = ("calls", "errors", "guards", "live", "audit", "errors_by_model", "errors_by_feature")


def ways(feature):
    """Path, body of each way to ask a model."""
    messages = [{"role": "system", "content": SAID}, {"role": "user", "content": SAID}]
    yield "/chat", {"message": SAID, "feature": feature}
    yield "/chat/stream", {"message": SAID, "feature": feature, "resume": feature != "open-guard"}
    for stream in (False, True):
        yield "/v1/chat/completions", {"model": feature, "messages": messages, "stream": stream}
    yield "/v1/messages", {"model": feature, "max_tokens": 99, "messages": messages[1:], "system": SAID}
    yield "/v1/responses", {"model": feature, "input": SAID}
    yield "/v1/embeddings", {"model": feature, "input": [SAID]}


def ask_everything(site, user, feature, tag):
    for n, (path, body) in enumerate(ways(feature)):
        reply = user.post(path, body, {**HEADERS, "Idempotency-Key": f"canary-{tag}-{feature}-{n}"})
        yield path, reply


def in_tables(site, secrets):
    """(table, column) of every place in the database that holds one of them, as it is or encoded."""
    columns = site.sql(
        "SELECT format('%I', c.relname) AS name, format('%I', a.attname) AS col, t.typname AS kind"
        " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " JOIN pg_type AS t ON t.oid = a.atttypid"
        " WHERE n.nspname = 'slipway' AND c.relkind = 'r'"
        " AND t.typname IN ('text', 'json', 'jsonb', 'bytea', 'varchar', '_text', '_jsonb', 'inet')"
    )
    assert len(columns) > 50, columns
    values = {}
    for n, secret in enumerate(secrets):
        values[f"s{n}"] = secret
        values[f"h{n}"] = secret.encode().hex()
        # in base64, whatever stands before it
        for shift in range(3):
            text = base64.b64encode(b"." * shift + secret.encode()).decode().rstrip("=")
            values[f"b{n}{shift}"] = text[4 if shift else 0 : -2]
    found = "".join(f" OR position(:'{v}' IN x.v) > 0" for v in values)[4:]
    query = " UNION ALL ".join(
        f"SELECT '{c['name']}.{c['col']}' AS place FROM slipway.{c['name']} AS t"
        f" CROSS JOIN LATERAL (SELECT t.{c['col']}::text AS v) AS x WHERE {found}"
        for c in columns
    )
    return {r["place"] for r in site.sql(f"SELECT DISTINCT place FROM ({query}) AS p", **values)}


def in_files(site, secrets):
    """The files of the site's state that hold one of them, but for the database's own."""
    found = set()
    for path in filter(os.path.isfile, glob.glob(os.path.join(site.var, "**"), recursive=True)):
        if path.startswith(os.path.join(site.var, "pg") + os.sep):
            continue
        with open(path, "rb") as file:
            text = file.read()
        found.update((os.path.relpath(path, site.var), s) for s in secrets if s.encode() in text)
    return found


def in_pages(site, request_ids, secrets):
    """What an operator or anybody sees: metrics, status, the admin's reports and stories, replay."""
    admin = site.admin
    pages = {"/metrics": admin.get("/metrics").body}
    for path in ("/status/", "/status/api/v2/summary.json", "/ready", "/demo", "/admin/api/state"):
        pages[path] = admin.get(path).body
    for name in REPORTS:
        reply = admin.get("/admin/api/report", name=name)
        eq(reply.status, 200, name)
        pages[name] = reply.body
    for request_id in request_ids:
        pages[request_id] = admin.get("/admin/api/request", id=request_id).body
    pages["replay"] = site.slipway("replay", request_ids[0]).encode()
    return {(name, s) for name, page in pages.items() for s in secrets if s.encode() in page}


@case
def it_is_nowhere(site):
    users = {f: site.user() for f in ("chat", "open-guard", "kept-redacted", "kept-hash", "poisoned")}
    site.mock.script("m", "echo=yes")
    for feature, user in users.items():
        for path, reply in ask_everything(site, user, feature, "answer"):
            eq(reply.status, 200, f"{feature} {path}")
            if path == "/chat":
                assert CARD in reply.json()["answer"], "the provider repeats, the guard puts back"
    # errors of the provider: as a status, as the first event, after some text
    for feature in ("chat", "open-guard"):
        for trouble in ("status=400", "status=422", "error=first", "error=after:1"):
            site.mock.script("m", "echo=yes," + trouble)
            for path, reply in ask_everything(site, users[feature], feature, trouble):
                if path == "/v1/embeddings" and trouble.startswith("error"):
                    continue
                if trouble.startswith("status"):
                    assert reply.status >= 400, f"{path} {reply}"
                    assert not any(s.encode() in reply.body for s in SECRETS), f"{path} {reply}"
    site.mock.script("m", "")
    user = users["chat"]
    user.post("/chat", ('{"message": "' + SAID + '"').encode())
    user.post("/chat", {"message": SAID, "feature": "nosuch"})
    user.post("/v1/moderations", {"input": SAID})
    user.chat(SAID, feature="strict")
    user.get("/docs/search", q=SAID)
    user.post("/v1/messages/count_tokens", {"model": "chat", "messages": [{"role": "user", "content": SAID}]})
    eq(Client(site.url, KEY).chat(SAID).status, 401, "the key of another service")
    wait_for(lambda: not user.reservations(), "all to be settled")
    ids = [u.calls()[-1]["request_id"] for u in users.values()]
    eq(in_tables(site, SECRETS), set())
    eq(in_files(site, SECRETS), set())
    eq(in_pages(site, ids, SECRETS), set())


@case(modes=("lighttpd",))
def it_is_in_no_trace(site):
    user = site.user()
    site.sql("UPDATE slipway.trace_state SET sent_until = now() - interval '1 min', sent_request_id = 'z'")
    site.mock.script("m", "echo=yes,status=400")
    user.post("/chat", {"message": SAID, "feature": "open-guard"}, HEADERS)
    site.mock.script("m", "echo=yes")
    user.post("/chat", {"message": SAID}, HEADERS)
    user.settled(2)
    collector = Collector()
    try:
        traces(site, collector)
        sent = "".join(map(str, collector.bodies))
        assert user.calls()[-1]["request_id"] in sent, "the spans were sent"
        eq([s for s in SECRETS if s in sent], [])
    finally:
        collector.shutdown()


@case
def what_is_kept_in_full_is_there_alone(site):
    user = site.user()
    site.mock.script("m", "echo=yes")
    for path, reply in ask_everything(site, user, "kept", "full"):
        eq(reply.status, 200, path)
    wait_for(lambda: not user.reservations(), "all to be settled")
    eq(in_tables(site, SECRETS), {"contents.question", "contents.answer"})
    eq(in_files(site, SECRETS), set())
    site.slipway("privacy", "purge", user.name)
    eq(in_tables(site, SECRETS), set(), "after the purge")


@case
def it_is_in_no_spool(site):
    """While the database is away a settlement with its sealed answer goes to disk."""
    site.mock.script("m", "pace=gate,echo=yes")
    user = site.user()
    connection = user.http._send("POST", "/chat/stream", {"message": SAID, "feature": "kept"},
                                 {"Idempotency-Key": "canary-spool"}, TIMEOUT)  # fmt: skip
    site.mock.wait_in_flight(1)
    site.postgres("stop")
    try:
        site.mock.step(99)
        assert b"event: done" in connection.getresponse().read()
        spool = glob.glob(os.path.join(site.var, "spool", "**"), recursive=True)
        assert any(os.path.isfile(p) and os.path.getsize(p) > 0 for p in spool), spool
        eq(in_files(site, SECRETS), set())
    finally:
        site.postgres("start")
    connection.close()
    site.mock.script("m", "")
    wait_for(lambda: site.http.get("/ready").status == 200, "/ready to be 200")
    wait_for(lambda: site.user().chat().status == 200, "an answer after the database came back")
    user.settled()
    eq(in_tables(site, SECRETS), set())
    site.restart_workers()
