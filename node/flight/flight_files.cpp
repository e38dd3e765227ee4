#include "node/flight/flight_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace huangpu::node {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEnding = ".jsonl";
constexpr const char* kAssertionName = "assertion.jsonl";

bool write_all(int fd, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

// For the handler: everything it needs, made before.
struct AbortPlan {
  const FlightRing* ring = nullptr;
  std::array<char, 4'096> path{};
  std::array<char, 64u << 10> header{};
  std::size_t header_size = 0;
};
AbortPlan abort_plan;

// Only calls that are allowed in a handler. The default action follows: the process still ends.
extern "C" void on_abort(int) {
  const AbortPlan& plan = abort_plan;
  if (plan.ring != nullptr) {
    const int fd = ::open(plan.path.data(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) {
      bool good = write_all(fd, plan.header.data(), plan.header_size);
      plan.ring->visit_unlocked([&](const FlightRecord& record) {
        std::array<char, kFlightLineBytesMax> line{};
        const std::size_t size = flight_line(record, line);
        good = good && write_all(fd, line.data(), size);
      });
      ::close(fd);
    }
  }
}

std::uint64_t age_of(const std::string& name) { return std::strtoull(name.c_str(), nullptr, 10); }

}  // namespace

fs::path flight_folder(const fs::path& data_dir) { return data_dir / "flight"; }

std::vector<std::string> flight_recordings(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (it->path().extension() == kEnding && name != kAssertionName) names.push_back(name);
  }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return std::pair(age_of(a), a) < std::pair(age_of(b), b);
  });
  return names;
}

Status FlightFiles::make_room() const {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (!error) fs::permissions(folder_, fs::perms::owner_all, error);
  const auto names = flight_recordings(folder_);
  for (std::size_t i = 0; !error && i + kFiles <= names.size(); ++i)
    fs::remove(folder_ / names[i], error);
  if (error) return fail(Errc::kIo, folder_.string() + ": " + error.message());
  return {};
}

Result<std::optional<fs::path>> FlightFiles::write(FlightHeader header, bool asked) {
  const std::lock_guard lock(mutex_);
  if (!asked && last_ms_ && header.wall_ms - *last_ms_ < kIntervalMs) return std::nullopt;
  HP_TRY(make_room());
  const auto records = ring_.copy();
  std::string text = flight_header(header);
  text.reserve(text.size() + records.size() * 96);
  std::array<char, kFlightLineBytesMax> line{};
  for (const FlightRecord& record : records) text.append(line.data(), flight_line(record, line));
  const fs::path path = folder_ / (std::to_string(header.wall_ms) + "-" + header.reason + kEnding);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Errc::kIo, path.string() + ": " + std::strerror(errno));
  const bool good = write_all(fd, text.data(), text.size());
  const int reason = errno;
  ::close(fd);
  if (!good) {
    std::error_code ignored;
    fs::remove(path, ignored);  // half a recording takes room and tells little
    return fail(reason == ENOSPC ? Errc::kDiskFull : Errc::kIo,
                path.string() + ": " + std::strerror(reason));
  }
  if (!asked) last_ms_ = header.wall_ms;
  ring_.note({header.wall_ms, 0, 0, 0, kNobody, FlightEvent::kTrouble});
  return path;
}

Status FlightFiles::catch_aborts(const FlightHeader& header) {
  HP_TRY(make_room());
  const std::string path = (folder_ / kAssertionName).string();
  const std::string text = flight_header(header);
  if (path.size() + 1 > abort_plan.path.size() || text.size() > abort_plan.header.size())
    return fail(Errc::kOutOfRange, path + ": too long for the recording of an abort");
  std::memcpy(abort_plan.path.data(), path.c_str(), path.size() + 1);
  std::memcpy(abort_plan.header.data(), text.data(), text.size());
  abort_plan.header_size = text.size();
  abort_plan.ring = &ring_;
  catching_ = true;
  struct sigaction action {};
  action.sa_handler = on_abort;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  if (::sigaction(SIGABRT, &action, nullptr) != 0)
    return fail(Errc::kIo, std::string("handler of aborts: ") + std::strerror(errno));
  return {};
}

FlightFiles::~FlightFiles() {
  if (!catching_) return;
  std::signal(SIGABRT, SIG_DFL);
  abort_plan.ring = nullptr;
}

}  // namespace huangpu::node
