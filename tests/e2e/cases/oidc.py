"""Sign-in at an OpenID provider, and what an attacker would make of it."""

import json
import secrets
import time

import provider as oidc
from browser import PASSWORD, Browser
from case import case, check_problem, eq


def who(**more):
    """Somebody at the provider."""
    name = secrets.token_hex(5)
    return {"sub": "sub-" + name, "email": f"o{name}@e2e.test", "email_verified": True, **more}


def invite(site, *args):
    return site.slipway("invite", "create", *args).strip().split("invite=")[1]


def begin(browser, query=""):
    reply = browser.get("/auth/oidc/start" + query)
    eq(reply.status, 302, repr(reply))
    return reply.headers["location"]


def sign_in(site, person, query="", browser=None):
    """The whole way; the browser and the last reply."""
    browser = browser or Browser(site)
    back = site.oidc.authorize(begin(browser, query), **person)
    return browser, browser.get(back)


def member(site):
    """Somebody who has signed in once."""
    person = who()
    browser, reply = sign_in(site, person, "?invite=" + invite(site))
    eq((reply.status, reply.headers["location"]), (303, "/"))
    return person, browser


def forget_documents(site):
    site.sql("DELETE FROM slipway.fetched")


@case
def first_and_later_sign_ins(site):
    """An invite makes the account; after that the person is known by issuer and subject."""
    person = who()
    browser, reply = sign_in(site, person, "?next=/account/&invite=" + invite(site))
    eq((reply.status, reply.headers["location"]), (303, "/account/"))
    me = browser.me()
    eq((me["user"]["email"], me["user"]["email_verified"]), (person["email"], True))
    eq(browser.chat().status, 200)
    browser.post("/auth/logout")
    # another address, the same person
    again, reply = sign_in(site, {**person, "email": "new@e2e.test", "email_verified": False})
    eq(reply.status, 303)
    eq(again.me()["user"]["id"], me["user"]["id"])
    eq(again.me()["sessions"][0]["method"], "oidc")


@case
def es256_works_too(site):
    person, _ = member(site)
    site.oidc.signer = site.oidc.ec
    eq(sign_in(site, person)[1].status, 303)


@case
def nobody_without_an_invite(site):
    browser, reply = sign_in(site, who())
    check_problem(reply, 403, "forbidden")
    eq(browser.cookie, None)
    for claims in ({"email_verified": False}, {"email": ""}, {"email_verified": "no"}):
        _, reply = sign_in(site, who(**claims), "?invite=" + invite(site))
        check_problem(reply, 403, "forbidden")


@case
def the_operators_user_signs_in(site):
    """`slipway user create ADDRESS` lets that address in, with an existing password or none."""
    person = who()
    site.slipway("user", "create", person["email"])
    browser, reply = sign_in(site, person)
    eq(reply.status, 303, repr(reply))
    eq(browser.me()["user"]["name"], person["email"])


@case
def a_claimed_address_goes_to_its_owner(site):
    """Who made an account with another's address loses it, with password, sessions and keys."""
    person = who()
    impostor = Browser(site)
    reply = impostor.post(
        "/auth/register", {"email": person["email"], "password": PASSWORD, "invite": invite(site)})
    eq(reply.status, 201, repr(reply))
    impostor.csrf = reply.json()["csrf"]
    key = impostor.post("/me/keys", {"label": "back door"}).json()["key"]
    owner, reply = sign_in(site, person)
    eq(reply.status, 303, repr(reply))
    eq(owner.me()["user"]["email_verified"], True)
    check_problem(impostor.get("/me"), 401, "unauthorized")
    check_problem(site.http.with_key(key).chat(), 401, "unauthorized")
    check_problem(Browser(site).login(person["email"]), 401, "login_failed")


@case
def a_disabled_account_stays_out(site):
    person, browser = member(site)
    site.sql("UPDATE slipway.users SET disabled_at = now() WHERE id = :'id'", id=browser.me()["user"]["id"])
    check_problem(sign_in(site, person)[1], 401, "unauthorized")


@case
def forged_tokens(site):
    """A member's token, made wrong in every way we know: nobody gets in."""
    person, _ = member(site)
    rsa = site.oidc.rsa.jwk()
    now = int(time.time())
    attacks = {
        "alg none": {"forge": oidc.without_signature},
        "public key as secret": {"forge": oidc.with_public_key_as_secret(rsa)},
        "another payload": {"forge": oidc.with_other_payload},
        "another key": {"signer": site.oidc.stranger},
        "unknown key": {"signer": site.oidc.stranger, "header": {"kid": "nosuch"}},
        "key in the header": {"signer": site.oidc.stranger, "header": {"jwk": site.oidc.stranger.jwk()}},
        "another algorithm": {"header": {"alg": "RS512"}},
        "RSA says ES256": {"header": {"alg": "ES256"}},
        "critical extension": {"header": {"crit": ["b64"], "b64": False}},
        "another issuer": {"claims": {"iss": "https://accounts.google.com"}},
        "issuer with a slash": {"claims": {"iss": site.oidc.issuer + "/"}},
        "another audience": {"claims": {"aud": "somebody"}},
        "a list without us": {"claims": {"aud": ["a", "b"]}},
        "for two, by another": {"claims": {"aud": [oidc.CLIENT_ID, "b"], "azp": "b"}},
        "for two, by nobody": {"claims": {"aud": [oidc.CLIENT_ID, "b"]}},
        "another nonce": {"claims": {"nonce": "x" * 43}},
        "no nonce": {"claims": {"nonce": None}},
        "expired": {"claims": {"iat": now - 600, "exp": now - 61}},
        "from the future": {"claims": {"iat": now + 600, "exp": now + 900}},
        "without an end": {"claims": {"exp": None}},
        "an end that is no number": {"claims": {"exp": "never"}},
        "nobody": {"claims": {"sub": ""}},
        "no token": {"forge": lambda t: ""},
        "garbage": {"forge": lambda t: "a.b.c"},
        "four parts": {"forge": lambda t: t + ".x"},
        "no signature": {"forge": lambda t: t.rsplit(".", 1)[0] + "."},
        "cut": {"forge": lambda t: t[:-8]},
        "huge": {"forge": lambda t: "a" * 40000},
    }
    for name, changes in attacks.items():
        site.oidc.reset()
        for attribute, value in changes.items():
            setattr(site.oidc, attribute, value)
        # keys are read anew once a minute when one is not among them
        browser, reply = sign_in(site, person)
        eq(reply.status, 401, f"{name}: {reply!r}")
        eq(reply.json()["code"], "sign_in_failed", name)
        eq(browser.cookie, None, name)
    site.oidc.reset()
    eq(sign_in(site, person)[1].status, 303)


@case
def times_have_a_minute_of_grace(site):
    person, _ = member(site)
    now = int(time.time())
    site.oidc.claims = {"iat": now + 30, "exp": now - 30, "aud": [oidc.CLIENT_ID]}
    eq(sign_in(site, person)[1].status, 303)


@case
def replays_and_strangers(site):
    """State, code and browser belong together, once."""
    person, _ = member(site)
    browser = Browser(site)
    back = site.oidc.authorize(begin(browser), **person)
    stranger = Browser(site)
    check_problem(stranger.get(back), 403, "csrf")  # another browser
    begin(stranger)
    check_problem(stranger.get(back), 403, "csrf")  # with a sign-in of its own
    held = browser.jar["slipway-state"]
    eq(browser.get(back).status, 303)
    eq(browser.jar["slipway-state"], None, "used up")
    browser.jar["slipway-state"] = held
    check_problem(browser.get(back), 403, "csrf")  # the same once more
    # a stolen code in a sign-in of the thief's own: PKCE, and it was used
    victim, thief = Browser(site), Browser(site)
    stolen = site.oidc.authorize(begin(victim), **person)
    mine = site.oidc.authorize(begin(thief), **who())
    code = stolen.split("code=")[1].split("&")[0]
    check_problem(thief.get(mine.replace(mine.split("code=")[1].split("&")[0], code)), 401, "sign_in_failed")
    # too late
    late = Browser(site)
    back = site.oidc.authorize(begin(late), **person)
    site.sql("UPDATE slipway.oidc_logins SET expires_at = now()")
    check_problem(late.get(back), 403, "csrf")
    # the person said no
    refused = Browser(site)
    state = site.oidc.authorize(begin(refused), **person).split("state=")[1]
    check_problem(refused.get("/auth/oidc/callback?error=access_denied&state=" + state), 401, "sign_in_failed")
    for query in ("", "?code=x", "?state=", "?code=x&state=" + "a" * 43, "?state=" + "a" * 500):
        eq(Browser(site).get("/auth/oidc/callback" + query).status in (400, 403), True, query)


@case
def provider_down(site):
    """Its documents are kept; without any, the answer says that it is away, and no more."""
    person, _ = member(site)
    site.oidc.down = {"/.well-known/openid-configuration", "/keys"}
    site.oidc.gets.clear()
    eq(sign_in(site, person)[1].status, 303, "with what was read before")
    eq(site.oidc.gets, [], "no request for what is known")
    site.sql("UPDATE slipway.fetched SET fetched_at = now() - interval '2 hours',"
             " tried_at = now() - interval '2 hours'")  # fmt: skip
    eq(sign_in(site, person)[1].status, 303, "older, and the provider is away")
    forget_documents(site)
    check_problem(Browser(site).get("/auth/oidc/start"), 503, "sign_in_unavailable")
    site.oidc.down = {"/keys"}
    _, reply = sign_in(site, person)
    check_problem(reply, 503, "sign_in_unavailable")
    site.oidc.down = {"/token"}
    check_problem(sign_in(site, person)[1], 503, "sign_in_unavailable")
    site.oidc.reset()
    eq(sign_in(site, person)[1].status, 303)


@case
def new_keys_are_fetched(site):
    """The provider changes its key: the token names one that is not known, so the keys are read again."""
    person, _ = member(site)
    old = site.oidc.rsa
    forget_documents(site)
    eq(sign_in(site, person)[1].status, 303)
    site.oidc.rsa = oidc.Key(site.folder, "rsa-2", "RS256")
    try:
        site.oidc.reset()
        check_problem(sign_in(site, person)[1], 401, "sign_in_failed")  # read less than a minute ago
        site.sql("UPDATE slipway.fetched SET tried_at = now() - interval '61 s',"
                 " fetched_at = now() - interval '61 s'")  # fmt: skip
        eq(sign_in(site, person)[1].status, 303)
        site.oidc.signer = old
        check_problem(sign_in(site, person)[1], 401, "sign_in_failed")
    finally:
        site.oidc.rsa = old
        site.oidc.reset()
        forget_documents(site)


@case
def the_web_server_is_not_trusted_unless_told(site):
    reply = site.http.request("GET", "/auth/proxy", None, {"OIDC_CLAIM_sub": "x", "OIDC-CLAIM-iss": "y"})
    check_problem(reply, 404, "not_found")


@case
def secrets_stay_secret(site):
    browser = Browser(site)
    location = begin(browser)
    held = browser.jar["slipway-state"]
    assert held in location and oidc.CLIENT_SECRET not in location
    rows = json.dumps(site.sql("SELECT * FROM slipway.oidc_logins"))
    assert held not in rows
    assert oidc.CLIENT_SECRET not in site.log_text() and held not in site.log_text()
