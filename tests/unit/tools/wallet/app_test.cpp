#include <gtest/gtest.h>
#include <CLI/CLI.hpp>

#include "tools/cli/completion.hpp"
#include "tools/wallet/acting.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {
namespace {

bool parses(const std::string& line) {
  Invocation invocation;
  const auto app = make_app(invocation);
  try {
    app->parse(line, false);
  } catch (const CLI::ParseError&) {
    return false;
  }
  return static_cast<bool>(invocation.action);
}

TEST(App, EveryVerbParses) {
  for (const char* line :
       {"keys list",
        "keys new k",
        "keys show k",
        "keys register k",
        "keys list --local",
        "keys rotate",
        "keys rotate k --reference R --date 20261123",
        "keys export k --out f",
        "keys export k --pem",
        "keys import k f",
        "keys import k --secret-fd 3",
        "keys passphrase k --new-passphrase-fd 4",
        "tx build transfer \"1 CNY\" --from 1 --to 2 --signer a,b,c --any 2 --out f",
        "tx build issue \"1 CNY\" --to 1 --open +8h --close +2d --every 3600 --out f",
        "tx build redeem \"1 CNY\" --from 1 --out f --without-genesis",
        "tx build bulk f.csv --mode linked --out f",
        "tx build keys register k --out f",
        "tx build keys rotate k --new j --out f",
        "tx build keys revoke k --out f",
        "tx build account open --out f",
        "tx build account set-authority 1 --threshold 0 --out f",
        "tx build certificate revoke --pin 00 --out f",
        "tx explain f --all",
        "tx sign f --yes --out g --genesis h",
        "tx combine f g h --out i",
        "tx send f --no-wait",
        "events",
        "events --follow --from 3:4 --account 1 --asset CNY --blocks",
        "batch f.csv --mode linked",
        "keys revoke k",
        "certificate register --certificate tls/new.crt",
        "certificate register --pin 00 --role auditor",
        "certificate revoke --pin 00 --dry-run",
        "account open --count 5",
        "account list",
        "account show 1",
        "account set-authority 1 --threshold 2 --authority aa,bb,cc",
        "asset list",
        "asset show CNY",
        "issue \"1 CNY\" --to 1",
        "redeem \"1 CNY\" --from 1",
        "transfer --from 1 --to 2 --amount 1.00 --asset CNY --purpose SALA --no-wait",
        "instruct \"1 CNY\" --from 1 --to 2 --priority urgent --latest 2026-11-23T14:00:00Z",
        "payment cancel 00",
        "payment hold 00 --dry-run",
        "payment release 00",
        "payment priority 00 urgent",
        "liquidity reserve \"1 CNY\" --for urgent",
        "liquidity limit \"1 CNY\" --account 2 --to BANKB:1",
        "liquidity limit --none --asset CNY",
        "liquidity credit-line \"1 CNY\" --account 2",
        "liquidity show 2 --asset CNY",
        "payment show 00",
        "queue",
        "queue --account 2 --asset CNY --watch --seconds 5",
        "queue forecast --with \"1=1000.00 CNY\" --with \"2=1 CNY\"",
        "queue resolve",
        "settle --leg 1 BANKB:1 \"1 CNY\" --leg BANKB:1 1 \"2 USD\" --purpose SECU",
        "dvp \"10 BOND1\" --from 1 --to BANKB:1 --against \"1 CNY\" --paid-from BANKB:2",
        "pvp \"1 USD\" --from 1 --to BANKB:1 --against \"1 CNY\" --dry-run",
        "tx build dvp \"10 BOND1\" --from 1 --to BANKB:1 --against \"1 CNY\" --out f.tx --signer "
        "a,b",
        "balance",
        "balance BANKA:1 --asset CNY --output json",
        "batch f.csv --dry-run",
        "batch f.csv --individual --result r.csv",
        "batch f.csv --mode all-or-nothing",
        "tx wait 00",
        "tx status --reference R --date 20261123",
        "receipt save 00 --out f",
        "receipt verify f --genesis g",
        "status --timeout 3",
        "completion bash",
        "--pin-file p --key token tx sign f",
        "--pin-fd 3 --key token keys register k",
        "--wallet w --key a --key b transfer \"1 CNY\" --from 1 --to 2"}) {
    EXPECT_TRUE(parses(line)) << line;
  }
}

TEST(App, WrongArgumentsDoNothing) {
  for (const char* line : {"",
                           "pay",
                           "keys",
                           "account open --count 0",
                           "account open --count 8191",
                           "account open --number -1",
                           "transfer \"1 CNY\"",
                           "transfer \"1 CNY\" --from 1",
                           "transfer \"1 CNY\" --amount 1 --asset CNY --from 1 --to 2",
                           "balance --output xml",
                           "balance --timeout 0",
                           "balance --timeout 1e3",
                           "batch",
                           "batch f --mode other",
                           "keys import k",
                           "keys import k f --secret-file g",
                           "keys export k --public --pem",
                           "tx build",
                           "tx build balance",
                           "tx build keys list",
                           "tx build transfer \"1 CNY\" --from 1 --to 2",
                           "tx build issue \"1 CNY\" --to 1 --out f --no-wait",
                           "tx build issue \"1 CNY\" --to 1 --out f --any 17",
                           "tx combine f g",
                           "tx sign",
                           "batch f --individual --part-lines 5",
                           "tx wait a --reference b",
                           "completion tcsh",
                           "receipt save 00",
                           "status --unknown",
                           "--pin 1234 status",
                           "--passphrase secret status",
                           "--pin-fd -1 status",
                           "certificate register",
                           "certificate register --certificate f --pin 00",
                           "certificate register --pin 00 --role king",
                           "certificate revoke --pin 00 --role auditor"}) {
    EXPECT_FALSE(parses(line)) << line;
  }
}

TEST(App, AKeyOptionDoesNotSwallowTheCommand) {
  Invocation invocation;
  const auto app = make_app(invocation);

  app->parse("--key one balance 2", false);

  EXPECT_EQ(invocation.options.keys, (std::vector<std::filesystem::path>{"one"}));
}

TEST(App, CompletionKnowsEveryCommandAndOption) {
  Invocation invocation;
  const auto app = make_app(invocation);
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(*app, shell);
    ASSERT_TRUE(script.has_value());
    for (const char* word : {"huangpu", "set-authority", "batch", "dry-run", "end-to-end"}) {
      EXPECT_NE(script->find(word), std::string::npos) << shell << " " << word;
    }
  }
  EXPECT_FALSE(completion_script(*app, "csh").has_value());
}

TEST(Acting, AWindowLeavesRoomForClocksThatDiffer) {
  const auto window = validity_window(TimestampMs{1'000'000'000}, 120);
  EXPECT_EQ(window.from, TimestampMs{999'990'000});
  EXPECT_EQ(window.until, TimestampMs{1'000'060'000});
  EXPECT_EQ(validity_window(TimestampMs{5}, 10).from, TimestampMs{0});
  EXPECT_EQ(validity_window(TimestampMs{5}, 10).until, TimestampMs{5'005});
}

}  // namespace
}  // namespace huangpu::tools
