// Every domain tag of the system in one list (SPEC K-22).
//
// A tag is the first thing that is hashed or signed, so that bytes made for one purpose can never
// be read as another's. No tag is a prefix of another (a test holds the list to it). Tree nodes
// need no tag: they start with the bytes 00, 01 or 02, which no tag does.
#pragma once

#include <array>
#include <string_view>

namespace huangpu::crypto::domain {

// Hashed by the ledger.
inline constexpr std::string_view kGenesis = "hp/genesis";    // canonical genesis: chain id
inline constexpr std::string_view kAccount = "hp/account";    // participant, number: account id
inline constexpr std::string_view kTransaction = "hp/tx";     // chain id, body: transaction id
inline constexpr std::string_view kBusiness = "hp/business";  // what a client reference stands for
inline constexpr std::string_view kEntry = "hp/entry";        // head, entry: statement chain
inline constexpr std::string_view kReplay = "hp/replay";      // head, height, ids: replay bucket
inline constexpr std::string_view kReferences = "hp/refs";    // head, height, uses: reference day
inline constexpr std::string_view kSettings = "hp/settings";  // validators and settings of an epoch
inline constexpr std::string_view kJournal = "hp/journal";    // head, height, events: journal day
inline constexpr std::string_view kBatchSet = "hp/settled-set";    // ids of a settlement batch
inline constexpr std::string_view kBatchNets = "hp/settled-nets";  // its positions
inline constexpr std::string_view kArchive = "hp/archive";         // head, record: archive file

// Hashed by consensus.
inline constexpr std::string_view kBlock = "hp/blk";            // block header
inline constexpr std::string_view kBody = "hp/body";            // cut and system items of a block
inline constexpr std::string_view kCut = "hp/cut";              // one tip per lane
inline constexpr std::string_view kBatch = "hp/bat";            // batch header
inline constexpr std::string_view kCommit = "hp/commit";        // commit message
inline constexpr std::string_view kEpoch = "hp/epoch";          // epoch record
inline constexpr std::string_view kValidatorSet = "hp/valset";  // validators of an epoch
inline constexpr std::string_view kParameters = "hp/params";    // consensus parameters
inline constexpr std::string_view kPermutation = "hp/perm";     // epoch start, counter: leaders
inline constexpr std::string_view kEvidence = "hp/evidence";    // proof of a double vote

// Hashed by wallets: lines, records and payer of a part of a payment file.
inline constexpr std::string_view kPayments = "hp/payments";
// Hashed by wallets: the ids of all forms of a transaction file.
inline constexpr std::string_view kTransactionFile = "hp/file/tx";

inline constexpr std::string_view kKeyId = "hp/key-id";  // encoded public key

// Signed.
inline constexpr std::string_view kConsensus = "HP1";               // kind, chain id, epoch, ...
inline constexpr std::string_view kSignTransaction = "hp/sign/tx";  // transaction id

// Signed by nobody who means anything: the speed test of a token.
inline constexpr std::string_view kKeyProbe = "hp/sign/probe";

// Authenticated beside a ciphertext.
inline constexpr std::string_view kKeyFile = "hp/file/key";

inline constexpr std::array kAll = {
    kGenesis,
    kAccount,
    kTransaction,
    kBusiness,
    kEntry,
    kReplay,
    kReferences,
    kSettings,
    kArchive,
    kBlock,
    kBody,
    kCut,
    kBatch,
    kCommit,
    kEpoch,
    kValidatorSet,
    kParameters,
    kPermutation,
    kEvidence,
    kPayments,
    kKeyId,
    kConsensus,
    kSignTransaction,
    kKeyFile,
    kKeyProbe,
    kTransactionFile,
    kJournal,
    kBatchSet,
    kBatchNets,
};

}  // namespace huangpu::crypto::domain
