// Writes configuration files and the reference manual from the list of keys (SPEC N-231, N-236).
#include <string>

#include "node/config/config.hpp"
#include "node/config/reference.hpp"
#include "node/config/schema.hpp"
#include "node/config/units.hpp"

namespace huangpu::node {
namespace {

std::string toml_text(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string relative_text(const std::filesystem::path& path, const std::filesystem::path& home) {
  if (path.empty()) return "";
  const auto relative = path.lexically_relative(home);
  const bool below = !relative.empty() && *relative.begin() != "..";
  return (below ? relative : path).string();
}

// Turns each visited key into its value's spelling and its bounds, and hands them to emit().
class Printer : public KeyVisitor {
 public:
  explicit Printer(std::filesystem::path home) : home_(std::move(home)) {}

  void text(const Key& key, std::string& value, std::size_t chars_max) override {
    emit(key, toml_text(value), "text, at most " + std::to_string(chars_max) + " characters");
  }
  void path(const Key& key, std::filesystem::path& value, bool may_be_empty) override {
    emit(key, toml_text(relative_text(value, home_)), may_be_empty ? "path or empty" : "path");
  }
  void endpoint(const Key& key, Endpoint& value) override {
    emit(key, toml_text(to_text(value)), "host:port");
  }
  void count(const Key& key, std::uint32_t& value, std::uint32_t min, std::uint32_t max) override {
    emit(key, std::to_string(value), std::to_string(min) + " to " + std::to_string(max));
  }
  void size(const Key& key, std::uint64_t& bytes, std::uint64_t min, std::uint64_t max) override {
    emit(key, toml_text(size_text(bytes)), size_text(min) + " to " + size_text(max));
  }
  void duration(const Key& key, Milliseconds& value, Milliseconds min, Milliseconds max) override {
    emit(key, toml_text(duration_text(value)), duration_text(min) + " to " + duration_text(max));
  }
  void flag(const Key& key, bool& value) override {
    emit(key, value ? "true" : "false", "true or false");
  }
  void choice(const Key& key, std::uint8_t& value,
              std::span<const std::string_view> names) override {
    std::string list;
    for (const auto name : names) {
      if (!list.empty()) list += ", ";
      list += name;
    }
    emit(key, toml_text(names[value]), list);
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 protected:
  virtual void emit(const Key& key, const std::string& value, const std::string& bounds) = 0;

  std::string out_;

 private:
  std::filesystem::path home_;
};

class FilePrinter final : public Printer {
 public:
  using Printer::Printer;

  void section(std::string_view name, std::string_view meaning) override {
    out_ += "\n# " + std::string(meaning) + "\n[" + std::string(name) + "]\n";
  }
  void raw(const std::string& text) { out_ += text; }

 private:
  void emit(const Key& key, const std::string& value, const std::string&) override {
    out_ += std::string(key.name) + " = " + value + "\n";
  }
};

class ManualPrinter final : public Printer {
 public:
  using Printer::Printer;

  void section(std::string_view name, std::string_view meaning) override {
    out_ += "\n### [" + std::string(name) + "]\n\n" + std::string(meaning) +
            "\n\n| key | default | allowed | meaning |\n|---|---|---|---|\n";
  }

 private:
  void emit(const Key& key, const std::string& value, const std::string& bounds) override {
    out_ += "| `" + std::string(key.name) + "` | `" + value + "` | " + bounds + " | " +
            std::string(key.meaning) + " |\n";
  }
};

}  // namespace

std::string config_text(const NodeConfig& config) {
  auto copy = config;
  FilePrinter printer(config.home);
  printer.raw(
      "# Configuration of a Huangpu node; docs/operator/config.md explains every key.\n"
      "# Relative paths start at the node's home folder. Changes take effect at the next start.\n");
  printer.raw("format_version = " + std::to_string(kConfigFormatVersion) + "\n");
  describe(copy, printer);
  for (auto& identity : copy.limits.identities) {
    printer.raw("\n[[limits.identity]]\npin = \"" + identity.pin.hex() + "\"\nrole = \"" +
                std::string(ledger::role_name(identity.role)) + "\"\n");
    describe_limits(identity.limits, printer);
  }
  for (const auto& peer : copy.peers.validators) {
    printer.raw("\n[[peers.validator]]\nindex = " + std::to_string(peer.index) +
                "\nendpoint = " + toml_text(to_text(peer.endpoint)) + "\n");
    if (peer.next_tls_pin) printer.raw("next_tls_pin = \"" + peer.next_tls_pin->hex() + "\"\n");
  }
  return printer.take();
}

std::string next_key_text(const NodeConfig& config) {
  auto copy = config.signer.next;
  FilePrinter printer(config.home);
  describe_next_key(copy, printer);
  return printer.take();
}

std::string config_reference() {
  auto config = default_config("/");
  ManualPrinter printer(config.home);
  describe(config, printer);
  return printer.take();
}

}  // namespace huangpu::node
