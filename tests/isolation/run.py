"""Interleavings of the ledger's functions, one statement at a time.

Two sessions, A and B. A statement of B that must wait is sent without waiting,
and PostgreSQL itself says (pg_blocking_pids) that it waits for A; then A ends
its transaction and B's answer is compared.
"""

import hashlib
import json
import subprocess
import sys
import time

END = "<end>"
DEFAULTS = {"user_rpm": 0, "tenant_rpm": 0, "user_daily_pico": 1000,
            "tenant_daily_pico": -1, "system_daily_pico": -1}
GIVE_UP_S = 20  # a safety net, never what is measured


class Session:
    def __init__(self, socket):
        self.p = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-h", socket, "-U", "owner",
             "-d", "slipway"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        self.pid = self("SELECT pg_backend_pid()")

    def send(self, sql):
        self.p.stdin.write(f"{sql};\n\\echo {END}\n")
        self.p.stdin.flush()

    def answer(self):
        """The lines up to the end of the statement, joined by blanks."""
        lines = []
        for line in self.p.stdout:
            if line.strip() == END:
                return " ".join(lines)
            lines.append(line.strip())
        raise AssertionError("psql ended")

    def __call__(self, sql):
        self.send(sql)
        return self.answer()


def call(user, request_id, pico):
    return {"key_hash": hashlib.sha256(user.encode()).hexdigest(),
            "request_id": request_id, "feature": "chat", "needs_admin": False,
            "input_pico": pico, "output_pico": 0, "max_output_tokens": 1,
            "min_output_tokens": 1, "lease_ms": 60000}


def admit(*calls):
    return ("SELECT string_agg(verdict, ' ' ORDER BY idx) FROM slipway.admit("
            f"'{json.dumps(calls)}', '{json.dumps(DEFAULTS)}')")


def settle(request_id, cost=10):
    entry = {"request_id": request_id, "outcome": "done",
             "basis": "provider_usage", "error": "ok", "cost_pico": cost,
             "input_tokens": 1, "cache_read_tokens": 0,
             "cache_write_tokens": 0, "cache_write_1h_tokens": 0,
             "output_tokens": 1, "reasoning_tokens": 0, "model_route": "m/m",
             "prompt_version": "", "trace_id": "", "stream": False,
             "fallback_tier": 0, "ttft_ms": None, "latency_ms": 1,
             "attempts": []}
    return f"SELECT result FROM slipway.settle('{json.dumps([entry])}')"


def expire(request_id):
    return ("UPDATE slipway.reservations SET lease_until = now() - interval "
            f"'1 s' WHERE request_id = '{request_id}'")


class Bench:
    """The sessions, and users that nobody used before."""

    def __init__(self, socket):
        self.a, self.b, self.eye = (Session(socket) for _ in range(3))
        self.n = 0

    def user(self, tenant="default"):
        self.n += 1
        name = f"u{self.n}"
        if tenant != "default":
            self.eye(f"SELECT slipway.tenant_create('{tenant}')")
        self.eye(f"SELECT slipway.user_create('{tenant}', '{name}', 'user')")
        key = hashlib.sha256(name.encode()).hexdigest()
        self.eye(f"SELECT slipway.key_create('{tenant}/{name}', '{key}', 'k')")
        return name

    def request(self):
        self.n += 1
        return f"req_{self.n}"

    def admitted(self, user, pico=100):
        request = self.request()
        self.equal(self.eye(admit(call(user, request, pico))), "ok")
        return request

    def equal(self, got, wanted):
        assert got == wanted, f"got {got!r}, wanted {wanted!r}"

    def waits(self):
        """B waits for A."""
        end = time.monotonic() + GIVE_UP_S
        sql = f"SELECT '{self.a.pid}' = ANY (pg_blocking_pids({self.b.pid})::text[])"
        while self.eye(sql) != "t":
            assert time.monotonic() < end, "B does not wait for A"

    def spend(self, user):
        return self.eye(
            "SELECT concat_ws(' ', d.reserved, d.settled, d.calls) FROM "
            "slipway.daily_spend d JOIN slipway.users u ON u.id = d.scope_id "
            f"WHERE d.scope = 'user' AND u.name = '{user}'")


# Each case leaves no transaction open.

def the_second_finds_no_room(t):
    user = t.user()
    t.a("BEGIN")
    t.equal(t.a(admit(call(user, t.request(), 900))), "ok")
    t.b.send(admit(call(user, t.request(), 900)))
    t.waits()
    t.a("COMMIT")
    t.equal(t.b.answer(), "user_cap")
    t.equal(t.spend(user), "900 0 0")


def the_first_is_undone(t):
    user = t.user()
    t.a("BEGIN")
    t.equal(t.a(admit(call(user, t.request(), 900))), "ok")
    t.b.send(admit(call(user, t.request(), 900)))
    t.waits()
    t.a("ROLLBACK")
    t.equal(t.b.answer(), "ok")
    t.equal(t.spend(user), "900 0 0")


def room_that_a_settlement_frees(t):
    user = t.user()
    held = t.admitted(user, 900)
    t.a("BEGIN")
    t.equal(t.a(settle(held, 50)), "settled")
    t.b.send(admit(call(user, t.request(), 900)))
    t.waits()
    t.a("COMMIT")
    t.equal(t.b.answer(), "ok")
    t.equal(t.spend(user), "900 50 1")


def two_settlements_of_one_call(t):
    user = t.user()
    held = t.admitted(user)
    t.a("BEGIN")
    t.equal(t.a(settle(held, 10)), "settled")
    t.b.send(settle(held, 20))
    t.waits()
    t.a("COMMIT")
    t.equal(t.b.answer(), "duplicate")
    t.equal(t.spend(user), "0 10 1")


def the_reaper_is_late(t):
    user = t.user()
    held = t.admitted(user)
    t.eye(expire(held))
    t.a("BEGIN")
    t.equal(t.a(settle(held, 10)), "settled")
    t.b.send("SELECT slipway.reap(100)")
    t.waits()
    t.a("COMMIT")
    t.equal(t.b.answer(), "0")
    t.equal(t.spend(user), "0 10 1")


def the_worker_is_late(t):
    user = t.user()
    held = t.admitted(user)
    t.eye(expire(held))
    t.a("BEGIN")
    t.equal(t.a("SELECT slipway.reap(100)"), "1")
    t.b.send(settle(held, 10))
    t.waits()
    t.a("COMMIT")
    t.equal(t.b.answer(), "settled")
    t.equal(t.spend(user), "0 10 1")


def two_late_settlements(t):
    """Both find what the reaper wrote; one takes its place."""
    user = t.user()
    held = t.admitted(user)
    t.eye(expire(held))
    t.equal(t.a("SELECT slipway.reap(100)"), "1")
    t.a("BEGIN")
    t.equal(t.a(settle(held, 10)), "settled")
    t.b.send(settle(held, 20))
    t.waits()
    t.a("COMMIT")
    t.equal(t.b.answer(), "duplicate")
    t.equal(t.spend(user), "0 10 1")


def two_reapers(t):
    user = t.user()
    t.eye(expire(t.admitted(user)))
    t.a("BEGIN")
    t.equal(t.a("SELECT slipway.reap(100)"), "1")
    t.equal(t.b("SELECT slipway.reap(100)"), "0")
    t.a("COMMIT")
    t.equal(t.spend(user), "0 100 1")


def a_renewal_waits_for_nobody(t):
    user = t.user()
    held = t.admitted(user)
    t.a("BEGIN")
    t.equal(t.a(settle(held)), "settled")
    renew = "SELECT slipway.lease_renew('{%s}', 60000)" % held
    t.equal(t.b(renew), "0")
    t.a("COMMIT")
    t.equal(t.b(renew), "0")


def a_settlement_waits_for_a_renewal(t):
    user = t.user()
    held = t.admitted(user)
    t.a("BEGIN")
    t.equal(t.a("SELECT slipway.lease_renew('{%s}', 60000)" % held), "1")
    t.b.send(settle(held))
    t.waits()
    t.a("COMMIT")
    t.equal(t.b.answer(), "settled")


def batches_in_opposite_orders(t):
    one, two = t.user(), t.user()
    r = t.request
    t.a("BEGIN")
    t.equal(t.a(admit(call(one, r(), 1), call(two, r(), 1))), "ok ok")
    t.b.send(admit(call(two, r(), 1), call(one, r(), 1)))
    t.waits()
    t.a("COMMIT")
    t.equal(t.b.answer(), "ok ok")


def tenants_meet_at_the_system(t):
    one, two = t.user("first tenant"), t.user("second tenant")
    t.a("BEGIN")
    t.equal(t.a(admit(call(one, t.request(), 1))), "ok")
    t.b.send(admit(call(two, t.request(), 1)))
    t.waits()
    t.a("COMMIT")
    t.equal(t.b.answer(), "ok")


def the_same_request_twice(t):
    user = t.user()
    same = call(user, t.request(), 600)
    t.a("BEGIN")
    t.equal(t.a(admit(same)), "ok")
    t.b.send(admit(same))
    t.waits()
    t.a("COMMIT")
    t.equal(t.b.answer(), "ok")
    t.equal(t.spend(user), "600 0 0")


def a_refusal_waits_for_nobody(t):
    user = t.user()
    t.a("BEGIN")
    t.equal(t.a(admit(call(user, t.request(), 1))), "ok")
    t.equal(t.b(admit(call("nobody", t.request(), 1))), "unauthorized")
    t.a("COMMIT")


CASES = (the_second_finds_no_room, the_first_is_undone,
         room_that_a_settlement_frees, two_settlements_of_one_call,
         the_reaper_is_late, the_worker_is_late, two_late_settlements,
         two_reapers,
         a_renewal_waits_for_nobody, a_settlement_waits_for_a_renewal,
         batches_in_opposite_orders, tenants_meet_at_the_system,
         the_same_request_twice, a_refusal_waits_for_nobody)


def main():
    passed = failed = 0
    t = Bench(sys.argv[1])
    for case in CASES:
        try:
            case(t)
            t.equal(t.eye("SELECT count(*) FROM slipway.ledger_check"), "0")
            passed += 1
            print(f"ok      {case.__name__}")
        except AssertionError as e:
            failed += 1
            print(f"FAILED  {case.__name__}: {e}")
            t = Bench(sys.argv[1])  # with fresh sessions
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
