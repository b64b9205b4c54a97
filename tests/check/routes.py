#!/usr/bin/env python3
"""A route file stays small: no SQL, no transfers, no memory of its own.  And
every address is known to the commands that try them without a key, every worker
to the pages that say which to start."""

import re

from house import code_of, main, matches

MAX_LINES = 150

FORBIDDEN = [
    (r"\b(malloc|calloc|realloc|free)\s*\(", "manages memory: use the arena"),
    (r"\b(curl_\w+|CURL\w*)\b", "transfers belong to src/llm/upstream.c"),
    (r"\b(PQ\w+|db_call|db_script)\s*\(", "SQL belongs into a domain of src/"),
]
SQL = r'"[^"\n]*\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM slipway)\b'


# Who may use which address; and where addresses are named.
TABLE = "src/cli/site_routes.c"
NAMED = {
    "src/api/path.c": r'"(/v1/[^"]*)"',
    "src/ops/admin.c": r'is_at\(req, "([^"]*)"\)',
}
PATHS = r'\.paths = \{([^}]*)\}'
# Where all workers are listed, as {one,two}.
LISTS = ("apache-conf/README.md", "dist/htaccess/README.md")
ENTRY = r'\{"(/[^"]*)", "[A-Z, ]*", \w+\}'


def named(tree):
    """Each address with the file and line that names it."""
    for path in tree.files(".c", under=("cgi-bin/",)):
        if path.endswith("/skeleton.c"):
            continue
        code = code_of(tree.read(path), strings=True)
        for line, match in matches(PATHS, code):
            for address in re.findall(r'"(/[^"]*)"', match.group(1)):
                yield path, line, address
        for line, match in matches(ENTRY, code):
            yield path, line, match.group(1)
    for path, pattern in NAMED.items():
        code = code_of(tree.read(path), strings=True)
        for line, match in matches(pattern, code):
            yield path, line, match.group(1)


def unlisted(tree):
    """Each list of workers with the ones that are missing in it."""
    workers = [path.removeprefix("cgi-bin/").removesuffix(".c")
               for path in tree.files(".c", under=("cgi-bin/",))]
    for page in LISTS:
        for line, match in matches(r"\{(health,[^}]*)\}", tree.read(page)):
            for worker in workers:
                if worker not in (*match.group(1).split(","), "skeleton"):
                    yield page, line, f"{worker} is missing in the list"


def check(tree):
    yield from unlisted(tree)
    table = code_of(tree.read(TABLE), strings=True)
    known = set(re.findall(r'\{"[A-Z]+", "([^"]*)", SITE_\w+\}', table))
    for path, line, address in named(tree):
        if address not in known:
            yield path, line, f"{address} is missing in {TABLE}"
    for path in tree.files(".c", under=("cgi-bin/",)):
        text = tree.read(path)
        count = text.count("\n")
        if count > MAX_LINES:
            yield path, count, (f"{count} lines; a route has at most "
                                f"{MAX_LINES}")
        code = code_of(text)
        for pattern, message in FORBIDDEN:
            for line, match in matches(pattern, code):
                yield path, line, f"{match.group(1)}: {message}"
        for line, match in matches(SQL, code_of(text, strings=True)):
            yield path, line, f"{match.group(1)}: SQL belongs into src/"


main(check, [
    ("cgi-bin/planted.c", "int x;\n" * 151, 151, "151 lines"),
    ("cgi-bin/planted2.c", "\nint *p = malloc(3);\n", 2, "malloc"),
    ("cgi-bin/planted3.c", "CURL *c;\n", 1, "CURL"),
    ("cgi-bin/planted4.c", "x = curl_easy_init();\n", 1, "curl_easy_init"),
    ("cgi-bin/planted5.c", "x = PQexec(c, s);\n", 1, "PQexec"),
    ("cgi-bin/planted6.c", "x = db_call(db, a);\n", 1, "db_call"),
    ("cgi-bin/planted7.c", '\n.paths = {"/chat", "/planted"},\n', 2,
     "/planted is missing"),
    ("cgi-bin/planted8.c", '\n{"/me/planted", "GET, HEAD", f},\n', 2,
     "/me/planted is missing"),
    ("cgi-bin/planted9.c", '\nx = f("SELECT 1");\n', 2, "SELECT"),
    ("apache-conf/README.md", "{health,ready}\n", 1, "chat is missing"),
])
