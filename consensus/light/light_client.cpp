#include "consensus/light/light_client.hpp"

#include <utility>

namespace huangpu::consensus {

LightClient::LightClient(ChainContext chain, EpochRecord trusted, const crypto::Verifier& verifier,
                         std::optional<CommitMessage> anchor)
    : chain_(chain),
      record_(std::move(trusted)),
      verifier_(verifier),
      epoch_start_(std::move(anchor)),
      newest_(epoch_start_) {}

Status LightClient::check_order(const CommitMessage& message) const {
  if (epoch_start_ && message.height <= epoch_start_->height) {
    return fail(Errc::kConflict, "light client: the message is not above the epoch's start");
  }
  if (!newest_ || message.height == newest_->height) return {};
  const bool later = message.height > newest_->height;
  const bool time_agrees =
      later ? message.timestamp > newest_->timestamp : message.timestamp < newest_->timestamp;
  if (!time_agrees) {
    return fail(Errc::kConflict, "light client: height and time are not in the same order");
  }
  if (later && newest_->is_boundary() && newest_->epoch == record_.epoch) {
    return fail(Errc::kConflict, "light client: the message lies beyond the end of its epoch");
  }
  return {};
}

Status LightClient::accept(const CommitCertificate& certificate) {
  if (freeze_) return fail(Errc::kConflict, "light client: frozen by two certified messages");
  HP_TRY(verify_commit_certificate({chain_, record_.epoch, record_.set, verifier_}, certificate));
  const CommitMessage& message = certificate.message;
  HP_TRY(check_order(message));
  if (newest_ && certificate_ && message.height == newest_->height) {
    if (message == *newest_) return {};
    freeze_ = Freeze{*certificate_, certificate};
    return fail(Errc::kConflict, "light client: two certified messages for one height");
  }
  if (!newest_ || message.height > newest_->height) {
    newest_ = message;
    certificate_ = certificate;
  }
  return {};
}

Status LightClient::advance(const EpochLink& link) {
  if (freeze_) return fail(Errc::kConflict, "light client: frozen by two certified messages");
  HP_TRY_ASSIGN(EpochRecord next, verify_epoch_link(chain_, verifier_, record_, link));
  if (newest_ && newest_->height > link.boundary.message.height) {
    return fail(Errc::kConflict, "light client: a newer message of the epoch is held");
  }
  HP_TRY(accept(link.boundary));
  record_ = std::move(next);
  epoch_start_ = link.boundary.message;
  return {};
}

}  // namespace huangpu::consensus
