#!/usr/bin/env python3
"""Each third-party header has one owner; the rest of the code never sees it."""

import re

from house import code_of, main, matches

# Header, and the only places that may include it.
OWNERS = [
    (r"fcgi\w*\.h", ("src/http/", "tests/bench/relay.c")),
    (r"json-c/.*|json\.h", ("src/json/",)),
    (r"libpq-fe\.h|postgres_ext\.h|libpq/.*", ("src/db/",)),
    (r"curl/.*", ("src/llm/upstream.c", "src/llm/transfer.c",
                  "src/llm/transfer.h", "src/llm/destination.", "src/net/",
                  "tests/bench/relay.c")),
    (r"ini\.h", ("src/conf/",)),
    (r"gumbo\.h", ("src/docs/",)),
    (r"cmark-gfm.*\.h", ("src/docs/",)),
    (r"utf8proc\.h", ("src/docs/", "src/guard/")),
    # the guard searches streams with the operator's patterns, json/ searches
    # answers with those of a schema, and json/ may not call guard/
    (r"pcre2\.h", ("src/guard/", "src/json/schema_pattern.c")),
    (r"cjose/.*|jansson\.h", ("src/auth/", "tests/unit/test_oidc_token.c")),
    # a hash is needed in several places; passwords and keys only in auth
    (r"sodium\.h", ("src/auth/", "src/conf/feature.c", "src/docs/",
                   "src/guard/", "tests/mock/sigv4.c")),
    (r"yaml\.h", ("src/json/yaml.c",)),
    (r"microhttpd\.h", ("tests/mock/",)),
    (r"cmocka\.h", ("tests/unit/",)),
]

# Where a struct conf_secret is opened: what reads it from its file, puts it on
# the wire, hashes it or hands it to the database.  Nowhere else, so neither the
# log nor a writer can print one by accident: they take no such type.
SECRETS = (
    "src/conf/", "src/db/db.c", "src/guard/guard.c", "src/llm/bedrock.c",
    "src/llm/wire.c", "src/llm/upstream.c", "src/net/mail.c", "src/ops/alert.c",
    "src/ops/metrics.c", "src/ops/status_store.c", "src/auth/oidc_provider.",
    "src/agent/http.c", "src/cli/service.c", "src/cli/preflight_secrets.c", "src/cli/traces.c", "tests/unit/",
)
SPOKEN = re.compile(r"\b(log_\w+|err_set|printf|fprintf|jw_\w+)\s*\("
                    r"[^;]*secret_p")

# The C library and the kernel.
SYSTEM = re.compile(r"(sys|net|netinet|arpa|linux)/\w+\.h")
STANDARD = set("""
    assert ctype dirent dlfcn errno fcntl fnmatch ftw getopt glob grp iconv
    inttypes langinfo limits locale malloc math netdb poll pthread pwd sched
    semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool stddef
    stdint stdio stdlib string strings syslog termios time ucontext unistd
    wchar wctype
""".split())


def verdict(path, header):
    for pattern, owners in OWNERS:
        if re.fullmatch(pattern, header):
            if path.startswith(owners):
                return None
            return f"<{header}> belongs to {' and '.join(owners)}"
    if SYSTEM.fullmatch(header) or header[:-2] in STANDARD:
        return None
    return f"<{header}> has no owner in tests/check/owners.py"


def check(tree):
    for path in tree.files(".c", ".h", under=("src/", "cgi-bin/", "tests/")):
        text = code_of(tree.read(path), strings=True)
        for line, match in matches(r'#\s*include\s*[<"]([^">]*)[">]', text):
            header = match.group(1)
            local = match.group().endswith('"') and not any(
                re.fullmatch(pattern, header) for pattern, _ in OWNERS)
            message = None if local else verdict(path, header)
            if message:
                yield path, line, message
        for line, _ in matches(r"secret_p\b", text):
            if not path.startswith(SECRETS):
                yield path, line, "a secret is opened; see SECRETS"
        for line, _ in matches(SPOKEN.pattern, text):
            if path.startswith(("src/", "cgi-bin/")):
                yield path, line, "a secret is spoken"


main(check, [
    ("src/llm/planted.c", "#include <fcgiapp.h>\n", 1, "belongs to src/http/"),
    ("src/llm/planted.c", "#include <json-c/json.h>\n", 1,
     "belongs to src/json/"),
    ("src/llm/planted.c", "\n# include <json.h>\n", 2, "belongs to src/json/"),
    ("src/ops/planted.c", "#include <libpq-fe.h>\n", 1, "belongs to src/db/"),
    ("src/llm/openai.c", "#include <curl/curl.h>\n", 1,
     "belongs to src/llm/upstream.c"),
    ("src/docs/planted.c", "#include <ini.h>\n", 1, "belongs to src/conf/"),
    ("src/http/planted.c", '#include "gumbo.h"\n', 1, "belongs to src/docs/"),
    ("src/http/planted.c", "#include <cmark-gfm.h>\n", 1,
     "belongs to src/docs/"),
    ("src/http/planted.c", "#include <microhttpd.h>\n", 1,
     "belongs to tests/mock/"),
    ("cgi-bin/planted.c", "#include <sodium.h>\n", 1, "belongs to src/auth/"),
    ("src/ops/planted.c", "f(key.secret_p);\n", 1, "a secret is opened"),
    ("src/llm/wire.c", 'log_c(&l, "key",\n\tkey->secret_p);\n', 1,
     "a secret is spoken"),
    ("src/base/planted.c", "#include <openssl/ssl.h>\n", 1, "has no owner"),
])
