#include "node/config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace huangpu::node {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Result<NodeConfig> parse(const std::string& text) { return parse_config(text, "/srv/node"); }

std::string error_of(const std::string& text) {
  const auto result = parse(text);
  return result ? "accepted" : result.error().message;
}

crypto::Digest pin(std::uint8_t byte) {
  crypto::Digest::Array bytes{};
  bytes.fill(byte);
  return crypto::Digest(bytes);
}

TEST(Config, OfOnlyTheVersionHoldsTheDefaults) {
  const auto config = parse("format_version = 1\n");

  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->node.data_dir, "/srv/node/data");
  EXPECT_EQ(config->client_api.listen.host, "127.0.0.1");
  EXPECT_EQ(config->ops.listen.host, "127.0.0.1");
  EXPECT_EQ(config->limits.participant, IdentityLimits{});
}

TEST(Config, ReadsWhatIsWritten) {
  auto config = default_config("/srv/node");
  config.node.name = "shanghai \"one\" \\ é";
  config.peers.listen = {"::1", 9001};
  config.peers.validators = {{0, {"10.0.0.1", 7701}}, {3, {"node3.example", 7701}}};
  config.signer.sign_state_dir = "/somewhere/else";
  config.client_api.call_deadline = Milliseconds(1500);
  config.log.level = LogLevel::kError;
  config.log.format = LogFormat::kJson;
  config.limits.auditor.calls_per_second = 7;
  IdentityOverride bulk_sender;
  bulk_sender.pin = pin(0xab);
  bulk_sender.limits.signatures_per_second = 50'000;
  config.limits.identities = {bulk_sender};

  const auto text = config_text(config);
  const auto read = parse(text);

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(config_text(*read), text);
  EXPECT_EQ(read->node.name, config.node.name);
  EXPECT_EQ(read->peers.listen, config.peers.listen);
  ASSERT_EQ(read->peers.validators.size(), 2u);
  EXPECT_EQ(read->peers.validators[1].endpoint.host, "node3.example");
  EXPECT_EQ(read->signer.sign_state_dir, "/somewhere/else");
  EXPECT_EQ(read->log.level, LogLevel::kError);
  ASSERT_EQ(read->limits.identities.size(), 1u);
  EXPECT_EQ(read->limits.identities[0].limits.signatures_per_second, 50'000u);
}

TEST(Config, ReportsEveryErrorAtOnceWithItsPlace) {
  const auto error = error_of(
      "format_version = 1\n"
      "[node]\n"
      "name = 7\n"
      "[peers]\n"
      "listen = \"nowhere\"\n"
      "silence_timeout = \"5\"\n"
      "[log]\n"
      "level = \"loud\"\n"
      "[client_api]\n"
      "connections_max = 1\n"
      "reflection = \"yes\"\n");

  EXPECT_THAT(error, StartsWith("config.toml:3:8: node.name must be a text in quotes\n"
                                "config.toml:5:10: peers.listen must be host:port"));
  EXPECT_THAT(error, HasSubstr("config.toml:6:19: peers.silence_timeout must be a whole number"));
  EXPECT_THAT(error, HasSubstr("config.toml:8:9: log.level must be one of \"debug\", \"info\""));
  EXPECT_THAT(error, HasSubstr("config.toml:10:19: client_api.connections_max must be between 8"));
  EXPECT_THAT(error, HasSubstr("config.toml:11:14: client_api.reflection must be true or false"));
}

TEST(Config, RefusesUnknownKeysAndSuggestsTheNearest) {
  EXPECT_EQ(error_of("format_version = 1\n[node]\ndata_dri = \"x\"\n"),
            "config.toml:3:1: unknown key \"node.data_dri\", did you mean \"data_dir\"?");
  EXPECT_EQ(error_of("format_version = 1\n[noed]\n"),
            "config.toml:2:2: unknown key \"noed\", did you mean \"node\"?");
  EXPECT_EQ(error_of("format_version = 1\n[limits.participants]\n"),
            "config.toml:2:9: unknown key \"limits.participants\", did you mean \"participant\"?");
  EXPECT_EQ(error_of("format_version = 1\nzzzzzzzzzz = 1\n"),
            "config.toml:2:1: unknown key \"zzzzzzzzzz\"");
  EXPECT_THAT(error_of("format_version = 1\n[[limits.identity]]\npin = \"" + pin(1).hex() +
                       "\"\ncalls = 3\n"),
              HasSubstr("unknown key \"limits.identity.calls\""));
}

TEST(Config, RefusesAnUnknownFormatVersionByName) {
  const auto result = parse("format_version = 2\n[future]\nkey = 1\n");

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kUnsupportedVersion);
  EXPECT_EQ(result.error().message,
            "config.toml:1:18: format_version 2 is unknown; this build reads version 1");
}

TEST(Config, NeedsAFormatVersion) {
  EXPECT_THAT(error_of("[node]\n"), HasSubstr("format_version is missing"));
}

TEST(Config, TellsWhereTheSyntaxIsBroken) {
  EXPECT_THAT(error_of("format_version = 1\n[node\n"), StartsWith("config.toml:2:6: "));
}

TEST(Config, RefusesToKeepTheSignStateAmongTheData) {
  for (const auto* folder : {"data", "data/", "data/sign-state", "other/../data/x"}) {
    EXPECT_THAT(error_of(std::string("format_version = 1\n[signer]\nsign_state_dir = \"") + folder +
                         "\"\n"),
                HasSubstr("sign_state_dir must lie outside node.data_dir"))
        << folder;
  }
  EXPECT_TRUE(parse("format_version = 1\n[signer]\nsign_state_dir = \"database\"\n"));
}

TEST(Config, RefusesTwoListenersOnOneEndpoint) {
  EXPECT_THAT(error_of("format_version = 1\n[ops]\nlisten = \"127.0.0.1:7701\"\n"),
              HasSubstr("ops.listen is the same as peers.listen"));
}

TEST(Config, RefusesRepeatedAndIncompletePeers) {
  const auto error = error_of(
      "format_version = 1\n"
      "[[peers.validator]]\nindex = 1\nendpoint = \"a:1\"\n"
      "[[peers.validator]]\nindex = 1\nendpoint = \"b:1\"\n"
      "[[peers.validator]]\nendpoint = \"c:1\"\n");

  EXPECT_THAT(error, HasSubstr("peers.validator lists index 1 twice"));
  EXPECT_THAT(error, HasSubstr("peers.validator needs index and endpoint"));
}

TEST(Config, GivesAnIdentityTheValuesOfItsRoleWhereItSaysNothing) {
  const auto config = parse(
      "format_version = 1\n"
      "[limits.auditor]\ncalls_per_second = 11\n"
      "[[limits.identity]]\npin = \"" +
      pin(2).hex() + "\"\nrole = \"auditor\"\nconcurrent_streams = 99\n");
  ASSERT_TRUE(config) << config.error().message;

  const auto& limits =
      config->limits.for_identity({ledger::ParticipantId(1), ledger::Role::kAuditor, pin(2)});
  EXPECT_EQ(limits.calls_per_second, 11u);
  EXPECT_EQ(limits.concurrent_streams, 99u);
  const auto& others =
      config->limits.for_identity({ledger::ParticipantId(1), ledger::Role::kAuditor, pin(3)});
  EXPECT_EQ(others.concurrent_streams, default_config("/").limits.auditor.concurrent_streams);
}

TEST(Config, IsNotReadWhenTooLarge) {
  EXPECT_THAT(error_of(std::string((1 << 20) + 1, '#')), HasSubstr("larger than 1 MiB"));
}

TEST(Config, OfAMissingFileIsAnInputError) {
  const auto result = load_config("/no/such/config.toml", "/srv/node");

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kIo);
  EXPECT_THAT(result.error().message, HasSubstr("/no/such/config.toml"));
}

TEST(Endpoint, ReadsNamesAndBothKindsOfAddresses) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:7701"), (Endpoint{"127.0.0.1", 7701}));
  EXPECT_EQ(parse_endpoint("node-1.example:1"), (Endpoint{"node-1.example", 1}));
  EXPECT_EQ(parse_endpoint("[::1]:65535"), (Endpoint{"::1", 65535}));
  EXPECT_EQ(to_text(Endpoint{"::1", 65535}), "[::1]:65535");
}

TEST(Endpoint, RefusesWhatIsNoAddressAndPort) {
  for (const auto* text : {"", "host", "host:", ":1", "host:65536", "host:-1", "host:1 ", "a b:1",
                           "::1:1", "[::1]", "[host]:1", "host:1:2", "unix:/x"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

// SPEC N-300.
TEST(Config, AKindOfKeyThatThisBuildCannotUseIsRefusedByName) {
  EXPECT_THAT(error_of("format_version = 1\n[signer]\nkind = \"sdf\"\n"), HasSubstr("GM/T 0018"));
  const std::string remote = error_of("format_version = 1\n[signer]\nkind = \"remote\"\n");
  EXPECT_THAT(remote, HasSubstr("signer.remote.server_pin must have 64 hexadecimal digits"));
  EXPECT_THAT(remote, HasSubstr("signer.remote.public_key"));
  EXPECT_TRUE(parse("format_version = 1\n[signer]\nkind = \"pkcs11\"\n"));
}

// SPEC N-353.
TEST(Config, TheNextKeyMayBeOfAnotherKindThanTheKeyInOffice) {
  auto config = default_config("/srv/node");
  config.signer.next.kind = KeyKind::kRemote;
  config.signer.next.sign_state_dir = "/srv/node/sign-state-next";
  config.signer.next.remote.endpoint = {"10.0.0.9", 7710};
  config.signer.next.remote.server_pin = std::string(64, 'a');
  // The base point of the curve.
  config.signer.next.remote.public_key = "ed25519-sha256:58" + std::string(62, '6');
  const auto read = parse(config_text(config));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->signer.kind, KeyKind::kFile);
  EXPECT_EQ(read->signer.next.kind, KeyKind::kRemote);
  EXPECT_EQ(read->signer.next.remote.endpoint, config.signer.next.remote.endpoint);
  EXPECT_EQ(read->signer.next.remote.public_key, config.signer.next.remote.public_key);
  EXPECT_EQ(config_text(*read), config_text(config));
  EXPECT_EQ(default_config("/srv/node").signer.next.kind, KeyKind::kNone);
}

TEST(Config, ANextKeyThatIsIncompleteOrSharesWithTheKeyInOfficeIsRefused) {
  const auto error = [](const std::string& next) {
    return error_of("format_version = 1\n[signer.next]\n" + next);
  };
  EXPECT_THAT(error("kind = \"file\"\n"), HasSubstr("signer.next.key must name its file"));
  EXPECT_THAT(error("kind = \"pkcs11\"\nkey = \"keys/b.json\"\n"),
              HasSubstr("signer.next.sign_state_dir must name the folder made with that key"));
  EXPECT_THAT(error("kind = \"file\"\nkey = \"keys/consensus.json\"\nsign_state_dir = \"s\"\n"),
              HasSubstr("signer.next.key is the key in office"));
  EXPECT_THAT(error("kind = \"file\"\nkey = \"keys/b.json\"\nsign_state_dir = \"sign-state\"\n"),
              HasSubstr("each key has its own"));
  EXPECT_THAT(error("kind = \"file\"\nkey = \"keys/b.json\"\nsign_state_dir = \"data/s\"\n"),
              HasSubstr("signer.next.sign_state_dir must lie outside node.data_dir"));
  EXPECT_THAT(error("kind = \"sdf\"\nsign_state_dir = \"s\"\n"), HasSubstr("GM/T 0018"));
  EXPECT_THAT(error("kind = \"remote\"\nsign_state_dir = \"s\"\n"),
              HasSubstr("signer.next.remote.server_pin must have 64 hexadecimal digits"));
  EXPECT_THAT(error_of("format_version = 1\n[signer]\npassphrase_descriptor = 7\n[signer.next]\n"
                       "kind = \"file\"\nkey = \"keys/b.json\"\nsign_state_dir = \"s\"\n"
                       "passphrase_descriptor = 7\n"),
              HasSubstr("signer.next.passphrase_descriptor is that of the key in office"));
  EXPECT_THAT(error_of("format_version = 1\n[signer]\nkey = \"\"\n"),
              HasSubstr("signer.key must name its file"));
  EXPECT_THAT(error_of("format_version = 1\n[signer]\nkind = \"none\"\n"),
              HasSubstr("signer.kind must be one of"));
  EXPECT_THAT(error("kidn = \"file\"\n"),
              HasSubstr("unknown key \"signer.next.kidn\", did you mean \"kind\"?"));
  EXPECT_THAT(error_of("format_version = 1\n[signer.next.remote]\nendpiont = \"a:1\"\n"),
              HasSubstr("unknown key \"signer.next.remote.endpiont\""));
  EXPECT_EQ(error("kind = \"file\"\nkey = \"keys/b.json\"\nsign_state_dir = \"s\"\n"), "accepted");
}

// SPEC N-133.
TEST(Config, AValidatorCanBeKnownByAFurtherPin) {
  const std::string pin(64, 'a');
  const std::string peer =
      "format_version = 1\n[[peers.validator]]\nindex = 2\nendpoint = \"h:1\"\n";
  const auto config = parse(peer + "next_tls_pin = \"" + pin + "\"\n");
  ASSERT_TRUE(config);
  ASSERT_TRUE(config->peers.validators.front().next_tls_pin);
  EXPECT_EQ(config->peers.validators.front().next_tls_pin->hex(), pin);
  const auto again = parse(config_text(*config));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->peers.validators.front().next_tls_pin,
            config->peers.validators.front().next_tls_pin);
  EXPECT_THAT(error_of(peer + "next_tls_pin = \"ab\"\n"), HasSubstr("64 hexadecimal digits"));
}

}  // namespace
}  // namespace huangpu::node
