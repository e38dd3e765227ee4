// The list of configuration keys, written once (SPEC N-231). Reader, writer and reference manual
// all walk it.
//
// describe() visits every key of every section in file order, handing the visitor a reference to
// its value. Arrays of tables ([[peers.validator]], [[limits.identity]]) are visited by their
// owners; describe_limits() is the part that a role's table and an identity's table share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "node/config/config.hpp"

namespace huangpu::node {

struct Key {
  std::string_view name;
  std::string_view meaning;  // one sentence for the manual and the written file
};

class KeyVisitor {
 public:
  virtual ~KeyVisitor() = default;

  virtual void section(std::string_view name, std::string_view meaning) = 0;
  virtual void text(const Key& key, std::string& value, std::size_t chars_max) = 0;
  virtual void path(const Key& key, std::filesystem::path& value, bool may_be_empty) = 0;
  virtual void endpoint(const Key& key, Endpoint& value) = 0;
  virtual void count(const Key& key, std::uint32_t& value, std::uint32_t min,
                     std::uint32_t max) = 0;
  virtual void size(const Key& key, std::uint64_t& bytes, std::uint64_t min, std::uint64_t max) = 0;
  virtual void duration(const Key& key, Milliseconds& value, Milliseconds min,
                        Milliseconds max) = 0;
  virtual void flag(const Key& key, bool& value) = 0;
  // `value` is an index into `names`.
  virtual void choice(const Key& key, std::uint8_t& value,
                      std::span<const std::string_view> names) = 0;
};

void describe(NodeConfig& config, KeyVisitor& visitor);
void describe_next_key(ConsensusKeySection& next, KeyVisitor& visitor);
void describe_limits(IdentityLimits& limits, KeyVisitor& visitor);

}  // namespace huangpu::node
