#!/usr/bin/env python3
"""Random operations on the real ledger against the reference model.

Usage: run.py --socket DIR --clock FILE --seeds N --first-seed S --ops N

The database's clock stands still at what FILE says (libfaketime), so the model
knows the time to the microsecond: midnight, time zones with daylight saving
and rate limits are compared exactly. When something differs, the operations
are shrunk to the fewest that still differ and printed with their seed.
"""

import argparse
import hashlib
import json
import random
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from reference import Key, Model

# The night before European summer time begins: days of 23 hours come soon.
START = datetime(2026, 3, 28, 20, 0, tzinfo=timezone.utc)
TENANTS = {"default": "UTC", "berlin": "Europe/Berlin",
           "samoa": "Pacific/Apia"}
USERS_EACH = 3
# Each user has a key of each kind: features, models, rpm, cap.
SCOPES = {"all": {}, "slow": {"rpm": 2}, "poor": {"cap": 9_000},
          "narrow": {"features": ["chat"], "models": ["mock/*", "other/b"],
                     "rpm": 20, "cap": 30_000}}
DEFAULTS = {"user_rpm": 60, "tenant_rpm": 150, "user_daily_pico": 40_000,
            "tenant_daily_pico": 90_000, "system_daily_pico": 200_000}
CHECK_EVERY = 200


class Differs(Exception):
    pass


class Psql:
    """One session of psql, fed statement by statement."""

    def __init__(self, socket):
        self.p = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-h", socket,
             "-U", "owner", "-d", "slipway"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def rows(self, sql):
        self.p.stdin.write(sql + ";\n\\echo <end>\n")
        self.p.stdin.flush()
        out, error = [], None
        for line in self.p.stdout:
            if line == "<end>\n" and error:
                raise Differs(f"{error} in: {sql[:400]}")
            if line == "<end>\n":
                return out
            if line.startswith("ERROR"):
                error = line.strip()
            out.append(line.rstrip("\n").split("\t"))
        raise Differs(f"psql ended after: {sql[:400]}")

    def close(self):
        self.p.stdin.close()
        self.p.wait()


def literal(value):
    return "NULL" if value is None else \
        "'" + str(value).replace("'", "''") + "'"


def array(names):
    return "NULL" if names is None else \
        "ARRAY[" + ", ".join(map(literal, names)) + "]"


def hash_of(name):
    return hashlib.sha256(name.encode()).hexdigest()


class World:
    """The database and the model, moved together."""

    def __init__(self, db, clock):
        self.db = db
        self.clock = clock
        self.number = 0
        self.make_people()

    def make_people(self):
        self.tenant_ids, self.users, self.names = {}, {}, {}
        self.keys, self.hashes = {}, {}
        for name, zone in TENANTS.items():
            if name != "default":
                self.db.rows(f"SELECT slipway.tenant_create('{name}','{zone}')")
            found = self.db.rows(
                f"SELECT id FROM slipway.tenants WHERE name = '{name}'")
            tenant = int(found[0][0])
            self.tenant_ids[name] = tenant
            for i in range(USERS_EACH):
                user = f"{name}{i}"
                role = "admin" if i == 0 else "user"
                (number,), = self.db.rows(
                    f"SELECT slipway.user_create('{name}','{user}','{role}')")
                self.users[int(number)] = (tenant, i == 0)
                self.names[int(number)] = f"{name}/{user}"
                for kind, scope in SCOPES.items():
                    self.make_key(int(number), kind, scope)
        self.order = sorted(self.users)
        self.key_order = sorted(self.keys)

    def make_key(self, user, kind, scope):
        name = f"{self.names[user]}/{kind}"
        (number,), = self.db.rows(
            f"SELECT slipway.key_create('{self.names[user]}', "
            f"'{hash_of(name)}', 'slw_{kind}', '', NULL, "
            f"{array(scope.get('features'))}, {array(scope.get('models'))}, "
            f"{literal(scope.get('rpm'))}, {literal(scope.get('cap'))})")
        self.keys[int(number)] = (user, scope)
        self.hashes[int(number)] = hash_of(name)

    def reset(self):
        self.db.rows(
            "TRUNCATE slipway.daily_spend, slipway.reservations, "
            "slipway.llm_calls, slipway.llm_attempts, "
            "slipway.llm_calls_superseded, slipway.rollup_again, "
            "slipway.rate_limits, "
            "slipway.controls")
        self.db.rows("UPDATE slipway.users SET rpm=NULL, daily_cap_pico=NULL")
        self.db.rows("UPDATE slipway.tenants SET rpm=NULL, daily_cap_pico=NULL")
        self.db.rows("UPDATE slipway.api_keys SET revoked_at=NULL")
        for number, (_, scope) in self.keys.items():
            self.limit_key(number, scope.get("rpm"), scope.get("cap"))
        zones = {n: TENANTS[t] for t, n in self.tenant_ids.items()}
        keys = {n: Key(u, **scope) for n, (u, scope) in self.keys.items()}
        self.model = Model(zones, self.users, keys, DEFAULTS)
        self.issued = []
        self.set_clock(START)

    def set_clock(self, when):
        with open(self.clock, "r+") as f:
            f.write(when.strftime("%Y-%m-%d %H:%M:%S.%f\n"))
            f.truncate()
        # the server's fractions may be a microsecond off: take them from it
        (us,), = self.db.rows("SELECT (extract(epoch FROM clock_timestamp())"
                              " * 1000000)::bigint")
        self.model.now = datetime(1970, 1, 1, tzinfo=timezone.utc) + \
            timedelta(microseconds=int(us))

    def request_id(self, c, foreign):
        """A new id, or one that is open, or that its key settled today.

        Ids are random and made by the server, so the ledger looks no further,
        and does not tell two keys apart that use one id in the same batch.
        """
        m = self.model
        if c["again"] is not None and c["key"] is not None:
            today = m.days(m.users[m.keys[c["key"]].user][0])[0]
            known = [r for r, held in m.open.items()
                     if foreign or held["key"] == c["key"]] + [
                r for r, call in m.calls.items()
                if call[0] == c["key"] and call[1] == today]
            if known:
                return known[c["again"] % len(known)]
        self.issued.append(f"req_{len(self.issued)}")
        return self.issued[-1]

    # ------------------------------------------------------------ operations

    def op_admit(self, calls):
        entries, wanted = [], []
        for i, c in enumerate(calls):
            c = dict(c)
            c["key"] = None if c["key"] is None else \
                self.key_order[c["key"] % len(self.key_order)]
            issued = len(self.issued)
            c["request_id"] = self.request_id(c, len(calls) == 1)
            # one that its key may not make is no request at all
            c["repeated"] = any(
                e["request_id"] == c["request_id"] and
                w[1] not in ("unauthorized", "forbidden")
                for e, w in zip(entries, wanted))
            entries.append({
                "key_hash": self.hashes.get(c["key"], hash_of("nobody")),
                "request_id": c["request_id"], "feature": c["feature"],
                "needs_admin": c["needs_admin"], "model": c["model"],
                "input_pico": c["input"], "output_pico": c["output"],
                "max_output_tokens": c["max"], "min_output_tokens": c["min"],
                "lease_ms": c["lease_ms"],
                "fresh": c["fresh"] and len(self.issued) > issued})
            wanted.append(list(map(str, (i,) + self.model.admit(c))))
        got = self.db.rows(
            "SELECT idx, verdict, granted_output_tokens, reserved_pico FROM "
            f"slipway.admit({literal(json.dumps(entries))}, "
            f"{literal(json.dumps(DEFAULTS))})")
        got = [r if r[1] == "ok" else r[:2] + ["0", "0"] for r in got]
        self.compare("admit", got, wanted)

    def op_settle(self, settlements):
        entries, wanted = [], []
        for i, s in enumerate(settlements):
            known = list(self.model.open) if s["of"] == "open" else self.issued
            request_id = known[s["pick"] % len(known)] if known else "req_none"
            held = self.model.open.get(request_id)
            amount = held["amount"] if held else 100
            cost = {"whole": amount, "none": 0, "part": amount * s["part"]
                    // 1000, "over": amount + s["part"]}[s["cost"]]
            entries.append({
                "request_id": request_id, "outcome": s["outcome"],
                "basis": s["basis"], "error": "ok", "cost_pico": cost,
                "input_tokens": 1, "cache_read_tokens": 0,
                "cache_write_tokens": 0, "cache_write_1h_tokens": 0,
                "output_tokens": 1, "reasoning_tokens": 0,
                "model_route": "mock/mock", "prompt_version": "chat-1",
                "trace_id": "0af7651916cd43dd8448eb211c80319c",
                "stream": True, "fallback_tier": 0, "ttft_ms": None,
                "latency_ms": 5, "attempts": []})
            wanted.append([str(i), self.model.settle(request_id, s["outcome"],
                                                     cost)])
        got = self.db.rows("SELECT idx, CASE WHEN result IN ('duplicate', "
                           "'unknown') THEN 'known' ELSE result END FROM "
                           f"slipway.settle({literal(json.dumps(entries))})")
        self.compare("settle", got, wanted)

    def op_reap(self):
        wanted = self.model.reap()
        got = self.db.rows("SELECT slipway.reap(100000)")
        self.compare("reap", got, [[str(wanted)]])

    def op_clock(self, ms):
        self.set_clock(self.model.now + timedelta(milliseconds=ms))

    def op_midnight(self, tenant, ms):
        """To just before or after the next midnight of a tenant."""
        zone = ZoneInfo(sorted(TENANTS.values())[tenant % len(TENANTS)])
        local = self.model.now.astimezone(zone)
        midnight = datetime(local.year, local.month, local.day, tzinfo=zone) \
            + timedelta(days=1)
        when = midnight.astimezone(timezone.utc) + timedelta(milliseconds=ms)
        if when > self.model.now:
            self.set_clock(when)

    def op_cap(self, scope, pick, rpm, cap):
        if scope == "user":
            number = self.order[pick % len(self.order)]
            self.model.user_limits[number] = (rpm, cap)
            name = self.names[number]
        else:
            names = sorted(self.tenant_ids)
            name = names[pick % len(names)]
            self.model.tenant_limits[self.tenant_ids[name]] = (rpm, cap)
        self.db.rows(f"UPDATE slipway.{scope}s SET rpm = {literal(rpm)}, "
                     f"daily_cap_pico = {literal(cap)} WHERE name = "
                     f"{literal(name.split('/')[-1])}")

    def op_pause(self, feature, paused):
        change = self.model.paused.add if paused else \
            self.model.paused.discard
        change(feature)
        name = "NULL" if feature == "*" else literal(feature)
        self.db.rows(f"SELECT slipway.pause_set({name}, {paused}, 'test')")
        if feature == "*" and not paused:
            left = self.db.rows("SELECT feature FROM slipway.controls "
                                "WHERE paused")
            self.model.paused = {r[0] for r in left}

    def limit_key(self, number, rpm, cap):
        self.db.rows(f"UPDATE slipway.api_keys SET rpm = {literal(rpm)}, "
                     f"daily_cap_pico = {literal(cap)} WHERE id = {number}")

    def op_key(self, pick, rpm, cap):
        """Other limits of a key. A budget it has from the start or never."""
        number = self.key_order[pick % len(self.key_order)]
        key = self.model.keys[number]
        key.rpm, key.cap = rpm, None if key.cap is None else cap
        self.limit_key(number, key.rpm, key.cap)

    def op_revoke(self, pick, revoked):
        number = self.key_order[pick % len(self.key_order)]
        (self.model.revoked.add if revoked else
         self.model.revoked.discard)(number)
        when = "timestamptz '2020-01-01'" if revoked else "NULL"
        self.db.rows(f"UPDATE slipway.api_keys SET revoked_at = {when} "
                     f"WHERE id = {number}")

    # ---------------------------------------------------------------- checks

    def compare(self, what, got, wanted):
        if got != wanted:
            raise Differs(f"{what}: got {got}, the model says {wanted}")

    def check(self):
        m = self.model
        rows = sorted([k[0], str(k[1]), str(k[2]), str(r.reserved),
                       str(r.settled), str(r.calls)]
                      for k, r in m.rows.items() if r.used() or r.calls)
        self.compare("daily_spend", sorted(self.db.rows(
            "SELECT scope, scope_id, day, reserved, settled, calls FROM "
            "slipway.daily_spend WHERE reserved + settled + calls > 0")), rows)
        self.compare("reservations", sorted(self.db.rows(
            "SELECT request_id, key_id, user_id, amount_pico FROM "
            "slipway.reservations")),
            sorted([r, str(h["key"]), str(m.keys[h["key"]].user),
                    str(h["amount"])]
                   for r, h in m.open.items()))
        self.compare("llm_calls", sorted(self.db.rows(
            "SELECT request_id, key_id, day, outcome, cost_pico FROM "
            "slipway.llm_calls")),
            sorted([r] + list(map(str, c)) for r, c in m.calls.items()))
        late = [h for h in m.open.values() if h["lease"] < m.now]
        if not late:
            self.compare("ledger_check", self.db.rows(
                "SELECT * FROM slipway.ledger_check"), [])

    def run(self, ops):
        """Raises Differs with .at, the number of operations it took."""
        self.reset()
        for i, (name, args) in enumerate(ops):
            try:
                getattr(self, "op_" + name)(*args)
                if i % CHECK_EVERY == CHECK_EVERY - 1 or i == len(ops) - 1:
                    self.check()
            except Differs as e:
                e.at = i + 1
                raise


# ------------------------------------------------------------- making them up

def random_call(r):
    most = r.choice([1, 10, 100, 400])
    return {
        "key": None if r.random() < 0.02 else r.randrange(1000),
        "again": r.randrange(10000) if r.random() < 0.05 else None,
        "feature": r.choice(["chat", "chat", "chat", "docs", "api"]),
        "needs_admin": r.random() < 0.1,
        "model": r.choice(["mock/a", "other/a", "other/b"]),
        "input": r.choice([0, 1, 50, 500, 5000]),
        "output": r.choice([0, 1, 7, 30]),
        "max": most, "min": r.randint(0, most),
        "lease_ms": r.choice([0, 1000, 600_000, 600_000]),
        "fresh": r.random() < 0.9}


def random_settlement(r):
    basis, outcome, cost = r.choice([
        ("provider_usage", "done", "part"), ("provider_usage", "done", "none"),
        ("estimated", "done", "part"), ("partial", "partial", "part"),
        ("partial", "client_gone", "part"), ("none", "failed", "none"),
        ("pessimistic", "failed", "whole"), ("none", "blocked", "none"),
        ("provider_usage", "done", "over")])
    return {"of": "open" if r.random() < 0.9 else "any",
            "pick": r.randrange(100000), "basis": basis, "outcome": outcome,
            "cost": cost, "part": r.randrange(1001)}


def random_op(r):
    x = r.random()
    if x < 0.45:
        return "admit", ([random_call(r) for _ in range(r.randint(1, 6))],)
    if x < 0.80:
        return "settle", ([random_settlement(r)
                           for _ in range(r.randint(1, 6))],)
    if x < 0.84:
        return "reap", ()
    if x < 0.93:
        # a clock that was wrong is set back
        return "clock", (r.choice([1, 50, 3000, 20_000, 60_000, 3_600_000,
                                  -2000, -90_000]),)
    if x < 0.95:
        return "midnight", (r.randrange(10), r.choice([-1, 0, 1, 5000]))
    if x < 0.98:
        return "cap", (r.choice(["user", "tenant"]), r.randrange(100),
                       r.choice([None, 0, 1, 7, 500]),
                       r.choice([None, -1, 0, 3000, 100_000]))
    if x < 0.985:
        return "key", (r.randrange(1000), r.choice([None, 0, 1, 3, 60]),
                       r.choice([-1, 0, 2000, 30_000]))
    if x < 0.992:
        return "pause", (r.choice(["chat", "docs", "*"]), r.random() < 0.3)
    return "revoke", (r.randrange(1000), r.random() < 0.5)


def shrink(world, ops):
    """The fewest operations that still differ (delta debugging)."""
    piece = max(1, len(ops) // 2)
    while True:
        i, smaller = 0, False
        while i < len(ops):
            fewer = ops[:i] + ops[i + piece:]
            try:
                world.run(fewer)
                i += piece
            except Differs as e:
                ops, smaller = fewer[:e.at], True
        if piece == 1 and not smaller:
            return ops
        piece = max(1, piece // 2)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--socket", required=True)
    a.add_argument("--clock", required=True)
    a.add_argument("--seeds", type=int, default=1)
    a.add_argument("--first-seed", type=int, default=1)
    a.add_argument("--ops", type=int, default=1000)
    args = a.parse_args()
    world = World(Psql(args.socket), args.clock)
    passed = failed = 0
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        r = random.Random(seed)
        ops = [random_op(r) for _ in range(args.ops)]
        try:
            world.run(ops)
            passed += 1
            print(f"seed {seed}: {args.ops} operations, "
                  f"{len(world.model.calls)} calls settled")
        except Differs as e:
            failed += 1
            print(f"seed {seed}: differs after {e.at} operations: {e}")
            few = shrink(world, ops[:e.at])
            print(f"the fewest that differ ({len(few)}):")
            for op in few:
                print("   ", json.dumps(op))
            try:
                world.run(few)
            except Differs as again:
                print("   ", again)
    world.db.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
