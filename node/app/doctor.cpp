#include "node/app/doctor.hpp"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "crypto/base/exit_code.hpp"
#include "ledger/store/text_file.hpp"
#include "node/app/ops_client.hpp"
#include "node/doctor/home_checks.hpp"
#include "node/flight/flight_files.hpp"

namespace huangpu::node {
namespace {

using nlohmann::ordered_json;

constexpr Milliseconds kPatience{5'000};
constexpr Milliseconds kLookEvery{20};

// What the operations port says; nothing when nobody answers there.
struct Asked {
  std::optional<ordered_json> status;
  std::string why_not;
};

Asked ask(const NodeConfig& config) {
  const auto answer = ops_get(config.ops.listen, "/statusz", kPatience);
  if (!answer) return {std::nullopt, answer.error().message};
  auto parsed = ordered_json::parse(answer->body, nullptr, false);
  if (!parsed.is_object())
    return {std::nullopt, to_text(config.ops.listen) + " does not answer like a node"};
  // Ports are easily mixed up, and another node's health would be told as this one's.
  const std::string name = parsed.value("node_name", std::string());
  if (name != config.node.name)
    return {std::nullopt, to_text(config.ops.listen) + " answers for node " + name};
  return {std::move(parsed), {}};
}

const char* level_of(const HomeCheck& check) {
  return check.error ? "problem" : check.warning ? "note" : "fine";
}

void print_line(const std::string& level, const std::string& topic, const std::string& text) {
  std::cout << (level == "problem" ? "PROBLEM  "
                : level == "note"  ? "note     "
                                   : "fine     ")
            << topic << std::string(topic.size() < 14 ? 14 - topic.size() : 1, ' ') << text << "\n";
}

std::string text_of(const ordered_json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

}  // namespace

Result<std::filesystem::path> record_flight(const NodeConfig& config) {
  const Asked asked = ask(config);
  if (!asked.status) return fail(Errc::kUnavailable, asked.why_not);
  const auto pid = asked.status->find("pid");
  if (pid == asked.status->end() || !pid->is_number_unsigned() || pid->get<std::uint64_t>() < 2 ||
      pid->get<std::uint64_t>() > std::numeric_limits<pid_t>::max())
    return fail(Errc::kUnavailable, "the node does not tell its process id");
  const auto folder = flight_folder(config.node.data_dir);
  const auto before = flight_recordings(folder);
  if (::kill(pid->get<pid_t>(), SIGUSR1) != 0) {
    const int reason = errno;
    return fail(reason == EPERM ? Errc::kDenied : Errc::kUnavailable,
                "process " + pid->dump() + ": " + std::strerror(reason));
  }
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < give_up) {
    for (const std::string& name : flight_recordings(folder)) {
      if (name.find("-asked") != std::string::npos &&
          std::find(before.begin(), before.end(), name) == before.end())
        return folder / name;
    }
    std::this_thread::sleep_for(kLookEvery);
  }
  return fail(Errc::kTimeout, "the node wrote nothing to " + folder.string() +
                                  "; its log says why (event 112 or 303)");
}

Result<std::string> read_flight(const std::filesystem::path& file) {
  HP_TRY_ASSIGN(const std::string text, ledger::read_text_file(file, kFlightFileBytesMax));
  return describe_flight(text);
}

int run_doctor(const NodeConfig& config, const DoctorOptions& options) {
  const Asked asked = ask(config);
  HomeCheckOptions look;
  look.running = asked.status.has_value();
  look.scrub = options.scrub;
  const auto checks = check_home(config, ledger::posix_file_system(), look);

  int code = kExitOk;
  for (const HomeCheck& check : checks) {
    if (check.error && code == kExitOk) code = exit_code(*check.error);
  }
  ordered_json said = ordered_json::array();
  if (asked.status) {
    if (const auto it = asked.status->find("remarks"); it != asked.status->end() && it->is_array())
      said = *it;
  }
  for (const ordered_json& remark : said) {
    if (remark.is_object() && text_of(remark, "level") == "problem" && code == kExitOk)
      code = kExitNotReady;
  }

  if (options.json) {
    ordered_json out = {{"node", config.node.name},        {"home", config.home.string()},
                        {"running", look.running},         {"remarks", said},
                        {"checks", ordered_json::array()}, {"exit_code", code}};
    if (!look.running) out["not_running"] = asked.why_not;
    for (const HomeCheck& check : checks) {
      ordered_json each = {{"level", level_of(check)}, {"topic", check.name}, {"text", check.text}};
      if (check.error) each["error"] = errc_text(*check.error);
      out["checks"].push_back(std::move(each));
    }
    std::cout << out.dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
    return code;
  }
  std::cout << "node " << config.node.name << " in " << config.home.string() << ": "
            << (look.running ? "running" : asked.why_not) << "\n";
  for (const ordered_json& remark : said) {
    if (remark.is_object())
      print_line(text_of(remark, "level"), text_of(remark, "topic"), text_of(remark, "text"));
  }
  for (const HomeCheck& check : checks) print_line(level_of(check), check.name, check.text);
  if (code == kExitOk) std::cout << "nothing needs anybody\n";
  return code;
}

}  // namespace huangpu::node
