// Command lines and everything people type into them: any text parses or is refused; what is
// accepted has one spelling.
#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "crypto/base/assert.hpp"
#include "tests/unit/tools/support/proof_world.hpp"
#include "tools/cli/arguments.hpp"
#include "tools/cli/output.hpp"
#include "tools/wallet/commands.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::tools;
  if (size_bytes > 4'096) return 0;
  static const ledger::Genesis genesis = test::paper_genesis();
  const std::string text(as_text({data, size_bytes}));
  for (const unsigned decimals : {0U, 2U, 18U}) {
    const auto amount = parse_amount(text, decimals);
    if (!amount) continue;
    HP_ASSERT(!amount->is_zero(), "an amount of nothing was accepted");
    HP_ASSERT(parse_amount(amount->to_string(decimals), decimals).value() == *amount,
              "an amount changed in a round trip");
  }
  if (const auto money = split_money(text)) {
    HP_ASSERT(money->amount + " " + money->asset == text, "money was not taken apart exactly");
  }
  if (const auto number = parse_number(text)) {
    HP_ASSERT(std::to_string(*number) == text, "a number has two spellings");
  }
  if (const auto account = parse_account(genesis, ledger::ParticipantId{101}, text)) {
    HP_ASSERT(parse_account(genesis, ledger::ParticipantId{102}, account->id.hex()).value().id ==
                  account->id,
              "an account id is not read back");
  }
  static_cast<void>(find_asset(genesis, text));
  static_cast<void>(parse_end_to_end(text));
  static_cast<void>(parse_purpose(text));
  static_cast<void>(parse_txid(text));
  const std::string shown = printable(text);
  HP_ASSERT(shown.find('\x1b') == std::string::npos, "an escape reached the terminal");

  Invocation invocation;
  const auto app = make_app(invocation);
  try {
    app->parse(text, false);
    HP_ASSERT(static_cast<bool>(invocation.action), "a command line parsed and means nothing");
  } catch (const CLI::ParseError&) {
    // Refused: --help and --version arrive here too.
  }
  return 0;
}
