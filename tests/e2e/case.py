"""What a case is, and the few assertions that say more than assert does.

A case is a function of one argument, the site.  Its name is what the report shows; its
docstring says what must hold where the name does not.  Before each case the mock provider is
reset.  A case makes its own users, so that money and limits of one never touch another.
"""

ALL = ("lighttpd", "apache-proxy", "apache-fcgid", "apache-cgi")
CASES = []


def case(function=None, *, modes=ALL):
    """Register a case for these server modes."""

    def register(f):
        CASES.append((f, modes))
        return f

    return register(function) if function else register


def eq(got, wanted, what=""):
    assert got == wanted, f"{what + ': ' if what else ''}got {got!r}, wanted {wanted!r}"


def check_problem(reply, status, code):
    """reply is the error of this code in the one shape that all errors have."""
    eq(reply.status, status, f"status of {reply!r}")
    eq(reply.headers.get("content-type"), "application/problem+json", "content-type")
    body = reply.json()
    eq(body["code"], code, "code")
    eq(body["status"], status, "status member")
    for name in ("type", "title", "detail", "instance", "request_id", "incident_id"):
        assert isinstance(body[name], str) and body[name], f"{name} is missing: {body}"
    assert body["title"].endswith("."), f"not a sentence: {body['title']!r}"
    assert isinstance(body["retryable"], bool), body
    eq(set(body["error"]), {"message", "type", "code", "param"}, "error member")
    eq(body["error"]["code"], code, "error.code")
    check_ids(reply, body["request_id"])
    eq(body["incident_id"], body["request_id"], "incident_id")
    return body


def check_ids(reply, request_id):
    assert request_id.startswith("req_") and len(request_id) == 30, request_id
    eq(reply.headers.get("x-request-id"), request_id, "x-request-id")
    eq(reply.headers.get("request-id"), request_id, "request-id")
