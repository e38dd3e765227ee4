#include <iostream>

#include "ledger/store/text_file.hpp"
#include "tools/audit/commands.hpp"
#include "tools/cli/tool_exit.hpp"
#include "tools/verify/receipt_file.hpp"

namespace huangpu::tools {
namespace {

int refuse(const Error& error) {
  std::cerr << "huangpu-audit: " << error.message << "\n";
  return exit_code(error.code);
}

}  // namespace

int run_verify_receipt(const ReceiptArguments& arguments) {
  const auto genesis_text = ledger::read_text_file(arguments.genesis, ledger::kGenesisTextBytesMax);
  if (!genesis_text) return refuse(genesis_text.error());
  const auto genesis = ledger::parse_genesis(*genesis_text);
  if (!genesis) return refuse(genesis.error());
  const auto text = ledger::read_text_file(arguments.receipt, kReceiptFileBytesMax);
  if (!text) return refuse(text.error());
  const auto checker = ProofChecker::make(*genesis, crypto::default_verifier());
  if (!checker) return refuse(checker.error());

  const ProofChecker::ReceiptReport report = verify_receipt_text(*checker, *text);
  Table table{{"step", "holds", "detail"}, {}};
  for (const ProofStep& step : report.steps) {
    table.rows.push_back({step.name, step.holds, step.detail});
  }
  print(std::cout, table, arguments.format);
  if (arguments.format == OutputFormat::kText) {
    std::cout << (report.holds() ? "\nThe receipt holds.\n" : "\nThe receipt does NOT hold.\n");
  }
  if (report.not_examined) return tool_exit_code(*report.not_examined);
  return report.holds() ? kExitOk : kExitProofInvalid;
}

}  // namespace huangpu::tools
