#!/usr/bin/env python3
"""House rules that neither the compiler nor the linker can enforce. Runs as the ctest `tidy` and in `./dev lint`.

Each check is a function from a Tree to findings; a finding names a file, a line and what to do instead. A check that
cannot fail is worthless, so tests/unit/dev/tidy_test.py breaks every rule once.

usage: tidy.py [--root DIR] [CHECK ...]
Exit code 0 when clean, 1 with findings, 2 on wrong usage.
"""

import argparse
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

SOURCE_FOLDERS = ("crypto", "ledger", "consensus", "node", "proto", "tools", "tests")
CPP_SUFFIXES = (".cpp", ".hpp")
CLANG_FORMAT = "clang-format-14"
HEADER_LINES_MAX = 250
SOURCE_LINES_MAX = 600

# Who may include whom. The longest matching prefix of the including file decides; a file may always include its own
# row's folder. "proto" stands for generated protobuf and gRPC headers.
MAY_INCLUDE = {
    "crypto": ("crypto",),
    "ledger": ("crypto", "ledger"),
    "ledger/codec": ("crypto", "ledger", "proto"),
    "ledger/store": ("crypto", "ledger"),
    "consensus": ("crypto", "consensus"),
    "node/replica": ("crypto", "ledger", "consensus", "node/replica"),
    "node": ("crypto", "ledger", "consensus", "proto", "node"),
    # An import is proven by the auditor's replay, which shares nothing with the node's own.
    "node/app": ("crypto", "ledger", "consensus", "proto", "node", "tools/audit"),
    "tools": ("crypto", "ledger", "consensus", "proto", "tools"),
    "tools/wallet": ("crypto", "ledger", "consensus", "proto", "tools", "node/client", "node/config"),
    "tools/admin": ("crypto", "ledger", "consensus", "proto", "tools", "node/client", "node/config", "node/home"),
    "tools/signer": ("crypto", "ledger", "consensus", "proto", "tools", "node/config", "node/signer", "node/telemetry",
                     "node/tls"),
    "tools/bench": ("crypto", "ledger", "consensus", "proto", "tools", "node/client", "node/config"),
    "tools/audit": ("crypto", "ledger", "consensus/light", "consensus/types", "consensus/codec", "proto",
                    "tools/audit", "tools/cli", "tools/verify"),
    "tests": SOURCE_FOLDERS,
}

# Taken away again from the rows above.
MAY_NOT_INCLUDE = {
    "ledger": ("ledger/store",),
    "node/replica": ("ledger/store",),
}

# Folders without threads, clocks, randomness, files or floating point, and the parts of them that are not pure.
PURE = ("crypto/base", "crypto/hash", "ledger", "consensus", "node/replica")
IMPURE = ("ledger/store",)
PURE_FORBIDDEN_HEADERS = re.compile(
    r"^(thread|mutex|shared_mutex|atomic|condition_variable|future|semaphore|latch|barrier|stop_token|random|filesystem"
    r"|fstream|iostream|chrono|ctime|time\.h|locale|unistd\.h|fcntl\.h|pthread\.h|sys/.*|boost/.*|grpc.*/.*|rocksdb/.*"
    r"|spdlog/.*|prometheus/.*|toml\+\+/.*|CLI/.*|openssl/(rand|ssl)\.h)$")
PURE_FORBIDDEN_CALLS = re.compile(
    r"_clock::now|\b(clock_gettime|gettimeofday|std::time|std::clock|std::rand|std::random_device|getrandom|arc4random"
    r"|randombytes_\w+|sleep_for|std::getenv|setlocale)\b")
FLOATING = re.compile(r"\b(float|double)\b")

# Third-party headers that belong to one place: (header, where it may appear, what to use instead).
CONFINED = (
    (re.compile(r"^rocksdb/"), ("ledger/store", "tests/unit/store", "tests/unit/ledger/store"), "ledger/store"),
    (re.compile(r"^sodium(/|\.h$)"), ("crypto", "tests/unit/crypto", "tests/support", "tests/bench"), "crypto/sign, crypto/keystore or crypto/random"),
    (re.compile(r"^botan/"), ("crypto/sign", "crypto/keystore", "tests/unit/crypto", "tests/bench", "tests/vectors"), "crypto/sign or crypto/keystore"),
    (re.compile(r"^google/protobuf/"), ("ledger/codec", "node", "tools", "tests"), "ledger/codec"),
    (re.compile(r"^(grpc|grpcpp)/"), ("node", "tools/bench", "tests"), "node/client"),
)

DECLARATION = re.compile(r"([\w:]+)\s*<[^;{}()]*>\s*(?:const\s*)?[&*]?\s*(\w+)\s*[;{=,)]")
UNORDERED = re.compile(r"(?:std::)?unordered_(?:multi)?(?:map|set)|(?:absl::)?(?:flat|node)_hash_(?:map|set)")
RANGE_FOR = re.compile(r"\bfor\s*\([^;]*?:\s*(?:\w+(?:\.|->))*(\w+)\s*\)")
UNORDERED_EXCUSE = "any order:"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
RULE_ID = r"[A-Z]{1,2}-\d+[a-z]?"
RULE_DEFINITION = re.compile(rf"^\s*(?:[-*|]\s+|#+\s+)?\**({RULE_ID})(?![\w-])")
RULE_CITATION = re.compile(rf"\bSPEC ({RULE_ID}(?:(?:\.\.|, | and | or )(?:SPEC )?{RULE_ID})*)")

# Patterns are written so that this file does not match itself.
FORBIDDEN_WORDS = (
    (re.compile(r"(?:\b(?:TO[D]O|FIX[M]E)\b|(?://|#)\s*XX[X]\b)(?!\([a-z][\w.-]*[,:] ?\S)"), "name an owner and a reason, TO" + "DO(owner: reason), or do it"),
    (re.compile(r"\b[Pp]revious[l]y\b"), "say how it is; history belongs to git and the changelog"),
    (re.compile(r"(?<![\w.])/(?:wor[k]|hom[e]/\w+|roo[t])/"), "a path of one machine"),
    (re.compile(r"\bDISABLE[D]_\w"), "repair or remove the test"),
    (re.compile(r"\bGTEST_SKI[P]\b"), "repair or remove the test"),
)
WORD_SUFFIXES = (".cpp", ".hpp", ".proto", ".md", ".py", ".sh", ".cmake", ".txt", ".toml", ".json", ".service", ".yml")
WORDS_EXEMPT = ("CHANGELOG.md", "tests/vectors", "tests/fuzz/corpus")


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class Tree:
    """The files of the repository, read once. Paths are relative, with forward slashes."""

    def __init__(self, root):
        self.root = Path(root)
        self._text = {}
        self.files = sorted(self._walk(self.root))

    def _walk(self, folder):
        for entry in folder.iterdir():
            relative = entry.relative_to(self.root).as_posix()
            if entry.is_symlink() or entry.name in (".git", ".cache", "__pycache__") or relative == "build":
                continue
            if entry.is_dir():
                yield from self._walk(entry)
            else:
                yield relative

    def text(self, path):
        if path not in self._text:
            self._text[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._text[path]

    def cpp(self):
        return [f for f in self.files if f.endswith(CPP_SUFFIXES) and within(f, SOURCE_FOLDERS)]

    def code(self, path):
        """The text with comments and literals blanked; line numbers stay."""
        key = ("code", path)
        if key not in self._text:
            self._text[key] = blank_comments_and_literals(self.text(path))
        return self._text[key]


def within(path, folders):
    return any(path == f or path.startswith(f + "/") for f in folders)


def row_of(path, table):
    return max((row for row in table if within(path, (row,))), key=len, default=None)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


TOKENS = re.compile(
    r'R"(?P<raw>[^(\s]*)\((?:.|\n)*?\)(?P=raw)"|//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'')


def blank_comments_and_literals(text):
    def blank(match):
        token = match.group(0)
        if token.startswith('"') and re.search(r"#\s*include\s*$", text[max(0, match.start() - 40):match.start()]):
            return token
        return re.sub(r"[^\n]", " ", token)
    return TOKENS.sub(blank, text)


def check_includes(tree):
    """Layering: the include table."""
    headers = set(tree.files)
    for path in tree.cpp():
        row = row_of(path, MAY_INCLUDE)
        code = tree.code(path)
        for match in INCLUDE.finditer(code):
            quoted, target = match.group(1) == '"', match.group(2)
            line = line_of(code, match.start(2))
            if target.startswith("huangpu/"):
                target_folder = "proto/" + target
            elif within(target, SOURCE_FOLDERS):
                target_folder = target
                if target not in headers:
                    yield Finding(path, line, f"includes {target}, which does not exist")
                    continue
            elif quoted:
                yield Finding(path, line, f'"{target}": our headers are named from the root, others stand in <>')
                continue
            else:
                continue
            if not quoted:
                yield Finding(path, line, f"<{target}>: our headers stand in quotes")
            if row is None or not allowed(path, row, target_folder):
                yield Finding(path, line, f"{row or path} may not include {target}")


def allowed(path, row, target):
    if target.startswith("proto/"):
        return "proto" in MAY_INCLUDE[row] and (row != "ledger/codec" or path.endswith(".cpp"))
    refused = MAY_NOT_INCLUDE.get(row_of(path, MAY_INCLUDE), ())
    if row == "ledger/codec":
        refused = MAY_NOT_INCLUDE["ledger"]
    return within(target, MAY_INCLUDE[row]) and not within(target, refused)


def is_pure(path):
    return within(path, PURE) and not within(path, IMPURE)


def check_purity(tree):
    """Pure folders: no threads, clocks, randomness, files, floating point."""
    for path in tree.cpp():
        if not is_pure(path):
            continue
        code = tree.code(path)
        for match in INCLUDE.finditer(code):
            header = match.group(2)
            if PURE_FORBIDDEN_HEADERS.match(header):
                yield Finding(path, line_of(code, match.start(2)), f"<{header}> in a pure folder: pass values in instead")
            if header.startswith("nlohmann/") and not (path.startswith("ledger/genesis/") and path.endswith(".cpp")):
                yield Finding(path, line_of(code, match.start(2)), "JSON is read in ledger/genesis/*.cpp only")
        for match in PURE_FORBIDDEN_CALLS.finditer(code):
            yield Finding(path, line_of(code, match.start()), f"{match.group(0)} in a pure folder: pass the value in")
        for match in FLOATING.finditer(code):
            yield Finding(path, line_of(code, match.start()), f"{match.group(0)} in a pure folder: use integers")


def check_unordered(tree):
    """Pure folders: output never depends on the iteration order of an unordered container."""
    for path in tree.cpp():
        if not is_pure(path):
            continue
        header = re.sub(r"\.cpp$", ".hpp", path)
        before = tree.code(header) + "\n" if header != path and header in tree.files else ""
        code = tree.code(path)
        lines = tree.text(path).split("\n")
        for match in RANGE_FOR.finditer(code):
            name, line = match.group(1), line_of(code, match.start())
            # The nearest declaration before the loop counts; members may also be declared after it, in a class body.
            types = [t for t, n in DECLARATION.findall(before + code[:match.start()]) if n == name]
            types = types[-1:] or [t for t, n in DECLARATION.findall(code) if n == name]
            excused = UNORDERED_EXCUSE in "\n".join(lines[max(0, line - 3):line])
            if types and UNORDERED.fullmatch(types[0]) and not excused:
                yield Finding(path, line, f"iterates the unordered container {name}: sort first, or say why "
                                          f"the order cannot matter in a comment that starts with '{UNORDERED_EXCUSE}'")


def check_confined(tree):
    """Third-party libraries that one folder wraps for all others."""
    for path in tree.cpp():
        code = tree.code(path)
        for match in INCLUDE.finditer(code):
            for header, folders, instead in CONFINED:
                if header.match(match.group(2)) and not within(path, folders):
                    yield Finding(path, line_of(code, match.start(2)), f"<{match.group(2)}> stays behind {instead}")


def check_orphans(tree):
    """Every source is named by a build file, and every build file by one above it; what is not built is not tested."""
    named, folders = set(), {"."}
    for path in tree.files:
        name = PurePosixPath(path).name
        if name != "CMakeLists.txt" and not path.endswith(".cmake"):
            continue
        folder = PurePosixPath(path).parent
        text = re.sub(r"#[^\n]*", "", tree.text(path))
        if name == "CMakeLists.txt":
            folders.update((folder / token).as_posix() for token in re.findall(r"[\w./-]+", text))
        for token in re.findall(r"[\w./+{}$-]+\.(?:cpp|hpp|proto)\b", text):
            if token.startswith("${PROJECT_SOURCE_DIR}/"):
                named.add(token.removeprefix("${PROJECT_SOURCE_DIR}/"))
            else:
                named.add((folder / token.removeprefix("${CMAKE_CURRENT_SOURCE_DIR}/")).as_posix())
    for path in tree.files:
        if path.endswith((".cpp", ".hpp", ".proto")) and within(path, SOURCE_FOLDERS) and path not in named:
            yield Finding(path, 1, "no CMakeLists.txt names this file")
        if PurePosixPath(path).name == "CMakeLists.txt" and PurePosixPath(path).parent.as_posix() not in folders:
            yield Finding(path, 1, "no CMakeLists.txt names this folder")


def check_shape(tree):
    """Headers say what they are for and are guarded; files stay readable in one sitting."""
    for path in tree.cpp():
        text = tree.text(path)
        lines = text.count("\n")
        limit = HEADER_LINES_MAX if path.endswith(".hpp") else SOURCE_LINES_MAX
        if lines > limit:
            yield Finding(path, limit, f"{lines} lines; at most {limit}: split by purpose")
        if path.endswith(".hpp"):
            if "\n#pragma once\n" not in "\n" + text:
                yield Finding(path, 1, "#pragma once is missing")
            if not text.startswith(("//", "/*")):
                yield Finding(path, 1, "starts with a comment that says what the header is for")


def check_words(tree):
    """Words that promise work instead of doing it, paths of one machine, tests that do not run."""
    for path in tree.files:
        if not path.endswith(WORD_SUFFIXES) or within(path, WORDS_EXEMPT):
            continue
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            for pattern, advice in FORBIDDEN_WORDS:
                match = pattern.search(line)
                if match:
                    yield Finding(path, number, f"'{match.group(0)}': {advice}")


def expand_citation(citation, defined):
    """'L-1..L-4, L-7' names L-1, L-4, L-7 and those rules between L-1 and L-4 that are defined."""
    rules = []
    pieces = re.split(rf"({RULE_ID})", citation)
    for separator, rule in zip(pieces[0::2], pieces[1::2]):
        if separator.strip().startswith("..") and rules:
            letter, first = rules[-1].split("-")
            last = rule.split("-")[1]
            if first.isdigit() and last.isdigit():
                between = (f"{letter}-{number}" for number in range(int(first) + 1, int(last)))
                rules += [name for name in between if name in defined]
        rules.append(rule)
    return rules


def check_spec(tree):
    """Every rule of a SPEC.md is cited by code or a test, and every citation exists."""
    defined = {}
    for path in tree.files:
        if PurePosixPath(path).name != "SPEC.md":
            continue
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            match = RULE_DEFINITION.match(line)
            if not match:
                continue
            if match.group(1) in defined:
                first = defined[match.group(1)]
                yield Finding(path, number, f"{match.group(1)} is already defined at {first.path}:{first.line}")
            else:
                defined[match.group(1)] = Finding(path, number, "")
    cited = set()
    for path in tree.files:
        if not path.endswith((".cpp", ".hpp", ".proto", ".py", ".sh")) or not within(path, SOURCE_FOLDERS):
            continue
        if path in ("tools/dev/tidy.py", "tests/unit/dev/tidy_test.py"):
            continue
        # A citation may continue on the next comment line.
        text = re.sub(r"\n\s*(?://|#)+ ?", " ", tree.text(path))
        for citation in RULE_CITATION.findall(text):
            for rule in expand_citation(citation, defined):
                cited.add(rule)
                if rule not in defined:
                    line = next((n for n, l in enumerate(tree.text(path).split("\n"), 1) if rule in l), 1)
                    yield Finding(path, line, f"cites SPEC {rule}, which no SPEC.md defines")
    for rule, place in defined.items():
        if rule not in cited:
            yield Finding(place.path, place.line, f"{rule} is cited by no code and no test")


def check_format(tree):
    """clang-format with the .clang-format of the root."""
    if not tree.cpp():
        return
    if shutil.which(CLANG_FORMAT) is None:
        yield Finding(".clang-format", 1, f"{CLANG_FORMAT} is not installed: ./dev setup")
        return
    result = subprocess.run([CLANG_FORMAT, "--dry-run", "--ferror-limit=1", *tree.cpp()], cwd=tree.root,
                            capture_output=True, text=True, check=False)
    reported = set()
    for match in re.finditer(r"^([^:\n]+):(\d+):\d+: (?:warning|error): code should be clang-formatted", result.stderr, re.M):
        if match.group(1) not in reported:
            reported.add(match.group(1))
            yield Finding(match.group(1), int(match.group(2)), f"not formatted: {CLANG_FORMAT} -i {match.group(1)}")
    if result.returncode != 0 and not reported:
        yield Finding(".clang-format", 1, f"{CLANG_FORMAT} failed: {result.stderr.strip()[:200]}")


CHECKS = {
    "includes": check_includes,
    "purity": check_purity,
    "unordered": check_unordered,
    "confined": check_confined,
    "orphans": check_orphans,
    "shape": check_shape,
    "words": check_words,
    "spec": check_spec,
    "format": check_format,
}


def main():
    parser = argparse.ArgumentParser(description="House rules, checked.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"of: {' '.join(CHECKS)}; all when none is named")
    arguments = parser.parse_args()
    unknown = set(arguments.checks) - set(CHECKS)
    if unknown:
        parser.error(f"unknown check: {' '.join(sorted(unknown))}")
    tree = Tree(arguments.root)
    findings = 0
    for name in arguments.checks or CHECKS:
        for finding in sorted(CHECKS[name](tree)):
            print(f"{finding} [{name}]")
            findings += 1
    print(f"{len(tree.cpp())} sources, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
