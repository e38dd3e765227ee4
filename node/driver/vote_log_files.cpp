#include "node/driver/vote_log_files.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "crypto/base/mutant.hpp"
#include "crypto/random/random.hpp"

namespace huangpu::node {

namespace {

constexpr std::uint64_t kReadBytesMax =
    1u << 30;  // of all segments together; the floor keeps far below it

std::string segment_name(std::uint64_t number) {
  char name[32];
  std::snprintf(name, sizeof(name), "%012llu.votes", static_cast<unsigned long long>(number));
  return name;
}

// Only names that this class gives; whatever else lies in the folder is not a segment.
std::optional<std::uint64_t> segment_number(const std::string& name) {
  unsigned long long number = 0;
  if (std::sscanf(name.c_str(), "%llu", &number) != 1 || segment_name(number) != name) return {};
  return number;
}

std::string sign_state_path(const std::string& dir, consensus::SignStateSlot slot) {
  return dir + (slot == consensus::SignStateSlot::kA ? "/a.sign-state" : "/b.sign-state");
}

Result<Bytes> read_whole(const ledger::File& file, std::uint64_t bytes_max,
                         const std::string& path) {
  HP_TRY_ASSIGN(const std::uint64_t size, file.size_bytes());
  if (size > bytes_max) return fail(Errc::kCorrupt, path + ": larger than any file of this kind");
  Bytes bytes(size);
  HP_TRY_ASSIGN(const std::size_t read, file.read_at(0, bytes));
  bytes.resize(read);
  return bytes;
}

Status write_zeros(ledger::File& file, std::uint64_t from, std::uint64_t to) {
  const Bytes zeros(std::min<std::uint64_t>(1u << 20, to > from ? to - from : 0), 0);
  while (from < to) {
    const std::uint64_t count = std::min<std::uint64_t>(zeros.size(), to - from);
    const ByteView part(zeros.data(), count);
    HP_TRY(file.write_at(from, std::span(&part, 1)));
    from += count;
  }
  return {};
}

}  // namespace

Result<VoteLogFiles::Opened> VoteLogFiles::open(ledger::FileSystem& files, VoteLogPlace place,
                                                LanePosition own_lane_position) {
  std::unique_ptr<VoteLogFiles> log(new VoteLogFiles(files, std::move(place)));
  bool exists = false;
  for (const auto slot : {consensus::SignStateSlot::kA, consensus::SignStateSlot::kB}) {
    HP_TRY_ASSIGN(const bool found,
                  files.exists(sign_state_path(log->place_.sign_state_dir, slot)));
    exists |= found;
  }
  if (!exists) {
    return fail(Errc::kGuard,
                log->place_.sign_state_dir +
                    ": no sign-state files. They are made together with the key and never again: "
                    "without them nothing tells what this key has signed");
  }
  HP_TRY_ASSIGN(log->lock_, files.lock(log->place_.sign_state_dir + "/lock"));

  std::optional<Bytes> sign_state[2];
  for (const auto slot : {consensus::SignStateSlot::kA, consensus::SignStateSlot::kB}) {
    const std::string path = sign_state_path(log->place_.sign_state_dir, slot);
    auto file = files.open(path, ledger::OpenMode::kReadWrite);
    if (!file) {
      if (file.error().code == Errc::kNotFound) continue;
      return tl::unexpected(file.error());
    }
    HP_TRY_ASSIGN(Bytes bytes, read_whole(**file, 1u << 20, path));
    const auto state = consensus::decode_sign_state(bytes);
    if (!state && state.error().code == Errc::kUnsupportedVersion)
      return fail(Errc::kUnsupportedVersion, path + ": " + state.error().message);
    sign_state[static_cast<std::size_t>(slot)] = std::move(bytes);
    log->sign_state_[static_cast<std::size_t>(slot)] = std::move(*file);
  }

  const std::string dir =
      log->place_.votes_dir + "/epoch-" + std::to_string(log->place_.epoch.value());
  HP_TRY(files.create_directories(dir));
  HP_TRY_ASSIGN(auto names, files.list(dir));
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : names) {
    if (const auto number = segment_number(name)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());

  std::vector<Bytes> contents;
  std::vector<std::unique_ptr<ledger::File>> open_files;
  std::uint64_t total = 0;
  for (const std::uint64_t number : numbers) {
    const std::string path = log->segment_path(number);
    HP_TRY_ASSIGN(auto file, files.open(path, ledger::OpenMode::kReadWrite));
    HP_TRY_ASSIGN(Bytes bytes, read_whole(*file, kReadBytesMax - total, path));
    total += bytes.size();
    contents.push_back(std::move(bytes));
    log->segments_.push_back({path, View{0}});
    open_files.push_back(std::move(file));
  }

  consensus::ReplayInput input;
  input.chain = log->place_.chain;
  input.key = log->place_.key;
  input.epoch = log->place_.epoch;
  for (const Bytes& bytes : contents) input.segments.emplace_back(bytes);
  for (std::size_t i = 0; i < 2; ++i) {
    auto& slot = i == 0 ? input.sign_state_a : input.sign_state_b;
    if (sign_state[i]) slot = ByteView(*sign_state[i]);
  }
  input.own_lane_position = own_lane_position;

  Opened opened;
  opened.replay = consensus::replay(input);
  if (opened.replay.verdict.kind == consensus::Verdict::Kind::kRefuse) {
    opened.files = std::move(log);
    return opened;
  }

  for (const auto& repair : opened.replay.repairs) {
    Bytes& bytes = contents[repair.segment];
    bytes.resize(std::max(bytes.size(), repair.to + repair.size_bytes));
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(repair.from), repair.size_bytes,
                bytes.begin() + static_cast<std::ptrdiff_t>(repair.to));
    const ByteView copy = ByteView(bytes).subspan(repair.to, repair.size_bytes);
    HP_TRY(open_files[repair.segment]->write_at(repair.to, std::span(&copy, 1)));
    HP_TRY(open_files[repair.segment]->sync());
  }

  // Which views an old segment holds is not worth remembering: the highest of all is a safe answer.
  View highest{0};
  for (const auto& [view, votes] : opened.replay.restored.votes) highest = std::max(highest, view);
  for (Segment& segment : log->segments_) segment.highest_view = highest;

  if (opened.replay.new_segment) {
    log->next_number_ = opened.replay.segment_number;
    log->nonce_ = crypto::random::u64();
    // A file of that number or above was begun and never finished; it is begun again.
    while (!log->segments_.empty() && numbers[log->segments_.size() - 1] >= log->next_number_) {
      log->segments_.pop_back();
    }
  } else {
    const std::size_t index = opened.replay.segment_index;
    log->next_number_ = numbers[index] + 1;
    log->nonce_ = opened.replay.segment_nonce;
    log->offset_ = opened.replay.offset;
    log->capacity_ = contents[index].size();
    log->segment_ = std::move(open_files[index]);
    // What lies behind it was begun and never written to; it is begun again when it is needed.
    log->segments_.resize(index + 1);
    // After a failed sync the page cache may show what the disk does not hold, and no later sync
    // brings it there. Votes found here are about to be sent, so they are written again.
    const ByteView found = ByteView(contents[index]).first(log->offset_);
    HP_TRY(log->segment_->write_at(0, std::span(&found, 1)));
    // What an unfinished write left behind must not be found behind a later frame.
    HP_TRY(write_zeros(*log->segment_, log->offset_, log->capacity_));
    HP_TRY(log->segment_->sync());
    HP_TRY(files.sync_directory(dir));
  }
  opened.files = std::move(log);
  return opened;
}

Status VoteLogFiles::create_sign_state(ledger::FileSystem& files, const std::string& sign_state_dir,
                                       const crypto::Digest& genesis, const crypto::KeyId& key) {
  HP_TRY(files.create_directories(sign_state_dir));
  const consensus::SignStatePair pair = consensus::initial_sign_state(genesis, key);
  for (const auto slot : {consensus::SignStateSlot::kA, consensus::SignStateSlot::kB}) {
    HP_TRY_ASSIGN(const auto file,
                  files.open(sign_state_path(sign_state_dir, slot), ledger::OpenMode::kCreateNew));
    const ByteView bytes(slot == consensus::SignStateSlot::kA ? pair.a : pair.b);
    HP_TRY(file->write_at(0, std::span(&bytes, 1)));
    HP_TRY(file->sync());
  }
  return files.sync_directory(sign_state_dir);
}

std::string VoteLogFiles::segment_path(std::uint64_t number) const {
  return place_.votes_dir + "/epoch-" + std::to_string(place_.epoch.value()) + "/" +
         segment_name(number);
}

Status VoteLogFiles::begin_segment(std::uint64_t first_seq, std::uint64_t bytes_needed) {
  const std::string path = segment_path(next_number_);
  // A file of this number can only be one whose beginning was interrupted.
  HP_TRY_ASSIGN(const bool begun, files_.exists(path));
  if (begun) HP_TRY(files_.remove(path));
  HP_TRY_ASSIGN(auto file, files_.open(path, ledger::OpenMode::kCreateNew));
  consensus::SegmentHeader header;
  header.genesis = place_.chain.genesis;
  header.key = place_.key;
  header.epoch = place_.epoch;
  header.number = next_number_;
  header.first_seq = first_seq;
  header.nonce = nonce_;
  const Bytes block = consensus::encode_segment_header(header);
  const ByteView part(block);
  const std::uint64_t capacity =
      std::max<std::uint64_t>(place_.segment_bytes, block.size() + bytes_needed);
  HP_TRY(file->write_at(0, std::span(&part, 1)));
  // Zeroed in advance: syncing a frame then writes its blocks and no file size.
  HP_TRY(write_zeros(*file, block.size(), capacity));
  HP_TRY(file->sync());
  HP_TRY(
      files_.sync_directory(place_.votes_dir + "/epoch-" + std::to_string(place_.epoch.value())));
  segments_.push_back({path, View{0}});
  segment_ = std::move(file);
  offset_ = block.size();
  capacity_ = capacity;
  ++next_number_;
  return {};
}

Status VoteLogFiles::append(const consensus::FrameBody& frame) {
  if (append_failed_) return fail(Errc::kIo, "the vote log failed before; nothing more is signed");
  // After a failed sync nobody knows what is on disk, and a later one that succeeds proves nothing.
  append_failed_ = true;
  HP_TRY(append_and_sync(frame));
  append_failed_ = false;
  return {};
}

Status VoteLogFiles::append_and_sync(const consensus::FrameBody& frame) {
  if (segment_ == nullptr || offset_ + frame.sealed_bytes() > capacity_) {
    HP_TRY(begin_segment(frame.seq, frame.sealed_bytes()));
  }
  const Bytes sealed = consensus::seal_frame(frame, nonce_);
  const ByteView part(sealed);
  HP_TRY(segment_->write_at(offset_, std::span(&part, 1)));
  if (Status synced = segment_->sync(); !synced && !HP_MUTANT(4)) return synced;
  offset_ += sealed.size();
  segments_.back().highest_view = std::max(segments_.back().highest_view, frame.highest_view);
  return frame.floor > View{0} ? drop_below(frame.floor) : Status{};
}

Status VoteLogFiles::drop_below(View floor) {
  bool dropped = false;
  while (segments_.size() > 1 && segments_.front().highest_view <= floor) {
    HP_TRY(files_.remove(segments_.front().path));
    segments_.pop_front();
    dropped = true;
  }
  return dropped ? files_.sync_directory(place_.votes_dir + "/epoch-" +
                                         std::to_string(place_.epoch.value()))
                 : Status{};
}

Status VoteLogFiles::write(const consensus::SignStateWrite& write) {
  auto& file = sign_state_[static_cast<std::size_t>(write.slot)];
  if (file == nullptr) {
    // One of the two was unreadable at start and is made anew; the other one still stands.
    HP_TRY_ASSIGN(file, files_.open(sign_state_path(place_.sign_state_dir, write.slot),
                                    ledger::OpenMode::kCreateNew));
    HP_TRY(files_.sync_directory(place_.sign_state_dir));
  }
  const ByteView part(write.bytes);
  HP_TRY(file->write_at(0, std::span(&part, 1)));
  return file->sync();
}

// SPEC N-351.
Status VoteLogFiles::drop_earlier_epochs() {
  HP_TRY_ASSIGN(const auto names, files_.list(place_.votes_dir));
  for (const std::string& name : names) {
    unsigned long long epoch = 0;
    if (std::sscanf(name.c_str(), "epoch-%llu", &epoch) != 1 ||
        name != "epoch-" + std::to_string(epoch) || epoch >= place_.epoch.value()) {
      continue;
    }
    const std::string dir = place_.votes_dir + "/" + name;
    HP_TRY_ASSIGN(const auto segments, files_.list(dir));
    for (const std::string& segment : segments) {
      if (segment_number(segment)) HP_TRY(files_.remove(dir + "/" + segment));
    }
    HP_TRY(files_.sync_directory(dir));
  }
  return {};
}

}  // namespace huangpu::node
