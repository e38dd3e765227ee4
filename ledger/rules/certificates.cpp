#include "ledger/rules/certificates.hpp"

namespace huangpu::ledger {

ResultCode apply_register_certificate(TxContext& context, const RegisterCertificate& operation) {
  const ResultCode right = check_right(context.actor, ManageCertificates{});
  if (right != ResultCode::kSettled) return right;
  if (!context.actor.roles.has(operation.role)) return ResultCode::kCertificateRoleNotHeld;
  CertificateSlot& slot = context.state.get(operation.pin);
  if (slot.exists) return ResultCode::kCertificateExists;
  CertificateValue& value = context.state.change(slot);
  value.participant = context.actor.participant;
  value.role = operation.role;
  value.active = true;
  value.registered = context.height;
  return ResultCode::kSettled;
}

ResultCode apply_revoke_certificate(TxContext& context, const RevokeCertificate& operation) {
  const ResultCode right = check_right(context.actor, ManageCertificates{});
  if (right != ResultCode::kSettled) return right;
  CertificateSlot& slot = context.state.get(operation.pin);
  if (!slot.exists) return ResultCode::kCertificateUnknown;
  if (slot.value.participant != context.actor.participant) return ResultCode::kCertificateForeign;
  if (!slot.value.active) return ResultCode::kCertificateInactive;
  context.state.change(slot).active = false;
  return ResultCode::kSettled;
}

}  // namespace huangpu::ledger
