"""The admin API, its reports and switches; the metrics."""

import csv
import http.server
import io
import json
import os
import re
import subprocess
import threading

from case import case, check_problem, eq
from client import Client
from livesite import ROOT
from siteconf import METRICS_TOKEN

REPORTS = (
    "summary", "month", "cost_by_day", "cost_by_hour", "cost_by_user", "cost_by_user_feature",
    "cost_by_feature", "cost_by_model", "cost_by_provider", "cost_by_tenant", "cost_by_key",
    "cost_by_outcome", "latency_by_day", "latency_by_hour", "latency_by_feature",
    "latency_by_model", "latency_by_tenant", "errors", "errors_by_day", "errors_by_hour",
    "errors_by_model", "errors_by_feature", "invites", "waitlist", "feedback", "evals", "guards", "alerts", "alerts_resolved", "calls", "live", "limits", "keys", "pauses", "audit",
    "prompts", "prices", "slo_by_day", "slo_by_month",
)  # fmt: skip
HOSTILE = "<img src=x onerror=alert(1)>\"'; DROP TABLE slipway.users; -- =1+1 \\ %s ${7*7}"


def report(site, name, **filters):
    reply = site.admin.get("/admin/api/report", name=name, **filters)
    eq(reply.status, 200, f"{name}: {reply!r}")
    return reply.json()


def rows(body):
    """The rows of a report as dicts of texts, NULL as ''."""
    names = [c["name"] for c in body["columns"]]
    return [dict(zip(names, ["" if v is None else v for v in r])) for r in body["rows"]]


def act(site, action, **args):
    reply = site.admin.post("/admin/api/act", {"action": action, "args": args})
    eq(reply.status, 200, f"{action}: {reply!r}")
    return reply.json()


@case
def a_limited_key_of_an_admin(site):
    """Who holds it could lift its limits by the admin API: that takes a key without features, models or a budget."""
    for limit in (("--feature", "chat"), ("--model", "mock/*"), ("--daily-usd", "1")):
        key = site.slipway("key", "create", "admin", *limit).split()[-1]
        limited = Client(site.url, key)
        check_problem(limited.get("/admin/api/state"), 403, "forbidden")
        check_problem(limited.post("/admin/api/act", {"action": "pause", "args": {"feature": "*"}}), 403, "forbidden")
        check_problem(limited.get("/metrics"), 403, "forbidden")
    paced = site.slipway("key", "create", "admin", "--rpm", "60").split()[-1]
    eq(Client(site.url, paced).get("/admin/api/state").status, 200)
    eq(site.sql("SELECT count(*) FROM slipway.controls WHERE paused")[0]["count"], "0")


@case
def only_admins(site):
    user = site.user()
    for method, path in (
        ("GET", "/admin/api/state"), ("GET", "/admin/api/report?name=audit"),
        ("GET", "/admin/api/request?id=req_x"), ("POST", "/admin/api/act"), ("GET", "/admin/api/no"),
    ):  # fmt: skip
        body = b'{"action":"pause","args":{}}' if method == "POST" else None
        check_problem(site.http.request(method, path, body), 401, "unauthorized")
        check_problem(user.http.request(method, path, body), 403, "forbidden")
    eq(site.sql("SELECT count(*) FROM slipway.controls WHERE paused")[0]["count"], "0")
    check_problem(site.admin.get("/admin/api/no"), 404, "not_found")
    check_problem(site.admin.request("POST", "/admin/api/report", b"{}"), 405, "method_not_allowed")
    check_problem(site.admin.get("/admin/api/act"), 405, "method_not_allowed")


@case
def reports_are_what_psql_says(site):
    """Every report's own SQL, run in psql, gives the very rows; so does its CSV."""
    user = site.user(tenant="acme")
    eq(user.chat().status, 200)
    for name in REPORTS:
        body = report(site, name, limit=50)
        eq(body["timezone"], "UTC")
        if name in ("live", "audit", "limits"):
            continue  # changes while one looks
        wanted = site.sql("SET timezone = 'UTC'; " + body["sql"])
        eq(rows(body), wanted, name)
        reply = site.admin.get("/admin/api/report", name=name, limit=50, format="csv")
        assert reply.headers["content-type"].startswith("text/csv"), reply.headers
        got = list(csv.DictReader(io.StringIO(reply.body.decode(), newline="")))
        eq([{k: v.removeprefix("'") for k, v in r.items()} for r in got],
           [{k: v.removeprefix("'") for k, v in r.items()} for r in wanted], name + ".csv")  # fmt: skip
    total = report(site, "cost_by_day")["rows"]
    assert len(total) == 1 and int(total[0][1]) > 0, total


@case
def filters(site):
    user = site.user(tenant="acme")
    eq(user.chat().status, 200)
    mine = rows(report(site, "calls", user=user.name))
    eq(len(mine), 1)
    eq(mine[0]["outcome"], "done")
    eq([r["calls"] for r in rows(report(site, "cost_by_model", user=user.name))], ["1"])
    eq([r["calls"] for r in rows(report(site, "cost_by_user", user=user.name, tenant="acme"))], ["1"])
    eq(report(site, "cost_by_user", user=user.name, tenant="default")["rows"], [])
    eq(report(site, "calls", user=user.name, **{"from": "2020-01-01", "until": "2020-01-02"})["rows"], [])
    for query in ({"name": "nosuch"}, {}):
        check_problem(site.admin.get("/admin/api/report", **query), 404, "not_found")
    for query in ({"from": "nonsense"}, {"limit": "all"}, {"until": "2026-02-31"}):
        check_problem(site.admin.get("/admin/api/report", name="errors", **query), 400, "invalid_request")


@case
def hostile_texts_stay_texts(site):
    """A name or filter that looks like SQL, HTML or a formula is shown as it is."""
    name = "u " + HOSTILE.replace("/", "")
    act(site, "user_create", name=name)
    key = act(site, "key_create", user=name, label=HOSTILE)["key"]
    eq(site.http.with_key(key).chat().status, 200)
    act(site, "pause", feature="nosuch", reason=HOSTILE)
    act(site, "resume", feature="nosuch", reason="")
    eq(rows(report(site, "keys", user=name))[0]["label"], HOSTILE)
    eq(rows(report(site, "cost_by_user", user=name))[0]["user"], name)
    for field in ("tenant", "user", "feature", "model", "key", "error", "search", "outcome"):
        eq(report(site, "cost_by_user_feature", **{field: HOSTILE + "nobody"})["columns"][0]["name"], "tenant")
    text = site.admin.get("/admin/api/report", name="keys", user=name).body.decode()
    assert "<img" not in text, "not escaped in JSON"
    asked = site.http.with_key(key).chat().json()["request_id"]
    said = {"request_id": asked, "rating": -1, "comment": HOSTILE, "question": "=1+1 " + HOSTILE,
            "answer": HOSTILE, "agreed": True}  # fmt: skip
    eq(site.http.with_key(key).post("/feedback", said).status, 200)
    found = rows(report(site, "feedback", user=name))
    eq([(r["request_id"], r["rating"], r["comment"], r["answer"]) for r in found], [(asked, "-1", HOSTILE, HOSTILE)])
    text = site.admin.get("/admin/api/report", name="feedback", user=name).body.decode()
    assert "<img" not in text, "not escaped in JSON"
    listed = site.slipway("report", "feedback", "--since", "1d")
    assert f"{asked}  down   {HOSTILE[:20]}" in listed, listed
    act(site, "user_create", name="=HYPERLINK(1)")
    act(site, "key_create", user="=HYPERLINK(1)", label="@x")
    sheet = site.admin.get("/admin/api/report", name="keys", user="=HYPERLINK(1)", format="csv").body.decode()
    assert '"\'=HYPERLINK(1)"' in sheet and '"\'@x"' in sheet, sheet


@case
def changes_are_in_the_trail(site):
    act(site, "user_create", name="heidi@e2e.test", role="user")
    made = act(site, "key_create", user="heidi@e2e.test", label="laptop", expires_days="30")
    heidi = site.http.with_key(made["key"])
    eq(heidi.chat().status, 200)
    act(site, "cap_set", scope="user", name="heidi@e2e.test", daily_usd="0", rpm="")
    check_problem(heidi.chat(), 429, "user_cap")
    act(site, "cap_clear", scope="user", name="heidi@e2e.test")
    act(site, "key_revoke", id=str(made["id"]))
    site.slipway("user", "disable", "heidi@e2e.test")
    trail = [r for r in rows(report(site, "audit")) if "heidi@e2e.test" in r["target"]]
    eq([r["what"] for r in reversed(trail)],
       ["user created", "key created", "user changed", "user changed", "key changed", "user changed"])  # fmt: skip
    eq({r["who"] for r in trail[1:]}, {"default/admin"})
    eq(json.loads(trail[3]["after"]), {"daily_cap_pico": 0})
    assert trail[0]["who"].startswith("slipway"), trail[0]
    assert made["key"] not in str(trail), "the key is in the trail"
    listed = rows(report(site, "keys", user="heidi@e2e.test"))
    eq([(k["state"], k["label"]) for k in listed], [("revoked", "laptop")])
    for action, args in (("nosuch", {}), ("cap_set", {"scope": "user"}), ("cap_set", {"scope": "x", "name": "y", "rpm": "1"})):
        check_problem(site.admin.post("/admin/api/act", {"action": action, "args": args}), 400, "invalid_request")
    check_problem(site.admin.post("/admin/api/act", b"nonsense"), 400, "invalid_json")
    check_problem(site.admin.post("/admin/api/act", {"action": "pause"}), 400, "invalid_request")


@case
def pause_and_resume(site):
    user = site.user()
    act(site, "pause", feature="chat", reason="fire drill")
    try:
        check_problem(user.chat(), 503, "paused")
        state = site.admin.get("/admin/api/state").json()
        eq(state["paused"], [{"feature": "chat", "reason": "fire drill"}])
    finally:
        act(site, "resume", feature="chat", reason="")
    eq(user.chat().status, 200)


@case
def one_request(site):
    """A request by the id that its user saw: attempts, tokens, price, and no word of what was said."""
    user = site.user()
    site.mock.script("m", "status=500,times=1")
    reply = user.chat("a secret question")
    request_id = reply.json()["request_id"]
    story = site.admin.get("/admin/api/request", id=request_id).json()
    call = story["call"]
    eq((call["outcome"], call["basis"], call["user"]), ("done", "provider_usage", user.name))
    assert story["attempts"] and story["attempts"][-1]["result"] == "ok", story
    eq(story["price"]["source"], "e2e")
    eq(float(story["cost_by_price_usd"]), float(call["cost_usd"]))
    assert "secret question" not in str(story)
    check_problem(site.admin.get("/admin/api/request", id="req_nosuch"), 404, "not_found")


@case
def live_view(site):
    user = site.user()
    site.mock.script("m", "pace=gate,tokens=3")
    with user.stream() as stream:
        site.mock.step()
        stream.token()
        live = rows(report(site, "live", user=user.name))
        eq([(r["user"], r["feature"]) for r in live], [(user.name, "chat")])
        site.mock.step(10)
        stream.rest()
    eq(report(site, "live", user=user.name)["rows"], [])


@case
def reconcile_with_an_export(site):
    """The provider's export in the body; what it says is checked, and only an admin may ask."""
    path = "/admin/api/reconcile"
    rows = "date,model,requests,input_tokens,output_tokens,cost_usd\n2020-01-05,=cmd(),3,4,5,0.25\n"
    reply = site.admin.post(path, {"provider": "mock", "usage": rows})
    eq(reply.status, 200, repr(reply))
    body = reply.json()
    eq([c["name"] for c in body["columns"]][-1], "differs")
    eq(body["rows"], [["2020-01-05", "=cmd()", "0", "3", "0", "4", "0", "5", "0.000000", "0.250000", "t"]])
    eq([list(r.values()) for r in site.sql(body["sql"])], body["rows"], "its own SQL")
    text = site.admin.post(path, {"provider": "mock", "usage": rows, "format": "csv"})
    assert "\"'=cmd()\"" in text.body.decode(), text.body
    for usage, words in (("", "the file is empty"), ("a,b\n1,2\n", "no column for the day"),
                         ("date,model\nnever,m\n", "is no day"), ("date,model\n", "no row with a model")):  # fmt: skip
        problem = site.admin.post(path, {"provider": "mock", "usage": usage})
        check_problem(problem, 400, "invalid_request")
        assert words in problem.json()["detail"], problem.body
    check_problem(site.admin.post(path, {"usage": "x" * 600_000}), 413, "too_large")
    check_problem(site.user().post(path, {"usage": rows}), 403, "forbidden")
    check_problem(site.admin.get(path), 405, "method_not_allowed")


SAMPLE = re.compile(r'^([a-z_0-9]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+)\})? (-?[0-9.]+)$')


def metrics(site):
    reply = site.admin.get("/metrics")
    eq(reply.status, 200, repr(reply))
    eq(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
    found = {}
    for line in reply.body.decode().splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        assert match, f"not a sample: {line!r}"
        name = match.group(1) + ("{" + match.group(2) + "}" if match.group(2) else "")
        assert name not in found, f"twice: {line!r}"
        found[name] = float(match.group(3))
    return found


@case
def metrics_count_what_the_ledger_has(site):
    """Correct with many processes: what several answered at once is all there, once."""
    before = metrics(site)
    users = [site.user() for _ in range(4)]
    threads = [threading.Thread(target=u.chat) for u in users for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    after = metrics(site)

    def total(found, name):
        return sum(v for k, v in found.items() if k.startswith(name + "{"))

    for name in ("slipway_calls_total", "slipway_responses_total", "slipway_latency_seconds_count"):
        eq(total(after, name) - total(before, name), 12, name)
    eq(total(after, "slipway_calls_total"),
       float(site.sql("SELECT count(*) FROM slipway.llm_calls"
                      " WHERE created_at >= date_trunc('month', now(), 'UTC')")[0]["count"]))  # fmt: skip
    assert not [k for k in after if "user" in k and "@" in k], "names of users"
    buckets = [v for k, v in after.items() if k.startswith('slipway_latency_seconds_bucket{feature="chat"')]
    eq(buckets, sorted(buckets), "buckets are cumulative and in order")
    eq(buckets[-1], after['slipway_latency_seconds_count{feature="chat"}'])
    check_problem(site.http.get("/metrics"), 401, "unauthorized")
    check_problem(site.user().get("/metrics"), 403, "forbidden")


@case
def metrics_token_is_for_metrics_alone(site):
    """[admin] metrics_token_file: Prometheus needs no key of an admin, and gets nothing else by it."""
    holder = Client(site.url, METRICS_TOKEN)
    reply = holder.get("/metrics")
    eq(reply.status, 200, repr(reply))
    assert "\nslipway_calls_total{" in reply.body.decode(), reply.body[:300]
    for token in (METRICS_TOKEN[:-1], METRICS_TOKEN + "x", METRICS_TOKEN.upper()):
        check_problem(Client(site.url, token).get("/metrics"), 401, "unauthorized")
    for path in ("/admin/api/state", "/me"):
        check_problem(holder.get(path), 401, "unauthorized")


def metrics_as(site, address, conf):
    """The worker's status line as a CGI program that a server calls for this client."""
    path = os.path.join(site.folder, "metrics.conf")
    with open(os.path.join(site.var, "slipway.conf"), encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text + "\n[admin]\n" + conf)
    done = subprocess.run(
        [os.path.join(site.build, "cgi-bin/metrics")], capture_output=True, check=True, stdin=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "SLIPWAY_CONF": path, "GATEWAY_INTERFACE": "CGI/1.1",
             "REQUEST_METHOD": "GET", "SCRIPT_NAME": "/metrics", "REQUEST_URI": "/metrics", "QUERY_STRING": "",
             "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": address},
    )  # fmt: skip
    return re.match(rb"Status: (\d+)", done.stdout)[1].decode(), done.stdout


@case(modes=("lighttpd",))
def metrics_for_this_machine(site):
    """[admin] metrics_loopback: who asks from the machine itself needs neither; nobody else does so."""
    for address, status in (
        ("127.0.0.1", "200"), ("127.1.2.3", "200"), ("::1", "200"), ("::ffff:127.0.0.1", "200"),
        ("192.0.2.7", "401"), ("::2", "401"), ("::ffff:192.0.2.7", "401"), ("1127.0.0.1", "401"), ("", "401"),
    ):  # fmt: skip
        got, out = metrics_as(site, address, "metrics_loopback = on\n")
        eq(got, status, f"{address}: {out[:300]}")
        eq(b"slipway_calls_total" in out, status == "200", address)
    eq(metrics_as(site, "127.0.0.1", "metrics_loopback = off\n")[0], "401", "off")


@case
def providers_may_continue_the_trace(site):
    """[traces] forward: each attempt has a traceparent of the client's trace and of its own span."""
    user = site.user()
    trace = "5bf92f3577b34da6a3ce929d0e0e4737"
    site.mock.reset()
    site.mock.script("m", "status=500,times=1")
    reply = user.post("/chat", {"message": "hi"}, {"traceparent": f"00-{trace}-00f067aa0ba902b8-01"})
    eq(reply.status, 200, repr(reply))
    user.settled()
    sent = [c["traceparent"] for c in site.mock.state()["last"]]
    eq(len(sent), 2, f"attempts: {sent}")
    spans = site.sql(
        "SELECT left(encode(sha256((request_id || '/' || ordinal)::bytea), 'hex'), 16) AS span"
        " FROM slipway.llm_attempts WHERE request_id = :'id' ORDER BY ordinal", id=reply.json()["request_id"],
    )  # fmt: skip
    eq(sent, [f"00-{trace}-{s['span']}-01" for s in spans])
    # without one of the client's, the trace is our own
    reply = user.post("/chat", {"message": "hi"})
    user.settled(2)
    ours = site.sql("SELECT trace_id FROM slipway.llm_calls WHERE request_id = :'id'", id=reply.json()["request_id"])
    eq(site.mock.last()["traceparent"].split("-")[1], ours[0]["trace_id"])


@case(modes=("lighttpd",))
def dashboard_asks_for_what_there_is(site):
    """Every metric that the Grafana dashboard names is one that /metrics has or may have, with every
    label that it sums by or picks."""
    eq(site.user().chat().status, 200)
    text = site.admin.get("/metrics").body.decode()
    known = set(re.findall(r"# TYPE (\S+)", text))
    with open(os.path.join(ROOT, "sql/functions/metrics.sql"), encoding="utf-8") as f:
        source = f.read()
    with open(os.path.join(ROOT, "dist/grafana/slipway.json"), encoding="utf-8") as f:
        exprs = [t["expr"] for p in json.load(f)["panels"] for t in p.get("targets", [])]
    asked = set(re.findall(r"slipway_[a-z0-9_]+", " ".join(exprs)))
    assert len(asked) > 15, asked
    for name in asked:
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        assert base in known or f"'{name}'" in source, name
    samples = dict(re.findall(r"^(slipway_\w+)\{(.*)\}", text, re.M))
    for expr in exprs:
        metric = re.search(r"slipway_[a-z0-9_]+", expr)[0]
        picked = re.findall(r'(\w+)="([^"]*)"', expr)
        by = [x.strip() for group in re.findall(r"by \(([^)]*)\)", expr) for x in group.split(",")]
        for label in {name for name, _ in picked} | set(by):
            assert f'{label}="' in samples.get(metric, "") or f"'{label}'" in source, f"{expr}: no label {label}"
        for label, value in picked:
            assert label != "le" or f'le="{value}"' in text, f"{expr}: no bucket {value}"


class Collector(http.server.ThreadingHTTPServer):
    """An OTLP/HTTP collector that keeps what it gets, or answers the status that it is told to."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies, self.status = [], 200
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def spans(self):
        return [
            s for b in self.bodies for r in b["resourceSpans"] for p in r["scopeSpans"] for s in p["spans"]
        ]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        assert self.headers["content-type"] == "application/json", self.headers
        if self.server.status == 200:
            self.server.bodies.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def attributes(span):
    return {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}


def traces(site, collector, status=0):
    """Run `slipway traces` with that collector, for all that is settled."""
    path = os.path.join(site.folder, "traces.conf")
    with open(os.path.join(site.var, "slipway.conf"), encoding="utf-8") as f:
        conf = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(conf + f"\n[traces]\notlp_url = http://127.0.0.1:{collector.server_port}/v1/traces\n")
    # The sender leaves the last 30 s to transactions that may still commit: let them be past.
    site.sql("SET slipway.janitor = 'on'; UPDATE slipway.llm_calls SET settled_at = settled_at - interval '1 min'"
             " WHERE settled_at > now() - interval '31 s'")  # fmt: skip
    return site.slipway("-c", path, "traces", status=status)


@case(modes=("lighttpd",))
def traces_of_calls(site):
    """Spans of calls and attempts continue the client's trace; an outage of the collector loses none."""
    user = site.user()
    site.sql("UPDATE slipway.trace_state SET sent_until = now() - interval '1 min', sent_request_id = 'z'")
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    site.mock.script("m", "status=500,times=1")
    reply = user.post("/chat", {"message": "hi"}, {"traceparent": f"00-{trace}-{parent}-01"})
    request_id = reply.json()["request_id"]
    user.settled()
    collector = Collector()
    try:
        collector.status = 503
        traces(site, collector, status=1)
        eq(collector.bodies, [])
        collector.status = 200
        assert "sent the spans of" in traces(site, collector)
        spans = [s for s in collector.spans() if s["traceId"] == trace]
        root = [s for s in spans if s.get("parentSpanId") == parent]
        eq(len(root), 1, str(spans))
        eq((root[0]["name"], root[0]["kind"]), ("chat", 2))
        eq(attributes(root[0])["slipway.request_id"], request_id)
        tries = [s for s in spans if s.get("parentSpanId") == root[0]["spanId"]]
        assert len(tries) >= 2, spans
        last = attributes(tries[-1])
        eq(last["gen_ai.operation.name"], "chat")
        eq(last["gen_ai.provider.name"], "mock")
        eq(last["gen_ai.usage.input_tokens"], "10")
        eq(tries[0]["status"], {"code": 2})
        for span in spans:
            assert re.fullmatch("[0-9a-f]{16}", span["spanId"]), span
            assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"]), span
        assert "hi" not in [v for s in spans for v in attributes(s).values()], "content"
        count = len(collector.spans())
        traces(site, collector)
        eq(len(collector.spans()), count, "sent twice")
    finally:
        collector.shutdown()


@case(modes=("lighttpd",))
def traces_name_the_operation(site):
    """Vectors and passages of the documents are no chat."""
    user = site.user()
    site.sql("UPDATE slipway.trace_state SET sent_until = now() - interval '1 min', sent_request_id = 'z'")
    asked = {
        "embeddings": user.post("/v1/embeddings", {"model": "chat", "input": "one"}),
        "chat": user.post("/chat", {"message": "hi"}),
        "retrieval": user.post("/chat", {"feature": "quote", "message": "What is sealed?"}),
    }
    for operation, reply in asked.items():
        eq(reply.status, 200, f"{operation} {reply!r}")
    user.settled(3)
    collector = Collector()
    try:
        traces(site, collector)
    finally:
        collector.shutdown()
    spans = [(s["name"], s["kind"], attributes(s)) for s in collector.spans()]
    for operation, reply in asked.items():
        mine = [(name, kind, a) for name, kind, a in spans
                if a["slipway.request_id"] == reply.headers["x-request-id"]
                and "gen_ai.operation.name" in a]  # fmt: skip
        eq(len(mine), 1, str(mine))
        name, kind, a = mine[0]
        eq((a["gen_ai.operation.name"], name.split()[0]), (operation, operation))
        eq(kind, 1 if operation == "retrieval" else 3)
        eq("gen_ai.usage.output_tokens" in a, operation == "chat", operation)
        eq("gen_ai.request.stream" in a, operation == "chat", operation)
    row = site.sql("SELECT prompt_version FROM slipway.calls WHERE request_id = :'id'",
                   id=asked["embeddings"].headers["x-request-id"])  # fmt: skip
    eq(row, [{"prompt_version": "embeddings"}])


@case
def replay(site):
    """`slipway replay` tells the story of a request from tables and log."""
    user = site.user()
    request_id = user.chat("a private question").json()["request_id"]
    user.settled()
    text = site.slipway("replay", request_id)
    for words in ("The call", "outcome", "done", "Attempts", "mock/m", "Price of a million", "Log lines"):
        assert words in text, f"{words}: {text}"
    assert request_id in text.split("Log lines")[1], text
    assert "private question" not in text
    user.limit(daily_cap_pico=0)
    refused = user.chat("again").headers["x-request-id"]
    assert "cost nothing" in site.slipway("replay", refused), refused
    site.slipway("replay", "req_nosuch", status=1)


@case(modes=("lighttpd",))
def prompts_by_version(site):
    """Workers register their prompts; one that is pinned is used instead, and logged by its version."""
    user = site.user()
    eq(user.chat().status, 200)
    configured = site.sql("SELECT version FROM slipway.prompts WHERE feature = 'chat'")
    eq(len(configured), 1)
    eq(user.settled()["prompt_version"], configured[0]["version"])
    site.sql("INSERT INTO slipway.prompts (feature, version, body)"
             " VALUES ('chat', 'chat-before', 'Speak like a harbour pilot.') ON CONFLICT DO NOTHING")  # fmt: skip
    act(site, "prompt_pin", feature="chat", version="chat-before")
    try:
        site.restart_workers()
        eq(user.chat().status, 200)
        eq(user.settled(2)["prompt_version"], "chat-before")
        assert "Speak like a harbour pilot." in site.mock.last()["body"], site.mock.last()
    finally:
        act(site, "prompt_unpin", feature="chat")
        site.restart_workers()
    eq(user.chat().status, 200)
    eq(user.settled(3)["prompt_version"], configured[0]["version"])
