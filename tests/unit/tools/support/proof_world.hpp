// A chain of four validators on paper: enough to make true receipts, and then to bend them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "crypto/sign/signer.hpp"
#include "ledger/genesis/genesis.hpp"
#include "tools/verify/receipt_file.hpp"

namespace huangpu::tools::test {

// Keys come from fixed seeds, so that everything here is the same in every run.
[[nodiscard]] std::unique_ptr<crypto::LocalSigner> fixed_signer(std::uint8_t seed);

// Participants CBX (11, issuer of CNY and JPY), BANKA (101), BANKB (102); validators v0..v3.
[[nodiscard]] ledger::Genesis paper_genesis();

struct PaperReceipt {
  std::uint64_t height = 3;
  std::uint64_t certified_height = 3;  // above `height`: the proof carries a history path
  std::vector<std::uint16_t> signers = {0, 1, 3};
};
[[nodiscard]] ReceiptFile paper_receipt(const ledger::Genesis& genesis,
                                        const PaperReceipt& options = {});

}  // namespace huangpu::tools::test
