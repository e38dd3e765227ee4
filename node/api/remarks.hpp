// A node's condition in sentences: why the height does not rise and who would have to act (SPEC
// N-270..N-273).
//
// Pure: from one snapshot, so that status, doctor and tests say the same of the same facts.
#pragma once

#include <string>
#include <vector>

#include "node/api/backend.hpp"

namespace huangpu::node {

// kFine and kNote need nobody; a kProblem does.
enum class RemarkLevel : std::uint8_t { kFine, kNote, kProblem };

[[nodiscard]] const char* to_string(RemarkLevel level);

struct Remark {
  RemarkLevel level = RemarkLevel::kFine;
  std::string topic;  // height, peers, execution, certification, disk, signer, or a check's name
  std::string text;   // one sentence

  friend bool operator==(const Remark&, const Remark&) = default;
};

// The height first, then peers, own lags, disk and signer, then the checks that fail.
[[nodiscard]] std::vector<Remark> remarks(const NodeSnapshot& snapshot);

}  // namespace huangpu::node
