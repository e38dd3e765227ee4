// Writes the seed receipts and journals: `make_tools_corpus FOLDER`.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/unit/tools/support/proof_world.hpp"
#include "tools/wallet/batch/journal.hpp"

namespace {

void put(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace huangpu;
  using namespace huangpu::tools;
  if (argc != 2) {
    std::cerr << "usage: make_tools_corpus FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const auto genesis = test::paper_genesis();
  const std::string good = format_receipt_file(test::paper_receipt(genesis));
  put(folder / "receipt_file" / "good", good);
  put(folder / "receipt_file" / "history",
      format_receipt_file(test::paper_receipt(genesis, {2, 9, {0, 1, 2}})));
  put(folder / "receipt_file" / "no_quorum",
      format_receipt_file(test::paper_receipt(genesis, {3, 3, {0, 1}})));
  put(folder / "receipt_file" / "cut", good.substr(0, good.size() / 2));
  std::string bent = good;
  bent[bent.find("\"receipt\"") + 30] ^= 1;
  put(folder / "receipt_file" / "bent", bent);
  put(folder / "receipt_file" / "deep", std::string(2'000, '['));
  JournalHeader header;
  header.payments = 2;
  header.date = 20261123;
  PartResult result;
  result.record_codes = {0, 66};
  const std::string journal = format_header(header) + format_result(0, result);
  put(folder / "batch_journal" / "good", journal);
  put(folder / "batch_journal" / "torn", journal + format_result(1, result).substr(0, 40));
  put(folder / "batch_journal" / "twice", journal + format_result(0, PartResult{}));
  put(folder / "batch_journal" / "no_header", format_result(0, result));
  return 0;
}
