// The stateless rules of a transaction body (SPEC L-12): one function, used by the encoder and by
// the decoder.
#pragma once

#include <string_view>

#include "crypto/base/result.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

// kMalformed names the first field that breaks a rule.
[[nodiscard]] Status check_body(const TransactionBody& body);

// 1..kReferenceCharsMax of the ISO 20022 restricted set (A-Z a-z 0-9 / - ? : ( ) . , ' + space), no
// space at either end.
[[nodiscard]] bool is_valid_reference_id(std::string_view id);

}  // namespace huangpu::ledger
