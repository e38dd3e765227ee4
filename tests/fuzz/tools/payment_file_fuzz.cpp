// Payment files: reading is total and bounded, lines rise, references are unique, and what the CSV
// writer makes is read back.
#include <cstddef>
#include <cstdint>
#include <set>

#include "crypto/base/assert.hpp"
#include "tests/unit/tools/support/proof_world.hpp"
#include "tools/cli/csv.hpp"
#include "tools/wallet/batch/plan.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::tools;
  static const ledger::Genesis genesis = test::paper_genesis();
  const ledger::ParticipantId self{101};
  const std::string_view text = as_text({data, size_bytes});

  CsvReader reader(text);
  for (bool more = true; more;) {
    const auto record = reader.next();
    if (!record) continue;
    more = record->has_value();
    if (!more) break;
    std::string again;
    for (const auto& field : (*record)->fields) {
      again += (again.empty() ? "" : ",") + csv_field(field);
    }
    if ((*record)->fields.size() == 1 || again.empty()) continue;
    // A first empty field would join with its neighbour above; such records are left out.
    if ((*record)->fields[0].empty()) continue;
    const auto back = CsvReader(again).next();
    HP_ASSERT(back && *back && (*back)->fields == (*record)->fields, "a record changed");
  }

  const auto file = read_payments(text, genesis, self);
  if (!file) return 0;
  std::set<std::string> references;
  std::size_t line = 1;
  for (const Payment& payment : file->payments) {
    HP_ASSERT(payment.line > line, "lines do not rise");
    line = payment.line;
    HP_ASSERT(references.insert(payment.reference).second, "a reference twice");
    HP_ASSERT(!payment.record.amount.is_zero(), "a payment of nothing");
  }
  const auto parts = make_parts(genesis.suite, self, *file, {});
  HP_ASSERT(parts.has_value(), "a file without parts");
  static_cast<void>(totals_of(*file));
  return 0;
}
