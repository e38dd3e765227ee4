#include "tools/audit/commands.hpp"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "ledger/store/text_file.hpp"
#include "tools/audit/archive_source.hpp"
#include "tools/audit/replay.hpp"
#include "tools/audit/replay_report.hpp"
#include "tools/audit/store_source.hpp"
#include "tools/verify/first_epoch.hpp"

namespace huangpu::tools {
namespace {

constexpr auto kRedrawEvery = std::chrono::milliseconds(200);

struct OpenedChain {
  std::unique_ptr<ChainSource> source;
  ledger::Genesis genesis;
  std::string name;
  bool genesis_was_given = false;
};

Finding refused_genesis(const Error& error, std::string subject) {
  Finding finding;
  finding.check = Check::kGenesis;
  finding.code = error.code;
  finding.subject = std::move(subject);
  finding.message = error.message;
  return finding;
}

Checked<ledger::Genesis> read_genesis(const std::filesystem::path& path) {
  const auto text = ledger::read_text_file(path, ledger::kGenesisTextBytesMax);
  if (!text) return report(refused_genesis(text.error(), path.string()));
  auto genesis = ledger::parse_genesis(*text);
  if (!genesis) return report(refused_genesis(genesis.error(), path.string()));
  return std::move(*genesis);
}

Checked<OpenedChain> open_archive(const ReplayArguments& arguments) {
  OpenedChain chain;
  chain.name = "archive " + arguments.archive.string();
  HP_CHECK_ASSIGN(auto archive,
                  ArchiveSource::open(ledger::posix_file_system(), arguments.archive.string()));
  std::optional<ledger::Genesis> given;
  if (!arguments.genesis.empty()) {
    HP_CHECK_ASSIGN(given, read_genesis(arguments.genesis));
    chain.genesis_was_given = true;
  }
  HP_CHECK_ASSIGN(chain.genesis, genesis_of(*archive, given ? &*given : nullptr));
  chain.source = std::move(archive);
  return chain;
}

Checked<OpenedChain> open_data(const ReplayArguments& arguments) {
  OpenedChain chain;
  const bool is_home = !std::filesystem::exists(arguments.data / "blocks");
  const std::filesystem::path folder = arguments.data / (is_home ? "data/blocks" : "blocks");
  chain.name = "block store " + folder.string();
  chain.genesis_was_given = !arguments.genesis.empty();
  HP_CHECK_ASSIGN(
      chain.genesis,
      read_genesis(chain.genesis_was_given ? arguments.genesis : arguments.data / "genesis.json"));
  HP_CHECK_ASSIGN(chain.source, StoreSource::open(ledger::posix_file_system(), folder.string(),
                                                  consensus_chain(chain.genesis).genesis));
  return chain;
}

}  // namespace

int run_replay(const ReplayArguments& arguments) {
  auto chain = arguments.archive.empty() ? open_data(arguments) : open_archive(arguments);
  const bool json = arguments.format == OutputFormat::kJson;
  if (!chain) {
    std::cout << (json ? finding_json(chain.error()) : finding_text(chain.error()));
    return chain.error().exit_code();
  }
  ReplayOptions options;
  options.from = Height{arguments.from_height};
  if (arguments.to_height > 0) options.to = Height{arguments.to_height};
  options.threads = arguments.threads;

  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  ReplayReport result;
  {
    ProgressBar bar(std::cerr, "replay", chain->source->progress().total,
                    is_terminal(STDERR_FILENO));
    auto drawn = started;
    result = replay(*chain->source, chain->genesis, options, [&](const ReplayProgress& progress) {
      const auto now = Clock::now();
      if (now - drawn < kRedrawEvery) return;
      drawn = now;
      bar.show(progress.source.done, "height " + std::to_string(progress.height.value()) + ", " +
                                         std::to_string(progress.transactions) + " transactions");
    });
    bar.show(chain->source->progress().done);
  }
  ReplayFrame frame;
  frame.source = chain->name;
  frame.genesis_was_given = chain->genesis_was_given;
  frame.from = options.from;
  frame.milliseconds = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started).count());
  std::cout << (json ? report_json(result, chain->genesis, frame)
                     : report_text(result, chain->genesis, frame));
  return result.exit_code();
}

}  // namespace huangpu::tools
