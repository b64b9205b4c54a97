"""The figures as tables, as they are printed and as they stand in RESULTS.md.

    python3 tests/bench/tables.py FILE.json...     what run.py and start.py wrote with --json
"""

import json
import sys

DIRECT = "provider, direct"


def table(head, rows):
    widths = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]

    def line(cells):
        return "| " + " | ".join(c.ljust(w) for c, w in zip(cells, widths)) + " |"

    print("\n".join([line(head), "|" + "|".join("-" * (w + 2) for w in widths) + "|", *map(line, rows)]))


def parts(each, digits):
    named = {k: v for k, v in each.items() if k != "all"}
    return ", ".join(f"{k} {v:.{digits}f}" for k, v in named.items())


def print_calls(connections, rows):
    print(f"\nPOST /chat, {connections} at a time\n")
    table(
        ("", "calls/s", "p50 ms", "p99 ms", "CPU s per 1,000", "of it", "MiB"),
        [(name, f"{r['calls_s']:.0f}", f"{r['p50_ms']:.2f}", f"{r['p99_ms']:.2f}", f"{r['cpu']['all']:.3f}",
          parts(r["cpu"], 3), parts(r["mib"], 0)) for name, r in rows.items()],
    )  # fmt: skip


def print_streams(title, rows):
    """Delays are those beyond the provider's, asked directly."""
    direct = rows[DIRECT]
    print(f"\n{title} streams at a time\n")
    table(
        ("", "failed", "at once", "TTFT p50 ms", "p99", "gap p50 ms", "p99", "CPU s per 1,000", "of it", "worker MiB", "KiB each", "MiB"),
        [(name, f"{r['failed']:.0f}", f"{r['at_once']:.0f}",
          *(f"{r[k] - direct[k]:+.2f}" for k in ("ttft_p50_ms", "ttft_p99_ms", "gap_p50_ms", "gap_p99_ms")),
          f"{r['cpu']['all']:.3f}", parts(r["cpu"], 3),
          f"{r['worker_rest_mib']:.0f} to {r['worker_peak_mib']:.0f}" if r["worker_peak_mib"] else "",
          f"{r['kib_per_stream']:.1f}" if r["kib_per_stream"] else "", parts(r["mib"], 0)) for name, r in rows.items()],
    )  # fmt: skip


def print_starts(rows):
    print("\nfrom fork to the first answer, medians\n")
    table(
        ("", "wall ms", "CPU ms", "PostgreSQL ms"),
        [(name, *(f"{r[k]:.2f}" for k in ("wall_ms", "cpu_ms", "database_ms"))) for name, r in rows.items()],
    )


def print_machine(result):
    print(f"\n{result['processor']}, {result['processors']} processors, commit {result['commit']}, {result['when']}")


def main():
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as f:
            result = json.load(f)
        for n, rows in result.get("calls", {}).items():
            print_calls(n, rows)
        for n, rows in result.get("streams", {}).items():
            print_streams(n, rows)
        if "starts" in result:
            print_starts(result["starts"])
        if "processor" in result:
            print_machine(result)


if __name__ == "__main__":
    main()
