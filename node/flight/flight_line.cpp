#include "node/flight/flight_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>

namespace huangpu::node {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t kFormat = 1;
constexpr std::array<const char*, 18> kMessages = {
    "",       "proposal",    "vote",     "certificate",     "commit-vote", "commit-certificate",
    "batch",  "acks",        "status",   "get-certificate", "get-blocks",  "get-block",
    "blocks", "get-batches", "evidence", "get-view-report", "view-report", "ready"};

// Appends as far as there is room; the bound is generous, so nothing is ever cut.
class Text {
 public:
  explicit Text(std::span<char> out) : out_(out) {}
  Text& operator<<(std::string_view text) {
    const std::size_t count = std::min(text.size(), out_.size() - size_);
    std::memcpy(out_.data() + size_, text.data(), count);
    size_ += count;
    return *this;
  }
  Text& operator<<(std::uint64_t number) {
    const auto end = std::to_chars(out_.data() + size_, out_.data() + out_.size(), number);
    size_ = static_cast<std::size_t>(end.ptr - out_.data());
    return *this;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
};

std::string clock_text(std::uint64_t wall_ms) {
  const std::time_t seconds = static_cast<std::time_t>(wall_ms / 1'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  std::string fraction = std::to_string(1'000 + wall_ms % 1'000);
  fraction[0] = '.';
  return std::string(text.data(), size) + fraction;
}

// What is shown of a stranger's text: one line without control characters.
std::string shown(const std::string& text) {
  std::string line = text.substr(0, 64);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

std::uint64_t number_in(const ordered_json& line, const char* key) {
  const auto it = line.find(key);
  return it != line.end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
}

std::string text_in(const ordered_json& line, const char* key) {
  const auto it = line.find(key);
  return it != line.end() && it->is_string() ? shown(it->get<std::string>()) : std::string();
}

std::string peer_name(const ordered_json& line, const std::vector<std::string>& validators) {
  const auto it = line.find("peer");
  if (it == line.end() || !it->is_number_unsigned()) return {};
  const std::uint64_t place = it->get<std::uint64_t>();
  return place < validators.size() ? validators[place] : "validator " + std::to_string(place);
}

std::string describe_line(const ordered_json& line, const std::vector<std::string>& validators) {
  const std::string event = text_in(line, "event");
  std::string text = clock_text(number_in(line, "at")) + "  view " +
                     std::to_string(number_in(line, "view")) + "  height " +
                     std::to_string(number_in(line, "height")) + "  " + event;
  const std::string peer = peer_name(line, validators);
  const std::uint64_t detail = number_in(line, "detail");
  if (event == "received" || event == "sent") {
    text += " " + message_name(static_cast<std::uint32_t>(detail)) +
            (event == "received" ? " from " : " to ") + (peer.empty() ? "all" : peer);
  } else {
    if (!peer.empty()) text += " " + peer;
    if (event == "vote-durable") text += " after " + std::to_string(detail) + " ms";
  }
  return text + "\n";
}

}  // namespace

std::string message_name(std::uint32_t detail) {
  if (detail > 0 && detail < kMessages.size()) return kMessages[detail];
  return "message " + std::to_string(detail);
}

std::size_t flight_line(const FlightRecord& record, std::span<char> out) {
  Text text(out);
  text << "{\"at\":" << record.wall_ms << ",\"event\":\"" << to_string(record.event)
       << "\",\"view\":" << record.view << ",\"height\":" << record.height;
  if (record.peer != kNobody) text << ",\"peer\":" << std::uint64_t{record.peer};
  if (record.detail != 0) text << ",\"detail\":" << std::uint64_t{record.detail};
  text << "}\n";
  return text.size();
}

std::string flight_header(const FlightHeader& header) {
  const ordered_json line = {{"flight", kFormat},         {"node", header.node},
                             {"version", header.version}, {"reason", header.reason},
                             {"at", header.wall_ms},      {"validators", header.validators}};
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Result<std::string> describe_flight(std::string_view text) {
  std::string out;
  std::vector<std::string> validators;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view bytes = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto malformed = [&](const char* why) {
      return fail(Errc::kMalformed, "line " + std::to_string(number) + ": " + why);
    };
    // A header names all validators; other lines are short, which also bounds their nesting.
    if (bytes.size() > (number == 1 ? 64u << 10 : kFlightLineBytesMax))
      return malformed("too long for a line of a flight recording");
    const auto line = ordered_json::parse(bytes, nullptr, false);
    if (!line.is_object()) return malformed("no JSON object");
    if (number > 1) {
      out += describe_line(line, validators);
      continue;
    }
    if (!line.contains("flight")) return malformed("no header of a flight recording");
    if (number_in(line, "flight") != kFormat)
      return fail(Errc::kUnsupportedVersion, "flight recording of another format");
    if (const auto names = line.find("validators"); names != line.end() && names->is_array()) {
      for (const ordered_json& name : *names)
        validators.push_back(name.is_string() ? shown(name.get<std::string>()) : std::string());
    }
    out += "node " + text_in(line, "node") + ", version " + text_in(line, "version") +
           ", written at " + clock_text(number_in(line, "at")) +
           " UTC because of: " + text_in(line, "reason") + "\n";
  }
  if (number == 0) return fail(Errc::kMalformed, "the flight recording is empty");
  return out;
}

}  // namespace huangpu::node
