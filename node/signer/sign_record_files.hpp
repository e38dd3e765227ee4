// The files of a signing record: what this key signed, on disk before it is signed (SPEC
// N-310..N-312).
//
//   <folder>/<number>.signed   preallocated; the highest complete number counts
//   <folder>/lock
//
// Made once, with `huangpu-signer init`; without a record the signer does not start. When a file is
// full a new one begins with everything the guard remembers and the old one is deleted.
//
// Thread: one at a time. Every error is final: after a failed append nothing is signed any more and
// the process ends, as a later success of the disk proves nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "consensus/safety/sign_record.hpp"
#include "ledger/store/file_system.hpp"

namespace huangpu::node {

class SignRecordFiles {
 public:
  struct Place {
    std::string folder;
    crypto::Digest genesis;
    crypto::KeyId key;
    std::uint64_t file_bytes = 8u << 20;
  };

  // kAlreadyExists when the folder holds a record: what a key signed is never forgotten on purpose.
  [[nodiscard]] static Status create(ledger::FileSystem& files, const Place& place);
  // kGuard: no record, or that of another key; kCorrupt: damaged; kAlreadyRunning: locked.
  [[nodiscard]] static Result<std::unique_ptr<SignRecordFiles>> open(ledger::FileSystem& files,
                                                                     Place place);

  [[nodiscard]] const consensus::SignGuard& guard() const { return guard_; }
  // Durable when it returns; the guard knows them afterwards. Each was judged kNew, and no two of
  // them contradict each other.
  [[nodiscard]] Status append(std::span<const consensus::SigningRequest> statements);
  // Bytes of an unfinished write found at open; for the log.
  [[nodiscard]] std::size_t torn_bytes() const { return torn_bytes_; }

 private:
  SignRecordFiles(ledger::FileSystem& files, Place place)
      : files_(files), place_(std::move(place)), guard_(place_.genesis) {}
  [[nodiscard]] Status write_new_file(std::uint64_t number);
  [[nodiscard]] Status write(std::span<const consensus::SigningRequest> statements);
  [[nodiscard]] std::string path(std::uint64_t number) const;

  ledger::FileSystem& files_;
  const Place place_;
  consensus::SignGuard guard_;
  std::unique_ptr<ledger::FileLock> lock_;
  std::unique_ptr<ledger::File> file_;
  std::uint64_t number_ = 0;
  std::uint64_t next_seq_ = 1;
  std::uint64_t offset_ = 0;
  std::uint64_t capacity_ = 0;
  std::size_t torn_bytes_ = 0;
  bool failed_ = false;
};

}  // namespace huangpu::node
