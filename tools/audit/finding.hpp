// What an audit found first: which check failed, where, what it expected and what is there (SPEC
//
//
// The numbers and names of checks are stable: scripts and reports refer to them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/exit_code.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"

namespace huangpu::tools {

// Never reused. Below 20 what was read, from 20 the blocks, from 40 the batches and their
// transactions, from 60 the results.
enum class Check : std::uint16_t {
  kStorage = 1,         // a checksum or link of the file, or the disk itself
  kRecord = 2,          // a record does not decode, or stands where another belongs
  kMissing = 3,         // a record the chain needs is not there
  kGenesis = 4,         // the genesis document, its hash, the chain id
  kChain = 20,          // chain id, version, height, parent hash
  kEpoch = 21,          // epoch, epoch hash, or an epoch change that no rule announced
  kTime = 22,           // block times rise
  kView = 23,           // view, parent view, proposer
  kBody = 24,           // body root
  kCut = 25,            // lanes only advance, within the bounds of the epoch; cut root; tips
  kJustification = 26,  // the parent's certificate and the nullifications between
  kFinalization = 27,   // the finalization certificate stored with a block
  kEvidence = 28,       // stored evidence that proves nothing
  kBatch = 40,          // a batch is not the one that was ordered, or its header is wrong about it
  kEnvelope = 41,       // an envelope is not canonical, or not of this chain
  kClientSignature = 42,
  kExecution = 60,          // execution itself fails on this block
  kConservation = 61,       // supply and balances differ
  kCommitMessage = 62,      // the recorded result is not what execution gives
  kCommitCertificate = 63,  // a certificate without a valid quorum
  kCertifiedResult = 64,    // a valid quorum certified another result
};

[[nodiscard]] std::string_view name(Check check);

struct Finding {
  Check check = Check::kStorage;
  // kCorrupt (data damaged or missing), kDiverged (contradiction), kWrongChain, or what the file
  // system said.
  Errc code = Errc::kDiverged;
  Height height{0};
  std::string subject;   // "block 7", "batch 1/0/17, envelope 3"
  std::string message;   // one sentence
  std::string expected;  // empty when there is nothing to compare
  std::string found;
  std::optional<std::uint64_t> offset;  // in the archive
  std::vector<std::string> details;     // what else helps to find the cause, a line each

  [[nodiscard]] ExitCode exit_code() const { return huangpu::exit_code(code); }
};

// Several lines for people.
[[nodiscard]] std::string describe(const Finding& finding);

template <class T>
using Checked = tl::expected<T, Finding>;

[[nodiscard]] inline tl::unexpected<Finding> report(Finding finding) {
  return tl::unexpected<Finding>(std::move(finding));
}

}  // namespace huangpu::tools

// HP_TRY for functions that return Checked.
#define HP_CHECK(...)                                                      \
  do {                                                                     \
    if (auto hp_check_status = (__VA_ARGS__); !hp_check_status) {          \
      return ::huangpu::tools::report(std::move(hp_check_status).error()); \
    }                                                                      \
  } while (false)

#define HP_CHECK_ASSIGN(target, ...) \
  HP_CHECK_ASSIGN_AS(HP_RESULT_CONCAT(hp_check_result_, __LINE__), target, __VA_ARGS__)
#define HP_CHECK_ASSIGN_AS(temporary, target, ...)                 \
  auto temporary = (__VA_ARGS__);                                  \
  if (!temporary) {                                                \
    return ::huangpu::tools::report(std::move(temporary).error()); \
  }                                                                \
  target = std::move(*temporary)
