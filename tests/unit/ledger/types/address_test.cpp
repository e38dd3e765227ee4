#include "ledger/types/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/base/bech32.hpp"
#include "crypto/hash/hasher.hpp"

namespace huangpu::ledger {
namespace {

using crypto::SuiteId;
using testing::HasSubstr;

class Address : public testing::TestWithParam<SuiteId> {
 protected:
  const AddressFormat format_{address_prefix("huangpu-local"), GetParam()};
  const AccountId account_ = account_id(GetParam(), ParticipantId{102}, 3);
  const std::string text_ = format_address(format_, account_);

  std::string refusal(const std::string& text) const {
    const auto parsed = parse_address(format_, text);
    return parsed ? "accepted" : parsed.error().message;
  }
};
INSTANTIATE_TEST_SUITE_P(Suites, Address, testing::ValuesIn(crypto::kAllSuites),
                         [](const auto& suite) {
                           return suite.param == SuiteId::kSm2Sm3 ? "Sm2" : "Ed25519";
                         });

TEST_P(Address, IsReadBackInEitherCase) {
  EXPECT_EQ(text_.size(), 13 + 1 + 53 + 6U);
  EXPECT_EQ(parse_address(format_, text_), account_);
  std::string upper = text_;
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  EXPECT_EQ(parse_address(format_, upper), account_);
  EXPECT_TRUE(looks_like_address(text_));
}

// SPEC L-3a.
TEST_P(Address, ErrorsOfTypingAreExplainedAndNotCorrected) {
  std::string wrong = text_;
  wrong[20] = wrong[20] == 'q' ? 'p' : 'q';
  EXPECT_THAT(refusal(wrong), HasSubstr("has a typing error somewhere"));
  EXPECT_THAT(refusal(wrong), Not(HasSubstr("mean")));
  wrong = text_;
  wrong[20] = 'b';
  EXPECT_THAT(refusal(wrong), HasSubstr("character 21, 'b', occurs in no address"));
  wrong = text_;
  wrong[0] = 'H';
  EXPECT_THAT(refusal(wrong), HasSubstr("mixes upper and lower case"));
  EXPECT_THAT(refusal(text_.substr(0, 60)), HasSubstr("typing error"));
  EXPECT_THAT(refusal(text_ + "q"), HasSubstr("typing error"));
  EXPECT_THAT(refusal(" " + text_), HasSubstr("character 1 is a space"));
  EXPECT_TRUE(looks_like_address(text_.substr(0, 60)));
}

TEST_P(Address, OfAnotherChainOrAnotherHashIsRefusedByName) {
  const std::string elsewhere = format_address({"demo", GetParam()}, account_);
  EXPECT_EQ(
      parse_address(format_, elsewhere).error(),
      (Error{Errc::kWrongChain, "is of the chain \"demo\", this chain is \"huangpu-local\""}));
  const SuiteId other = GetParam() == SuiteId::kSm2Sm3 ? SuiteId::kEd25519Sha256 : SuiteId::kSm2Sm3;
  const auto refused = parse_address(format_, format_address({format_.prefix, other}, account_));
  EXPECT_EQ(refused.error().code, Errc::kWrongChain);
  EXPECT_THAT(refused.error().message, HasSubstr("was made with the hash of"));
}

TEST_P(Address, OfAnUnknownSuiteOrAnotherLengthIsRefused) {
  Bytes payload(33, 5);
  payload[0] = 9;
  const auto text = [&](ByteView bytes) {
    return bech32m_encode(format_.prefix, bech32_symbols_of(bytes));
  };
  EXPECT_THAT(refusal(text(payload)), HasSubstr("unknown crypto suite 9"));
  payload[0] = static_cast<std::uint8_t>(GetParam());
  EXPECT_EQ(refusal(text(payload)), "accepted");
  EXPECT_THAT(refusal(text(ByteView(payload).first(32))), HasSubstr("holds 32 bytes"));
  payload.push_back(0);
  EXPECT_THAT(refusal(text(payload)), HasSubstr("holds 34 bytes"));
}

TEST(AddressText, OtherWaysToNameAnAccountAreNoAddresses) {
  for (const char* const text :
       {"", "3", "BANKB:3", "102:3", "12345678901234567890",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}) {
    EXPECT_FALSE(looks_like_address(text)) << text;
  }
  EXPECT_EQ(address_prefix(std::string(64, 'a')), std::string(30, 'a'));
}

// A golden value: what is printed on paper must be readable for ever.
TEST(AddressText, HasAFixedForm) {
  const AccountId account{crypto::Digest::from(Bytes(32, 0x11))};
  EXPECT_EQ(format_address({"demo", SuiteId::kSm2Sm3}, account),
            "demo1qgg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zrh8elc");
}

}  // namespace
}  // namespace huangpu::ledger
