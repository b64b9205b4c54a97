"""Documents: search, citations, answers that quote; nothing of another tenant."""

import os
import re
import tempfile

from case import case, check_problem, eq
from siteconf import INPUT_PICO, OUTPUT_PICO

QUESTION = "How long must a coat of spar varnish dry in humid weather?"


def titles(reply):
    eq(reply.status, 200, repr(reply))
    return [r["title"] for r in reply.json()["results"]]


@case
def search_finds_by_any_of_the_words(site):
    """A question in plain words finds the passage, although no passage has all its words."""
    reply = site.user().get("/docs/search", q=QUESTION, k=3)
    eq(titles(reply)[0], "Caring for varnish")
    best = reply.json()["results"][0]
    assert "24 hours" in best["text"] or "twice as long" in best["text"], best
    assert "Drying" in best["section"], best
    assert best["score"] > 0 and isinstance(best["doc"], int) and isinstance(best["chunk"], int)
    scores = [r["score"] for r in reply.json()["results"]]
    eq(scores, sorted(scores, reverse=True), "best first")


@case
def search_obeys_k_and_collection(site):
    user = site.user()
    eq(len(titles(user.get("/docs/search", q="boats tides varnish water", k=1))), 1)
    assert titles(user.get("/docs/search", q="tides", collection="e2e"))
    check_problem(user.get("/docs/search", q="tides", collection="nosuch"), 404, "not_found")
    eq(titles(user.get("/docs/search", q="zzzunknownwordzzz")), [])


@case
def search_takes_any_text(site):
    """What looks like a query language or a pattern is text."""
    user = site.user()
    for q in ("%", "a & !b | (c", "':*", "\\", "tides:*", "'; DROP TABLE x --", "🚀", "the of and",
              "x" * 4000):  # fmt: skip
        eq(user.get("/docs/search", q=q).status, 200, q)


@case
def html_is_read_as_text(site):
    user = site.user()
    eq(titles(user.get("/docs/search", q="neverindexed")), [])
    eq(titles(user.get("/docs/search", q="patent slip tonnes"))[0], "Launching a boat")


@case
def docs_feature_cites_its_passages(site):
    """The model gets the passages as numbered data; the answer comes with the same numbers."""
    site.mock.script("m", "text=Twice+as+long+[1].,in=400,out=6")
    user = site.user()
    body = user.chat(QUESTION, feature="docs").json()
    eq(body["answer"], "Twice as long [1].")
    citations = body["citations"]
    assert 1 <= len(citations) <= 3, citations
    eq([c["n"] for c in citations], list(range(1, len(citations) + 1)))
    eq(citations[0]["title"], "Caring for varnish")
    for c in citations:
        eq(set(c), {"n", "title", "section", "url", "text"})
    system = site.mock.last()["body"]
    assert "[1]" in system and "Caring for varnish" in system and "twice as long" in system
    eq(user.spend()["settled"], 400 * INPUT_PICO + 6 * OUTPUT_PICO)


@case
def docs_feature_streams_its_citations(site):
    user = site.user()
    with user.stream(QUESTION, feature="docs") as stream:
        names = [f.event or "token" for f in stream.rest()]
        eq([n for n in names if n != "token"], ["start", "citations", "usage", "done"])
        citations = stream.event("citations")["citations"]
    eq(citations[0]["n"], 1)
    eq(citations[0]["title"], "Caring for varnish")


@case
def extract_quotes_and_costs_nothing(site):
    """No provider: sentences as they stand in the documents, one frame each, cited, free."""
    user = site.user()
    with user.stream("How does spar varnish dry and what is the drying of a coat?",
                     feature="quote") as stream:  # fmt: skip
        frames = stream.rest()
        tokens = [f.token for f in frames if f.token is not None]
        quoted = {c["n"]: flat(c["text"]) for c in stream.event("citations")["citations"]}
        done = stream.event("done")
    assert len(tokens) >= 2, f"one frame a sentence: {tokens}"
    for token in tokens:
        words, number = re.fullmatch(r"\u201c(.*)\u201d \[(\d+)\] ?", token, re.DOTALL).groups()
        assert flat(words) in quoted[int(number)], (token, quoted)
    assert "In humid weather a coat of spar varnish needs twice as long." in stream.text()
    eq(done["model_route"], "extract")
    eq(site.mock.count(), 0, "provider calls")
    row = user.settled()
    eq((row["basis"], row["cost_pico"], row["outcome"]), ("none", "0", "done"))


def flat(text):
    return " ".join(text.split())


@case
def extract_invents_nothing(site):
    body = site.user().chat("zzzunknownwordzzz qqq?", feature="quote").json()
    eq(body["citations"], [])
    assert body["answer"] and "[" not in body["answer"], body


@case
def another_tenants_documents_stay_hidden(site):
    """The same words in two tenants: each finds its own, in search and in answers."""
    tenant = "harbour " + site.server
    other = site.user(tenant=tenant)
    with tempfile.TemporaryDirectory(dir=site.folder) as folder:
        os.chmod(folder, 0o755)
        write(folder, "secret.md",
              "# Harbour secret\n\nThe varnish of the harbour is called Quetzalblue.\n")  # fmt: skip
        site.slipway("ingest", folder, "--collection", "e2e", "--tenant", tenant)
    mine = site.user()
    eq(titles(other.get("/docs/search", q="varnish Quetzalblue")), ["Harbour secret"])
    for reply in (
        mine.get("/docs/search", q="Quetzalblue"),
        mine.get("/docs/search", q="Quetzalblue", collection="e2e"),
        mine.chat("What is Quetzalblue?", feature="quote"),
    ):
        eq(reply.status, 200)
        assert b"Quetzalblue is" not in reply.body and b"Harbour secret" not in reply.body, reply
    assert "Caring for varnish" not in titles(other.get("/docs/search", q="varnish"))
    mine.chat("What is Quetzalblue varnish?", feature="docs")
    assert "Harbour secret" not in site.mock.last()["body"]


@case(modes=("lighttpd",))
def ingest_replaces_what_changed(site):
    user = site.user()

    def found(word):
        return len(titles(user.get("/docs/search", q=word, collection="changing")))

    with tempfile.TemporaryDirectory(dir=site.folder) as folder:
        os.chmod(folder, 0o755)
        write(folder, "stays.md", "# Stays\n\nKeel is Basilisk.\n")
        for word, other in (("Wumpus", "Gryphon"), ("Gryphon", "Wumpus")):
            write(folder, "page.md", f"# Page\n\nAnchor is {word}.\n")
            site.slipway("ingest", folder, "--collection", "changing")
            eq((found(word), found(other), found("Basilisk")), (1, 0, 1), word)
        os.unlink(os.path.join(folder, "page.md"))
        site.slipway("ingest", folder, "--collection", "changing")
        eq((found("Gryphon"), found("Basilisk")), (0, 1), "after the file is gone")


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)
