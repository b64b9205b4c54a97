"""What the house checks share: the files, C without comments, the self-test.

A check is a function that takes a Tree and yields (path, line, message). Its
file ends in `main(check, FAULTS)`. `--self-test` copies the tree, plants each
fault, and wants the check to find it at its place.
"""

import os
import re
import shutil
import sys
import tempfile

# Built, installed or foreign; not ours to check.
SKIPPED = {".git", "build", "var", "node_modules", "__pycache__"}

# Exit status of a check whose tools are missing.
EXIT_SKIPPED = 77


class Tree:
    def __init__(self, root):
        self.root = root

    def files(self, *suffixes, under=("",)):
        """Paths below the root that end in a suffix, in order."""
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(set(folders) - SKIPPED)
            for name in sorted(set(names) - SKIPPED):
                path = os.path.relpath(os.path.join(folder, name), self.root)
                if name.endswith(suffixes or "") and path.startswith(under):
                    found.append(path)
        return found

    def path(self, name):
        return os.path.join(self.root, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as f:
            return f.read()

    def copy(self, to):
        for name in self.files():
            target = os.path.join(to, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(self.path(name), target)
        return Tree(to)


COMMENT = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_of(text, strings=False):
    """C without comments, and without what is in strings unless asked for.

    Every character keeps its place, so lines and columns stay right.
    """
    def blank(match):
        token = match.group()
        if token[0] == "/":
            return re.sub(r"[^\n]", " ", token)
        if strings:
            return token
        return token[0] + " " * (len(token) - 2) + token[0]
    return COMMENT.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def matches(pattern, text):
    """(line, match) for each match of pattern."""
    for match in re.finditer(pattern, text):
        yield line_of(text, match.start()), match


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(EXIT_SKIPPED)


def need(tool):
    if shutil.which(tool) is None:
        skip(f"{tool} is not installed")


def describe(findings):
    return [f"{path}:{line}: {message}" for path, line, message in findings]


def plant(tree, name, text):
    """Append text to a file.

    Returns what was there (None: no file), and the number of text's first line.
    """
    path = tree.path(name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    before = tree.read(name) if os.path.exists(path) else None
    with open(path, "w", encoding="utf-8") as f:
        f.write((before or "") + text)
    return before, line_of(before or "", len(before or ""))


def uproot(tree, name, before):
    """Undo plant()."""
    if before is None:
        os.remove(tree.path(name))
        return
    with open(tree.path(name), "w", encoding="utf-8") as f:
        f.write(before)


def rounds(faults):
    """The faults in groups of which none has two for one file."""
    groups = []
    for fault in faults:
        group = next((g for g in groups if fault[0] not in g), None)
        if group is None:
            group = {}
            groups.append(group)
        group[fault[0]] = fault
    return [list(group.values()) for group in groups]


def self_test(check, faults):
    """Each fault is (path, text, line within text, part of the message)."""
    failures = 0
    with tempfile.TemporaryDirectory(prefix="slipway-check-") as folder:
        tree = Tree(os.getcwd()).copy(folder)
        known = set(describe(check(tree)))
        for group in rounds(faults):
            planted = [plant(tree, name, text) for name, text, *_ in group]
            found = set(describe(check(tree))) - known
            for (name, text, offset, part), (before, first) in zip(group,
                                                                   planted):
                place = f"{name}:{first + offset - 1}: "
                if not any(f.startswith(place) and part in f for f in found):
                    print(f"self-test: nobody saw \"{part}\" at "
                          f"{place}{text!r}")
                    failures += 1
                uproot(tree, name, before)
    return failures


def main(check, faults):
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(1 if self_test(check, faults) else 0)
    if sys.argv[1:]:
        sys.exit(f"usage: {sys.argv[0]} [--self-test]")
    lines = describe(check(Tree(os.getcwd())))
    for line in lines:
        print(line)
    sys.exit(1 if lines else 0)
