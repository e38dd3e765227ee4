#include "node/transport/client_hello.hpp"

#include <cstdint>
#include <optional>

namespace huangpu::node {
namespace {

constexpr std::uint8_t kRecordHandshake = 0x16;
constexpr std::uint8_t kMessageClientHello = 0x01;
constexpr std::uint16_t kExtensionSupportedVersions = 43;
constexpr std::uint16_t kTls13 = 0x0304;
constexpr std::size_t kRecordHeaderBytes = 5;
constexpr std::size_t kMessageHeaderBytes = 4;

// Reads forward; once short, everything after is nullopt or empty.
class Cursor {
 public:
  explicit Cursor(ByteView bytes) : rest_(bytes) {}

  std::optional<std::size_t> number(std::size_t width) {
    if (rest_.size() < width) return std::nullopt;
    std::size_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value = value << 8 | rest_[i];
    rest_ = rest_.subspan(width);
    return value;
  }
  std::optional<ByteView> take(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  // A vector with a length prefix of `width` bytes.
  std::optional<ByteView> vector(std::size_t width) {
    const auto count = number(width);
    return count ? take(*count) : std::nullopt;
  }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  ByteView rest_;
};

bool lists_tls13(ByteView supported_versions) {
  Cursor cursor(supported_versions);
  const auto list = cursor.vector(1);
  if (!list || !cursor.empty()) return false;
  Cursor versions(*list);
  while (const auto version = versions.number(2)) {
    if (*version == kTls13) return true;
  }
  return false;
}

bool offers_tls13(ByteView client_hello) {
  Cursor cursor(client_hello);
  constexpr std::size_t kVersionAndRandomBytes = 2 + 32;
  if (!cursor.take(kVersionAndRandomBytes) || !cursor.vector(1) /* session */ ||
      !cursor.vector(2) /* cipher suites */ || !cursor.vector(1) /* compression */) {
    return false;
  }
  const auto extensions = cursor.vector(2);
  if (!extensions) return false;
  Cursor rest(*extensions);
  while (!rest.empty()) {
    const auto type = rest.number(2);
    const auto body = rest.vector(2);
    if (!type || !body) return false;
    if (*type == kExtensionSupportedVersions) return lists_tls13(*body);
  }
  return false;
}

}  // namespace

Greeting inspect_greeting(ByteView received, bool require_tls13) {
  if (received.size() >= 1 && received[0] != kRecordHandshake) return Greeting::kRefused;
  if (received.size() >= 2 && received[1] != 0x03) return Greeting::kRefused;
  if (received.size() < kRecordHeaderBytes + 1) return Greeting::kNeedMore;

  const std::size_t record_bytes =
      static_cast<std::size_t>(received[3]) << 8 | static_cast<std::size_t>(received[4]);
  if (record_bytes < kMessageHeaderBytes || record_bytes > kGreetingBytesMax - kRecordHeaderBytes) {
    return Greeting::kRefused;
  }
  if (received[kRecordHeaderBytes] != kMessageClientHello) return Greeting::kRefused;
  if (received.size() < kRecordHeaderBytes + record_bytes) return Greeting::kNeedMore;

  Cursor record(received.subspan(kRecordHeaderBytes + 1, record_bytes - 1));
  const auto hello = record.vector(3);
  if (!hello) return Greeting::kRefused;
  if (require_tls13 && !offers_tls13(*hello)) return Greeting::kRefused;
  return Greeting::kAccepted;
}

}  // namespace huangpu::node
