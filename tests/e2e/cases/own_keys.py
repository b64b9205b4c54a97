"""Keys that a person makes: what they may do, never more than the person."""

from case import case, check_problem, eq
from cases.accounts import signed_in
from cases.limits import check_cap
from client import Client


def key_of(site, browser, **scope):
    reply = browser.post("/me/keys", {"label": "scoped"} | scope)
    eq(reply.status, 201, repr(reply))
    return Client(site.url, reply.json()["key"])


@case
def a_key_for_some_features(site):
    browser = signed_in(site)
    assert {"chat", "docs", "fixed"} <= set(browser.me()["features"])
    key = key_of(site, browser, features=" fixed, quote ,")
    eq(key.chat(feature="fixed").status, 200)
    check_problem(key.chat(), 403, "forbidden")
    eq(browser.chat().status, 200, "the person may still ask everything")
    eq(browser.me()["keys"][0]["features"], ["fixed", "quote"])


@case
def a_key_with_limits_of_its_own(site):
    site.mock.script("m", "text=Hi.,in=10,out=10")
    browser = signed_in(site)
    slow, poor = key_of(site, browser, rpm=1), key_of(site, browser, daily_usd="0.00000001")
    eq((slow.chat().status, slow.chat().status), (200, 429))
    check_cap(poor.chat(), 429, "key_cap")
    eq(browser.chat().status, 200)
    eq([(k["rpm"], k["daily_usd"]) for k in browser.me()["keys"]], [(None, "0.00000001"), (1, None)])


@case
def no_key_is_more_than_its_person(site):
    """Larger limits of a key change nothing: those of the person hold for all of its keys together."""
    site.mock.script("m", "text=Hi.,in=10,out=10")
    browser = signed_in(site)
    ident = browser.me()["user"]["id"]
    site.sql("UPDATE slipway.users SET daily_cap_pico = 100 WHERE id = :'id'", id=ident)
    check_cap(key_of(site, browser, daily_usd="1000").chat(), 429, "user_cap")
    site.sql("UPDATE slipway.users SET daily_cap_pico = NULL, rpm = 2 WHERE id = :'id'", id=ident)
    keys = [key_of(site, browser, rpm=1000) for _ in range(2)]
    eq([key.chat().status for key in keys * 2].count(200), 2, "the person's minute")


@case
def who_names_no_models_cannot_let_a_key(site):
    browser = signed_in(site)
    check_problem(browser.chat(model="mock/second"), 403, "forbidden")
    check_problem(browser.post("/me/keys", {"label": "x", "models": "*"}), 403, "forbidden")
    check_problem(browser.post("/me/keys", {"label": "x", "models": "mock/second"}), 403, "forbidden")
    eq(browser.me()["keys"], [])
    check_problem(key_of(site, browser).chat(model="mock/second"), 403, "forbidden")
    site.sql("UPDATE slipway.users SET role = 'admin' WHERE id = :'id'", id=browser.me()["user"]["id"])
    key = key_of(site, browser, models="mock/sec*")
    eq(key.chat(model="mock/second").status, 200)
    check_problem(key.chat(model="mock/m"), 403, "forbidden")
    site.sql("UPDATE slipway.users SET role = 'user' WHERE id = :'id'", id=browser.me()["user"]["id"])


@case
def nonsense_makes_no_key(site):
    browser = signed_in(site)
    for scope in (
        {"features": "nosuch"}, {"features": 5}, {"features": ["chat"]}, {"features": "chat," * 200}, {"rpm": 0},
        {"rpm": "many"}, {"rpm": 1000001}, {"daily_usd": "-1"}, {"daily_usd": "lots"}, {"daily_usd": 1},
        {"daily_usd": "1e9"}, {"features": "x" * 4000}, {"expires_days": -1},
    ):  # fmt: skip
        check_problem(browser.post("/me/keys", {"label": "x"} | scope), 400, "invalid_request")
    eq(browser.me()["keys"], [])
    eq(browser.form("/me/keys", {"label": "x", "features": "chat", "rpm": "5", "daily_usd": "0.5", "expires_days": "1"}).status, 201)
    key = browser.me()["keys"][0]
    eq((key["features"], key["rpm"], key["daily_usd"]), (["chat"], 5, "0.50"))
