"""What a provider can do wrong, at every route that asks one, streamed and not: what the client sees, what
is charged, what is logged, how often the provider was asked.  All routes are asked at once; providers.py
has the same for each kind of provider, and more of it."""

import json
from concurrent.futures import ThreadPoolExecutor

from case import case, eq
from client import TIMEOUT, wait_for

HELLO = [{"role": "user", "content": "hi"}]
VERSION = {"anthropic-version": "2023-06-01"}


class Route:
    """One dialect, streamed or not."""

    def __init__(self, path, body, stream=False, headers=None, named="model"):
        self.path, self.body, self.stream, self.headers, self.named = path, body, stream, headers, named
        self.name = path + (", streamed" if stream else "")

    def ask(self, user, feature):
        body = {**self.body, self.named: feature}
        if self.stream and self.path != "/chat/stream":
            body["stream"] = True
        return Seen(self, user.post(self.path, body, self.headers))


class Seen:
    """What the client got: status, text, public code of the error or None, and whether it has an end."""

    def __init__(self, route, reply):
        self.route, self.reply, self.status = route, reply, reply.status
        self.id = reply.headers.get("x-request-id")
        self.text, self.code, self.ends = "", None, []
        if reply.headers.get("content-type", "").startswith("text/event-stream"):
            for block in reply.body.decode().split("\n\n"):
                self.frame(block)
        else:
            body = reply.json()
            self.code = body.get("code") or (body.get("error") or {}).get("code")
            self.ends = ["body"]
            self.text = text_of(body)

    def refused_with(self, status):
        """Its status; of a stream whose head went out with a heartbeat before the error, the one it would have had."""
        late = self.route.stream and self.status == 200 and self.ends == ["error"]
        return status if late else self.status

    def frame(self, block):
        lines = block.split("\n")
        name = "".join(x[7:] for x in lines if x.startswith("event: "))
        data = "".join(x[6:] for x in lines if x.startswith("data: "))
        if data == "[DONE]":
            self.ends.append("done")
        if not data.startswith("{"):
            return
        data = json.loads(data)
        self.text += text_of(data)
        error = data.get("error") or (data.get("response") or {}).get("error")
        if name in ("done", "message_stop", "response.completed", "response.incomplete"):
            self.ends.append("done")
        elif name == "error" or (error and not name):
            self.code = data.get("code") or error["code"]
            self.ends.append("error")


def text_of(data):
    """The text in a body or frame of any of the dialects."""
    parts = data.get("content") or [p for o in data.get("output") or [] for p in o.get("content", [])]
    if isinstance(parts, list) and parts:
        return "".join(p.get("text", "") for p in parts)
    choice = (data.get("choices") or [{}])[0]
    delta = data.get("delta") or {}
    return (
        data.get("token") or data.get("answer")
        or (choice.get("delta") or choice.get("message") or {}).get("content")
        or (delta if isinstance(delta, str) and data.get("type") == "response.output_text.delta" else "")
        or (delta.get("text") if isinstance(delta, dict) else "")
        or ""
    )  # fmt: skip


ROUTES = [
    Route("/chat", {"message": "hi"}, named="feature"),
    Route("/chat/stream", {"message": "hi"}, True, named="feature"),
    Route("/v1/embeddings", {"input": "hi"}),
]
for _path, _body, _headers in (
    ("/v1/chat/completions", {"messages": HELLO}, None),
    ("/v1/messages", {"messages": HELLO, "max_tokens": 200}, VERSION),
    ("/v1/responses", {"input": "hi"}, None),
):
    ROUTES += [Route(_path, _body, stream, _headers) for stream in (False, True)]
WHOLE = "t1 t2 t3 t4 t5 t6 t7 t8 "


def ask_all(site, user, feature, routes):
    with ThreadPoolExecutor(len(routes)) as pool:
        return list(pool.map(lambda r: r.ask(user, feature), routes))


def check_books(site, user, seen, before, error, charges):
    """Each call has one row with one of these (outcome, basis), one line in the log, and as many tries as
    the provider counted."""
    ids = [s.id for s in seen]
    rows = wait_for(
        lambda: len(r := site.sql(
            "SELECT c.*, (SELECT count(*) FROM slipway.llm_attempts AS a WHERE a.request_id = c.request_id)"
            " AS tries FROM slipway.llm_calls AS c WHERE request_id = ANY (:'ids')", ids="{" + ",".join(ids) + "}"
        )) == len(ids) and r, "the calls in the ledger",
    )  # fmt: skip
    for row in rows:
        at = next(s.route.name for s in seen if s.id == row["request_id"])
        assert (row["outcome"], row["basis"]) in charges, f"{at}: {row}"
        eq(row["error"], error, at)
        assert 0 <= int(row["cost_pico"]) <= int(row["reserved_pico"]), f"{at}: {row}"
        if row["basis"] == "none":
            eq(row["cost_pico"], "0", at)
        if row["basis"] == "pessimistic":
            eq(row["cost_pico"], row["reserved_pico"], at)
    eq(sum(int(r["tries"]) for r in rows), site.mock.count(), "tries, and what the provider counted")
    eq(user.spend()["reserved"], 0)
    lines = [json.loads(x) for x in site.log_text()[before:].splitlines()]
    logged = {x["request_id"]: x["error"] for x in lines if x["event"] == "call" and "error" in x}
    eq(logged, dict.fromkeys(ids, error), "lines of the log")


# script, feature, status and code of the client, what it may be charged as.  A wait that nobody waits for
# keeps the retries out of it.
BEFORE = (
    ("status=500,retry-after=600", "kind", 502, "upstream_error", {("failed", "none")}),
    ("status=429,retry-after=600", "kind", 503, "upstream_rate_limited", {("failed", "none")}),
    ("status=429,body=quota", "kind", 503, "upstream_quota", {("failed", "none")}),
    ("status=401", "kind", 503, "upstream_auth", {("failed", "none")}),
    ("status=400,body=invalid", "kind", 400, "upstream_rejected", {("failed", "none")}),
    ("hang=connect", "hasty", 504, "upstream_timeout", {("failed", "pessimistic")}),
    ("hang=first", "hasty", 504, "upstream_timeout", {("failed", "pessimistic")}),
    ("cut=after:0", "kind", 502, "upstream_cut", {("failed", "partial")}),
)
# The same of answers that have begun: text of eight tokens until it breaks, and the code.
AFTER = (
    ("error=after:3", "kind", 3, "upstream_error"),
    ("garbage=mid", "kind", 4, "upstream_error"),
    ("cut=token:4", "kind", 4, "upstream_cut"),
    ("cut=reset", "kind", 4, "upstream_cut"),
    ("hang=mid", "silent", 4, "upstream_timeout"),
)
STATUS = {"upstream_error": 502, "upstream_cut": 502, "upstream_timeout": 504}


@case
def failures_before_the_first_text(site):
    """A plain error with its code, whatever the route."""
    user = site.user()
    for script, feature, status, code, charges in BEFORE:
        site.mock.reset()
        site.mock.script("k", script)
        before = len(site.log_text())
        seen = ask_all(site, user, feature + "-openai", ROUTES)
        eq([(s.route.name, s.refused_with(status), s.code, s.text) for s in seen],
           [(r.name, status, code, "") for r in ROUTES], script)  # fmt: skip
        check_books(site, user, seen, before, code, charges)


@case
def failures_after_text(site):
    """Streams: what was said stands, then one error, the last event.  Others: the error."""
    routes = [r for r in ROUTES if r.path != "/v1/embeddings"]
    user = site.user()
    for script, feature, said, code in AFTER:
        site.mock.reset()
        site.mock.script("k", script)
        before = len(site.log_text())
        seen = ask_all(site, user, feature + "-openai", routes)
        for s in seen:
            at = f"{script} {s.route.name}: {s.reply!r}"
            eq((s.status, s.code), (200 if s.route.stream else STATUS[code], code), at)
            eq(s.text, WHOLE[: 3 * said] if s.route.stream else "", at)
            eq(s.ends[-1:], ["error" if s.route.stream else "body"], at)
        check_books(site, user, seen, before, code, {("partial", "partial")})


@case
def flapping(site):
    """A provider that fails every other time: with a second one nobody notices, and the books are right."""
    routes = [r for r in ROUTES if r.path != "/v1/embeddings"]
    user = site.user()
    for n in range(6):
        site.mock.script("k", ("status=503,retry-after=600", "cut=token:0", "")[n % 3])
        seen = ask_all(site, user, "then-openai", routes)
        eq([(s.route.name, s.status, s.code, s.text) for s in seen],
           [(r.name, 200, None, WHOLE) for r in routes], f"round {n}")  # fmt: skip
    rows = user.settled(6 * len(routes)) and user.calls()
    eq(len(rows), 6 * len(routes))
    eq({(r["outcome"], r["error"]) for r in rows}, {("done", "ok")})
    eq(sorted({r["model_route"] for r in rows}), ["mock/k", "mock/second"])
    eq(sum(r["fallback_tier"] == "1" for r in rows), 4 * len(routes))
    spent = user.spend()
    eq((spent["reserved"], spent["settled"]), (0, sum(int(r["cost_pico"]) for r in rows)))
    tries = site.sql("SELECT count(*) FROM slipway.llm_attempts WHERE request_id = ANY (:'ids')",
                     ids="{" + ",".join(r["request_id"] for r in rows) + "}")  # fmt: skip
    eq(int(tries[0]["count"]), site.mock.count(), "tries, and what the provider counted")


@case
def flapping_alone(site):
    """Without a second one the failures are told, the rest is answered, and the circuit that opened
    closes again."""
    site.sql("DELETE FROM slipway.breakers")
    user = site.user()
    seen = []
    for n in range(6):
        site.mock.script("f", "status=503,retry-after=600" if n % 2 else "")
        seen.append(user.chat(feature="frail-alone").status)
    assert set(seen) <= {200, 502, 503} and 200 in seen, seen
    site.mock.script("f", "")
    wait_for(lambda: user.chat(feature="frail-alone").status == 200, "the circuit to close")
    rows = user.calls()
    eq({(r["outcome"], r["cost_pico"] == "0") for r in rows}, {("done", False), ("failed", True)})
    eq(user.spend()["reserved"], 0)


@case(modes=("lighttpd", "apache-cgi"))
def clients_that_leave(site):
    """At each route that streams, after a token: the provider is cancelled, and what was said is charged."""
    for route in (r for r in ROUTES if r.stream):
        site.mock.reset()
        site.mock.script("k", "pace=gate,tokens=9")
        user = site.user()
        body = {**route.body, route.named: "kind-openai", "stream": True}
        if route.path == "/chat/stream":
            del body["stream"]
        connection = user.http._send("POST", route.path, body, route.headers, TIMEOUT)
        site.mock.wait_in_flight(1)
        site.mock.step()
        response = connection.getresponse()
        text = b""
        while b"t1 " not in text:
            piece = response.read1(65536)
            assert piece, (route.name, text)
            text += piece
        response.close()
        connection.close()
        call = site.mock.wait_closed()
        eq((call["closed_early"], call["tokens"]), (True, 1), f"{route.name}: {call}")
        row = user.settled()
        eq((row["outcome"], row["basis"]), ("client_gone", "partial"), route.name)
        assert 1 <= int(row["output_tokens"]) <= 3, row
        eq(user.spend()["reserved"], 0, route.name)


@case
def all_down(site):
    """People get the last tier and where to look; programs get the error."""
    user = site.user()
    for seen in ask_all(site, user, "decent", ROUTES):
        route = seen.route
        if route.path.startswith("/chat"):
            eq((seen.status, seen.code), (200, None), route.name)
            assert seen.id in seen.text and "/status/" in seen.reply.body.decode(), (route.name, seen.reply)
        else:
            eq((seen.refused_with(502), seen.code, seen.text), (502, "upstream_error", ""), route.name)
    rows = user.calls()
    eq({(r["outcome"], r["basis"], r["error"], r["cost_pico"]) for r in rows}, {("failed", "none", "upstream_error", "0")})
    eq(len(rows), len(ROUTES))
    eq(site.mock.count(), 0)
