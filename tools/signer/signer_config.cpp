#include "tools/signer/signer_config.hpp"

#include <toml++/toml.h>

#include <functional>
#include <set>
#include <sstream>
#include <utility>

#include "node/config/units.hpp"

namespace huangpu::tools {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kConfigBytesMax = 1 << 20;
constexpr std::size_t kTablesMax = 256;

// One table: reads named values and knows afterwards which names nobody asked for.
class Table {
 public:
  Table(const toml::table& table, std::string name, std::vector<std::string>& errors)
      : table_(table), name_(std::move(name)), errors_(errors) {}

  void text(const char* key, bool needed, const std::function<Status(const std::string&)>& take) {
    const toml::node* const node = find(key, needed);
    if (node == nullptr) return;
    const auto value = node->value_exact<std::string>();
    if (!value) return refuse(*node, key, "must be a text");
    if (const Status taken = take(*value); !taken) refuse(*node, key, taken.error().message);
  }
  void number(const char* key, std::int64_t max, const std::function<void(std::int64_t)>& take) {
    const toml::node* const node = find(key, false);
    if (node == nullptr) return;
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < 0 || *value > max)
      return refuse(*node, key, "must be a whole number up to " + std::to_string(max));
    take(*value);
  }
  void tables(const char* key, const std::function<void(const toml::table&)>& each) {
    const toml::node* const node = find(key, false);
    if (node == nullptr) return;
    const toml::array* const array = node->as_array();
    if (array == nullptr || array->size() > kTablesMax)
      return refuse(*node, key, "must be written as [[" + std::string(key) + "]]");
    for (const toml::node& element : *array) {
      if (const auto* table = element.as_table()) {
        each(*table);
      } else {
        refuse(element, key, "must be written as [[" + std::string(key) + "]]");
      }
    }
  }
  void finish() {
    for (const auto& [key, node] : table_) {
      if (!known_.contains(std::string(key.str())))
        refuse(node, std::string(key.str()).substr(0, 64).c_str(), "is not known");
    }
  }

 private:
  const toml::node* find(const char* key, bool needed) {
    known_.insert(key);
    const toml::node* const node = table_.get(key);
    if (node == nullptr && needed) refuse(table_, key, "is missing");
    return node;
  }
  void refuse(const toml::node& node, const char* key, const std::string& why) {
    std::ostringstream out;
    out << "signer.toml:" << node.source().begin.line << ":" << node.source().begin.column << ": "
        << name_ << key << " " << why;
    errors_.push_back(out.str());
  }

  const toml::table& table_;
  const std::string name_;
  std::vector<std::string>& errors_;
  std::set<std::string> known_;
};

Status take_digest(crypto::Digest& into, const std::string& text) {
  const auto digest = crypto::Digest::parse_hex(text);
  if (!digest) return fail(Errc::kMalformed, "must have 64 hexadecimal digits");
  into = *digest;
  return {};
}

std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

std::string path_text(const fs::path& path, const fs::path& home) {
  const fs::path inside = path.lexically_relative(home);
  const bool below = !inside.empty() && *inside.begin() != "..";
  return quoted((below ? inside : path).string());
}

}  // namespace

Result<SignerConfig> parse_signer_config(std::string_view text, const fs::path& home) {
  if (text.size() > kConfigBytesMax) return fail(Errc::kOutOfRange, "signer.toml is too large");
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    std::ostringstream out;
    out << "signer.toml:" << error.source().begin.line << ": " << error.description();
    return fail(Errc::kConfig, out.str());
  }
  const auto version = root["format_version"].value<std::int64_t>();
  if (!version || *version != 1)
    return fail(Errc::kUnsupportedVersion, "signer.toml: format_version must be 1");

  SignerConfig config;
  std::vector<std::string> errors;
  const auto path = [&home](fs::path& into) {
    return [&into, &home](const std::string& value) -> Status {
      if (value.empty()) return fail(Errc::kMalformed, "must not be empty");
      into = (home / value).lexically_normal();
      return {};
    };
  };
  Table top(root, "", errors);
  top.number("format_version", 1, [](std::int64_t) {});
  top.text("listen", true, [&](const std::string& value) -> Status {
    HP_TRY_ASSIGN(config.listen, node::parse_endpoint(value));
    return {};
  });
  top.text("chain", true, [&](const std::string& v) { return take_digest(config.chain, v); });
  top.text("tls_certificate", true, path(config.tls.certificate));
  top.text("tls_key", true, path(config.tls.key));
  top.text("lease", false, [&](const std::string& value) -> Status {
    HP_TRY_ASSIGN(config.lease, node::parse_duration(value));
    if (config.lease.count() < 1'000 || config.lease.count() > 60'000)
      return fail(Errc::kOutOfRange, "must be 1s to 60s");
    return {};
  });
  top.number("certificate_warning_days", 3'650, [&](std::int64_t value) {
    config.certificate_warning_days = static_cast<std::uint32_t>(value);
  });
  top.tables("key", [&](const toml::table& each) {
    SignerKeyEntry entry;
    Table table(each, "key.", errors);
    table.text("file", true, path(entry.file));
    table.text("passphrase_file", false, path(entry.passphrase_file));
    table.number("passphrase_descriptor", 1'023, [&](std::int64_t value) {
      entry.passphrase_descriptor = static_cast<std::uint32_t>(value);
    });
    table.text("record", true, path(entry.record));
    table.finish();
    config.keys.push_back(std::move(entry));
  });
  top.tables("client", [&](const toml::table& each) {
    SignerClientEntry entry;
    Table table(each, "client.", errors);
    table.text("name", false, [&](const std::string& value) -> Status {
      entry.name = value.substr(0, 64);
      return {};
    });
    table.text("pin", true, [&](const std::string& v) { return take_digest(entry.pin, v); });
    table.finish();
    config.clients.push_back(std::move(entry));
  });
  top.finish();
  if (config.keys.empty()) errors.push_back("signer.toml: no [[key]]");
  std::set<fs::path> records;
  for (const SignerKeyEntry& key : config.keys) {
    if (!records.insert(key.record).second)
      errors.push_back("signer.toml: two keys share the record " + key.record.string());
  }
  if (errors.empty()) return config;
  std::string all;
  for (const std::string& error : errors) all += (all.empty() ? "" : "\n") + error;
  return fail(Errc::kConfig, all);
}

std::string signer_key_text(const SignerKeyEntry& key, const fs::path& home) {
  std::string out = "\n[[key]]\nfile = " + path_text(key.file, home) + "\n";
  if (!key.passphrase_file.empty())
    out += "passphrase_file = " + path_text(key.passphrase_file, home) + "\n";
  if (key.passphrase_descriptor != 0)
    out += "passphrase_descriptor = " + std::to_string(key.passphrase_descriptor) + "\n";
  return out + "record = " + path_text(key.record, home) + "\n";
}

std::string signer_config_text(const SignerConfig& config, const fs::path& home) {
  std::string out =
      "# Configuration of a Huangpu remote signer; docs/operator/keys.md explains it.\n"
      "# Relative paths start at this file's folder.\nformat_version = 1\n";
  out += "listen = " + quoted(to_text(config.listen)) + "\n";
  out += "chain = \"" + config.chain.hex() + "\"\n";
  out += "tls_certificate = " + path_text(config.tls.certificate, home) + "\n";
  out += "tls_key = " + path_text(config.tls.key, home) + "\n";
  out += "lease = \"" + node::duration_text(config.lease) + "\"\n";
  out += "certificate_warning_days = " + std::to_string(config.certificate_warning_days) + "\n";
  for (const SignerKeyEntry& key : config.keys) out += signer_key_text(key, home);
  for (const SignerClientEntry& client : config.clients) {
    out += "\n[[client]]\nname = " + quoted(client.name) + "\npin = \"" + client.pin.hex() + "\"\n";
  }
  return out;
}

}  // namespace huangpu::tools
