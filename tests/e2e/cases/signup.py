"""How people come in: invites, the waitlist, links by mail."""

import secrets

from browser import PASSWORD, Browser
from case import case, check_problem, eq


def address():
    return f"s{secrets.token_hex(5)}@e2e.test"


def invite(site, *args):
    return site.slipway("invite", "create", *args).strip().split("invite=")[1]


def register(site, email=None, **fields):
    browser = Browser(site)
    body = {"email": email or address(), "password": PASSWORD, **fields}
    reply = browser.post("/auth/register", body)
    if reply.status == 201:
        browser.csrf = reply.json()["csrf"]
    return browser, reply


@case
def an_invite_makes_one_account(site):
    code = invite(site, "--daily-usd", "0.25", "--rpm", "33")
    email = address()
    browser, reply = register(site, email, invite=code)
    eq(reply.status, 201, repr(reply))
    me = browser.me()
    eq((me["user"]["name"], me["user"]["email_verified"]), (email, False))
    eq((me["limits"]["daily_usd"], me["limits"]["rpm"]), ("0.25", 33))
    eq(browser.chat().status, 200)
    eq(Browser(site).login(email).status, 200)
    check_problem(register(site, invite=code)[1], 403, "forbidden")
    listed = site.slipway("invite", "list")
    assert email in listed and code not in listed and "used" in listed, listed


@case
def of_two_at_once_one_wins(site):
    """A race for one invite: exactly one account."""
    import threading

    code = invite(site)
    replies = []
    threads = [
        threading.Thread(target=lambda: replies.append(register(site, invite=code)[1].status))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eq(sorted(replies), [201] + [403] * 5)


@case
def invites_that_do_not_count(site):
    """None, made up, revoked, expired, for another address; and nothing is made."""
    before = site.sql("SELECT count(*) FROM slipway.users")
    revoked = invite(site)
    ident = site.sql("SELECT max(id) FROM slipway.invites")[0]["max"]
    site.slipway("invite", "revoke", ident)
    expired = invite(site)
    site.sql("UPDATE slipway.invites SET expires_at = now() WHERE id = (SELECT max(id) FROM slipway.invites)")
    bound = invite(site, "--email", address())
    for code in ("", "x", "inv_" + "0" * 43, revoked, expired, bound, "' OR 1=1 --"):
        check_problem(register(site, invite=code)[1], 403, "forbidden")
    eq(site.sql("SELECT count(*) FROM slipway.users"), before)
    site.slipway("invite", "revoke", ident + "9999", status=1)
    site.slipway("invite", "create", "--daily-usd", "much", status=1)
    site.slipway("invite", "create", "--email", "nobody", status=1)


@case
def what_an_account_needs(site):
    code = invite(site)
    for fields in (
        {"email": "nobody"}, {"email": "a b@e2e.test"}, {"password": "short"}, {"password": None},
        {"email": "a/b@e2e.test"}, {"email": "x@" + "y" * 300},
    ):  # fmt: skip
        check_problem(register(site, **{"invite": code, **fields})[1], 400, "invalid_request")
    email = address()
    eq(register(site, email, invite=code)[1].status, 201)
    check_problem(register(site, email.upper(), invite=invite(site))[1], 400, "invalid_request")
    site.sql("DELETE FROM slipway.login_attempts")


@case
def an_invite_for_an_address(site):
    """Tenant, role and a verified address come with it."""
    site.slipway("tenant", "create", "guests")
    email = address()
    code = invite(site, "--email", email, "--tenant", "guests", "--admin")
    browser, reply = register(site, email, invite=code)
    eq(reply.status, 201, repr(reply))
    user = browser.me()["user"]
    eq((user["tenant"], user["role"], user["email_verified"]), ("guests", "admin", True))


@case
def waitlist(site):
    """Ask, be approved, come in; asking twice and asking about others says nothing."""
    email, other = address(), address()
    for _ in range(2):
        eq(Browser(site).post("/auth/waitlist", {"email": email, "note": "a\nb"}).json(), {"ok": True})
    Browser(site).form("/auth/waitlist", {"email": other})
    check_problem(Browser(site).post("/auth/waitlist", {"email": "nobody"}), 400, "invalid_request")
    check_problem(Browser(site).post("/auth/waitlist", {"email": email, "note": "x" * 600}), 400,
                  "invalid_request")  # fmt: skip
    listed = site.slipway("waitlist", "list")
    eq(listed.count(email), 1, listed)
    assert "a b" in listed, listed
    code = site.slipway("waitlist", "approve", email, "--rpm", "5").strip().split("invite=")[1]
    site.slipway("waitlist", "approve", email, status=1)
    site.slipway("waitlist", "reject", other)
    assert email not in site.slipway("waitlist", "list")
    assert "rejected" in site.slipway("waitlist", "list", "--all")
    check_problem(register(site, other, invite=code)[1], 403, "forbidden")
    browser, reply = register(site, email, invite=code)
    eq((reply.status, browser.me()["limits"]["rpm"]), (201, 5))
    for _ in range(20):
        last = Browser(site).post("/auth/waitlist", {"email": address()})
    check_problem(last, 429, "rate_limited")
    site.sql("DELETE FROM slipway.login_attempts")


@case
def what_is_on_offer(site):
    offer = site.http.get("/auth/offer").json()
    eq((offer["signup"], offer["oidc"]["name"], offer["mail"]), ("waitlist", "Test", True))
    eq(offer["features"][0]["name"], "chat")
    eq(all(f["name"] != "helper" for f in offer["features"]), True)


def link(mail):
    return mail.split(site_path := "?token=")[0].rsplit("/auth/", 1)[1], mail.split(site_path)[1][:47]


@case
def verify_the_address(site):
    email = address()
    browser, reply = register(site, email, invite=invite(site))
    eq(reply.status, 201)
    mail = site.smtp.wait(email)
    path, token = link(mail)
    eq(path, "verify")
    page = site.http.request("GET", f"/auth/verify?token={token}", None, {"Accept": "text/html"})
    eq(page.status, 200)
    eq(browser.me()["user"]["email_verified"], False, "following the link is not enough")
    assert token.encode() in page.body
    check_problem(Browser(site).post("/auth/verify", {"token": token[:-1] + "x"}), 403, "forbidden")
    eq(Browser(site).post("/auth/verify", {"token": token}).status, 200)
    eq(browser.me()["user"]["email_verified"], True)
    check_problem(Browser(site).post("/auth/verify", {"token": token}), 403, "forbidden")
    check_problem(browser.post("/auth/verify/again"), 400, "invalid_request")
    script = site.http.request("GET", "/auth/verify?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").body
    assert b"<script" not in script, script


@case
def reset_the_password(site):
    email = address()
    browser, _ = register(site, email, invite=invite(site))
    site.smtp.wait(email)
    eq(Browser(site).post("/auth/reset", {"login": email}).json(), {"ok": True})
    path, token = link(site.smtp.wait(email))
    eq(path, "reset")
    new = "another long sentence"
    check_problem(Browser(site).post("/auth/reset/use", {"token": token, "password": "short"}), 400, "invalid_request")
    reply = Browser(site).form("/auth/reset/use", {"token": token, "password": new})
    eq(reply.status, 303)
    check_problem(browser.get("/me"), 401, "unauthorized")  # sessions of before are over
    check_problem(Browser(site).login(email), 401, "login_failed")
    eq(Browser(site).login(email, new).status, 200)
    check_problem(Browser(site).post("/auth/reset/use", {"token": token, "password": new}), 403, "forbidden")
    # nobody learns who has an account
    eq(Browser(site).post("/auth/reset", {"login": address()}).json(), {"ok": True})
    site.smtp.none(other_than=email)
    site.sql("DELETE FROM slipway.login_attempts")
