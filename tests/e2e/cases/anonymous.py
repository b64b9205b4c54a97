"""Visitors: a challenge, a few free messages, one small budget, then sign up."""

import hashlib
import secrets

from browser import Browser
from case import case, check_problem, eq


def solve(task):
    """As a browser does it."""
    numbers = []
    for i in range(task["puzzles"]):
        number = 0
        start = f"{task['challenge']}:{i}:".encode()
        while int.from_bytes(hashlib.sha256(start + str(number).encode()).digest()[:4], "big") >> (
            32 - task["bits"]
        ):
            number += 1
        numbers.append(str(number))
    return ",".join(numbers)


def enter(site):
    site.sql("DELETE FROM slipway.login_attempts")
    browser = Browser(site)
    task = browser.get("/auth/challenge").json()
    reply = browser.post("/auth/visitor", {"challenge": task["challenge"], "solution": solve(task)})
    eq(reply.status, 201, repr(reply))
    browser.csrf = reply.json()["csrf"]
    browser.token = reply.json()["token"]
    return browser


@case
def five_messages_then_sign_up(site):
    visitor = enter(site)
    assert "HttpOnly" in visitor.set_cookie and visitor.cookie.startswith("slv_")
    for left in (4, 3, 2, 1, 0):
        reply = visitor.chat(feature="free")
        eq((reply.status, reply.headers["x-messages-remaining"]), (200, str(left)))
    before = site.mock.count()
    check_problem(visitor.chat(feature="free"), 401, "sign_up")
    check_problem(visitor.post("/chat/stream", {"message": "x", "feature": "free"}), 401, "sign_up")
    eq(site.mock.count(), before, "provider calls")
    me = visitor.me()
    eq((me["user"]["signed_in_with"], me["user"]["tenant"]), ("visitor", "anonymous"))
    eq((me["messages"], me["free"]), ({"free": 5}, {"free": 5, "public": 5}))
    assert "keys" not in me and "sessions" not in me


@case
def at_once_no_more_than_five(site):
    import threading

    visitor = enter(site)
    replies = []
    threads = [
        threading.Thread(target=lambda: replies.append(visitor.chat(feature="free").status))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eq(sorted(replies), [200] * 5 + [401] * 7)


@case
def a_frame_without_cookies(site):
    """The token works as a header, too: then no cookie and no CSRF token is needed."""
    visitor = enter(site)
    http = site.http.with_key(visitor.token)
    eq(http.chat(feature="free").status, 200)
    eq(http.get("/me").json()["messages"], {"free": 1})


@case
def only_what_is_free(site):
    """Other features, named models, keys, the administration: not for visitors."""
    visitor = enter(site)
    check_problem(visitor.chat(feature="chat"), 401, "sign_up")
    check_problem(visitor.chat(feature="free", model="mock/second"), 403, "forbidden")
    check_problem(visitor.post("/me/keys", {"label": "x"}), 403, "forbidden")
    check_problem(visitor.get("/me/export"), 403, "forbidden")
    check_problem(visitor.post("/me/password", {"password": "a long enough one"}), 403, "forbidden")
    check_problem(visitor.request("POST", "/chat", b'{"message":"x","feature":"free"}'), 403, "csrf")
    # nor by the field for a key on the page without a script
    reply = visitor.form("/chat/form", {"message": "x", "feature": "free", "key": visitor.token})
    eq(reply.status, 401)
    eq(site.mock.count(), 0, "provider calls")


@case
def documents_for_everybody(site):
    """`collection = TENANT/NAME` has documents for visitors; nobody else can name another tenant's."""
    visitor = enter(site)
    reply = visitor.chat(feature="public", message="How do I launch a boat from a slipway?")
    eq(reply.status, 200)
    assert reply.json()["citations"], reply.json()
    other = site.user(tenant="strangers")
    assert other.chat(feature="public", message="How do I launch a boat from a slipway?").json()["citations"]
    eq(other.chat(feature="quote", message="How do I launch a boat from a slipway?").json()["citations"], [])
    for who in (visitor, other):
        for collection in ("default/e2e", "default/", "/e2e"):
            check_problem(who.get("/docs/search?q=boat&collection=" + collection), 404, "not_found")
        eq(who.get("/docs/search?q=boat").json()["results"], [])


@case
def solutions_that_do_not_count(site):
    """Made up, changed, unsolved, used, expired: no visitor."""
    site.sql("DELETE FROM slipway.login_attempts")
    browser = Browser(site)
    task = browser.get("/auth/challenge").json()
    right = solve(task)
    expires, bits, nonce, mac = task["challenge"].split(".")
    wrong = [
        (task["challenge"], ""), (task["challenge"], ",".join(["0"] * 16)),
        (task["challenge"], right.rsplit(",", 1)[0]), (task["challenge"], "-1," * 16),
        (task["challenge"][:-1] + "!", right), ("x", right), (".".join((expires, "1", nonce, mac)), "0," * 16),
        (f"9{expires}.{bits}.{nonce}.{mac}", right), (secrets.token_urlsafe(100), right),
    ]  # fmt: skip
    for challenge, solution in wrong:
        reply = browser.post("/auth/visitor", {"challenge": challenge, "solution": solution})
        assert reply.status in (400, 403), (challenge, solution, reply)
        eq(browser.cookie, None)
    body = {"challenge": task["challenge"], "solution": right}
    eq(browser.post("/auth/visitor", body).status, 201)
    check_problem(Browser(site).post("/auth/visitor", body), 403, "forbidden")


@case
def all_visitors_share_one_budget(site):
    """Once it is used up the answer is to sign up, and no provider is asked; others go on."""
    site.mock.script("m", "text=Hi.,in=10,out=100")
    one, other = enter(site), enter(site)
    eq(one.chat(feature="free").status, 200)
    spent = "(SELECT sum(settled) FROM slipway.daily_spend AS d WHERE d.scope = 'tenant' AND d.tenant_id = t.id)"
    site.sql(f"UPDATE slipway.tenants AS t SET daily_cap_pico = {spent} + 10 WHERE name = 'anonymous'")
    before = site.mock.count()
    check_problem(other.chat(feature="free"), 401, "sign_up")
    check_problem(one.chat(feature="free"), 401, "sign_up")
    eq(site.mock.count(), before, "provider calls")
    eq(site.user().chat(feature="free").status, 200)
    third = enter(site)  # sets the cap to the setting again
    eq(third.chat(feature="free").status, 200)
    eq(site.sql("SELECT * FROM slipway.ledger_check"), [])


@case
def visitors_are_told_apart(site):
    """Each is a user of its own, and `slipway user list` does not drown in them."""
    one, other = enter(site), enter(site)
    assert one.me()["user"]["id"] != other.me()["user"]["id"]
    assert "visitor-" not in site.slipway("user", "list")
    assert "visitor-" in site.slipway("user", "list", "--tenant", "anonymous")
    cookie = one.cookie
    eq(one.post("/auth/logout").status, 200)
    one.cookie = cookie
    check_problem(one.get("/me"), 401, "unauthorized")
