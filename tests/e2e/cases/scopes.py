"""What a single key may do: features, models, requests per minute, a budget, an end."""

from case import case, check_problem, eq
from cases.limits import check_cap
from client import Client
from livesite import usd
from siteconf import OUTPUT_PICO


def key_of(site, user, *options):
    """A client with a new key of this user, made by the command."""
    return Client(site.url, site.slipway("key", "create", user.name, *options).split()[-1])


@case
def a_key_for_some_features(site):
    user = site.user()
    key = key_of(site, user, "--feature", "quote,fixed")
    eq(key.chat(feature="fixed").status, 200)
    for reply in (key.chat(), key.chat(feature="docs"), key.stream(feature="docs")):
        check_problem(reply, 403, "forbidden")
    eq(key.get("/docs/search", q="x").status, 200, "a search is no feature")
    eq(site.mock.count(), 1, "provider calls")
    eq(user.spend()["calls"], 1)


@case
def a_key_that_may_name_models(site):
    """Of whoever has it, admin or not; what it may not name it learns nothing about."""
    user = site.user()
    key = key_of(site, user, "--model", "mock/sec*, nosuch/*, mock/unpriced")
    reply = key.chat(model="mock/second")
    eq(reply.status, 200, repr(reply))
    eq(reply.json()["model_route"], "mock/second")
    for model in ("mock/m", "mock/unknown", "other/x", "dead/m"):
        check_problem(key.chat(model=model), 403, "forbidden")
        check_problem(key.stream(model=model), 403, "forbidden")
    check_problem(key.chat(model="nosuch/m"), 400, "invalid_request")
    check_problem(key.chat(model="mock/unpriced"), 503, "unpriced_model")
    eq(key.chat().status, 200, "the route of a feature is no model that was named")
    eq(site.mock.count(), 2, "provider calls")


@case
def what_is_wrong_with_a_model_is_not_told(site):
    """Neither to a key that may name none, nor to a stranger."""
    user = site.user()
    for model in ("nosuch/m", "mock/unpriced", "mock", "mock/m"):
        check_problem(user.chat(model=model), 403, "forbidden")
        check_problem(Client(site.url, "slw_" + "Z" * 43).chat(model=model), 401, "unauthorized")
    eq(site.mock.count(), 0, "provider calls")


@case
def a_key_with_its_own_pace(site):
    user = site.user(rpm=4)  # one more only after 15 s
    key = key_of(site, user, "--rpm", "2")
    for left in ("1", "0"):
        reply = key.chat()
        eq(reply.status, 200, repr(reply))
        eq(reply.headers["x-ratelimit-limit-requests"], "2", "the tightest limit")
        eq(reply.headers["x-ratelimit-remaining-requests"], left)
    for reply in (key.chat(), key.get("/docs/search", q="x")):
        check_problem(reply, 429, "rate_limited")
    reply = user.chat()
    eq(reply.status, 200, "another key of the same user")
    eq(reply.headers["x-ratelimit-remaining-requests"], "1", "which has the other calls behind it")


@case
def a_key_with_its_own_budget(site):
    user = site.user()
    eq(user.chat(feature="fixed").status, 200)
    amount = int(user.calls()[0]["reserved_pico"])
    key = key_of(site, user, "--daily-usd", str(usd(amount)))
    site.mock.script("m", "tokens=1,in=10,out=20")
    eq(key.chat(feature="fixed").status, 200)
    body = check_cap(key.chat(feature="fixed"), 429, "key_cap")
    assert "key" in body["detail"], body
    eq(user.chat(feature="fixed").status, 200, "another key of the same user")
    rows = site.sql("SELECT s.* FROM slipway.daily_spend AS s WHERE scope = 'user_key'"
                    " AND tenant_id = :'tenant' AND scope_id IN (SELECT id FROM slipway.api_keys"
                    " WHERE user_id = :'id')", tenant=user.tenant, id=user.id)  # fmt: skip
    eq([(r["reserved"], r["calls"]) for r in rows], [("0", "1")])
    assert int(rows[0]["settled"]) >= 20 * OUTPUT_PICO
    eq(site.sql("SELECT * FROM slipway.ledger_check"), [])


@case
def a_key_that_ends(site):
    user = site.user()
    key = key_of(site, user, "--expires", "1h", "--label", "for an hour")
    eq(key.chat().status, 200)
    site.sql("UPDATE slipway.api_keys SET expires_at = now() WHERE label = 'for an hour'"
             " AND user_id = :'id'", id=user.id)  # fmt: skip
    check_problem(key.chat(), 401, "unauthorized")


@case
def the_list_of_keys_shows_their_scope(site):
    user = site.user()
    key_of(site, user, "--feature", "chat", "--model", "a/*,b/c", "--rpm", "7", "--daily-usd", "2.5")
    listed = site.slipway("key", "list", user.name)
    for part in ("features chat", "models a/*, b/c", "7 rpm", "$2.50 a day"):
        assert part in listed, listed
    for option, value in (("--rpm", "x"), ("--daily-usd", "lots"), ("--expires", "soon")):
        site.slipway("key", "create", user.name, option, value, status=2)
