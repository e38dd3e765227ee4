// Every domain tag of the system in one list (SPEC K-22).
//
// A tag is the first thing that is hashed or signed, so that bytes made for one purpose can never
// be read as another's. No tag is a prefix of another (a test holds the list to it). Tree nodes
// need no tag: they start with the bytes 00, 01 or 02, which no tag does.
#pragma once

#include <array>
#include <string_view>

namespace huangpu::crypto::domain {

// Hashed.
inline constexpr std::string_view kGenesis = "hp/genesis";  // ‖ canonical genesis -> chain id
inline constexpr std::string_view kAccount = "hp/account";  // ‖ participant ‖ number -> account id
inline constexpr std::string_view kTransaction = "hp/tx";  // ‖ chain id ‖ body -> transaction id
inline constexpr std::string_view kEntry = "hp/entry";     // ‖ head ‖ entry -> statement chain
inline constexpr std::string_view kBlock = "hp/blk";       // ‖ block header -> block hash
inline constexpr std::string_view kBody = "hp/body";       // ‖ cut and system items -> body root
inline constexpr std::string_view kCut = "hp/cut";         // ‖ lane tips -> cut root
inline constexpr std::string_view kBatch = "hp/bat";       // ‖ batch header -> batch digest
inline constexpr std::string_view kCommit = "hp/commit";   // ‖ commit message -> its digest
inline constexpr std::string_view kEpoch = "hp/epoch";     // ‖ epoch record -> its digest
inline constexpr std::string_view kValidatorSet = "hp/valset";  // ‖ validators -> part of kEpoch
inline constexpr std::string_view kParameters = "hp/params";    // ‖ parameters -> part of kEpoch
inline constexpr std::string_view kBusiness = "hp/business";    // ‖ instruction -> its digest
inline constexpr std::string_view kReplay = "hp/replay";    // ‖ head ‖ height ‖ ids -> head
inline constexpr std::string_view kReferences = "hp/refs";  // ‖ head ‖ height ‖ uses -> head
inline constexpr std::string_view kFirstEpoch = "hp/first-epoch";  // ‖ genesis settings -> digest
inline constexpr std::string_view kKeyId = "hp/key-id";     // ‖ encoded public key -> key id
inline constexpr std::string_view kArchive = "hp/archive";  // ‖ previous ‖ record -> running hash

// Signed.
inline constexpr std::string_view kConsensus = "HP1";               // ‖ kind ‖ chain id ‖ ...
inline constexpr std::string_view kSignTransaction = "hp/sign/tx";  // ‖ transaction id

// Authenticated beside a ciphertext.
inline constexpr std::string_view kKeyFile = "hp/file/key";

inline constexpr std::array kAll = {
    kGenesis,    kBody,       kCut,   kValidatorSet, kParameters,      kAccount,   kTransaction,
    kEntry,      kBlock,      kBatch, kCommit,       kEpoch,           kBusiness,  kReplay,
    kReferences, kFirstEpoch, kKeyId, kArchive,      kSignTransaction, kConsensus, kKeyFile};

}  // namespace huangpu::crypto::domain
