#!/usr/bin/env python3
"""What SQL counts as a 5xx is what src/base/err.c sends as one."""

import re

from house import line_of, main

CATALOGUE = "src/base/err.c"
COPIES = ("sql/views/0_usage_by_hour.sql", "sql/functions/alert_rates.sql")


def codes(tree):
    rows = re.findall(r'\{"(\w+)",\s*(\d+),', tree.read(CATALOGUE))
    return {code for code, status in rows if status >= "500"}


def check(tree):
    wanted = codes(tree)
    for path in COPIES:
        text = tree.read(path)
        lists = list(re.finditer(r"error IN \(([^)]*)\)", text))
        if not lists:
            yield path, 1, "names no codes: error IN ('...')"
        for match in lists:
            got = set(re.findall(r"'(\w+)'", match.group(1)))
            line = line_of(text, match.start())
            for code in sorted(wanted - got):
                yield path, line, f"{code} is a 5xx and is missing"
            for code in sorted(got - wanted):
                yield path, line, f"{code} is no 5xx"


main(check, [
    (COPIES[0], "SELECT u.error IN ('internal');\n", 1,
     "upstream_error is a 5xx and is missing"),
    (COPIES[1], "\nSELECT c.error IN (\n'user_cap');\n", 2,
     "user_cap is no 5xx"),
])
