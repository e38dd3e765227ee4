// Reads a configuration text: every error of the file at once, each with its place (SPEC N-233).
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "crypto/base/mutant.hpp"
#include "crypto/sign/public_key.hpp"
#include "node/config/config.hpp"
#include "node/config/schema.hpp"
#include "node/config/suggestion.hpp"
#include "node/config/units.hpp"

namespace huangpu::node {
namespace {

constexpr std::uintmax_t kConfigBytesMax = 1 << 20;
constexpr std::size_t kArrayElementsMax = 4'096;

// Collects sentences with their place and prints them in file order.
class Errors {
 public:
  explicit Errors(std::string_view source) : source_(source) {}

  void add(const toml::source_region& where, std::string sentence) {
    add(where.begin.line, where.begin.column, std::move(sentence));
  }
  void add(toml::source_index line, toml::source_index column, std::string sentence) {
    found_.emplace_back(std::pair{line, column}, std::move(sentence));
  }
  [[nodiscard]] bool empty() const { return found_.empty(); }

  [[nodiscard]] std::string text() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string all;
    for (const auto& [place, sentence] : found_) {
      if (!all.empty()) all += '\n';
      all += source_ + ":" + std::to_string(std::max<toml::source_index>(place.first, 1)) + ":" +
             std::to_string(std::max<toml::source_index>(place.second, 1)) + ": " + sentence;
    }
    return all;
  }

 private:
  std::string source_;
  std::vector<std::pair<std::pair<toml::source_index, toml::source_index>, std::string>> found_;
};

std::string in_quotes(std::string_view name) { return "\"" + std::string(name) + "\""; }

// Fills values from the table of the section that is being visited. Remembers which keys exist, so
// that what is left over can be refused.
class Reader final : public KeyVisitor {
 public:
  Reader(const toml::table& root, std::filesystem::path home, Errors& errors)
      : root_(root), home_(std::move(home)), errors_(errors) {}

  // Visits keys of this table without a section() call, as for an element of an array of tables.
  void enter(const toml::table* table, std::string name) {
    table_ = table;
    section_ = std::move(name);
    known_[section_];
  }
  void know(std::string_view key) { known_[section_].emplace(key); }

  void section(std::string_view name, std::string_view) override {
    const auto dot = name.rfind('.');
    const auto* parent = dot == std::string_view::npos ? &root_ : find_table(name.substr(0, dot));
    const auto own = dot == std::string_view::npos ? name : name.substr(dot + 1);
    if (dot != std::string_view::npos) known_[std::string(name.substr(0, dot))].emplace(own);
    enter(nullptr, std::string(name));
    const auto* node = parent == nullptr ? nullptr : parent->get(own);
    if (node == nullptr) return;
    if (node->is_table()) {
      table_ = node->as_table();
    } else {
      errors_.add(node->source(), "[" + std::string(name) + "] must be a section");
    }
  }

  void text(const Key& key, std::string& value, std::size_t chars_max) override {
    const auto read = string(key);
    if (!read) return;
    const bool printable = std::all_of(read->begin(), read->end(), [](char c) {
      return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    });
    // What is empty by default may stay so; check_together() knows when it may not.
    const bool too_short = read->empty() && !value.empty();
    if (too_short || read->size() > chars_max || !printable) {
      refuse(key, "must have 1 to " + std::to_string(chars_max) + " printable characters");
      return;
    }
    value = *read;
  }

  void path(const Key& key, std::filesystem::path& value, bool may_be_empty) override {
    const auto read = string(key);
    if (!read) return;
    if (read->empty() && may_be_empty) {
      value.clear();
    } else if (read->empty() || read->find('\0') != std::string::npos) {
      refuse(key, "must be a path");
    } else {
      value = (home_ / *read).lexically_normal();
    }
  }

  void endpoint(const Key& key, Endpoint& value) override {
    const auto read = string(key);
    if (!read) return;
    if (auto parsed = parse_endpoint(*read)) {
      value = std::move(*parsed);
    } else {
      refuse(key, parsed.error().message);
    }
  }

  void count(const Key& key, std::uint32_t& value, std::uint32_t min, std::uint32_t max) override {
    const auto* node = find(key.name);
    if (node == nullptr) return;
    const auto* number = node->as_integer();
    if (number == nullptr) {
      refuse(key, "must be a whole number");
    } else if (number->get() < std::int64_t{min} || number->get() > std::int64_t{max}) {
      refuse(key, "must be between " + std::to_string(min) + " and " + std::to_string(max));
    } else {
      value = static_cast<std::uint32_t>(number->get());
    }
  }

  void size(const Key& key, std::uint64_t& bytes, std::uint64_t min, std::uint64_t max) override {
    const auto read = string(key);
    if (!read) return;
    const auto parsed = parse_size(*read);
    if (!parsed) {
      refuse(key, parsed.error().message);
    } else if (*parsed < min || *parsed > max) {
      refuse(key, "must be between " + size_text(min) + " and " + size_text(max));
    } else {
      bytes = *parsed;
    }
  }

  void duration(const Key& key, Milliseconds& value, Milliseconds min, Milliseconds max) override {
    const auto read = string(key);
    if (!read) return;
    const auto parsed = parse_duration(*read);
    if (!parsed) {
      refuse(key, parsed.error().message);
    } else if (*parsed < min || *parsed > max) {
      refuse(key, "must be between " + duration_text(min) + " and " + duration_text(max));
    } else {
      value = *parsed;
    }
  }

  void flag(const Key& key, bool& value) override {
    const auto* node = find(key.name);
    if (node == nullptr) return;
    if (const auto* boolean = node->as_boolean()) {
      value = boolean->get();
    } else {
      refuse(key, "must be true or false");
    }
  }

  void choice(const Key& key, std::uint8_t& value,
              std::span<const std::string_view> names) override {
    const auto read = string(key);
    if (!read) return;
    const auto found = std::find(names.begin(), names.end(), *read);
    if (found != names.end()) {
      value = static_cast<std::uint8_t>(found - names.begin());
      return;
    }
    std::string list;
    for (const auto name : names) list += (list.empty() ? "" : ", ") + in_quotes(name);
    refuse(key, "must be one of " + list);
  }

  // The text under a key; an error and nullopt when it is there but not a text.
  [[nodiscard]] std::optional<std::string> string(const Key& key) {
    const auto* node = find(key.name);
    if (node == nullptr) return std::nullopt;
    if (const auto* text = node->as_string()) return text->get();
    refuse(key, "must be a text in quotes");
    return std::nullopt;
  }

  void refuse(const Key& key, const std::string& sentence) {
    const auto* node = table_->get(key.name);
    errors_.add(node->source(), section_ + "." + std::string(key.name) + " " + sentence);
  }

  // Every key of `table` that no visit asked for, also in sub-tables.
  void refuse_unknown(const toml::table& table, const std::string& name) {
    const auto& known = known_[name];
    for (const auto& [key, node] : table) {
      const auto full = name.empty() ? std::string(key.str()) : name + "." + std::string(key.str());
      if (known.contains(std::string(key.str()))) {
        if (known_.contains(full) && node.is_table()) refuse_unknown(*node.as_table(), full);
        continue;
      }
      auto sentence = "unknown key " + in_quotes(full);
      if (const auto nearest = nearest_name(key.str(), known)) {
        sentence += ", did you mean " + in_quotes(*nearest) + "?";
      }
      errors_.add(key.source(), std::move(sentence));
    }
  }

  [[nodiscard]] const toml::node* find(std::string_view key) {
    know(key);
    return table_ == nullptr ? nullptr : table_->get(key);
  }
  void know_section(std::string_view name) { known_[""].emplace(name); }

 private:
  [[nodiscard]] const toml::table* find_table(std::string_view name) const {
    const toml::table* table = &root_;
    while (table != nullptr && !name.empty()) {
      const auto dot = std::min(name.find('.'), name.size());
      const auto* node = table->get(name.substr(0, dot));
      table = node == nullptr ? nullptr : node->as_table();
      name.remove_prefix(std::min(dot + 1, name.size()));
    }
    return table;
  }

  const toml::table& root_;
  std::filesystem::path home_;
  Errors& errors_;
  const toml::table* table_ = nullptr;
  std::string section_;
  std::map<std::string, std::set<std::string, std::less<>>> known_;
};

// Calls `each(table)` for every element of an array of tables below a section.
template <class Each>
void for_each_table(const toml::table& root, std::string_view section, std::string_view key,
                    Reader& reader, Errors& errors, const Each& each) {
  const auto* parent_node = root.get(section);
  const auto* parent = parent_node == nullptr ? nullptr : parent_node->as_table();
  reader.enter(parent, std::string(section));
  const auto* node = reader.find(key);
  if (node == nullptr) return;
  const auto name = std::string(section) + "." + std::string(key);
  const auto* array = node->as_array();
  if (array == nullptr || array->size() > kArrayElementsMax) {
    errors.add(node->source(), name + " must be written as [[" + name + "]], at most " +
                                   std::to_string(kArrayElementsMax) + " times");
    return;
  }
  for (const auto& element : *array) {
    if (const auto* table = element.as_table()) {
      reader.enter(table, name);
      each(*table);
      reader.refuse_unknown(*table, name);
    } else {
      errors.add(element.source(), name + " must be written as [[" + name + "]]");
    }
  }
}

void read_validators(const toml::table& root, PeersSection& peers, Reader& reader, Errors& errors) {
  std::set<std::uint32_t> seen;
  for_each_table(root, "peers", "validator", reader, errors, [&](const toml::table& table) {
    std::uint32_t index = std::numeric_limits<std::uint32_t>::max();
    PeerAddress peer;
    const auto before = peers.validators.size();
    reader.count({"index", ""}, index, 0, 127);
    reader.endpoint({"endpoint", ""}, peer.endpoint);
    if (const auto text = reader.string({"next_tls_pin", ""})) {
      const auto pin = crypto::Digest::parse_hex(*text);
      if (!pin) reader.refuse({"next_tls_pin", ""}, "must have 64 hexadecimal digits");
      if (pin) peer.next_tls_pin = *pin;
    }
    if (table.get("index") == nullptr || table.get("endpoint") == nullptr) {
      errors.add(table.source(), "peers.validator needs index and endpoint");
    } else if (index <= 127 && !seen.insert(index).second) {
      errors.add(table.source(), "peers.validator lists index " + std::to_string(index) + " twice");
    } else if (index <= 127 && before < 128) {
      peer.index = static_cast<std::uint16_t>(index);
      peers.validators.push_back(peer);
    }
  });
}

void read_identities(const toml::table& root, LimitsSection& limits, Reader& reader,
                     Errors& errors) {
  std::set<crypto::Digest> seen;
  for_each_table(root, "limits", "identity", reader, errors, [&](const toml::table& table) {
    IdentityOverride identity;
    if (const auto text = reader.string({"pin", ""})) {
      if (const auto pin = crypto::Digest::parse_hex(*text)) {
        identity.pin = *pin;
        if (!seen.insert(*pin).second) reader.refuse({"pin", ""}, "is listed twice");
      } else {
        reader.refuse({"pin", ""}, "must have 64 hexadecimal digits");
      }
    } else if (table.get("pin") == nullptr) {
      errors.add(table.source(), "limits.identity needs a pin");
    }
    if (const auto text = reader.string({"role", ""})) {
      if (const auto role = ledger::parse_role(*text)) {
        identity.role = *role;
      } else {
        reader.refuse({"role", ""}, "must be participant, issuer, operator, auditor or supervisor");
      }
    }
    identity.limits = limits.for_role(identity.role);
    describe_limits(identity.limits, reader);
    limits.identities.push_back(identity);
  });
}

bool is_within(const std::filesystem::path& inner, const std::filesystem::path& outer) {
  const auto [end, _] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return end == outer.end() || (std::next(end) == outer.end() && end->empty());
}

// SPEC N-300: each kind of key needs what it cannot work without. `name` is the section's.
void check_key(const ConsensusKeySection& key, const std::string& name,
               const toml::source_region& where, Errors& errors) {
  if (key.kind == KeyKind::kSdf) {
    errors.add(where, name +
                          ".kind \"sdf\": this build drives no GM/T 0018 device; use \"file\", "
                          "\"pkcs11\" or \"remote\"");
  }
  const bool here = key.kind == KeyKind::kFile || key.kind == KeyKind::kPkcs11;
  if (here && key.key.empty()) errors.add(where, name + ".key must name its file");
  if (key.kind != KeyKind::kRemote) return;
  if (!crypto::Digest::parse_hex(key.remote.server_pin))
    errors.add(where, name + ".remote.server_pin must have 64 hexadecimal digits");
  if (const auto parsed = crypto::PublicKey::parse(key.remote.public_key); !parsed)
    errors.add(where, name + ".remote.public_key: " + parsed.error().message);
}

// SPEC N-353: the next key shares nothing with the one in office that only one key may have.
void check_next_key(const SignerSection& signer, const toml::source_region& where, Errors& errors) {
  const ConsensusKeySection& next = signer.next;
  if (next.kind == KeyKind::kNone) return;
  check_key(next, "signer.next", where, errors);
  const bool here = next.kind == KeyKind::kFile || next.kind == KeyKind::kPkcs11;
  if (here && !next.key.empty() && next.key == signer.key && signer.kind == next.kind)
    errors.add(where, "signer.next.key is the key in office");
  if (next.sign_state_dir.empty()) {
    errors.add(where, "signer.next.sign_state_dir must name the folder made with that key");
  } else if (next.sign_state_dir == signer.sign_state_dir) {
    errors.add(where,
               "signer.next.sign_state_dir is that of the key in office: each key has its "
               "own");
  }
  if (here && next.passphrase_file.empty() && next.passphrase_descriptor != 0 &&
      next.passphrase_descriptor == signer.passphrase_descriptor) {
    errors.add(where, "signer.next.passphrase_descriptor is that of the key in office");
  }
}

// What no single key can know. Errors are placed at the section that holds the key to change.
void check_together(const NodeConfig& config, const toml::table& root, Errors& errors) {
  const auto at = [&](std::string_view section) {
    const auto* node = root.get(section);
    return node == nullptr ? toml::source_region{} : node->source();
  };
  const auto check_outside = [&](const std::filesystem::path& folder, const std::string& name) {
    if (!is_within(folder, config.node.data_dir) || HP_MUTANT(6)) return;
    errors.add(at("signer"), name +
                                 ".sign_state_dir must lie outside node.data_dir: restoring the "
                                 "data must never take the guard back");
  };
  check_outside(config.signer.sign_state_dir, "signer");
  check_outside(config.signer.next.sign_state_dir, "signer.next");
  check_key(config.signer, "signer", at("signer"), errors);
  check_next_key(config.signer, at("signer"), errors);
  if (config.peers.reconnect_min > config.peers.reconnect_max) {
    errors.add(at("peers"), "peers.reconnect_min must not be above peers.reconnect_max");
  }
  const std::pair<std::string_view, const Endpoint*> listeners[] = {
      {"peers", &config.peers.listen},
      {"client_api", &config.client_api.listen},
      {"ops", &config.ops.listen}};
  for (std::size_t i = 0; i < std::size(listeners); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (listeners[i].second->port == 0 || *listeners[i].second != *listeners[j].second) continue;
      errors.add(at(listeners[i].first), std::string(listeners[i].first) +
                                             ".listen is the same as " +
                                             std::string(listeners[j].first) + ".listen");
    }
  }
}

constexpr std::string_view kVersionKey = "format_version";

Status check_version(const toml::table& root, Errors& errors) {
  const auto* node = root.get(kVersionKey);
  if (node == nullptr) {
    errors.add(1, 1,
               "format_version is missing; this build reads version " +
                   std::to_string(kConfigFormatVersion));
    return {};
  }
  const auto* number = node->as_integer();
  if (number == nullptr) {
    errors.add(node->source(), "format_version must be a whole number");
    return {};
  }
  if (number->get() == kConfigFormatVersion) return {};
  // The rest may mean something else in that version: nothing more is read.
  errors.add(node->source(), "format_version " + std::to_string(number->get()) +
                                 " is unknown; this build reads version " +
                                 std::to_string(kConfigFormatVersion));
  return fail(Errc::kUnsupportedVersion, errors.text());
}

Result<NodeConfig> read(const toml::table& root, const std::filesystem::path& home,
                        std::string_view source) {
  Errors errors(source);
  HP_TRY(check_version(root, errors));

  auto config = default_config(home);
  Reader reader(root, home, errors);
  describe(config, reader);
  read_validators(root, config.peers, reader, errors);
  read_identities(root, config.limits, reader, errors);

  reader.know_section(kVersionKey);
  for (const auto section :
       {"node", "peers", "client_api", "ops", "storage", "signer", "log", "limits"}) {
    reader.know_section(section);
  }
  reader.refuse_unknown(root, "");
  check_together(config, root, errors);

  if (!errors.empty()) return fail(Errc::kConfig, errors.text());
  return config;
}

}  // namespace

Result<NodeConfig> parse_config(std::string_view text, const std::filesystem::path& home,
                                std::string_view source) {
  if (text.size() > kConfigBytesMax) {
    return fail(Errc::kConfig, std::string(source) + ": is larger than 1 MiB");
  }
  try {
    const auto root = toml::parse(text);
    return read(root, home, source);
  } catch (const toml::parse_error& error) {
    Errors errors(source);
    errors.add(error.source(), std::string(error.description()));
    return fail(Errc::kConfig, errors.text());
  }
}

Result<NodeConfig> load_config(const std::filesystem::path& file,
                               const std::filesystem::path& home) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return fail(Errc::kIo, file.string() + ": " + error.message());
  if (size > kConfigBytesMax) return fail(Errc::kConfig, file.string() + ": is larger than 1 MiB");
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return fail(Errc::kIo, file.string() + ": cannot be read");
  return parse_config(text.str(), std::filesystem::absolute(home).lexically_normal(),
                      file.string());
}

}  // namespace huangpu::node
