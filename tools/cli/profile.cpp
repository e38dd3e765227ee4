#include "tools/cli/profile.hpp"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include <toml++/toml.h>

#include "crypto/base/bytes.hpp"
#include "ledger/store/text_file.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kProfileBytesMax = 1u << 20;
constexpr std::size_t kNodesMax = 128;

class Reader {
 public:
  explicit Reader(std::string source) : source_(std::move(source)) {}

  void complain(const toml::node& node, const std::string& sentence) {
    const auto where = node.source().begin;
    add(where.line, where.column, sentence);
  }
  void add(toml::source_index line, toml::source_index column, const std::string& sentence) {
    errors_ += (errors_.empty() ? "" : "\n") + source_ + ":" + std::to_string(line) + ":" +
               std::to_string(column) + ": " + sentence;
  }
  void text(const toml::node& node, const std::string& key, std::string& into) {
    if (const auto value = node.value_exact<std::string>()) {
      into = *value;
    } else {
      complain(node, key + " must be a string");
    }
  }
  void path(const toml::node& node, const std::string& key, fs::path& into) {
    std::string value;
    text(node, key, value);
    into = value;
  }
  [[nodiscard]] const std::string& errors() const { return errors_; }

 private:
  const std::string source_;
  std::string errors_;
};

void read_node(Reader& reader, const toml::node& entry, Profile& profile) {
  const toml::table* table = entry.as_table();
  if (table == nullptr) {
    reader.complain(entry, "node must be a table");
    return;
  }
  ProfileNode node;
  std::string pin;
  for (const auto& [key, value] : *table) {
    if (key == "address") {
      reader.text(value, "node.address", node.address);
    } else if (key == "pin") {
      reader.text(value, "node.pin", pin);
    } else {
      reader.complain(value, "unknown key node." + std::string(key.str()));
    }
  }
  const auto parsed = crypto::Digest::parse_hex(pin);
  if (!parsed) {
    reader.complain(entry, "node.pin must be 64 hexadecimal digits");
    return;
  }
  if (node.address.empty()) reader.complain(entry, "node.address is missing");
  node.pin = *parsed;
  profile.nodes.push_back(std::move(node));
}

}  // namespace

fs::path Profile::resolve(const fs::path& path) const {
  return path.is_absolute() ? path : folder / path;
}

Result<Profile> parse_profile(std::string_view text, const fs::path& folder) {
  const std::string source = (folder / "wallet.toml").string();
  Reader reader(source);
  toml::table table;
  try {
    table = toml::parse(text, source);
  } catch (const toml::parse_error& error) {
    reader.add(error.source().begin.line, error.source().begin.column,
               std::string(error.description()));
    return fail(Errc::kConfig, reader.errors());
  }
  const auto version = table["format_version"].value<std::int64_t>();
  if (!version) return fail(Errc::kConfig, source + ":1:1: format_version is missing");
  if (*version != kProfileFormatVersion) {
    return fail(Errc::kUnsupportedVersion, source + ": format_version " + std::to_string(*version) +
                                               " is not known; this program reads version 1");
  }

  Profile profile;
  profile.folder = fs::absolute(folder);
  bool has_participant = false;
  for (const auto& [key, value] : table) {
    if (key == "format_version") continue;
    if (key == "participant") {
      const auto id = value.value_exact<std::int64_t>();
      has_participant = id && *id > 0 && *id <= 0xffffffffLL;
      if (has_participant) {
        profile.participant = ledger::ParticipantId{static_cast<std::uint32_t>(*id)};
      } else {
        reader.complain(value, "participant must be a number of the genesis document");
        has_participant = true;
      }
    } else if (key == "genesis") {
      reader.path(value, "genesis", profile.genesis);
    } else if (key == "certificate") {
      reader.path(value, "certificate", profile.certificate);
    } else if (key == "tls_key") {
      reader.path(value, "tls_key", profile.tls_key);
    } else if (key == "default_key") {
      reader.path(value, "default_key", profile.default_key);
    } else if (key == "passphrase_file") {
      reader.path(value, "passphrase_file", profile.passphrase_file);
    } else if (key == "node") {
      const toml::array* nodes = value.as_array();
      if (nodes == nullptr || nodes->size() > kNodesMax) {
        reader.complain(value, "node must be a list of at most 128 tables");
        continue;
      }
      for (const toml::node& entry : *nodes) read_node(reader, entry, profile);
    } else {
      reader.complain(value, "unknown key " + std::string(key.str()));
    }
  }
  if (!has_participant) reader.add(1, 1, "participant is missing");
  if (profile.nodes.empty()) reader.add(1, 1, "there is no [[node]] to talk to");
  if (!reader.errors().empty()) return fail(Errc::kConfig, reader.errors());
  return profile;
}

Result<Profile> load_profile(const fs::path& folder) {
  auto text = ledger::read_text_file(folder / "wallet.toml", kProfileBytesMax);
  if (!text) {
    return fail(text.error(), "no wallet in " + folder.string() + " (choose one with --wallet)");
  }
  return parse_profile(*text, folder);
}

std::string profile_text(const Profile& profile) {
  std::ostringstream out;
  const auto quoted = [](const fs::path& path) { return "\"" + path.generic_string() + "\""; };
  out << "# A Huangpu wallet: who signs, with which key, through which nodes.\n"
      << "format_version = " << kProfileFormatVersion << "\n"
      << "participant = " << profile.participant.value() << "\n"
      << "genesis = " << quoted(profile.genesis) << "\n"
      << "certificate = " << quoted(profile.certificate) << "\n"
      << "tls_key = " << quoted(profile.tls_key) << "\n"
      << "default_key = " << quoted(profile.default_key) << "\n";
  if (!profile.passphrase_file.empty())
    out << "passphrase_file = " << quoted(profile.passphrase_file) << "\n";
  for (const ProfileNode& node : profile.nodes) {
    out << "\n[[node]]\naddress = \"" << node.address << "\"\npin = \"" << node.pin.hex() << "\"\n";
  }
  return out.str();
}

Result<ledger::Genesis> load_genesis(const Profile& profile) {
  HP_TRY_ASSIGN(const std::string text, ledger::read_text_file(profile.resolve(profile.genesis),
                                                               ledger::kGenesisTextBytesMax));
  return ledger::parse_genesis(text);
}

fs::path default_profile_folder() {
  if (const char* folder = std::getenv("HUANGPU_WALLET"); folder != nullptr && *folder != '\0')
    return folder;
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : ".") / ".huangpu";
}

}  // namespace huangpu::tools
