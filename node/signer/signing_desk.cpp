#include "node/signer/signing_desk.hpp"

#include <optional>
#include <utility>

namespace huangpu::node {

using consensus::SignGuard;
using consensus::SigningRequest;

SigningDesk::SigningDesk(std::unique_ptr<crypto::Signer> key,
                         std::unique_ptr<SignRecordFiles> record, std::uint64_t lease_ms,
                         std::function<void(const Error&)> failed)
    : key_(std::move(key)),
      record_(std::move(record)),
      lease_(lease_ms),
      failed_(std::move(failed)) {}

Status SigningDesk::attach(const crypto::Digest& genesis, ByteView instance,
                           const std::string& name, std::uint64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (genesis != record_->guard().genesis())
    return fail(Errc::kWrongChain, "this signer's key belongs to another chain");
  return lease_.take(instance, name, now_ms);
}

Result<std::vector<Result<crypto::Signature>>> SigningDesk::sign(
    ByteView instance, std::span<const SigningRequest> statements, std::uint64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (broken_)
    return fail(Errc::kIo, "the signing record failed; nothing is signed until a restart");
  HP_TRY(lease_.renew(instance, now_ms));

  // Statements of one request must not contradict each other either.
  SignGuard together(record_->guard().genesis());
  std::vector<SigningRequest> fresh;
  std::vector<std::optional<Error>> refusals(statements.size());
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const auto known = record_->guard().judge(statements[i]);
    if (!known) {
      refusals[i] = known.error();
    } else if (*known == SignGuard::Judgement::kNew) {
      const auto among = together.judge(statements[i]);
      if (!among) {
        refusals[i] = among.error();
      } else if (*among == SignGuard::Judgement::kNew) {
        together.add(statements[i]);
        fresh.push_back(statements[i]);
      }
    }
  }
  if (!fresh.empty()) {  // SPEC N-310: written down and synced first
    if (const Status written = record_->append(fresh); !written) {
      broken_ = true;
      failed_(written.error());
      return fail(Errc::kIo, "the signing record failed: nothing is signed");
    }
  }
  std::vector<Result<crypto::Signature>> results;
  results.reserve(statements.size());
  for (std::size_t i = 0; i < statements.size(); ++i) {
    if (refusals[i]) {
      ++refused_;
      results.emplace_back(tl::unexpected<Error>(*refusals[i]));
      continue;
    }
    results.push_back(key_->sign(statements[i].message()));
    signatures_ += results.back() ? 1U : 0U;
  }
  return results;
}

DeskStatistics SigningDesk::statistics() const {
  const std::lock_guard lock(mutex_);
  return {signatures_, refused_, record_->guard().highest_view(), record_->guard().newest_epoch(),
          lease_.holder()};
}

}  // namespace huangpu::node
