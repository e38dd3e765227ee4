#include "tools/cli/arguments.hpp"

#include <gtest/gtest.h>

#include "tests/unit/tools/support/proof_world.hpp"
#include "tools/cli/directory.hpp"

namespace huangpu::tools {
namespace {

TEST(Arguments, MoneyIsAnAmountOneSpaceAndAnAsset) {
  EXPECT_EQ(split_money("1250.00 CNY").value(), (MoneyText{"1250.00", "CNY"}));
  for (const char* text : {"", " ", "1250.00", "1250.00  CNY", " 1 CNY", "1 CNY ", "1 CNY x"}) {
    EXPECT_FALSE(split_money(text).has_value()) << text;
  }
}

TEST(Arguments, AmountsHaveOneSpelling) {
  EXPECT_EQ(parse_amount("1250.5", 2).value(), Amount::from_u64(125'050));
  EXPECT_EQ(parse_amount("7", 0).value(), Amount::from_u64(7));
  for (const char* text :
       {"", "0", "0.00", "-1", "+1", "1e3", "0x10", "1.", ".5", "01", "1.000", "1,000", "1 000",
        "٣", "1250.00\n", "NaN", "inf", "999999999999999999999999999999999999999999"}) {
    EXPECT_FALSE(parse_amount(text, 2).has_value()) << text;
  }
  EXPECT_FALSE(parse_amount("1.5", 0).has_value());
}

TEST(Arguments, AnAccountIsANumberACodeWithANumberOrAnId) {
  const auto genesis = test::paper_genesis();
  const ledger::ParticipantId self{101};
  const auto own = parse_account(genesis, self, "3").value();
  const auto by_code = parse_account(genesis, self, "BANKA:3").value();
  const auto by_number = parse_account(genesis, self, "101:3").value();
  const auto by_id = parse_account(genesis, self, own.id.hex()).value();

  EXPECT_EQ(own.id, by_code.id);
  EXPECT_EQ(own.id, by_number.id);
  EXPECT_EQ(own.id, by_id.id);
  EXPECT_NE(own.id, parse_account(genesis, self, "BANKB:3").value().id);
  for (const char* text : {"", ":", "BANKA:", ":3", "BANKC:1", "banka:1", "-1", "03", "1:2:3",
                           "99999999999999999999", "abc"}) {
    EXPECT_FALSE(parse_account(genesis, self, text).has_value()) << text;
  }
}

TEST(Arguments, AnAccountIsAlsoAnAddressAndItsTypingErrorsAreExplained) {
  const auto genesis = test::paper_genesis();
  const ledger::ParticipantId self{101};
  const auto id = parse_account(genesis, self, "BANKB:77").value().id;
  Directory directory(genesis);
  const std::string address = directory.address(id);
  EXPECT_EQ(address.substr(0, 6), "paper1");
  EXPECT_EQ(parse_account(genesis, self, address).value().id, id);
  EXPECT_EQ(directory.account(id), address) << "no CODE:NUMBER is known for it";
  directory.remember(parse_account(genesis, self, "BANKB:77").value());
  EXPECT_EQ(directory.account(id), "BANKB:77");

  std::string wrong = address;
  wrong[30] = wrong[30] == 'q' ? 'p' : 'q';
  const auto refused = parse_account(genesis, self, wrong);
  EXPECT_EQ(refused.error().code, Errc::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("typing error"), std::string::npos);
  ledger::Genesis elsewhere = genesis;
  elsewhere.chain_name = "other";
  EXPECT_NE(parse_account(elsewhere, self, address).error().message.find("is of the chain"),
            std::string::npos);
}

TEST(Arguments, UnknownAssetsAreAnsweredWithTheKnownOnes) {
  const auto genesis = test::paper_genesis();
  EXPECT_EQ(find_asset(genesis, "CNY").value().id, ledger::AssetId{1});
  EXPECT_EQ(find_asset(genesis, "2").value().code, "JPY");
  const auto unknown = find_asset(genesis, "\x1b[31mEUR");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().message.find('\x1b'), std::string::npos);
  EXPECT_NE(unknown.error().message.find("CNY, JPY"), std::string::npos);
}

TEST(Arguments, EndToEndIdsAndPurposesAreExact) {
  EXPECT_EQ(parse_end_to_end("").value(), ledger::EndToEndId{});
  EXPECT_EQ(parse_end_to_end("0f0e0d0c-0b0a-4908-8706-050403020100").value()[0], 0x0f);
  for (const char* text : {"0f", "0f0e0d0c0b0a-4908-8706-0504-03020100", "xyz"}) {
    EXPECT_FALSE(parse_end_to_end(text).has_value()) << text;
  }
  EXPECT_EQ(parse_purpose("SALA").value(), (ledger::Purpose{'S', 'A', 'L', 'A'}));
  for (const char* text : {"sala", "SAL", "SALAR", "SAL "}) {
    EXPECT_FALSE(parse_purpose(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace huangpu::tools
