#include "tests/support/fault_file_system.hpp"

#include <algorithm>
#include <optional>
#include <random>

#include "crypto/base/assert.hpp"

namespace huangpu::test {

namespace {

constexpr std::uint64_t kSectorBytes = 512;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

void put(Bytes& target, std::uint64_t offset, ByteView bytes) {
  if (target.size() < offset + bytes.size()) target.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(), target.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

struct FaultFileSystem::State {
  struct Write {
    std::uint64_t offset = 0;
    Bytes bytes;
  };
  struct Node {
    Bytes seen;
    Bytes platter;
    std::vector<Write> unsynced;
    std::optional<std::uint64_t> unsynced_size;  // a truncation not yet on the platter
    bool lost = false;  // a failed sync called bytes clean that the platter does not have

    bool clean() const { return unsynced.empty() && !unsynced_size && !lost; }
  };
  struct Fault {
    Operation operation;
    Errc code;
    std::uint64_t skip;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  mutable std::mutex mutex;
  Names names;          // what programs see
  Names platter_names;  // what a power cut leaves
  std::set<std::string> directories;
  std::set<std::string> locks;
  std::vector<Fault> faults;
  std::uint64_t capacity_bytes = ~0ULL;
  std::uint64_t generation = 0;
  std::uint64_t syncs = 0;

  std::optional<Error> fault(Operation operation, const std::string& path) {
    for (auto it = faults.begin(); it != faults.end(); ++it) {
      if (it->operation != operation) continue;
      if (it->skip > 0) {
        --it->skip;
        return std::nullopt;
      }
      const Error error{it->code, path + ": injected fault"};
      faults.erase(it);
      return error;
    }
    return std::nullopt;
  }

  std::uint64_t used_bytes() const {
    std::uint64_t total = 0;
    for (const auto& [name, node] : names) total += node->seen.size();
    return total;
  }

  static void write(Node& node, std::uint64_t offset, Bytes bytes) {
    put(node.seen, offset, bytes);
    node.unsynced.push_back({offset, std::move(bytes)});
  }

  static void settle(Node& node, Crash kind, std::mt19937_64& rng) {
    // A dead process loses nothing that it had written: the page cache is the kernel's.
    if (kind == Crash::kKillProcess || node.clean()) return;
    Bytes left = node.platter;
    if (kind != Crash::kLoseUnsynced && node.unsynced_size) left.resize(*node.unsynced_size);
    if (kind == Crash::kTearLastWrite) {
      for (std::size_t i = 0; i < node.unsynced.size(); ++i) {
        const Write& write = node.unsynced[i];
        const bool last = i + 1 == node.unsynced.size();
        const std::size_t kept = last ? rng() % (write.bytes.size() + 1) : write.bytes.size();
        put(left, write.offset, ByteView(write.bytes).first(kept));
      }
    } else if (kind == Crash::kScatterSectors) {
      for (const Write& write : node.unsynced) {
        for (std::uint64_t at = 0; at < write.bytes.size();) {
          const std::uint64_t sector_end = ((write.offset + at) / kSectorBytes + 1) * kSectorBytes;
          const std::uint64_t end =
              std::min<std::uint64_t>(write.bytes.size(), sector_end - write.offset);
          if (rng() % 2 == 0)
            put(left, write.offset + at, ByteView(write.bytes).subspan(at, end - at));
          at = end;
        }
      }
    }
    node.platter = left;
    node.seen = std::move(left);
    node.unsynced.clear();
    node.unsynced_size.reset();
    node.lost = false;
  }
};

class FaultFileSystem::OpenFile final : public ledger::File {
 public:
  OpenFile(std::shared_ptr<State> state, std::shared_ptr<State::Node> node, std::string path,
           bool writable)
      : state_(std::move(state)),
        node_(std::move(node)),
        path_(std::move(path)),
        writable_(writable),
        generation_(state_->generation) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    const std::lock_guard lock(state_->mutex);
    HP_TRY(alive());
    if (auto error = state_->fault(Operation::kRead, path_)) return tl::unexpected(*error);
    if (offset >= node_->seen.size()) return std::size_t{0};
    const ByteView rest = ByteView(node_->seen).subspan(offset);
    const std::size_t count = std::min(rest.size(), into.size());
    std::copy_n(rest.begin(), count, into.begin());
    return count;
  }

  Status write_at(std::uint64_t offset, std::span<const ByteView> parts) override {
    const std::lock_guard lock(state_->mutex);
    HP_TRY(alive());
    HP_ASSERT(writable_, "a test wrote to a file opened for reading");
    Bytes bytes;
    for (const ByteView part : parts) append(bytes, part);
    if (auto error = state_->fault(Operation::kWrite, path_)) {
      bytes.resize(bytes.size() / 2);
      State::write(*node_, offset, std::move(bytes));
      return tl::unexpected(*error);
    }
    const std::uint64_t end = offset + bytes.size();
    const std::uint64_t growth = end > node_->seen.size() ? end - node_->seen.size() : 0;
    const std::uint64_t used = state_->capacity_bytes == ~0ULL ? 0 : state_->used_bytes();
    const std::uint64_t free = state_->capacity_bytes > used ? state_->capacity_bytes - used : 0;
    if (growth > free) {
      const std::uint64_t fits =
          bytes.size() - std::min<std::uint64_t>(bytes.size(), growth - free);
      bytes.resize(fits);
      State::write(*node_, offset, std::move(bytes));
      return fail(Errc::kDiskFull, path_ + ": no space left");
    }
    State::write(*node_, offset, std::move(bytes));
    return {};
  }

  Status sync() override {
    const std::lock_guard lock(state_->mutex);
    HP_TRY(alive());
    ++state_->syncs;
    if (auto error = state_->fault(Operation::kSync, path_)) {
      node_->unsynced.clear();
      node_->lost = true;
      return tl::unexpected(*error);
    }
    // Only what is dirty reaches the platter: bytes that a failed sync called clean do not.
    if (node_->unsynced_size) node_->platter.resize(*node_->unsynced_size);
    for (const State::Write& write : node_->unsynced)
      put(node_->platter, write.offset, write.bytes);
    node_->unsynced.clear();
    node_->unsynced_size.reset();
    return {};
  }

  Status truncate(std::uint64_t size_bytes) override {
    const std::lock_guard lock(state_->mutex);
    HP_TRY(alive());
    if (auto error = state_->fault(Operation::kTruncate, path_)) return tl::unexpected(*error);
    node_->seen.resize(size_bytes);
    node_->unsynced_size = size_bytes;
    for (State::Write& write : node_->unsynced) {
      const std::uint64_t room = size_bytes > write.offset ? size_bytes - write.offset : 0;
      if (write.bytes.size() > room) write.bytes.resize(room);
    }
    return {};
  }

  Result<std::uint64_t> size_bytes() const override {
    const std::lock_guard lock(state_->mutex);
    HP_TRY(alive());
    return node_->seen.size();
  }

 private:
  Status alive() const {
    if (generation_ == state_->generation) return {};
    return fail(Errc::kIo, path_ + ": opened before the crash");
  }

  std::shared_ptr<State> state_;
  std::shared_ptr<State::Node> node_;
  std::string path_;
  bool writable_;
  std::uint64_t generation_;
};

class FaultFileSystem::HeldLock final : public ledger::FileLock {
 public:
  HeldLock(std::shared_ptr<State> state, std::string path)
      : state_(std::move(state)), path_(std::move(path)), generation_(state_->generation) {}
  ~HeldLock() override {
    const std::lock_guard lock(state_->mutex);
    if (generation_ == state_->generation) state_->locks.erase(path_);
  }

 private:
  std::shared_ptr<State> state_;
  std::string path_;
  std::uint64_t generation_;
};

FaultFileSystem::FaultFileSystem() : state_(std::make_shared<State>()) {}
FaultFileSystem::~FaultFileSystem() = default;

Result<std::unique_ptr<ledger::File>> FaultFileSystem::open(const std::string& path,
                                                            ledger::OpenMode mode) {
  const std::lock_guard lock(state_->mutex);
  if (auto error = state_->fault(Operation::kOpen, path)) return tl::unexpected(*error);
  auto it = state_->names.find(path);
  if (mode == ledger::OpenMode::kCreateNew) {
    if (it != state_->names.end()) return fail(Errc::kAlreadyExists, path + ": exists");
    if (!state_->directories.contains(directory_of(path))) {
      return fail(Errc::kNotFound, path + ": no such directory");
    }
    it = state_->names.emplace(path, std::make_shared<State::Node>()).first;
  } else if (it == state_->names.end()) {
    return fail(Errc::kNotFound, path + ": no such file");
  }
  return std::make_unique<OpenFile>(state_, it->second, path, mode != ledger::OpenMode::kRead);
}

Result<std::vector<std::string>> FaultFileSystem::list(const std::string& directory) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->directories.contains(directory)) {
    return fail(Errc::kNotFound, directory + ": no such directory");
  }
  std::vector<std::string> found;
  for (const auto& [path, node] : state_->names) {
    if (directory_of(path) == directory) found.push_back(path.substr(directory.size() + 1));
  }
  return found;
}

Status FaultFileSystem::create_directories(const std::string& directory) {
  const std::lock_guard lock(state_->mutex);
  for (std::size_t slash = 0; slash != std::string::npos;) {
    slash = directory.find('/', slash + 1);
    state_->directories.insert(directory.substr(0, slash));
  }
  return {};
}

Status FaultFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  if (auto error = state_->fault(Operation::kRemove, path)) return tl::unexpected(*error);
  if (state_->names.erase(path) == 0) return fail(Errc::kNotFound, path + ": no such file");
  return {};
}

Status FaultFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  if (auto error = state_->fault(Operation::kRename, from)) return tl::unexpected(*error);
  const auto it = state_->names.find(from);
  if (it == state_->names.end()) return fail(Errc::kNotFound, from + ": no such file");
  const auto node = it->second;
  state_->names.erase(it);
  state_->names[to] = node;
  return {};
}

Result<bool> FaultFileSystem::exists(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  return state_->names.contains(path) || state_->directories.contains(path);
}

Status FaultFileSystem::sync_directory(const std::string& directory) {
  const std::lock_guard lock(state_->mutex);
  if (auto error = state_->fault(Operation::kSyncDirectory, directory)) {
    return tl::unexpected(*error);
  }
  const auto in_directory = [&](const auto& entry) {
    return directory_of(entry.first) == directory;
  };
  std::erase_if(state_->platter_names, in_directory);
  for (const auto& entry : state_->names) {
    if (in_directory(entry)) state_->platter_names.insert(entry);
  }
  return {};
}

Result<std::unique_ptr<ledger::FileLock>> FaultFileSystem::lock(const std::string& path) {
  const std::lock_guard guard(state_->mutex);
  if (!state_->directories.contains(directory_of(path))) {
    return fail(Errc::kNotFound, path + ": no such directory");
  }
  if (!state_->locks.insert(path).second) {
    return fail(Errc::kAlreadyRunning, path + ": another process holds this folder");
  }
  return std::make_unique<HeldLock>(state_, path);
}

void FaultFileSystem::crash(Crash kind, std::uint64_t seed) {
  const std::lock_guard lock(state_->mutex);
  std::mt19937_64 rng(seed);
  if (kind != Crash::kKillProcess) {
    State::Names survivors = state_->platter_names;
    // A name that was never synced may have reached the platter all the same.
    if (kind == Crash::kScatterSectors) {
      for (const auto& entry : state_->names) {
        if (rng() % 2 == 0) survivors.insert(entry);
      }
    }
    state_->names = survivors;
    state_->platter_names = std::move(survivors);
  }
  for (const auto& [path, node] : state_->names) State::settle(*node, kind, rng);
  state_->locks.clear();
  state_->faults.clear();
  ++state_->generation;
}

void FaultFileSystem::fail_next(Operation operation, Errc code, std::uint64_t skip) {
  const std::lock_guard lock(state_->mutex);
  state_->faults.push_back({operation, code, skip});
}

void FaultFileSystem::set_capacity_bytes(std::uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->capacity_bytes = bytes;
}

Bytes FaultFileSystem::contents(const std::string& path) const {
  const std::lock_guard lock(state_->mutex);
  return state_->names.at(path)->seen;
}

void FaultFileSystem::set_contents(const std::string& path, ByteView bytes) {
  const std::lock_guard lock(state_->mutex);
  auto& node = state_->names[path];
  if (!node) node = std::make_shared<State::Node>();
  node->seen = to_bytes(bytes);
  node->platter = node->seen;
  node->unsynced.clear();
  node->unsynced_size.reset();
  node->lost = false;
  state_->platter_names[path] = node;
  state_->directories.insert(directory_of(path));
}

void FaultFileSystem::flip_bit(const std::string& path, std::uint64_t bit) {
  Bytes bytes = contents(path);
  bytes.at(bit / 8) = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
  set_contents(path, bytes);
}

void FaultFileSystem::erase(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  state_->names.erase(path);
  state_->platter_names.erase(path);
}

std::vector<std::string> FaultFileSystem::paths() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> found;
  for (const auto& [path, node] : state_->names) found.push_back(path);
  return found;
}

std::uint64_t FaultFileSystem::sync_count() const {
  const std::lock_guard lock(state_->mutex);
  return state_->syncs;
}

}  // namespace huangpu::test
