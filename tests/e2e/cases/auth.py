"""Who may call."""

from case import case, check_problem, eq

SPENDING = (("POST", "/chat"), ("POST", "/chat/stream"), ("GET", "/docs/search?q=x"))
QUESTION = b'{"message":"hi"}'


def ask_all(site, headers):
    """The replies of every route that needs a key."""
    return [
        site.http.request(m, path, QUESTION if m == "POST" else None, headers)
        for m, path in SPENDING
    ]


@case
def no_key(site):
    for headers in (
        {}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "},
        {"Authorization": "Basic dXNlcjpwYXNz"}, {"x-api-key": ""},
    ):  # fmt: skip
        for reply in ask_all(site, headers):
            check_problem(reply, 401, "unauthorized")
            assert "Bearer" in reply.headers["www-authenticate"], reply.headers
    for path in ("/chat", "/chat/stream"):
        check_problem(site.http.request("POST", path, b"nonsense"), 401, "unauthorized")
    eq(site.mock.count(), 0, "provider calls")


@case
def unknown_key(site):
    for key in ("sk-slipway-0000", "x", "slw_" + "0" * 43, "slw_" + "0" * 44, "a" * 3000, "' OR 1=1 --"):
        for headers in ({"Authorization": "Bearer " + key}, {"x-api-key": key}):
            for reply in ask_all(site, headers):
                check_problem(reply, 401, "unauthorized")
    eq(site.mock.count(), 0, "provider calls")


@case
def both_header_forms(site):
    user = site.user()
    for headers in (
        {"Authorization": "Bearer " + user.key}, {"authorization": "bearer " + user.key},
        {"x-api-key": user.key}, {"X-API-Key": user.key},
    ):  # fmt: skip
        for reply in ask_all(site, headers):
            eq(reply.status, 200, f"{headers}: {reply!r}")


@case
def revoked_and_expired_and_disabled(site):
    for change in (
        "UPDATE slipway.api_keys SET revoked_at = now() WHERE user_id = :'id'",
        "UPDATE slipway.api_keys SET expires_at = now() WHERE user_id = :'id'",
        "UPDATE slipway.users SET disabled_at = now() WHERE id = :'id'",
    ):
        user = site.user()
        eq(user.chat().status, 200)
        site.sql(change, id=user.id)
        for reply in ask_all(site, {"x-api-key": user.key}):
            check_problem(reply, 401, "unauthorized")


@case
def named_model_needs_an_admin(site):
    user = site.user()
    for reply in (user.chat(model="mock/m"), user.stream(model="mock/m")):
        check_problem(reply, 403, "forbidden")
    eq(site.mock.count(), 0, "provider calls")
    eq(user.spend()["reserved"], 0)


@case
def admin_names_a_model(site):
    reply = site.admin.chat(model="mock/second")
    eq(reply.status, 200, repr(reply))
    eq(reply.json()["model_route"], "mock/second")
    eq(site.mock.last()["model"], "second")


@case
def admin_cannot_name_nonsense(site):
    for model in ("mock", "nosuch/m", "http://evil/m", "mock/", "/m", "mock/" + "m" * 200):
        reply = site.admin.chat(model=model)
        check_problem(reply, 400, "invalid_request")
    check_problem(site.admin.chat(model="mock/unpriced"), 503, "unpriced_model")
    eq(site.mock.count(), 0, "provider calls")


@case
def keys_are_stored_hashed(site):
    """The key that `make up` printed is nowhere in the database."""
    rows = site.sql("SELECT * FROM slipway.api_keys")
    assert rows
    assert site.admin.key not in str(rows)
    eq(site.sql("SELECT count(*) FROM slipway.api_keys WHERE key_hash = sha256(:'key'::bytea)",
                key=site.admin.key)[0]["count"], "1")  # fmt: skip


@case
def user_and_key_by_command(site):
    """A key is printed once, works at once and stops at once when it is revoked."""
    site.slipway("user", "create", "grace@e2e.test")
    key = site.slipway("key", "create", "grace@e2e.test").split()[-1]
    eq(site.http.with_key(key).chat().status, 200)
    listed = site.slipway("key", "list")
    assert key not in listed and key[:8] in listed, listed
    ident = site.sql("SELECT id FROM slipway.api_keys WHERE key_hash = sha256(:'key'::bytea)",
                     key=key)[0]["id"]  # fmt: skip
    site.slipway("key", "revoke", ident)
    check_problem(site.http.with_key(key).chat(), 401, "unauthorized")
