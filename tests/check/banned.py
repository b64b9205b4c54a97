#!/usr/bin/env python3
"""Functions that the house style bans, and where the few exceptions are."""

from house import code_of, main, matches

EVERYWHERE = ("strcpy strcat sprintf vsprintf strncpy strncat strtok strtok_r "
              "atoi atol atoll atof strtol strtoll strtoul strtoull strtod "
              "sscanf vsscanf fscanf scanf gets alloca system popen").split()

# Function, and the only places that may call it.
ELSEWHERE = {
    "malloc": ("src/base/",),
    "calloc": ("src/base/",),
    "realloc": ("src/base/",),
    "free": ("src/base/",),
    "strdup": ("src/base/",),
    "getenv": ("src/conf/", "src/http/"),
    "time": ("src/base/clock.c",),
    "gettimeofday": ("src/base/clock.c",),
    "clock_gettime": ("src/base/clock.c",),
}

# The mock provider and the tests run on their own and may be plainer.
TESTS_MAY = {"malloc", "calloc", "realloc", "free", "strdup", "getenv", "time",
             "gettimeofday", "clock_gettime"}


def check(tree):
    names = "|".join([*EVERYWHERE, *ELSEWHERE])
    pattern = rf"(?<![\w.])(?<!->)({names})\s*\("
    for path in tree.files(".c", ".h", under=("src/", "cgi-bin/", "tests/")):
        text = code_of(tree.read(path))
        for line, match in matches(pattern, text):
            name = match.group(1)
            places = ELSEWHERE.get(name, ())
            if places and path.startswith(places):
                continue
            if name in TESTS_MAY and path.startswith("tests/"):
                continue
            where = f"; only in {' and '.join(places)}" if places else ""
            yield path, line, f"{name}() is banned{where}"


main(check, [
    (f"src/db/planted_{name}.c", f"\nint x = {name}(y);\n", 2, f"{name}() is banned")
    for name in [*EVERYWHERE, *ELSEWHERE]
] + [
    ("src/base/planted.c", "int x = getenv (y);\n", 1, "getenv() is banned"),
    ("src/http/planted.c", "/* one\ntwo */ free(x);\n", 2, "free() is banned"),
    ("src/conf/planted.c", 'f("atoi(", system("x"));\n', 1,
     "system() is banned"),
    ("tests/mock/planted.c", "int x = atoi(y);\n", 1, "atoi() is banned"),
    ("cgi-bin/planted.c", "int x = time(NULL);\n", 1, "time() is banned"),
])
