// sm2-differential: the same SM2 questions to our predicate (Botan) and to OpenSSL, by the million.
//
// A run is one signature on which both must give the same verdict: fresh from either library, or
// mutated in r, s, message, user id or key. Every key pair is derived by both. Exit code 1 with the
// inputs in words at the first disagreement.
//
// usage: sm2-differential [--runs N] [--seed S]
#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/assert.hpp"
#include "crypto/sign/sm2.hpp"
#include "tests/differential/sm2_oracle.hpp"

namespace huangpu::test {
namespace {

using crypto::SecretBytes;
namespace sm2 = crypto::sm2;

constexpr std::size_t kPairsKept = 64;

using Random = std::mt19937_64;

Bytes random_bytes(Random& random, std::size_t size) {
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

struct Pair {
  Bytes seed;
  sm2::PrivateKey ours;
  std::unique_ptr<OpensslSm2> theirs;
};

// Mostly any scalar; sometimes one at an end of the range, where tables meet infinity.
Bytes random_seed(Random& random) {
  if (random() % 8 != 0) return random_bytes(random, 32);
  Bytes small(32);
  small[31] = static_cast<std::uint8_t>(1 + random() % 40);
  if (random() % 2 == 0) return small;
  small[31] = static_cast<std::uint8_t>(small[31] + 1);
  return subtract_mod_order(Bytes(32), small);
}

std::optional<Pair> make_pair(Random& random) {
  Bytes seed = random_seed(random);
  auto key = sm2::PrivateKey::from_seed(SecretBytes::copy_of(seed));
  if (!key) return {};
  auto theirs = std::make_unique<OpensslSm2>(key->public_key(), ByteView(seed));
  return Pair{std::move(seed), *std::move(key), std::move(theirs)};
}

struct Question {
  std::string kind;
  std::string id;
  Bytes key;
  Bytes message;
  Bytes signature;
  bool genuine = false;  // must be accepted
};

enum class Mutation : unsigned {
  kNone,
  kBitOfR,
  kBitOfS,
  kZeroR,
  kZeroS,
  kOrderAsR,
  kOrderAsS,
  kRPlusOrder,
  kSPlusOrder,
  kZeroT,
  kNegatedS,
  kSwapped,
  kRandom,
  kMessage,
  kUserId,
  kOtherKey,
  kBitOfKey,
  kCount,
};
constexpr std::array<const char*, static_cast<std::size_t>(Mutation::kCount)> kNames = {
    "genuine", "bit of r", "bit of s", "r = 0",     "s = 0",     "r = n",
    "s = n",   "r + n",    "s + n",    "t = 0",     "-s",        "r and s swapped",
    "random",  "message",  "user id",  "other key", "bit of key"};

void flip_bit(Random& random, Bytes& bytes, std::size_t from, std::size_t size) {
  const std::size_t bit = random() % (size * 8);
  std::uint8_t& byte = bytes[from + bit / 8];
  byte = static_cast<std::uint8_t>(byte ^ (1U << (bit % 8)));
}

void put(Bytes& signature, std::size_t at, const Bytes& value) {
  std::copy(value.begin(), value.end(), signature.begin() + static_cast<std::ptrdiff_t>(at));
}

// Adds n to 32 bytes, modulo 2^256: where it does not wrap, the same number modulo n.
void add_order(Bytes& signature, std::size_t at) {
  unsigned carry = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const unsigned digit = signature[at + i] + sm2_order()[i] + carry;
    signature[at + i] = static_cast<std::uint8_t>(digit);
    carry = digit >> 8;
  }
}

void mutate(Random& random, Mutation mutation, const Bytes& other_key, Question& question) {
  Bytes& signature = question.signature;
  const Bytes r = to_bytes(ByteView(signature).first(32));
  const Bytes s = to_bytes(ByteView(signature).last(32));
  switch (mutation) {
    case Mutation::kNone:
      break;
    case Mutation::kBitOfR:
      flip_bit(random, signature, 0, 32);
      break;
    case Mutation::kBitOfS:
      flip_bit(random, signature, 32, 32);
      break;
    case Mutation::kZeroR:
      put(signature, 0, Bytes(32));
      break;
    case Mutation::kZeroS:
      put(signature, 32, Bytes(32));
      break;
    case Mutation::kOrderAsR:
      put(signature, 0, sm2_order());
      break;
    case Mutation::kOrderAsS:
      put(signature, 32, sm2_order());
      break;
    case Mutation::kRPlusOrder:
      add_order(signature, 0);
      break;
    case Mutation::kSPlusOrder:
      add_order(signature, 32);
      break;
    case Mutation::kZeroT:
      put(signature, 32, subtract_mod_order(Bytes(32), r));
      break;
    case Mutation::kNegatedS:
      put(signature, 32, subtract_mod_order(Bytes(32), s));
      break;
    case Mutation::kSwapped:
      put(signature, 0, s);
      put(signature, 32, r);
      break;
    case Mutation::kRandom:
      signature = random_bytes(random, 64);
      break;
    case Mutation::kMessage:
      question.message.push_back(0);
      flip_bit(random, question.message, 0, question.message.size());
      break;
    case Mutation::kUserId:
      question.id.back() = question.id.back() == '8' ? '9' : '8';
      break;
    case Mutation::kOtherKey:
      question.key = other_key;
      break;
    case Mutation::kBitOfKey:
      flip_bit(random, question.key, 1, 64);
      break;
    case Mutation::kCount:
      break;
  }
  question.kind = kNames[static_cast<std::size_t>(mutation)];
  question.genuine = mutation == Mutation::kNone;
}

bool accepted_by_ours(const Question& question) {
  const auto id = sm2::UserId::make(question.id);
  HP_ASSERT(id.has_value(), "ids of the runs are well-formed");
  return sm2::verify(question.key, *id, question.message, question.signature);
}

bool accepted_by_openssl(const Question& question, const Pair& pair) {
  if (question.key == pair.ours.public_key()) {
    return pair.theirs->verify(question.id, question.message, question.signature);
  }
  const OpensslSm2 other(question.key);
  return other.ok() && other.verify(question.id, question.message, question.signature);
}

int report(std::uint64_t seed, std::uint64_t run, const Question& question, bool ours,
           bool theirs) {
  std::printf(
      "DISAGREEMENT seed %llu run %llu (%s)\n  ours %d  openssl %d  genuine %d\n  id %s\n  key %s\n"
      "  message %s\n  signature %s\n",
      static_cast<unsigned long long>(seed), static_cast<unsigned long long>(run),
      question.kind.c_str(), ours, theirs, question.genuine, question.id.c_str(),
      to_hex(question.key).c_str(), to_hex(question.message).c_str(),
      to_hex(question.signature).c_str());
  return 1;
}

Question fresh_question(Random& random, const Pair& pair) {
  Question question;
  question.id = random() % 8 == 0 ? "user-" + std::to_string(random() % 100) : "1234567812345678";
  question.key = pair.ours.public_key();
  question.message = random_bytes(random, random() % 200);
  if (random() % 2 == 0) {
    const auto id = sm2::UserId::make(question.id);
    auto made = pair.ours.sign(*id, question.message, random_bytes(random, sm2::kEntropyBytes));
    HP_ASSERT(made.has_value(), "Botan signs");
    question.signature = *std::move(made);
  } else {
    auto made = raw_of(pair.theirs->sign_der(question.id, question.message));
    HP_ASSERT(made.has_value(), "OpenSSL makes DER with two numbers of at most 32 bytes");
    question.signature = *std::move(made);
  }
  return question;
}

int run(std::uint64_t seed, std::uint64_t runs) {
  std::printf("sm2-differential: seed %llu, %llu runs, Botan against OpenSSL\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(runs));
  std::fflush(stdout);
  Random random(seed);
  std::vector<Pair> pairs;
  std::array<std::uint64_t, kNames.size()> asked{};
  std::uint64_t accepted = 0;
  std::uint64_t derived = 0;
  for (std::uint64_t done = 0; done < runs;) {
    if (pairs.size() < kPairsKept || random() % 16 == 0) {
      auto pair = make_pair(random);
      if (!pair) continue;
      if (!pair->theirs->ok() || pair->ours.public_key() != sm2_public_key(pair->seed)) {
        std::printf("DISAGREEMENT seed %llu: key pair of %s\n",
                    static_cast<unsigned long long>(seed), to_hex(pair->seed).c_str());
        return 1;
      }
      ++derived;
      if (pairs.size() < kPairsKept) {
        pairs.push_back(*std::move(pair));
      } else {
        pairs[random() % kPairsKept] = *std::move(pair);
      }
    }
    const Pair& pair = pairs[random() % pairs.size()];
    const Bytes& other_key = pairs[random() % pairs.size()].ours.public_key();
    const Question fresh = fresh_question(random, pair);
    // The genuine one, then three of its mutations.
    for (int i = 0; i < 4 && done < runs; ++i, ++done) {
      const auto mutation =
          i == 0 ? Mutation::kNone : static_cast<Mutation>(1 + random() % (kNames.size() - 1));
      Question question = fresh;
      mutate(random, mutation, other_key, question);
      const bool ours = accepted_by_ours(question);
      const bool theirs = accepted_by_openssl(question, pair);
      if (ours != theirs || (question.genuine && !ours)) {
        return report(seed, done, question, ours, theirs);
      }
      ++asked[static_cast<std::size_t>(mutation)];
      accepted += ours ? 1 : 0;
    }
  }
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    std::printf("  %-16s %llu\n", kNames[i], static_cast<unsigned long long>(asked[i]));
  }
  std::printf("%llu runs, %llu accepted, %llu key pairs, 0 disagreements\n",
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(accepted),
              static_cast<unsigned long long>(derived));
  return 0;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return {};
  return value;
}

int main_of(int argc, char** argv) {
  std::uint64_t runs = 2'000;
  std::uint64_t seed = std::random_device{}();
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    const auto value = i + 1 < argc ? number(argv[i + 1]) : std::nullopt;
    if (!value || (name != "--runs" && name != "--seed")) {
      std::fputs("usage: sm2-differential [--runs N] [--seed S]\n", stderr);
      return 2;
    }
    (name == "--runs" ? runs : seed) = *value;
  }
  return run(seed, runs);
}

}  // namespace
}  // namespace huangpu::test

int main(int argc, char** argv) { return huangpu::test::main_of(argc, argv); }
