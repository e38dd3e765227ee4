// Holds the code to the files of tests/vectors/crypto; README.md there names their sources.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "crypto/base/codec.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/hash/merkle.hpp"
#include "crypto/hash/mmr.hpp"
#include "crypto/keystore/key_file.hpp"
#include "crypto/sign/ed25519.hpp"
#include "crypto/sign/signer.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

using nlohmann::json;
using test::hex;

std::string read_text(const std::string& name) {
  std::ifstream file("tests/vectors/crypto/" + name);
  EXPECT_TRUE(file.is_open()) << name << ": tests run from the root of the repository";
  return {std::istreambuf_iterator<char>(file), {}};
}

Bytes bytes_of(const json& item, const char* field) { return hex(item[field].get<std::string>()); }

TEST(Vectors, SignaturesOfRfc8032AreMadeAndAccepted) {
  const json vectors = json::parse(read_text("ed25519.json"))["rfc8032"];
  ASSERT_EQ(vectors.size(), 4U);
  for (const json& item : vectors) {
    const auto signer = LocalSigner::from_seed(SuiteId::kEd25519Sha256,
                                               SecretBytes::copy_of(bytes_of(item, "seed")));
    ASSERT_TRUE(signer.has_value());
    const PublicKey& key = (*signer)->public_key();
    EXPECT_EQ(to_bytes(key.bytes()), bytes_of(item, "public_key")) << item["name"];
    const Bytes message = bytes_of(item, "message");
    const auto signature = (*signer)->sign(message);
    EXPECT_EQ(to_bytes(signature->bytes()), bytes_of(item, "signature")) << item["name"];
    EXPECT_TRUE(verify(key, message, *signature)) << item["name"];
  }
}

TEST(Vectors, CraftedSignaturesGetTheAnswerOfTheFrozenPredicate) {
  const json vectors = json::parse(read_text("ed25519.json"))["taming"];
  ASSERT_EQ(vectors.size(), 10U);
  for (const json& item : vectors) {
    const Bytes raw_key = bytes_of(item, "public_key");
    const Bytes message = bytes_of(item, "message");
    const Bytes raw_signature = bytes_of(item, "signature");
    const bool expected = item["accepted"].get<bool>();
    EXPECT_EQ(ed25519::verify(raw_key, message, raw_signature), expected) << item["name"];

    const auto key = PublicKey::from_raw(SuiteId::kEd25519Sha256, raw_key);
    const auto signature = Signature::from_raw(SuiteId::kEd25519Sha256, raw_signature);
    EXPECT_EQ(key && verify(*key, message, *signature), expected) << item["name"];
    EXPECT_FALSE(key && key->check_for_registration() && expected)
        << item["name"] << ": none of these keys may be registered";
  }
}

TEST(Vectors, HashesAndTreesAreThoseOfTheSecondImplementation) {
  const json vectors = json::parse(read_text("encodings.json"));
  for (const json& item : vectors["suites"]) {
    const SuiteId suite = *parse_suite(item["suite"].get<std::uint64_t>());
    EXPECT_EQ(hash(suite, as_bytes("abc")).hex(), item["abc"]);
    EXPECT_EQ(hash(suite, ByteView()).hex(), item["empty"]);

    for (const json& tree : item["merkle"]) {
      const auto count = tree["count"].get<std::size_t>();
      std::vector<Bytes> leaves;
      for (std::size_t i = 0; i < count; ++i) leaves.emplace_back(i, static_cast<std::uint8_t>(i));
      EXPECT_EQ(merkle_root(suite, leaves).hex(), tree["root"]);
      if (count == 0) continue;
      const auto path = merkle_path(suite, leaves, tree["index"].get<std::uint64_t>());
      EXPECT_EQ(encode_merkle_path(path), bytes_of(tree, "path"));
    }

    for (const json& tree : item["mmr"]) {
      Mmr mmr(suite);
      std::vector<MmrNode> nodes;
      while (mmr.count() < tree["count"].get<std::uint64_t>()) {
        Writer number;
        number.u64(mmr.count());
        mmr.append(hash(suite, {as_bytes("leaf"), number.view()}), &nodes);
      }
      EXPECT_EQ(mmr.root().hex(), tree["root"]);
      if (mmr.count() == 0) continue;
      const auto path = mmr.path(tree["index"].get<std::uint64_t>(), [&](std::uint64_t position) {
        return std::optional<Digest>(nodes.at(position).digest);
      });
      EXPECT_EQ(encode_merkle_path(*path), bytes_of(tree, "path"));
    }
  }
}

TEST(Vectors, EncodingsAreThoseOfTheSecondImplementation) {
  const json vectors = json::parse(read_text("encodings.json"));
  const json& codec = vectors["codec"];
  Writer writer;
  writer.u8(codec["u8"]).u16(codec["u16"]).u32(codec["u32"]).u64(codec["u64"]);
  writer.u128(*Amount::parse(codec["amount"].get<std::string>(), 0));
  writer.blob(bytes_of(codec, "blob")).tag(codec["tag"].get<std::string>());
  EXPECT_EQ(writer.take(), bytes_of(codec, "encoded"));

  const json& item = vectors["public_key"];
  const auto key = PublicKey::from_raw(SuiteId::kEd25519Sha256, bytes_of(item, "raw"));
  EXPECT_EQ(key->encode(), bytes_of(item, "encoded"));
  EXPECT_EQ(key->to_string(), item["text"]);
  EXPECT_EQ(key->id().hex(), item["id"]);

  const json& signature = vectors["signature"];
  EXPECT_EQ(Signature::from_raw(SuiteId::kEd25519Sha256, bytes_of(signature, "raw"))->encode(),
            bytes_of(signature, "encoded"));
}

TEST(Vectors, AKeyFileOfVersion1StillOpens) {
  const std::string text = read_text("key_file_v1.json");
  const auto file = parse_key_file(text);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(format_key_file(*file), text);
  const auto signer =
      signer_from(*file, KeyPurpose::kParticipant, test::secret("correct horse battery staple"));
  ASSERT_TRUE(signer.has_value()) << signer.error().message;
  // The key of RFC 8032, 7.1, test 2.
  EXPECT_EQ((*signer)->public_key().to_string(),
            "ed25519-sha256:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
}

TEST(Vectors, AKeyFileOfVersion1AndSuite2StillOpens) {
  const std::string text = read_text("key_file_v1_sm2.json");
  const auto file = parse_key_file(text);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(format_key_file(*file), text);
  const auto signer =
      signer_from(*file, KeyPurpose::kParticipant, test::secret("correct horse battery staple"));
  ASSERT_TRUE(signer.has_value()) << signer.error().message;
  // The key of GB/T 32918.5, A.2.
  EXPECT_EQ((*signer)->public_key().to_string().substr(0, 26), "sm2-sm3:0409f9df311e5421a1");
}

}  // namespace
}  // namespace huangpu::crypto
