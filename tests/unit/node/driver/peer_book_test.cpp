#include "node/driver/peer_book.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace huangpu::node {
namespace {

crypto::Digest pin(std::uint8_t fill) { return crypto::Digest::from(Bytes(32, fill)); }

class Peers : public ::testing::Test {
 protected:
  Peers() {
    for (std::uint8_t i = 0; i < 3; ++i) {
      ledger::GenesisValidator validator;
      validator.name = std::string("v") + static_cast<char>('a' + i);
      validator.tls_pin = pin(i + 1);
      genesis_.validators.push_back(validator);
      members_.push_back(member(validator.name, i + 1));
    }
    config_.validators.push_back({1, Endpoint{"configured", 7701}});
    book_.emplace(genesis_, config_, "va");
  }

  static ledger::Member member(const std::string& name, std::uint8_t fill) {
    ledger::Member made;
    made.name = name;
    made.tls_pin = pin(fill);
    made.endpoint = name + ".example:7701";
    return made;
  }
  std::vector<PeerEndpoint> update() {
    std::vector<const ledger::Member*> members;
    for (const ledger::Member& each : members_) members.push_back(&each);
    return book_->update(members);
  }

  ledger::Genesis genesis_;
  PeersSection config_;
  std::vector<ledger::Member> members_;
  std::optional<PeerBook> book_;
};

TEST_F(Peers, FoundersHaveTheirIndexAndTheOwnNameHasNone) {
  const auto peers = update();
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_EQ(peers[0].index, ValidatorIndex{1});
  EXPECT_EQ(peers[0].address, "configured:7701") << "the configuration goes before the chain";
  EXPECT_EQ(peers[1].index, ValidatorIndex{2});
  EXPECT_EQ(peers[1].address, "vc.example:7701");
  EXPECT_FALSE(book_->number_of("va"));
}

// Announced or pending sets may give a pin to somebody else than the set under way does.
TEST_F(Peers, APinIsNeverGivenToTwoNames) {
  members_.push_back(member("vb", 3));  // the pin of vc, for vb too
  members_.push_back(member("vb", 9));
  members_.push_back(member("vd", 9));  // what vb has by now
  std::vector<crypto::Digest> pins;
  for (const PeerEndpoint& peer : update()) {
    pins.push_back(peer.tls_pin);
    pins.insert(pins.end(), peer.other_pins.begin(), peer.other_pins.end());
  }
  EXPECT_EQ(pins, (std::vector{pin(2), pin(9), pin(3)}));
}

TEST_F(Peers, ANumberStandsForOneNameAsLongAsItIsAPeer) {
  members_.push_back(member("vd", 4));
  update();
  const auto fourth = book_->number_of("vd").value();
  members_.insert(members_.begin(), member("ve", 5));
  std::erase_if(members_, [](const ledger::Member& each) { return each.name == "vb"; });
  update();
  EXPECT_EQ(book_->number_of("vd"), fourth);
  EXPECT_FALSE(book_->number_of("vb"));
  EXPECT_EQ(book_->name_of(ValidatorIndex{1}), "vb") << "what is late still has a sender";
  EXPECT_NE(book_->number_of("ve"), fourth);
  EXPECT_EQ(book_->numbers().size(), 3U);
}

TEST_F(Peers, NumbersLastForEver) {
  for (int i = 0; i < 2'000; ++i) {
    members_.resize(3);
    members_.push_back(member("w" + std::to_string(i), 9));
    update();
    const auto number = book_->number_of("w" + std::to_string(i));
    ASSERT_TRUE(number);
    ASSERT_LT(number->value(), PeerBook::kNumbers);
    ASSERT_GE(number->value(), 3U) << "the places of founders are theirs";
  }
}

TEST_F(Peers, PinsToComeAreAcceptedBesideTheOneInForce) {
  members_.push_back(member("vb", 77));
  const auto peers = update();
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_EQ(peers[0].tls_pin, pin(2));
  EXPECT_EQ(peers[0].other_pins, std::vector<crypto::Digest>{pin(77)});
}

TEST_F(Peers, APinNamesOnlyOneOfThem) {
  members_.push_back(member("vd", 2));  // of vb
  members_.push_back(member("vc", 2));  // likewise
  members_.push_back(member("vb", 2));
  const auto peers = update();
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_TRUE(peers[0].other_pins.empty());
  EXPECT_TRUE(peers[1].other_pins.empty());
}

}  // namespace
}  // namespace huangpu::node
