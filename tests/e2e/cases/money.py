"""The settlement table, row by row; what is charged when something goes wrong."""

import threading

from case import case, check_problem, eq
from cases import idempotency as idempotency  # asked twice, paid once: they come with these
from client import Stream, wait_for
from siteconf import INPUT_PICO, OUTPUT_PICO


def check_free(site, user, error):
    """One call, settled, nothing charged."""
    row = user.settled()
    eq((row["outcome"], row["basis"], row["cost_pico"]), ("failed", "none", "0"), f"{row}")
    eq(row["error"], error)
    eq(user.spend(), {"reserved": 0, "settled": 0, "calls": 1})


@case
def usage_missing_is_estimated(site):
    site.mock.script("m", "tokens=9,usage=no")
    user = site.user()
    body = user.chat().json()
    eq(body["basis"], "estimated")
    row = user.settled()
    eq((row["outcome"], row["basis"]), ("done", "estimated"))
    assert 9 <= int(row["output_tokens"]) <= 12, row
    cost = int(row["input_tokens"]) * INPUT_PICO + int(row["output_tokens"]) * OUTPUT_PICO
    eq(user.spend(), {"reserved": 0, "settled": cost, "calls": 1})
    assert 0 < cost <= int(row["reserved_pico"]), row


@case
def usage_that_came_before_the_text(site):
    """Some providers report the input first and, when the stream breaks, never the rest: what was said since
    is counted."""
    for script, basis in (("", "estimated"), (",cut=token:6", "partial"), (",cut=reset", "partial")):
        site.mock.script("m", "tokens=12,in=20,usage=early" + script)
        user = site.user()
        user.stream().rest()
        row = user.settled()
        eq((row["basis"], row["input_tokens"]), (basis, "20"), script)
        assert 6 <= int(row["output_tokens"]) <= 14, row
        cost = 20 * INPUT_PICO + int(row["output_tokens"]) * OUTPUT_PICO
        eq(user.spend(), {"reserved": 0, "settled": cost, "calls": 1})


@case
def zero_usage_stays_zero(site):
    site.mock.script("m", "tokens=9,usage=zero")
    user = site.user()
    body = user.chat().json()
    eq((body["basis"], float(body["cost_usd"])), ("provider_usage", 0.0))
    row = user.settled()
    eq((row["basis"], row["cost_pico"], row["output_tokens"]), ("provider_usage", "0", "0"))
    eq(user.spend(), {"reserved": 0, "settled": 0, "calls": 1})


@case
def provider_refuses(site):
    """Refused before the provider accepted: an error of ours, and nothing is charged."""
    for script, status, code in (
        ("status=429", 503, "upstream_rate_limited"),
        ("status=429,body=quota", 503, "upstream_quota"),
        ("status=500", 502, "upstream_error"),
        ("status=502,body=html", 502, "upstream_error"),
        ("status=503,body=empty", 502, "upstream_error"),
        ("status=401", 503, "upstream_auth"),
        ("status=400", 400, "upstream_rejected"),
        ("error=first", 502, "upstream_error"),
        ("garbage=yes", 502, "upstream_error"),
        ("garbage=json", 502, "upstream_error"),
    ):
        site.mock.script("m", script)
        user = site.user()
        check_problem(user.chat(), status, code)
        check_free(site, user, code)
        user = site.user()
        check_stream_fails(user.stream(), status, code)
        check_free(site, user, code)


def check_stream_fails(reply, status, code):
    """An error status; or, when a heartbeat was due while the provider was tried again, an error
    event."""
    if not isinstance(reply, Stream):
        check_problem(reply, status, code)
        return
    with reply:
        eq([f.event for f in reply.rest()], ["start", "error"])
        eq(reply.event("error")["code"], code)


@case
def provider_is_not_there(site):
    user = site.user()
    check_problem(user.chat(feature="dead"), 502, "upstream_error")
    check_free(site, user, "upstream_error")


@case
def provider_never_answers(site):
    """No byte in time: 504, and the whole reservation is charged, for the provider may have
    worked."""
    for script in ("hang=first", "hang=connect"):
        for route in ("chat", "stream"):
            site.mock.reset()
            site.mock.script("m", script)
            user = site.user()
            reply = getattr(user, route)(feature="hasty")
            check_stream_fails(reply, 504, "upstream_timeout")
            row = user.settled()
            eq((row["outcome"], row["basis"]), ("failed", "pessimistic"), f"{script} {row}")
            eq(row["cost_pico"], row["reserved_pico"], "cost and reservation")
            assert int(row["cost_pico"]) > 50 * OUTPUT_PICO, row
            eq(user.spend(),
               {"reserved": 0, "settled": int(row["reserved_pico"]), "calls": 1})  # fmt: skip
            eq(site.mock.count(), 1, "it is not asked again: that could cost twice")
            assert site.mock.wait_closed()["closed_early"]


@case
def provider_recovers_when_asked_again(site):
    """A refusal that passes is tried again within the same call: one answer, one charge."""
    site.restart_workers()  # other cases have used up what a worker may retry
    for script, attempts in (("status=500,times=2", 3), ("status=429,retry-after=1,times=1", 2)):
        site.mock.reset()
        site.mock.script("m", script + ",in=20,tokens=4")
        user = site.user()
        reply = user.chat()
        eq(reply.status, 200, repr(reply))
        eq(reply.json()["answer"], "t1 t2 t3 t4 ")
        eq(site.mock.count(), attempts, "provider calls")
        cost = 20 * INPUT_PICO + 4 * OUTPUT_PICO
        eq(user.spend(), {"reserved": 0, "settled": cost, "calls": 1})
        tries = site.sql(
            "SELECT result, http_status FROM slipway.llm_attempts WHERE request_id = :'id'"
            " ORDER BY ordinal",
            id=reply.json()["request_id"],
        )
        eq(len(tries), attempts, f"{tries}")
        eq(tries[-1], {"result": "ok", "http_status": "200"})


@case
def exhausted_quota_is_not_tried_again(site):
    site.mock.script("m", "status=429,body=quota")
    check_problem(site.user().chat(), 503, "upstream_quota")
    eq(site.mock.count(), 1, "provider calls")


@case
def cut_before_the_first_token(site):
    """The provider accepted and vanished: input is charged, no output."""
    site.mock.script("m", "cut=token:0")
    user = site.user()
    check_problem(user.chat(), 502, "upstream_cut")
    row = user.settled()
    eq((row["outcome"], row["basis"], row["output_tokens"]), ("failed", "partial", "0"), f"{row}")
    eq(user.spend()["settled"], int(row["input_tokens"]) * INPUT_PICO)


@case
def chat_breaks_off(site):
    """/chat has sent nothing yet, so the client gets an error; the text so far is charged."""
    site.mock.script("m", "tokens=8,cut=token:5")
    user = site.user()
    check_problem(user.chat(), 502, "upstream_cut")
    row = user.settled()
    eq((row["outcome"], row["basis"]), ("partial", "partial"), f"{row}")
    assert 5 <= int(row["output_tokens"]) <= 7, row


@case
def reservation_while_the_provider_works(site):
    """Money is set aside before the provider is called, in all three scopes, and released."""
    site.mock.script("m", "pace=gate,tokens=1")
    user = site.user()
    before = scopes(site, user)
    with ask_in_background(user):
        site.mock.wait_in_flight(1)
        row = user.reservations()[0]
        amount = int(row["amount_pico"])
        assert amount >= 200 * OUTPUT_PICO + 15 * INPUT_PICO, row
        eq(row["granted_output_tokens"], "200")
        eq(user.spend(), {"reserved": amount, "settled": 0, "calls": 0})
        for scope, (reserved, settled) in scopes(site, user).items():
            eq((reserved, settled), (before[scope][0] + amount, before[scope][1]), scope)
        site.mock.step()
    cost = 10 * INPUT_PICO + OUTPUT_PICO
    user.settled()
    for scope, (reserved, settled) in scopes(site, user).items():
        eq((reserved, settled), (before[scope][0], before[scope][1] + cost), scope)
    eq(user.reservations(), [])


def scopes(site, user):
    """(reserved, settled) of the system and of the user's tenant, now."""
    rows = site.sql(
        "SELECT scope, sum(reserved) AS reserved, sum(settled) AS settled"
        " FROM slipway.daily_spend WHERE scope = 'system' OR (scope = 'tenant' AND"
        " scope_id = :'tenant') GROUP BY scope",
        tenant=user.tenant,
    )
    found = {r["scope"]: (int(r["reserved"]), int(r["settled"])) for r in rows}
    return {scope: found.get(scope, (0, 0)) for scope in ("system", "tenant")}


class ask_in_background:
    """A question on a thread; joined at the end of the block, where it must have got 200."""

    def __init__(self, user, **members):
        self.reply = None
        self.thread = threading.Thread(target=self._ask, args=(user, members))

    def _ask(self, user, members):
        self.reply = user.chat("in the background", **members)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.thread.join(60)
        if kind is None:
            eq(self.reply.status, 200, repr(self.reply))


@case
def first_call_of_a_tenant(site):
    """The rows of a tenant that never called are made by its first call, once, also when many
    come at the same moment."""
    users = [site.user(tenant="fresh " + site.server) for _ in range(8)]
    site.mock.script("m", "pace=gate,tokens=1")
    threads = [threading.Thread(target=u.chat) for u in users]
    for t in threads:
        t.start()
    site.mock.wait_in_flight(8)
    site.mock.step()
    for t in threads:
        t.join(60)
    cost = 10 * INPUT_PICO + OUTPUT_PICO
    wait_for(lambda: all(u.spend()["calls"] == 1 for u in users), "all to be settled")
    eq([u.spend()["settled"] for u in users], [cost] * 8)
    eq(scopes(site, users[0])["tenant"], (0, 8 * cost))


@case
def cost_views_agree(site):
    """What a person reads in psql is what the ledger has."""
    total = site.sql("SELECT sum(cost_pico) AS pico FROM slipway.llm_calls")[0]["pico"]
    for view in ("cost_by_day", "cost_by_user", "cost_by_feature"):
        rows = site.sql(f"SELECT sum(cost_usd) * 1e12 = :total AS same FROM slipway.{view}",
                        total=total)  # fmt: skip
        eq(rows, [{"same": "t"}], view)
    for view in ("latency_by_day", "errors_by_hour"):
        assert site.sql(f"SELECT * FROM slipway.{view}"), view
