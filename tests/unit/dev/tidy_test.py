#!/usr/bin/env python3
"""Breaks every rule of tools/dev/tidy.py once, in a small repository of its own, and expects the finding."""

import importlib.util
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SPEC = importlib.util.spec_from_file_location("tidy", ROOT / "tools/dev/tidy.py")
tidy = importlib.util.module_from_spec(SPEC)
sys.modules["tidy"] = tidy
SPEC.loader.exec_module(tidy)

HEADER = "// What it is for.\n#pragma once\n"


class TidyTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name)
        for path in ("crypto/base/bytes.hpp", "ledger/types/ids.hpp", "ledger/store/block_store.hpp",
                     "consensus/core/engine.hpp", "consensus/light/light_client.hpp", "node/client/client.hpp",
                     "node/driver/driver.hpp", "tools/cli/table.hpp"):
            self.write(path, HEADER)

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def findings(self, check):
        return [str(f) for f in tidy.CHECKS[check](tidy.Tree(self.root))]

    def assert_finds(self, check, path, fragment):
        found = self.findings(check)
        self.assertTrue(any(f.startswith(path + ":") and fragment in f for f in found), found)

    def assert_clean(self, check):
        self.assertEqual(self.findings(check), [])


class Includes(TidyTest):
    def include(self, path, *headers):
        self.write(path, "// X.\n" + "".join(f'#include "{h}"\n' for h in headers))

    def test_rows_of_the_table_are_allowed(self):
        self.include("ledger/types/ids.cpp", "ledger/types/ids.hpp", "crypto/base/bytes.hpp")
        self.include("ledger/codec/body.cpp", "huangpu/v1/transaction.pb.h")
        self.include("node/driver/driver.cpp", "ledger/store/block_store.hpp", "huangpu/v1/peer.grpc.pb.h")
        self.include("tools/audit/replay.cpp", "ledger/store/block_store.hpp", "consensus/light/light_client.hpp",
                     "tools/cli/table.hpp")
        self.include("tools/wallet/pay.cpp", "node/client/client.hpp")
        self.include("tests/unit/x.cpp", "node/driver/driver.hpp", "ledger/store/block_store.hpp")
        self.assert_clean("includes")

    def test_each_folder_is_refused_what_lies_above_or_beside_it(self):
        for path, header in (
            ("crypto/base/x.cpp", "ledger/types/ids.hpp"),
            ("ledger/types/x.cpp", "consensus/core/engine.hpp"),
            ("ledger/types/x.cpp", "ledger/store/block_store.hpp"),
            ("ledger/types/x.cpp", "huangpu/v1/transaction.pb.h"),
            ("ledger/codec/x.hpp", "huangpu/v1/transaction.pb.h"),
            ("ledger/codec/x.cpp", "ledger/store/block_store.hpp"),
            ("ledger/store/x.cpp", "consensus/core/engine.hpp"),
            ("consensus/core/x.cpp", "ledger/types/ids.hpp"),
            ("node/replica/x.cpp", "ledger/store/block_store.hpp"),
            ("node/replica/x.cpp", "node/driver/driver.hpp"),
            ("node/driver/x.cpp", "tools/cli/table.hpp"),
            ("tools/audit/x.cpp", "node/client/client.hpp"),
            ("tools/audit/x.cpp", "consensus/core/engine.hpp"),
            ("tools/cli/x.cpp", "node/client/client.hpp"),
            ("tools/wallet/x.cpp", "node/driver/driver.hpp"),
        ):
            with self.subTest(path=path, header=header):
                self.include(path, header)
                self.assert_finds("includes", path, f"may not include {header}")
                (self.root / path).unlink()

    def test_our_headers_exist_and_are_quoted_from_the_root(self):
        self.include("crypto/base/a.cpp", "crypto/base/missing.hpp")
        self.include("crypto/base/b.cpp", "bytes.hpp")
        self.write("crypto/base/c.cpp", "#include <crypto/base/bytes.hpp>\n")
        self.assert_finds("includes", "crypto/base/a.cpp", "does not exist")
        self.assert_finds("includes", "crypto/base/b.cpp", "from the root")
        self.assert_finds("includes", "crypto/base/c.cpp", "in quotes")

    def test_a_commented_include_is_not_an_include(self):
        self.write("crypto/base/x.cpp", '// #include "ledger/types/ids.hpp"\n')
        self.assert_clean("includes")


class Purity(TidyTest):
    def test_threads_clocks_files_and_floats_are_refused(self):
        for line, fragment in (
            ("#include <thread>", "<thread>"),
            ("#include <fstream>", "<fstream>"),
            ("#include <boost/asio.hpp>", "<boost/asio.hpp>"),
            ("#include <nlohmann/json.hpp>", "JSON"),
            ("auto t = std::chrono::steady_clock::now();", "_clock::now"),
            ("double ratio = 0;", "double"),
            ("float ratio = 0;", "float"),
        ):
            for folder in ("crypto/base", "crypto/hash", "ledger/rules", "consensus/core", "node/replica"):
                with self.subTest(line=line, folder=folder):
                    self.write(f"{folder}/x.cpp", line + "\n")
                    self.assert_finds("purity", f"{folder}/x.cpp", fragment)
                    (self.root / f"{folder}/x.cpp").unlink()

    def test_comments_strings_and_impure_folders_may_say_anything(self):
        self.write("ledger/rules/x.cpp", '// a double spend\nauto s = "float";\nauto r = R"(double)";\nint n = 1\'000;\n')
        self.write("ledger/store/x.cpp", "#include <fstream>\ndouble x;\n")
        self.write("ledger/genesis/x.cpp", "#include <nlohmann/json.hpp>\n")
        self.assert_clean("purity")


class Unordered(TidyTest):
    def test_iterating_an_unordered_container_is_refused_also_when_the_header_declares_it(self):
        self.write("consensus/core/a.hpp", HEADER + "struct A { std::unordered_map<int, int> votes_; };\n")
        self.write("consensus/core/a.cpp", "void f(A& a) { for (auto& [k, v] : a.votes_) use(k); }\n")
        self.assert_finds("unordered", "consensus/core/a.cpp", "votes_")

    def test_the_nearest_declaration_of_a_name_counts(self):
        self.write("consensus/core/a.cpp", "void f(std::unordered_set<int>& ids);\n"
                                           "void g(const std::vector<int>& ids) { for (auto id : ids) use(id); }\n")
        self.assert_clean("unordered")

    def test_a_stated_reason_is_accepted(self):
        self.write("consensus/core/a.cpp", "absl::flat_hash_set<int> seen;\n"
                                           "// any order: the sum is the same\nfor (auto x : seen) sum += x;\n")
        self.assert_clean("unordered")


class Confined(TidyTest):
    def test_wrapped_libraries_stay_behind_their_folder(self):
        self.write("node/driver/x.cpp", "#include <rocksdb/db.h>\n#include <sodium.h>\n")
        self.write("tools/cli/x.cpp", "#include <grpcpp/grpcpp.h>\n")
        self.write("ledger/rules/x.cpp", "#include <google/protobuf/message.h>\n")
        self.assert_finds("confined", "node/driver/x.cpp", "rocksdb")
        self.assert_finds("confined", "node/driver/x.cpp", "sodium")
        self.assert_finds("confined", "tools/cli/x.cpp", "grpcpp")
        self.assert_finds("confined", "ledger/rules/x.cpp", "google/protobuf")


class Orphans(TidyTest):
    def test_a_build_file_that_no_other_names_is_found(self):
        self.write("CMakeLists.txt", "foreach(folder IN ITEMS crypto tests)\n")
        self.write("crypto/CMakeLists.txt", "")
        self.write("tests/CMakeLists.txt", "set(folders unit/dev)\n")
        self.write("tests/unit/dev/CMakeLists.txt", "")
        self.write("tests/unit/lost/CMakeLists.txt", "")
        self.assert_finds("orphans", "tests/unit/lost/CMakeLists.txt", "names this folder")
        self.assertEqual(sum("names this folder" in f for f in self.findings("orphans")), 1)

    def test_a_source_that_no_build_file_names_is_found(self):
        self.write("crypto/base/lost_test.cpp", "")
        self.write("proto/huangpu/v1/lost.proto", "")
        self.write("crypto/CMakeLists.txt", "hp_library(a HEADERS base/bytes.hpp)\n# base/lost_test.cpp\n")
        self.write("tests/CMakeLists.txt", "x(${PROJECT_SOURCE_DIR}/tools/cli/table.hpp)\n")
        self.assert_finds("orphans", "crypto/base/lost_test.cpp", "names this file")
        self.assert_finds("orphans", "proto/huangpu/v1/lost.proto", "names this file")
        found = "\n".join(self.findings("orphans"))
        self.assertNotIn("crypto/base/bytes.hpp", found)
        self.assertNotIn("tools/cli/table.hpp", found)


class Shape(TidyTest):
    def test_guard_purpose_and_size_are_demanded(self):
        self.write("crypto/base/a.hpp", "// A.\nint x;\n")
        self.write("crypto/base/b.hpp", "#pragma once\n")
        self.write("crypto/base/c.hpp", HEADER + "\n" * tidy.HEADER_LINES_MAX)
        self.write("crypto/base/d.cpp", "\n" * (tidy.SOURCE_LINES_MAX + 1))
        self.assert_finds("shape", "crypto/base/a.hpp", "#pragma once")
        self.assert_finds("shape", "crypto/base/b.hpp", "comment")
        self.assert_finds("shape", "crypto/base/c.hpp", "at most")
        self.assert_finds("shape", "crypto/base/d.cpp", "at most")


class Words(TidyTest):
    def test_promises_machine_paths_and_sleeping_tests_are_refused(self):
        for word in ("TO" + "DO: later", "FIX" + "ME", "XX" + "X", "previous" + "ly it was", "/wor" + "k/x",
                     "/hom" + "e/me/x", "TEST(A, DISABLE" + "D_B)", "GTEST_SKI" + "P()"):
            with self.subTest(word=word):
                self.write("crypto/base/x.cpp", f"// {word}\n")
                self.assert_finds("words", "crypto/base/x.cpp", "")

    def test_an_owned_reason_and_similar_words_are_accepted(self):
        self.write("crypto/base/x.cpp", "// TO" + "DO(core: wait for GCC 13)\n// asset XXX, DEUTDEFFXXX, mktemp XXXXXX src/work/x\n")
        self.assert_clean("words")


class SpecRules(TidyTest):
    def test_a_rule_nobody_cites_and_a_citation_of_nothing_are_found(self):
        self.write("ledger/SPEC.md", "- **L-1** One.\n- **L-2** Two.\n## L-3 Three\n| L-4 | Four |\nL-1x text\n")
        self.write("ledger/rules/a.cpp", "// SPEC L-1..L-3\n// SPEC L-9, see\n// SPEC\n// L-4\n")
        self.write("ledger/rules/b.hpp", HEADER)
        found = self.findings("spec")
        self.assertEqual(len(found), 2, found)
        self.assert_finds("spec", "ledger/rules/a.cpp", "cites SPEC L-9")
        self.assert_finds("spec", "ledger/SPEC.md", "L-1x is cited by no code")

    def test_a_rule_has_one_definition(self):
        self.write("ledger/SPEC.md", "L-1 One.\n")
        self.write("crypto/SPEC.md", "**L-1** Again.\n")
        self.write("ledger/rules/a.cpp", "// SPEC L-1\n")
        self.assert_finds("spec", "ledger/SPEC.md", "already defined at crypto/SPEC.md:1")


class Format(TidyTest):
    def test_a_badly_formatted_source_is_found(self):
        self.write(".clang-format", "BasedOnStyle: Google\n")
        self.write("crypto/base/x.cpp", "int   x  ;\n")
        self.assert_finds("format", "crypto/base/x.cpp", "not formatted")

    def test_a_missing_formatter_is_a_finding(self):
        original = tidy.CLANG_FORMAT
        tidy.CLANG_FORMAT = "no-such-formatter"
        try:
            self.assert_finds("format", ".clang-format", "not installed")
        finally:
            tidy.CLANG_FORMAT = original


if __name__ == "__main__":
    unittest.main()
