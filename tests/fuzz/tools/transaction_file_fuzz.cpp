// Transaction files: reading, explaining and verifying are total, there is one spelling, and nobody
// without the keys makes a file complete.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/unit/tools/support/proof_world.hpp"
#include "tools/wallet/offline/explain.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::tools;
  static const ledger::Genesis genesis = test::paper_genesis();
  static const ledger::ChainInfo chain{genesis.suite, ledger::chain_id(genesis)};
  const std::string_view text = as_text({data, size_bytes});
  const auto file = parse_transaction_file(text);
  if (!file) return 0;
  HP_ASSERT(format_transaction_file(*file) == text, "a transaction file has two spellings");
  const auto forms = Forms::make(*file, chain);
  if (!forms) return 0;
  const Directory names = directory_of(*file, genesis);
  const auto explanation =
      explain(*file, *forms, genesis, names, {TimestampMs{1'795'000'000'000}, {}, 10});
  HP_ASSERT(!explanation.what.empty() && !explanation.where.empty(), "nothing was explained");
  const bool valid = verify_signatures(*file, *forms, crypto::default_verifier()).has_value();
  const Collected have = collected(*file);
  HP_ASSERT(have.set.has_value() == (have.missing == 0), "complete without a set of signers");
  if (have.set) {
    const auto envelope = forms->envelope(*have.set, 0);
    HP_ASSERT(envelope.has_value(), "a complete file gives no envelope");
    HP_ASSERT(ledger::decode_envelope(chain, envelope->envelope).has_value(),
              "a file gives an envelope that does not decode");
  }
  static_cast<void>(valid);
  return 0;
}
