"""The moderation model: asked before any model sees a question, and written down."""

import json

from case import case, check_problem, eq
from cases.guard import EMAIL, decisions
from client import TIMEOUT
from siteconf import INPUT_PICO, OUTPUT_PICO

SPENT = 10 * INPUT_PICO + 8 * OUTPUT_PICO


def asked(site):
    """The paths of what the provider was asked, in order."""
    return [c["path"] for c in site.mock.state()["last"]]


def attempts(site, request_id):
    return [
        (r["model_route"], r["result"], r["http_status"])
        for r in site.sql(
            "SELECT * FROM slipway.llm_attempts WHERE request_id = :'id' ORDER BY ordinal",
            id=request_id,
        )
    ]


@case
def what_is_clean_passes(site):
    """Judged as the guard left it, once, and only what is new; recorded, and free."""
    user = site.user()
    said = (("user", "An old question"), ("assistant", "Yes."), ("user", f"Write to {EMAIL}"))
    reply = user.post("/chat", {
        "feature": "judged", "messages": [{"role": r, "content": c} for r, c in said]})  # fmt: skip
    eq(reply.status, 200, reply)
    eq(asked(site), ["/v1/moderations", "/v1/chat/completions"])
    body = site.mock.state()["last"][0]["body"]
    body = body if isinstance(body, dict) else json.loads(body)
    eq(body, {"model": "mod", "input": ["Write to [email_1]"]})
    row = user.settled()
    eq((row["outcome"], int(row["cost_pico"])), ("done", SPENT))
    eq(attempts(site, row["request_id"]),
       [("judge/mod", "ok", "200"), ("mock/m", "ok", "200")])  # fmt: skip
    assert ("moderation", "clean", "pass", 1) in decisions(site, row["request_id"])
    took = site.sql("SELECT guard_us FROM slipway.llm_guards WHERE request_id = :'id'"
                    " AND phase = 'moderation'", id=row["request_id"])  # fmt: skip
    assert int(took[0]["guard_us"]) > 0, took


@case
def what_is_flagged_is_refused(site):
    """By every dialect, like what the guard itself refuses; no model sees it, and nothing is spent."""
    site.mock.script("mod", "flag=1")
    user = site.user()
    check_problem(user.chat(feature="judged"), 400, "content_blocked")
    row = user.settled()
    eq((row["outcome"], row["basis"], row["cost_pico"], row["error"]),
       ("blocked", "none", "0", "content_blocked"))  # fmt: skip
    eq(decisions(site, row["request_id"]), {("moderation", "flagged", "block", 1)})
    eq(attempts(site, row["request_id"]), [("judge/mod", "ok", "200")])
    check_problem(user.stream(feature="judged"), 400, "content_blocked")
    message = [{"role": "user", "content": "hello"}]
    for path, body in (
        ("/v1/chat/completions", {"model": "judged", "messages": message}),
        ("/v1/messages", {"model": "judged", "messages": message, "max_tokens": 9}),
        ("/v1/responses", {"model": "judged", "input": "hello"}),
        ("/v1/embeddings", {"model": "judged", "input": "hello"}),
    ):
        eq(user.post(path, body).status, 400, path)
    eq(set(asked(site)), {"/v1/moderations"})
    site.mock.script("mod", "flag=2")
    eq(user.post("/v1/embeddings", {"model": "judged", "input": ["a", "b"]}).status, 400)
    eq(user.reservations(), [])
    eq(user.spend()["settled"], 0)


@case
def while_passages_are_retrieved(site):
    site.mock.script("mod", "pace=gate")
    user = site.user()
    connection = user.http._send("POST", "/chat", {"message": "varnish", "feature": "judged-docs"}, None, TIMEOUT)
    site.mock.wait_in_flight(1)
    eq(asked(site), ["/v1/moderations"], "the model waits for the verdict")
    site.mock.step(1)
    eq(connection.getresponse().status, 200)
    connection.close()
    eq(asked(site)[-1], "/v1/chat/completions")
    site.mock.script("mod", "flag=1")
    check_problem(user.chat("varnish", feature="judged-docs"), 400, "content_blocked")


@case
def no_verdict(site):
    """It hangs, fails, or says what is no verdict: refused, or let through where that is configured."""
    refused, passed = site.user(), site.user()
    troubles = ("hang=connect", "hang=first", "status=500", "garbage=yes", "cut=after:20", "status=429")
    for n, trouble in enumerate(troubles, 1):
        site.mock.script("hasty-mod", trouble)
        check_problem(refused.chat(feature="judged-hasty"), 400, "content_blocked")
        row = refused.settled(n)
        eq((row["outcome"], row["cost_pico"]), ("blocked", "0"), trouble)
        eq(decisions(site, row["request_id"]), {("moderation", "failure", "block", 1)})
        eq([(a[0], a[1] != "ok") for a in attempts(site, row["request_id"])],
           [("judge/hasty-mod", True)], trouble)  # fmt: skip
        eq(passed.chat(feature="judged-gently").status, 200, trouble)
        row = passed.settled(n)
        eq(decisions(site, row["request_id"]), {("moderation", "failure", "pass", 1)})
    check_problem(refused.chat(feature="judged-unpriced"), 400, "content_blocked")
    eq(attempts(site, refused.settled(len(troubles) + 1)["request_id"]), [], "nobody was asked")


@case
def a_client_that_leaves(site):
    """While the verdict is awaited: its request is taken back and written down."""
    site.mock.script("mod", "hang=connect")
    user = site.user()
    connection = user.http._send("POST", "/chat/stream", {"message": "hello", "feature": "judged"}, None, TIMEOUT)
    site.mock.wait_in_flight(1)
    connection.close()
    assert site.mock.wait_closed()["closed_early"]
    row = user.settled()
    eq((row["outcome"], row["cost_pico"]), ("client_gone", "0"))
    eq([a[0] for a in attempts(site, row["request_id"])], ["judge/mod"])


@case
def a_judge_with_a_price(site):
    """Its price is reserved and charged: by its own count, else by the bound."""
    user = site.user()
    site.mock.script("mod", "in=7")
    eq(user.chat("hello", feature="judged-dearly").status, 200)
    eq(int(user.settled()["cost_pico"]), SPENT + 7 * INPUT_PICO)
    site.mock.script("mod", "flag=1")
    check_problem(user.chat("hello", feature="judged-dearly"), 400, "content_blocked")
    row = user.settled(2)
    eq((row["outcome"], row["basis"]), ("blocked", "partial"))
    assert 0 < int(row["cost_pico"]) <= int(row["reserved_pico"]), row
    eq(user.spend()["reserved"], 0)
