#include "node/doctor/home_checks.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "consensus/safety/sign_state.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/block_store.hpp"
#include "ledger/store/text_file.hpp"
#include "node/driver/key_copy.hpp"
#include "node/home/node_home.hpp"
#include "node/replica/first_epoch.hpp"
#include "node/tls/tls_files.hpp"

namespace huangpu::node {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

class Examination {
 public:
  Examination(const NodeConfig& config, ledger::FileSystem& files, const HomeCheckOptions& options)
      : config_(config), files_(files), options_(options) {}

  std::vector<HomeCheck> run() {
    permissions();
    certificates();
    const auto genesis = read_genesis();
    consensus_key(config_.signer, "consensus key");
    disk();
    if (!options_.running) locks();
    sign_state(config_.signer);
    if (config_.signer.next.kind != KeyKind::kNone) {
      consensus_key(config_.signer.next, "next key");
      sign_state(config_.signer.next);
    }
    if (genesis) blocks(*genesis);
    return std::move(checks_);
  }

 private:
  void fine(std::string name, std::string text) {
    checks_.push_back({std::move(name), std::move(text), {}, false});
  }
  void warn(std::string name, std::string text) {
    checks_.push_back({std::move(name), std::move(text), {}, true});
  }
  void bad(std::string name, Errc code, std::string text) {
    checks_.push_back({std::move(name), std::move(text), code, false});
  }
  void bad(std::string name, const Error& error) {
    bad(std::move(name), error.code, error.message);
  }

  // N-61: folders 0700, files with secrets 0600. False when there is nothing to look at.
  bool private_path(const fs::path& path, const char* what, bool secret) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
      const int reason = errno;
      bad("permissions", reason == ENOENT ? Errc::kNotFound : Errc::kIo,
          std::string(what) + " " + path.string() + ": " + std::strerror(reason));
      return false;
    }
    if ((found.st_mode & kOthers) == 0) return true;
    const std::string text = std::string(what) + " " + path.string() +
                             " can be used by others than its owner: chmod go= " + path.string();
    // A start refuses secrets that others can read; a folder that they can enter is only unwise.
    if (secret) {
      bad("permissions", Errc::kDenied, text);
    } else {
      warn("permissions", text);
    }
    return true;
  }

  void permissions() {
    const std::size_t before = checks_.size();
    private_path(config_.home, "the home", false);
    for (const ConsensusKeySection* key : keys()) {
      if (key->kind == KeyKind::kFile) private_path(key->key, "the key file", true);
      if (key->kind != KeyKind::kRemote && !key->passphrase_file.empty())
        private_path(key->passphrase_file, "the passphrase", true);
      private_path(key->sign_state_dir, "the sign-state folder", false);
    }
    std::error_code error;
    if (fs::exists(config_.node.data_dir, error))
      private_path(config_.node.data_dir, "the data folder", false);
    if (checks_.size() == before) fine("permissions", "nothing is open to others than the owner");
  }

  std::vector<const ConsensusKeySection*> keys() const {
    std::vector<const ConsensusKeySection*> sections{&config_.signer};
    if (config_.signer.next.kind != KeyKind::kNone) sections.push_back(&config_.signer.next);
    return sections;
  }

  void certificates() {
    std::set<fs::path> seen;
    certificate("peer", config_.peers.tls, seen);
    certificate("client", config_.client_api.tls, seen);
    for (const ConsensusKeySection* key : keys()) {
      if (key->kind == KeyKind::kRemote) certificate("signer", key->remote.tls, seen);
    }
  }

  void certificate(const std::string& name, const TlsFiles& tls, std::set<fs::path>& seen) {
    if (!seen.insert(tls.certificate).second) return;
    const auto end = [&]() -> Result<TimestampMs> {
      HP_TRY_ASSIGN(const std::string pem,
                    ledger::read_text_file(tls.certificate, crypto::kPemBytesMax));
      HP_TRY_ASSIGN(const std::string key, crypto::load_private_pem(tls.key));
      HP_TRY(crypto::check_key_matches(key, pem));
      return crypto::not_after(pem);
    }();
    if (!end) return bad("certificate", end.error());
    const std::int64_t days = days_until(*end);
    const std::string which = "the " + name + " certificate " + tls.certificate.string();
    if (days < 0) {
      warn("certificate", which + " has ended " + std::to_string(-days) +
                              " days ago: validators go by key and accept it, clients may not");
    } else if (days < static_cast<std::int64_t>(config_.node.certificate_warning_days)) {
      warn("certificate", which + " ends in " + std::to_string(days) + " days: renew it");
    } else {
      fine("certificate", which + " is good for " + std::to_string(days) + " days");
    }
  }

  std::optional<ledger::Genesis> read_genesis() {
    const auto genesis = [&]() -> Result<ledger::Genesis> {
      HP_TRY_ASSIGN(const std::string text,
                    ledger::read_text_file(config_.node.genesis, ledger::kGenesisTextBytesMax));
      return ledger::parse_genesis(text);
    }();
    if (!genesis) {
      bad("genesis", genesis.error());
      return std::nullopt;
    }
    fine("genesis", "chain " + genesis->chain_name + ", " +
                        chain_context(*genesis).genesis.hex().substr(0, 16));
    return *genesis;
  }

  void consensus_key(const ConsensusKeySection& section, const std::string& name) {
    NodeConfig one = config_;
    static_cast<ConsensusKeySection&>(one.signer) = section;
    const auto card = read_card(one);
    if (!card) return bad("key", card.error());
    fine("key", "the " + name + " is " + card->key.to_string());
  }

  void disk() {
    std::error_code error;
    const fs::path& data = config_.node.data_dir;
    const auto space = fs::space(fs::exists(data, error) ? data : config_.home, error);
    if (error) return bad("disk", Errc::kIo, data.string() + ": " + error.message());
    const std::string text = std::to_string(space.available >> 20) + " MiB are free for " +
                             data.string() + ", needed are " +
                             std::to_string(config_.storage.free_bytes_min >> 20);
    if (space.available < config_.storage.free_bytes_min) return bad("disk", Errc::kDiskFull, text);
    fine("disk", text);
  }

  void locks() {
    const std::size_t before = checks_.size();
    lock(config_.node.data_dir / "blocks" / "LOCK");
    for (const ConsensusKeySection* key : keys()) lock(key->sign_state_dir / "lock");
    if (checks_.size() == before) fine("lock", "no process holds this home");
  }

  void lock(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error)) return;  // never started; a look leaves nothing behind
    const auto taken = files_.lock(path.string());
    if (taken) return;
    bad("lock", taken.error().code,
        taken.error().message +
            (taken.error().code == Errc::kAlreadyRunning
                 ? ": a node runs, or is starting, and does not answer on its operations port"
                 : ""));
  }

  void sign_state(const ConsensusKeySection& section) {
    if (const Status copy = check_no_key_copy(section.sign_state_dir); !copy)
      return bad("sign-state", copy.error());
    std::size_t good = 0;
    std::string damage;
    for (const char* name : {"a.sign-state", "b.sign-state"}) {
      const fs::path path = section.sign_state_dir / name;
      const auto state = [&]() -> Result<consensus::SignState> {
        HP_TRY_ASSIGN(const std::string bytes,
                      ledger::read_text_file(path, consensus::kSignStateBytes));
        return consensus::decode_sign_state(as_bytes(bytes));
      }();
      if (state) {
        ++good;
      } else {
        damage += (damage.empty() ? "" : "; ") + path.string() + ": " + state.error().message;
      }
    }
    if (good == 2) return fine("sign-state", "both files are whole");
    // One file may be torn by a power cut, and the other one then holds what counts.
    if (good == 1 && !options_.running)
      return warn("sign-state", "one file is not whole: " + damage);
    if (good == 1) return fine("sign-state", "one file is whole, the other is being written");
    bad("sign-state", Errc::kGuard, "no file is whole, and none is ever made anew: " + damage);
  }

  void blocks(const ledger::Genesis& genesis) {
    const fs::path directory = config_.node.data_dir / "blocks";
    std::error_code error;
    if (!fs::exists(directory, error))
      return fine("blocks", "there is no block yet: " + directory.string());
    ledger::BlockStoreOptions store_options;
    store_options.directory = directory.string();
    store_options.chain_id = chain_context(genesis).genesis;
    store_options.read_only = true;
    store_options.verify_sealed_payloads = false;
    const auto store = ledger::BlockStore::open(files_, store_options);
    if (!store) return bad("blocks", store.error());
    if (options_.scrub) {
      if (const Status clean = (*store)->scrub(); !clean) return bad("blocks", clean.error());
    }
    const ledger::RecoveryReport& report = (*store)->recovery();
    const auto height = [](const std::optional<Height>& at) {
      return at ? std::to_string(at->value()) : std::string("none");
    };
    fine("blocks", std::to_string(report.records) + " records in " +
                       std::to_string(report.segments) + " segments" +
                       (options_.scrub ? ", every one read" : "") + "; last block " +
                       height((*store)->last_block()) + ", last certificate " +
                       height((*store)->last_certificate()));
  }

  const NodeConfig& config_;
  ledger::FileSystem& files_;
  const HomeCheckOptions options_;
  std::vector<HomeCheck> checks_;
};

}  // namespace

std::vector<HomeCheck> check_home(const NodeConfig& config, ledger::FileSystem& files,
                                  const HomeCheckOptions& options) {
  return Examination(config, files, options).run();
}

}  // namespace huangpu::node
