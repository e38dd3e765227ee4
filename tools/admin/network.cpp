#include "tools/admin/network.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <system_error>
#include <utility>

#include "crypto/keystore/private_file.hpp"
#include "crypto/random/random.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/store/text_file.hpp"
#include "node/config/config.hpp"
#include "node/home/node_home.hpp"
#include "tools/cli/profile.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kOperatorId = 1;
constexpr std::uint32_t kAuditorId = 2;
constexpr std::uint32_t kSupervisorId = 3;
constexpr std::uint32_t kFirstIssuerId = 11;
constexpr std::uint32_t kFirstBankId = 101;
constexpr std::uint32_t kCertificateDays = 825;

struct Member {
  ledger::ParticipantId id;
  std::string code;
  std::string name;
  ledger::Role role = ledger::Role::kParticipant;
  std::size_t home_node = 0;  // the node its wallet asks first
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// A, B, …, Z, AA, AB, …
std::string letters(std::size_t index) {
  std::string text;
  for (++index; index > 0; index = (index - 1) / 26)
    text.insert(text.begin(), static_cast<char>('A' + (index - 1) % 26));
  return text;
}

Result<std::vector<ledger::GenesisAsset>> read_assets(const std::vector<std::string>& texts) {
  std::vector<ledger::GenesisAsset> assets;
  for (const std::string& text : texts) {
    const std::size_t colon = text.find(':');
    const std::string decimals = colon == std::string::npos ? "" : text.substr(colon + 1);
    if (colon == 0 || decimals.size() != 1 || decimals[0] < '0' || decimals[0] > '9') {
      return fail(Errc::kInvalidArgument,
                  "asset \"" + text + "\": expected CODE:DECIMALS, for example CNY:2");
    }
    ledger::GenesisAsset asset;
    asset.id = ledger::AssetId{static_cast<std::uint32_t>(assets.size() + 1)};
    asset.code = text.substr(0, colon);
    asset.decimals = static_cast<std::uint8_t>(decimals[0] - '0');
    asset.issuer =
        ledger::ParticipantId{kFirstIssuerId + static_cast<std::uint32_t>(assets.size())};
    assets.push_back(std::move(asset));
  }
  return assets;
}

std::vector<Member> members_of(const NewNetwork& plan,
                               const std::vector<ledger::GenesisAsset>& assets) {
  std::vector<Member> members{
      {ledger::ParticipantId{kOperatorId}, "OPERATOR", "System operator", ledger::Role::kOperator,
       0},
      {ledger::ParticipantId{kAuditorId}, "AUDITOR", "Auditor", ledger::Role::kAuditor, 0},
      {ledger::ParticipantId{kSupervisorId}, "SUPERVISOR", "Supervisor", ledger::Role::kSupervisor,
       0}};
  for (const ledger::GenesisAsset& asset : assets) {
    members.push_back({asset.issuer, "CB" + asset.code, "Central bank of " + asset.code,
                       ledger::Role::kIssuer, 0});
  }
  const std::uint32_t banks = plan.banks == 0 ? plan.validators : plan.banks;
  for (std::uint32_t i = 0; i < banks; ++i) {
    members.push_back({ledger::ParticipantId{kFirstBankId + i}, "BANK" + letters(i),
                       "Bank " + letters(i), ledger::Role::kParticipant, i % plan.validators});
  }
  return members;
}

std::string host_of(const NewNetwork& plan, std::size_t validator) {
  return plan.hosts.empty() ? "127.0.0.1" : plan.hosts[validator];
}

node::Endpoint endpoint_of(const NewNetwork& plan, std::size_t validator, std::uint16_t offset) {
  const std::size_t step = plan.hosts.empty() ? validator * 10 : 0;
  return {host_of(plan, validator), static_cast<std::uint16_t>(plan.base_port + step + offset)};
}

void raise_limits(node::LimitsSection& limits) {
  node::IdentityLimits& raised = limits.participant;
  raised.connection_bytes_per_second = 256ull << 20;
  raised.connection_burst_bytes = 64ull << 20;
  raised.connections = 64;
  raised.calls_per_second = 100'000;
  raised.signatures_per_second = 1'000'000;
  raised.envelope_bytes_per_second = 256ull << 20;
  raised.concurrent_calls = 1'024;
  raised.concurrent_streams = 64;
}

node::NodeConfig config_of(const NewNetwork& plan, const fs::path& home, const std::string& name,
                           std::size_t self) {
  node::NodeConfig config = node::default_config(home);
  config.node.name = name;
  config.peers.listen = endpoint_of(plan, self, 1);
  config.client_api.listen = endpoint_of(plan, self, 2);
  config.ops.listen = endpoint_of(plan, self, 3);
  config.ops.listen.host = "127.0.0.1";
  config.signer.passphrase_file = home / "keys" / "passphrase";
  for (std::size_t peer = 0; peer < plan.validators; ++peer) {
    if (peer == self) continue;
    config.peers.validators.push_back(
        {static_cast<std::uint16_t>(peer), endpoint_of(plan, peer, 1)});
  }
  if (plan.evaluation_limits) raise_limits(config.limits);
  return config;
}

struct WalletKeys {
  crypto::PublicKey key;
  crypto::Digest pin;
};

Result<WalletKeys> make_wallet_keys(const Member& member, const fs::path& folder,
                                    crypto::SuiteId suite, const crypto::KdfCost& cost) {
  for (const fs::path& path : {folder / "keys", folder / "tls"}) {
    std::error_code error;
    fs::create_directories(path, error);
    if (!error) fs::permissions(path, fs::perms::owner_all, error);
    if (error) return fail(Errc::kIo, path.string() + ": " + error.message());
  }
  const std::string passphrase = to_hex(crypto::random::bytes(24));
  HP_TRY(crypto::write_private_file(folder / "keys" / "passphrase", as_bytes(passphrase),
                                    crypto::IfExists::kRefuse));
  HP_TRY_ASSIGN(const crypto::SecretKey key, crypto::generate_key(suite));
  crypto::KeyFileOptions options;
  options.cost = cost;
  HP_TRY_ASSIGN(
      const crypto::KeyFile file,
      crypto::create_key_file(crypto::KeyPurpose::kParticipant, key,
                              crypto::SecretBytes::copy_of(as_bytes(passphrase)), options));
  HP_TRY(crypto::save_key_file(file, folder / "keys" / "main.json"));
  HP_TRY_ASSIGN(const auto material,
                crypto::make_certificate(member.code, {"localhost"}, kCertificateDays));
  HP_TRY(crypto::save_private_pem(folder / "tls" / "client.key", material.key_pem));
  HP_TRY(ledger::write_new_text_file(folder / "tls" / "client.crt", material.cert_pem));
  HP_TRY_ASSIGN(const crypto::Digest pin, crypto::spki_pin(material.cert_pem));
  return WalletKeys{file.public_key, pin};
}

Result<std::vector<ProfileNode>> client_nodes(const NewNetwork& plan,
                                              const std::vector<node::NodeConfig>& configs) {
  std::vector<ProfileNode> nodes;
  for (std::size_t i = 0; i < configs.size(); ++i) {
    HP_TRY_ASSIGN(
        const std::string certificate,
        ledger::read_text_file(configs[i].client_api.tls.certificate, crypto::kPemBytesMax));
    HP_TRY_ASSIGN(const crypto::Digest pin, crypto::spki_pin(certificate));
    nodes.push_back({node::to_text(endpoint_of(plan, i, 2)), pin});
  }
  return nodes;
}

Status check(const NewNetwork& plan) {
  if (plan.validators == 0 || plan.validators > ledger::kGenesisValidatorsMax) {
    return fail(Errc::kInvalidArgument, "a network has 1 to 128 validators");
  }
  if (!plan.hosts.empty() && plan.hosts.size() != plan.validators) {
    return fail(Errc::kInvalidArgument, "--hosts must name one address per validator");
  }
  const std::size_t highest =
      plan.base_port + (plan.hosts.empty() ? (plan.validators - 1) * 10 : 0) + 3;
  if (highest > 65'535)
    return fail(Errc::kInvalidArgument, "--base-port is too high for this many validators");
  std::error_code error;
  if (fs::exists(plan.folder, error) && !fs::is_empty(plan.folder, error)) {
    return fail(Errc::kAlreadyExists,
                plan.folder.string() + " exists and is not empty: nothing is overwritten");
  }
  return {};
}

TimestampMs wall_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return TimestampMs{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

}  // namespace

Result<CreatedNetwork> create_network(const NewNetwork& plan) {
  HP_TRY(check(plan));
  CreatedNetwork created;
  ledger::Genesis& genesis = created.genesis;
  genesis.suite = plan.suite;
  genesis.chain_name = plan.chain_name;
  genesis.time = wall_now();
  genesis.governance.approvals = (plan.banks == 0 ? plan.validators : plan.banks) / 2 + 1;
  HP_TRY_ASSIGN(
      genesis.assets,
      read_assets(plan.assets.empty() ? std::vector<std::string>{"CNY:2", "HKD:2"} : plan.assets));
  const std::vector<Member> members = members_of(plan, genesis.assets);

  std::vector<node::NodeConfig> configs;
  for (std::size_t i = 0; i < plan.validators; ++i) {
    const std::string name = "validator-" + lower(letters(i));
    const fs::path home = fs::absolute(plan.folder) / "nodes" / name;
    node::NewNode fresh;
    fresh.config = config_of(plan, home, name, i);
    fresh.suite = genesis.suite;
    fresh.hosts = {host_of(plan, i)};
    fresh.cost = plan.cost;
    HP_TRY_ASSIGN(const node::ValidatorCard card, node::create_node(fresh));
    const std::uint32_t banks = plan.banks == 0 ? plan.validators : plan.banks;
    genesis.validators.push_back(
        {card.name, ledger::ParticipantId{kFirstBankId + static_cast<std::uint32_t>(i) % banks},
         card.key, card.tls_pin});
    configs.push_back(fresh.config);
    created.nodes.push_back(home);
  }
  HP_TRY_ASSIGN(const std::vector<ProfileNode> nodes, client_nodes(plan, configs));

  for (const Member& member : members) {
    const fs::path folder = fs::absolute(plan.folder) / "wallets" / lower(member.code);
    HP_TRY_ASSIGN(
        const WalletKeys keys,
        make_wallet_keys(member, folder, plan.wallet_suite.value_or(genesis.suite), plan.cost));
    ledger::GenesisParticipant participant;
    participant.id = member.id;
    participant.code = member.code;
    participant.name = member.name;
    participant.roles.add(member.role);
    // The institutions that run the network decide about it.
    if (member.id.value() >= kFirstBankId) participant.roles.add(ledger::Role::kGovernor);
    genesis.participants.push_back(std::move(participant));
    genesis.keys.push_back({member.id, keys.key});
    genesis.certificates.push_back({ledger::CertificatePin{keys.pin}, member.id, member.role});
    created.wallets.push_back(folder);

    Profile profile;
    profile.participant = member.id;
    profile.passphrase_file = "keys/passphrase";
    for (std::size_t k = 0; k < nodes.size(); ++k)
      profile.nodes.push_back(nodes[(member.home_node + k) % nodes.size()]);
    HP_TRY(ledger::write_new_text_file(folder / "wallet.toml", profile_text(profile)));
  }

  if (const auto problems = ledger::check_genesis(genesis); !problems.empty()) {
    std::string all;
    for (const std::string& problem : problems) all += (all.empty() ? "" : "\n") + problem;
    return fail(Errc::kConfig, all);
  }
  const std::string text = ledger::to_json(genesis);
  HP_TRY(ledger::write_new_text_file(fs::absolute(plan.folder) / "genesis.json", text));
  for (const node::NodeConfig& config : configs) HP_TRY(node::install_genesis(config, text));
  for (const fs::path& wallet : created.wallets)
    HP_TRY(ledger::write_new_text_file(wallet / "genesis.json", text));
  return created;
}

}  // namespace huangpu::tools
