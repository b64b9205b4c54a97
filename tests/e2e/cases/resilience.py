"""What happens when providers fail: circuits, drills, our own limits, the last tier, and answers
that another model continues."""

import json
from concurrent.futures import ThreadPoolExecutor

from case import case, check_problem, eq
from client import wait_for
from siteconf import INPUT_PICO, OUTPUT_PICO


def models(site):
    """How many calls of each model the provider counted."""
    return {k: v for k, v in site.mock.state()["models"].items() if v}


def calls_of(site, model):
    return models(site).get(model, 0)


def open_circuits(site):
    return [r["model_route"] for r in site.sql("SELECT model_route FROM slipway.circuits")]


def close_circuits(site):
    site.sql("DELETE FROM slipway.breakers")
    wait_for(lambda: site.user().chat(feature="frail-alone").status == 200, "the circuit to be forgotten")


@case
def circuit_opens_and_closes(site):
    """After breaker_failures a model is not asked, by any process; then one call tries it, and when
    that is answered all do."""
    close_circuits(site)
    site.mock.reset()
    site.mock.script("f", "status=500")
    user = site.user()
    # Plain CGI counts one failure a call, FastCGI the three attempts of each.
    wait_for(lambda: user.chat(feature="frail-alone").status != 200 and open_circuits(site), "an open circuit")
    eq(open_circuits(site), ["frail/f"])
    site.mock.script("f", "")
    tried = calls_of(site, "f")
    # The next of the route answers, as if nothing had happened; frail is not even asked.
    reply = site.user().chat(feature="frail")
    if calls_of(site, "f") == tried:
        eq(reply.status, 200)
        eq((reply.json()["model_route"], reply.json()["fallback_tier"]), ("mock/second", 1))
    # Its time comes; one call tries, is answered, and all ask it again.
    wait_for(lambda: user.chat(feature="frail").json()["model_route"] == "frail/f", "the try")
    wait_for(lambda: not open_circuits(site), "the circuit to close")
    wait_for(lambda: site.user().chat(feature="frail-alone").status == 200, "the others to learn of it")


@case(modes=("lighttpd", "apache-proxy"))
def open_circuit_is_shared(site):
    """A circuit that another process opened counts here; the caller gets a clear error where there is
    no other model, no call goes out, and nothing is charged."""
    close_circuits(site)
    site.mock.reset()
    site.sql("SELECT slipway.breaker_fail('frail/f', 9, 2, 60000, 'upstream_error')")
    user = site.user()
    reply = wait_for(
        lambda: (r := user.chat(feature="frail-alone")).status == 503 and r, "the circuit to be known"
    )
    check_problem(reply, 503, "not_asked")
    sent = calls_of(site, "f")
    check_problem(site.user().chat(feature="frail-alone"), 503, "not_asked")
    eq(calls_of(site, "f"), sent)
    row = user.calls()[-1]
    eq((row["outcome"], row["basis"], row["cost_pico"]), ("failed", "none", "0"))
    close_circuits(site)


@case(modes=("lighttpd",))
def dead_provider_sees_little_more(site):
    """However many ask at once: a fifth more than they ask, and the few retries saved in quiet times."""
    site.restart_workers()
    site.mock.reset()
    site.mock.script("k", "status=500")
    user, calls = site.user(), 100
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: user.chat(feature="kind-openai").status, range(calls)))
    eq(set(statuses), {502})
    sent = calls_of(site, "k")
    assert calls + 10 <= sent <= calls + calls // 5 + 10, sent


@case
def drill(site):
    """`slipway drill` blocks a provider on purpose: the secondary answers, and fast: no retries."""
    site.slipway("drill", "--block", "narrow", "--for", "1m")
    try:
        assert "narrow" in site.slipway("drill"), "it is listed"
        user = site.user()
        wait_for(
            lambda: user.chat(feature="narrow").json()["model_route"] == "mock/second", "the drill to be known"
        )
        site.mock.reset()
        reply = site.user().chat(feature="narrow")
        eq(reply.status, 200)
        eq(models(site), {"second": 1}, "provider calls")
        attempts = site.sql(
            "SELECT result FROM slipway.llm_attempts WHERE request_id = :'id' ORDER BY ordinal",
            id=reply.json()["request_id"],
        )
        eq([a["result"] for a in attempts], ["not_asked", "ok"])
    finally:
        assert "asked again" in site.slipway("drill", "--end", "narrow")
    site.slipway("drill", "--block", "nobody", status=1)
    site.slipway("drill", "--block", "narrow", "--for", "x", status=2)


@case
def own_limit_towards_a_provider(site):
    """[provider] rpm: a minute's worth goes out, the rest is answered by the next of the route before
    the provider says no."""
    site.sql("DELETE FROM slipway.outgoing_limits")
    wait_for(lambda: site.user().chat(feature="narrow").json()["model_route"] == "narrow/m", "no drill")
    site.sql("DELETE FROM slipway.outgoing_limits")
    site.mock.reset()
    routes = [site.user().chat(feature="narrow").json()["model_route"] for _ in range(4)]
    eq(routes, ["narrow/m", "narrow/m", "mock/second", "mock/second"])
    eq(models(site), {"m": 2, "second": 2})


@case
def fallback_has_a_limit_of_its_own(site):
    site.sql("DELETE FROM slipway.outgoing_limits")
    replies = [site.user().chat(feature="few-fallbacks") for _ in range(3)]
    eq([r.status for r in replies], [200, 200, 503])
    check_problem(replies[2], 503, "not_asked")


@case
def quota_that_is_used_up(site):
    """A provider that says nothing is left is not asked until its reset."""
    site.mock.script("m", "limit-requests=100,remaining-requests=0,reset=2,limit-tokens=5000,remaining-tokens=900")
    user = site.user()
    site.sql("DELETE FROM slipway.outgoing_limits")
    wait_for(lambda: user.chat(feature="narrow").json()["model_route"] == "narrow/m", "an answer with headers")
    row = wait_for(
        lambda: site.sql("SELECT * FROM slipway.quota_headroom WHERE provider = 'narrow'"), "the quota to be noted"
    )[0]
    eq((row["requests_used_percent"], row["tokens_used_percent"]), ("100.0", "82.0"))
    eq(user.chat(feature="narrow").json()["model_route"], "mock/second")
    site.mock.script("m", "limit-requests=100,remaining-requests=99,reset=1")
    site.sql("DELETE FROM slipway.outgoing_limits")
    wait_for(lambda: user.chat(feature="narrow").json()["model_route"] == "narrow/m", "its reset")


def check_degraded(body, reply):
    eq(body["degraded"], True)
    eq(body["incident_id"], reply.headers["x-request-id"])
    eq(body["status_url"], "/status/")


@case
def canned_answer(site):
    """Nothing answers: a sentence with the incident id, and the books say that the call failed."""
    user = site.user()
    reply = user.chat(feature="decent")
    eq(reply.status, 200)
    body = reply.json()
    check_degraded(body, reply)
    assert body["incident_id"] in body["answer"], body
    eq((body["model_route"], body["fallback_tier"]), ("static", 1))
    row = user.settled()
    eq((row["outcome"], row["error"], row["basis"]), ("failed", "upstream_error", "none"))
    eq((row["fallback_tier"], row["model_route"]), ("1", "static"))
    with user.stream(feature="own-words") as stream:
        stream.rest()
        assert stream.text().startswith("Our robot sleeps."), stream.text()
        check_degraded(stream.event("done"), stream)
    line = wait_for(lambda: log_line(site, body["request_id"]), "the log line")
    eq((line["fallback_tier"], line["error"]), (1, "upstream_error"))


def log_line(site, request_id):
    lines = [json.loads(x) for x in site.log_text().splitlines() if request_id in x]
    return next((x for x in lines if x.get("event") == "call"), None)


@case
def search_only(site):
    """Nothing answers, but there are documents: their passages, and nothing invented."""
    user = site.user()
    reply = user.chat("When do ships enter the dock at spring tides?", feature="decent-docs")
    eq(reply.status, 200)
    body = reply.json()
    check_degraded(body, reply)
    eq((body["model_route"], body["search_url"]), ("extract", "/docs/search"))
    assert body["citations"] and body["answer"], body
    eq(user.settled()["cost_pico"], "0")
    with user.stream("What is a slipway?", feature="decent-docs") as stream:
        stream.rest()
        assert "passages" in stream.event("notice")["message"]
        assert stream.text()


@case
def what_the_caller_did_wrong_is_no_outage(site):
    """A request that the provider refuses gets that error, not a canned answer."""
    site.mock.script("m", "status=400,body=invalid")
    check_problem(site.user().chat(feature="one"), 400, "upstream_rejected")


@case
def answer_goes_on(site):
    """continue_on_fallback: the next model is told what was said and goes on; one answer, a notice, and
    both attempts are charged."""
    site.mock.script("m", "text=one+two+three+four,cut=token:2")
    site.mock.script("second", "text=three+four,in=30")
    user = site.user()
    with user.stream(feature="going-on") as stream:
        frames = stream.rest()
        eq(stream.text(), "one two three four")
        assert "continues" in stream.event("notice")["message"]
        eq(frames[-1].event, "done")
        eq(stream.event("done")["model_route"], "mock/second")
    body = json.loads(site.mock.last()["body"])
    eq([m["role"] for m in body["messages"][-3:]], ["user", "assistant", "user"])
    eq(body["messages"][-2]["content"], "one two ")
    row = user.settled()
    eq(row["outcome"], "done")
    last = 30 * INPUT_PICO + 2 * OUTPUT_PICO
    first = int(row["cost_pico"]) - last
    assert 2 * OUTPUT_PICO < first, row
    assert int(row["cost_pico"]) <= int(row["reserved_pico"]), row
    eq(user.spend()["reserved"], 0)


@case
def answer_that_nobody_continues(site):
    """The next model fails, too: the part that was said stands, with one error frame."""
    site.mock.script("m", "tokens=4,cut=token:2")
    site.mock.script("second", "status=500")
    user = site.user()
    with user.stream(feature="going-on") as stream:
        frames = stream.rest()
        eq(stream.text(), "t1 t2 ")
        eq(frames[-1].event, "error")
    eq(user.settled()["outcome"], "partial")


def health(site, feature):
    reply = site.http.get("/health/llm", feature=feature)
    return reply.status, reply.json()


def forget_traffic(site):
    """The calls of the last minutes are the only ones that count as traffic: use a feature of its own
    provider, and no other case asks that."""
    site.sql("DELETE FROM slipway.probes")


@case
def health_of_the_models(site):
    """Without traffic one question is asked, recorded like every call, and its result shared; a
    question that fails is 503 with the reason."""
    forget_traffic(site)
    site.mock.script("q", "delay=100")
    status, body = health(site, "quiet")
    eq((status, body["ok"], body["source"], body["model_route"]), (200, True, "probe", "quiet/q"))
    assert body["latency_ms"] >= 100, body
    status, body = wait_for(lambda: (h := health(site, "quiet"))[1]["source"] != "none" and h, "a result")
    eq(site.mock.count(), 1, "provider calls")
    assert body["source"] in ("last_probe", "traffic"), body
    rows = site.sql(
        "SELECT c.* FROM slipway.llm_calls c JOIN slipway.users u ON u.id = c.user_id AND u.name = 'probe'"
    )
    eq([(r["feature"], r["outcome"]) for r in rows], [("quiet", "done")])
    site.mock.script("b", "status=500")
    status, body = health(site, "broken")
    eq((status, body["ok"], body["error"]), (503, False, "upstream_error"))
    assert body["detail"], body
    status, body = health(site, "broken")
    eq((status, body["ok"]), (503, False))


@case
def one_question_for_all_who_look(site):
    """Many at once, in as many processes as there are: one of them asks, the others do not wait for it."""
    site.sql("DELETE FROM slipway.probes WHERE name = 'calm'")
    site.mock.script("q", "pace=gate,tokens=1")
    with ThreadPoolExecutor(8) as pool:
        looks = [pool.submit(health, site, "calm") for _ in range(8)]
        wait_for(lambda: sum(x.done() for x in looks) == 7, "seven answers while the question is open")
        site.mock.wait_in_flight(1)
        eq({x.result()[0] for x in looks if x.done()}, {200})
        eq({x.result()[1]["source"] for x in looks if x.done()}, {"none"})
        site.mock.step(5)
        seen = [x.result()[1]["source"] for x in looks]
    eq((seen.count("probe"), calls_of(site, "q")), (1, 1))


@case
def health_by_traffic(site):
    """Calls of people say how a model is: nothing is asked."""
    eq(site.user().chat().status, 200)
    before = site.mock.count()
    status, body = health(site, "chat")
    eq((status, body["ok"], body["source"]), (200, True, "traffic"))
    status, body = health(site, "quote")
    eq((status, body["source"]), (200, "built_in"))
    eq(site.mock.count(), before)
    check_problem(site.http.get("/health/llm", feature="nosuch"), 404, "unknown_feature")


@case(modes=("lighttpd", "apache-proxy", "apache-fcgid"))
def shadow_traffic(site):
    """The same request goes to the shadow, too, after the answer: recorded, capped on its own, and never
    shown."""
    site.mock.script("second", "text=never+shown,tokens=2,in=10")
    user = site.user()
    reply = user.chat("hello, shadow", feature="shadowed")
    eq(reply.json()["model_route"], "mock/m")
    assert "never" not in reply.body.decode(), reply
    row = wait_for(lambda: shadow_calls(site), "the shadow's call")[0]
    eq((row["model_route"], row["outcome"], row["feature"]), ("mock/second", "done", "shadowed"))
    eq(user.spend()["calls"], 1, "calls of the user")
    both = [c for c in site.mock.state()["last"] if c["model"] in ("m", "second")][-2:]
    eq(*[json.loads(c["body"])["messages"] for c in both])
    # Its budget ends, and with it the shadow, not the feature.
    site.sql(
        "UPDATE slipway.daily_spend SET settled = 899000000 WHERE scope = 'user' AND scope_id = :'id'",
        id=row["user_id"],
    )
    site.mock.reset()
    eq(user.chat(feature="shadowed").status, 200)
    wait_for(lambda: "shadowed" in refusals(site), "the refusal of the shadow")
    eq(models(site), {"m": 1}, "provider calls")
    site.sql(
        "UPDATE slipway.daily_spend SET settled = :'cost' WHERE scope = 'user' AND scope_id = :'id'",
        id=row["user_id"], cost=row["cost_pico"],
    )  # fmt: skip


def shadow_calls(site):
    return site.sql(
        "SELECT c.* FROM slipway.llm_calls c JOIN slipway.users u ON u.id = c.user_id"
        " WHERE u.name = 'shadow-shadowed'"
    )


def refusals(site):
    lines = [json.loads(x) for x in site.log_text().splitlines()]
    return [x["feature"] for x in lines if x.get("event") == "call_refused" and x["error"] == "user_cap"]
