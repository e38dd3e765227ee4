// Receipt files: parsing and verification are total, and only the one spelling of a true receipt
// holds.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/unit/tools/support/proof_world.hpp"
#include "tools/verify/receipt_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::tools;
  static const ledger::Genesis genesis = test::paper_genesis();
  static const ProofChecker checker =
      ProofChecker::make(genesis, crypto::default_verifier()).value();
  const std::string_view text = as_text({data, size_bytes});
  const auto file = parse_receipt_file(text);
  if (file) HP_ASSERT(format_receipt_file(*file) == text, "a receipt file has two spellings");
  const auto report = verify_receipt_text(checker, text);
  HP_ASSERT(!report.steps.empty(), "a verdict without a step");
  if (report.holds()) {
    HP_ASSERT(file.has_value(), "a file that cannot be read was found true");
    // Whoever holds no validator's key can only repeat what validators signed.
    HP_ASSERT(report.txid == test::paper_receipt(genesis).txid, "a forged receipt was found true");
  }
  return 0;
}
