"""People: passwords, sessions, cookies, and what a person does with the own account."""

import json
import re
import secrets

from browser import PASSWORD, Browser
from case import case, check_problem, eq


def person(site, password=PASSWORD, tenant=None):
    """A user with a password; returns the name."""
    name = f"p{secrets.token_hex(5)}@e2e.test"
    more = ["--tenant", tenant] if tenant else []
    site.slipway("user", "create", name, *more)
    site.slipway("user", "password", name, *more, stdin=password + "\n")
    return name


def signed_in(site, name=None):
    browser = Browser(site)
    eq(browser.login(name or person(site)).status, 200)
    return browser


@case
def sign_in_ask_sign_out(site):
    """The cookie of a sign-in may ask, and after signing out nobody may with it."""
    name = person(site)
    browser = Browser(site)
    reply = browser.login(name)
    eq(reply.status, 200, repr(reply))
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1209600"):
        assert part in browser.set_cookie, browser.set_cookie
    assert browser.cookie.startswith("sls_") and len(browser.cookie) == 47
    eq(browser.chat().status, 200)
    eq(browser.me()["user"]["name"], name)
    eq(browser.me()["user"]["signed_in_with"], "session")
    eq(browser.me()["usage"]["today"]["calls"], 1)
    before = browser.cookie
    eq(browser.post("/auth/logout").status, 200)
    eq(browser.cookie, None, "the cookie is taken away")
    browser.cookie = before
    check_problem(browser.get("/me"), 401, "unauthorized")
    check_problem(browser.chat(), 401, "unauthorized")


@case
def tokens_are_stored_hashed(site):
    browser = signed_in(site)
    dump = str(site.sql("SELECT * FROM slipway.api_keys")) + str(
        site.sql("SELECT * FROM slipway.sessions")) + str(
        site.sql("SELECT * FROM slipway.accounts"))  # fmt: skip
    assert browser.cookie not in dump and PASSWORD not in dump
    assert "$argon2id$v=19$m=65536,t=2,p=1$" in dump, "Argon2id"
    eq(site.sql("SELECT kind FROM slipway.api_keys WHERE key_hash = sha256(:'t'::bytea)",
                t=browser.cookie)[0]["kind"], "session")  # fmt: skip
    assert browser.cookie not in site.log_text() and PASSWORD not in site.log_text()


@case
def wrong_names_and_passwords_look_the_same(site):
    name = person(site)
    without = site.user().name
    replies = [
        Browser(site).login(name, "wrong horse battery"),
        Browser(site).login("nobody@e2e.test", PASSWORD),
        Browser(site).login(without, PASSWORD),
        Browser(site).login(name, PASSWORD + "\n"),
        Browser(site).login("' OR 1=1 --", PASSWORD),
    ]
    seen = set()
    for reply in replies:
        body = check_problem(reply, 401, "login_failed")
        assert "set-cookie" not in reply.headers
        seen.add(body["detail"])
    eq(len(seen), 1, "one answer for all")


@case
def login_says_what_is_missing(site):
    browser = Browser(site)
    for body, code in (
        ({}, "invalid_request"), ({"login": "x"}, "invalid_request"),
        ({"login": 5, "password": "x"}, "invalid_request"),
        ({"login": "x" * 400, "password": "x"}, "invalid_request"),
        ({"login": "a\u0000b", "password": "x"}, "invalid_request"),
        ([], "invalid_request"),
    ):  # fmt: skip
        check_problem(browser.post("/auth/login", json.dumps(body).encode()), 400, code)
    check_problem(browser.post("/auth/login", b"{"), 400, "invalid_json")
    check_problem(browser.get("/auth/login"), 405, "method_not_allowed")
    check_problem(browser.post("/auth/nosuch"), 404, "not_found")


@case
def guessing_is_slowed_down(site):
    """Ten wrong passwords, then not even the right one, for a while; other accounts go on."""
    name = person(site)
    other = person(site)
    try:
        for _ in range(10):
            check_problem(Browser(site).login(name, "wrong horse battery"), 401, "login_failed")
        reply = Browser(site).login(name)
        check_problem(reply, 429, "rate_limited")
        assert 0 < int(reply.headers["retry-after"]) <= 900, reply.headers
        eq(Browser(site).login(other).status, 200)
        # a quarter of an hour later
        site.sql("UPDATE slipway.login_attempts SET since = since - interval '15 minutes'")
        eq(Browser(site).login(name).status, 200)
        # one address that tries many names; each takes a while, so most of them are only counted
        site.sql("UPDATE slipway.login_attempts SET attempts = 47 WHERE scope = 'address'")
        for i in range(3):
            reply = Browser(site).post("/auth/login", {"login": f"x{i}", "password": "y"})
            check_problem(reply, 401, "login_failed")
        check_problem(Browser(site).login(other), 429, "rate_limited")
    finally:
        site.sql("DELETE FROM slipway.login_attempts")


@case
def success_forgets_the_failures(site):
    name = person(site)
    for _ in range(3):
        for _ in range(5):
            Browser(site).login(name, "wrong horse battery")
        eq(Browser(site).login(name).status, 200)
    site.sql("DELETE FROM slipway.login_attempts")


@case
def other_sites_cannot_use_the_cookie(site):
    """Whatever another site can make a browser send is refused, and changes nothing."""
    browser = signed_in(site)
    token = browser.csrf
    evil = {"Origin": "https://evil.example"}
    form = "application/x-www-form-urlencoded"
    attacks = (
        {}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": token[:-1]},
        {**evil, "X-CSRF-Token": token}, {"Origin": "null", "X-CSRF-Token": token},
        {"Sec-Fetch-Site": "cross-site", "X-CSRF-Token": token},
        {"Sec-Fetch-Site": "same-site", "X-CSRF-Token": token},
        {"Content-Type": "text/plain"}, {"Content-Type": "text/plain", "Origin": site.url},
        {"Content-Type": form}, {"Content-Type": form, **evil},
        {"Origin": site.url + ".evil.example", "X-CSRF-Token": token},
    )  # fmt: skip
    paths = ("/chat", "/chat/stream", "/me/keys", "/me/delete", "/me/password", "/auth/logout")
    for path in paths:
        for attack in attacks:
            reply = browser.request("POST", path, b'{"message":"x"}', attack)
            eq(reply.status, 403, f"{path} {attack} {reply!r}")
    eq(site.mock.count(), 0, "provider calls")
    eq(browser.me()["keys"], [])
    # another session's token is none
    other = signed_in(site)
    browser.csrf = other.csrf
    check_problem(browser.chat(), 403, "csrf")
    browser.csrf = token
    eq(browser.chat().status, 200)
    eq(browser.chat(headers={"Origin": site.url, "Sec-Fetch-Site": "same-origin"}).status, 200)
    # signing in is a state change, too
    for headers in (evil, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        reply = Browser(site).post("/auth/login", {"login": "x", "password": "y"}, headers)
        check_problem(reply, 403, "csrf")


@case
def a_session_is_no_key_and_a_key_no_session(site):
    browser = signed_in(site)
    user = site.user()
    for headers in ({"Authorization": "Bearer " + browser.cookie}, {"x-api-key": browser.cookie}):
        check_problem(site.http.request("POST", "/chat", b'{"message":"x"}', headers), 401, "unauthorized")
        check_problem(site.http.request("GET", "/me", None, headers), 401, "unauthorized")
    check_problem(
        site.http.request("GET", "/me", None, {"Cookie": "slipway=" + user.key}), 401, "unauthorized")
    # a key looks at its own usage, and makes no other key
    eq(user.chat().status, 200)
    me = user.get("/me").json()
    eq((me["user"]["name"], me["usage"]["today"]["calls"]), (user.name, 1))
    assert "keys" not in me and "csrf" not in me, me
    check_problem(user.post("/me/keys", {"label": "more"}), 403, "forbidden")
    check_problem(user.get("/me/export"), 403, "forbidden")
    # a key in the header wins over a cookie, and needs no CSRF token
    headers = {"Cookie": "slipway=" + browser.cookie}
    eq(user.post("/chat", {"message": "x"}, headers).status, 200)
    eq(browser.me()["usage"]["today"]["calls"], 0)


@case
def sessions_expire_and_end(site):
    name = person(site)
    for change in (
        "UPDATE slipway.api_keys SET expires_at = now() WHERE kind = 'session' AND user_id = :'id'",
        "UPDATE slipway.users SET disabled_at = now() WHERE id = :'id'",
    ):
        browser = signed_in(site, name)
        eq(browser.chat().status, 200)
        site.sql(change, id=browser.me()["user"]["id"])
        check_problem(browser.chat(), 401, "unauthorized")
        check_problem(browser.get("/me"), 401, "unauthorized")
    check_problem(Browser(site).login(name), 401, "login_failed")


@case
def a_session_gets_new_tokens(site):
    """An old token in use is renewed; the old one works a minute longer, then never again."""
    browser = signed_in(site)
    first = browser.cookie
    browser.me()
    eq(browser.cookie, first, "not due yet")
    me = browser.me()["user"]["id"]
    site.sql("UPDATE slipway.api_keys SET created_at = now() - interval '2 days'"
             " WHERE kind = 'session' AND user_id = :'id'", id=me)  # fmt: skip
    browser.me()
    assert browser.cookie != first, "renewed"
    eq(browser.chat().status, 200)
    eq(len(browser.me()["sessions"]), 1)
    late = Browser(site)
    late.cookie = first
    late.me()
    eq(late.cookie, first, "only once")
    eq(late.chat().status, 200)
    site.sql("UPDATE slipway.api_keys SET expires_at = now() WHERE kind = 'session' AND user_id = :'id'"
             " AND key_hash = sha256(:'t'::bytea)", id=me, t=first)  # fmt: skip
    check_problem(late.get("/me"), 401, "unauthorized")
    eq(browser.chat().status, 200)


@case
def sign_in_makes_a_new_token(site):
    """A token that the browser had before the sign-in, perhaps from somebody else, is over."""
    name = person(site)
    browser = signed_in(site, name)
    old = browser.cookie
    eq(browser.login(name).status, 200)
    assert browser.cookie != old
    stale = Browser(site)
    stale.cookie = old
    check_problem(stale.get("/me"), 401, "unauthorized")


@case
def sign_out_everywhere(site):
    name = person(site)
    browsers = [signed_in(site, name) for _ in range(3)]
    eq(len(browsers[0].me()["sessions"]), 3)
    stranger = signed_in(site)
    kept = [b.cookie for b in browsers]
    eq(browsers[0].post("/auth/logout-everywhere").json()["ended"], 3)
    for browser, cookie in zip(browsers, kept):
        browser.cookie = cookie
        check_problem(browser.get("/me"), 401, "unauthorized")
    eq(stranger.me()["user"]["signed_in_with"], "session")


@case
def one_session_of_several_ends(site):
    name = person(site)
    here, there = signed_in(site, name), signed_in(site, name)
    listed = here.me()["sessions"]
    other = [s["id"] for s in listed if not s["current"]]
    eq(len(other), 1)
    stranger = signed_in(site)
    check_problem(stranger.post("/me/sessions/revoke", {"id": other[0]}), 404, "not_found")
    eq(here.post("/me/sessions/revoke", {"id": other[0]}).status, 200)
    check_problem(there.get("/me"), 401, "unauthorized")
    eq(len(here.me()["sessions"]), 1)


@case
def keys_of_ones_own(site):
    """A key is shown once, works, is listed without itself, is nobody else's, and stops when revoked."""
    browser, stranger = signed_in(site), signed_in(site)
    reply = browser.post("/me/keys", {"label": "laptop", "expires_days": 30})
    eq(reply.status, 201, repr(reply))
    made = reply.json()
    eq(site.http.with_key(made["key"]).chat().status, 200)
    text = browser.get("/me").body.decode()
    assert made["key"] not in text and made["prefix"] in text
    listed = browser.me()["keys"][0]
    eq((listed["label"], listed["state"], listed["id"]), ("laptop", "active", made["id"]))
    assert listed["expires_at"], listed
    check_problem(stranger.post("/me/keys/revoke", {"id": made["id"]}), 404, "not_found")
    eq(site.http.with_key(made["key"]).chat().status, 200)
    eq(browser.post("/me/keys/revoke", {"id": made["id"]}).status, 200)
    check_problem(site.http.with_key(made["key"]).chat(), 401, "unauthorized")
    eq(browser.me()["keys"][0]["state"], "revoked")
    for body in ({"label": "x" * 129}, {"label": "a\nb"}, {"expires_days": 0}, {"expires_days": "soon"}):
        check_problem(browser.post("/me/keys", body), 400, "invalid_request")
    for body in ({}, {"id": 0}, {"id": "x"}):
        check_problem(browser.post("/me/keys/revoke", body), 400, "invalid_request")


@case
def usage_and_limits(site):
    """/me and the ledger say the same."""
    site.mock.script("m", "text=Hi.,in=10,out=100")
    browser = signed_in(site)
    ident = browser.me()["user"]["id"]
    site.sql("UPDATE slipway.users SET daily_cap_pico = 2000000000000, rpm = 77 WHERE id = :'id'", id=ident)
    eq(browser.chat().status, 200)
    me = browser.me()
    cost = 10 * 1_000_000 + 100 * 4_000_000
    eq(me["usage"]["today"]["cost_usd"], "0.00041")
    eq(me["usage"]["month"]["calls"], 1)
    eq([d["cost_usd"] for d in me["usage"]["days"]], ["0.00041"])
    eq((me["limits"]["daily_usd"], me["limits"]["left_usd"]), ("2.00", "1.99959"))
    eq(me["limits"]["rpm"], 77)
    settled = site.sql("SELECT settled FROM slipway.daily_spend WHERE scope = 'user' AND scope_id = :'id'",
                       id=ident)  # fmt: skip
    eq(int(settled[0]["settled"]), cost)


@case
def change_the_password(site):
    name = person(site)
    here, there = signed_in(site, name), signed_in(site, name)
    new = "another long sentence"
    check_problem(here.post("/me/password", {"current": "x", "password": new}), 401, "login_failed")
    for bad in ("short", "a" * 20, "x" * 2000):
        check_problem(here.post("/me/password", {"current": PASSWORD, "password": bad}), 400, "invalid_request")
    eq(here.post("/me/password", {"current": PASSWORD, "password": new}).status, 200)
    eq(here.me()["user"]["name"], name)
    check_problem(there.get("/me"), 401, "unauthorized")
    check_problem(Browser(site).login(name), 401, "login_failed")
    eq(Browser(site).login(name, new).status, 200)


@case
def export_has_what_is_kept(site):
    browser = signed_in(site)
    asked = browser.chat().json()["request_id"]
    browser.post("/me/keys", {"label": "exported"})
    reply = browser.get("/me/export")
    eq(reply.status, 200)
    assert "attachment" in reply.headers["content-disposition"]
    data = reply.json()
    eq([c["request_id"] for c in data["calls"]], [asked])
    eq((data["calls_total"], data["keys"][0]["label"]), (1, "exported"))
    eq(data["user"]["name"], browser.me()["user"]["name"])
    assert "argon2" not in reply.body.decode()


@case
def delete_the_account(site):
    """Who it was is gone, what it cost stays, and its keys and sessions are over."""
    name = person(site)
    browser = signed_in(site, name)
    key = browser.post("/me/keys", {"label": "gone soon"}).json()["key"]
    eq(browser.chat().status, 200)
    ident = browser.me()["user"]["id"]
    check_problem(browser.post("/me/delete", {"name": "someone"}), 400, "invalid_request")
    cookie = browser.cookie
    eq(browser.post("/me/delete", {"name": name}).status, 200)
    browser.cookie = cookie
    check_problem(browser.get("/me"), 401, "unauthorized")
    check_problem(site.http.with_key(key).chat(), 401, "unauthorized")
    check_problem(Browser(site).login(name), 401, "login_failed")
    for table in ("users", "accounts", "api_keys", "sessions", "identities"):
        dump = str(site.sql(f"SELECT * FROM slipway.{table}"))
        assert name not in dump and "gone soon" not in dump, table
    eq(site.sql("SELECT count(*) FROM slipway.llm_calls WHERE user_id = :'id'", id=ident)[0]["count"], "1")
    eq(site.sql("SELECT * FROM slipway.ledger_check"), [])
    # the name is free again
    site.slipway("user", "create", name)


@case
def asks_without_a_script(site):
    """The session's cookie and an Origin of ours are enough for the plain form; another site's is not."""
    site.mock.script("m", "text=hello")
    browser = signed_in(site)
    reply = browser.form("/chat/form", {"message": "Why?", "feature": "chat", "key": ""})
    eq((reply.status, b"hello" in reply.body), (200, True), repr(reply))
    reply = browser.form("/chat/form", {"message": "Why?", "feature": "chat"}, {"Origin": "https://evil.example"})
    eq(reply.status, 403, repr(reply))


@case
def without_a_script(site):
    """Forms: signing in goes on to a page of this site, a failure is a page in words."""
    name = person(site)
    browser = Browser(site)
    reply = browser.form("/auth/login", {"login": name, "password": PASSWORD, "next": "/account/"})
    eq((reply.status, reply.headers["location"]), (303, "/account/"))
    for evil in ("//evil.example", "https://evil.example/", "/\\evil.example", "evil", "/a\nb", ""):
        other = Browser(site)
        reply = other.form("/auth/login", {"login": name, "password": PASSWORD, "next": evil})
        eq((reply.status, reply.headers["location"]), (303, "/"), evil)
    reply = Browser(site).form("/auth/login", {"login": name, "password": "wrong horse battery"})
    eq(reply.status, 401)
    assert reply.headers["content-type"].startswith("text/html") and b"not right" in reply.body
    assert reply.headers["x-request-id"].encode() in reply.body
    reply = browser.form("/me/keys", {"label": "<b>"})
    eq(reply.status, 201)
    key = re.search(rb"<code>(slw_[\w-]{43})</code>", reply.body).group(1).decode()
    eq(site.http.with_key(key).chat().status, 200)
    reply = browser.form("/auth/logout", {}, {"Origin": "https://evil.example"})
    eq(reply.status, 403)
    eq(browser.form("/auth/logout", {}).status, 303)
    eq(browser.cookie, None)


@case
def the_first_administrator_can_sign_in(site):
    browser = Browser(site)
    eq(browser.login("admin", site.var_file("admin-password")).status, 200)
    eq(browser.me()["user"]["role"], "admin")
    eq(browser.chat(model="mock/second").status, 200)
    browser.post("/auth/logout")
