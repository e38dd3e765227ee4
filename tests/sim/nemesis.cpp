#include "tests/sim/nemesis.hpp"

#include <array>
#include <utility>
#include <vector>

namespace huangpu::sim {

FaultMix FaultMix::draw(Random& random) {
  FaultMix mix;
  for (bool* each : {&mix.crash, &mix.crash_all, &mix.partition, &mix.one_way, &mix.loss,
                     &mix.duplicate, &mix.reorder, &mix.delay, &mix.slow_disk, &mix.clock}) {
    *each = random.chance(400);
  }
  for (bool* each : {&mix.sync_error, &mix.disk_full, &mix.bit_flip, &mix.backup})
    *each = random.chance(200);
  return mix;
}

std::string FaultMix::names() const {
  const std::array<std::pair<bool, const char*>, 14> all = {{{crash, "crash"},
                                                             {crash_all, "crash-all"},
                                                             {partition, "partition"},
                                                             {one_way, "one-way"},
                                                             {loss, "loss"},
                                                             {duplicate, "duplicate"},
                                                             {reorder, "reorder"},
                                                             {delay, "delay"},
                                                             {slow_disk, "slow-disk"},
                                                             {clock, "clock"},
                                                             {sync_error, "sync-error"},
                                                             {disk_full, "disk-full"},
                                                             {bit_flip, "bit-flip"},
                                                             {backup, "backup"}}};
  std::string text;
  for (const auto& [on, name] : all) {
    if (on) text += (text.empty() ? "" : ",") + std::string(name);
  }
  return text.empty() ? "none" : text;
}

Nemesis::Nemesis(World& world, Random random, const FaultMix& mix)
    : world_(world),
      random_(random),
      mix_(mix),
      pause_(random_.between(50 * kMillisecond, 1 * kSecond)) {}

void Nemesis::start() {
  ++run_;
  set_weather();
  next();
}

void Nemesis::set_weather() {
  Weather weather;
  weather.delay_max = random_.between(500, 5 * kMillisecond);
  if (mix_.loss) weather.loss_per_mille = random_.between(1, 150);
  if (mix_.duplicate) weather.duplicate_per_mille = random_.between(1, 200);
  weather.ordered = !mix_.reorder;
  if (mix_.delay && random_.chance(400)) {
    weather.delay_min = random_.between(1 * kMillisecond, 50 * kMillisecond);
    weather.delay_max = weather.delay_min + random_.between(1, 300 * kMillisecond);
  }
  world_.network().set_weather(weather);
}

void Nemesis::later(Micros delay, std::function<void()> job) {
  world_.scheduler().after(delay, [this, run = run_, job = std::move(job)] {
    if (run == run_) job();
  });
}

void Nemesis::next() {
  later(random_.between(1, 2 * pause_), [this] {
    strike();
    next();
  });
}

test::Crash Nemesis::crash_kind() {
  const std::array kinds = {test::Crash::kKillProcess, test::Crash::kLoseUnsynced,
                            test::Crash::kTearLastWrite, test::Crash::kScatterSectors};
  return kinds[random_.below(kinds.size())];
}

// Also what an operator does with a node that stopped.
void Nemesis::restart_later(std::size_t node, Micros pause_max) {
  later(random_.between(1 * kMillisecond, pause_max), [this, node] {
    if (world_.node(node).is_stopped()) world_.crash(node, test::Crash::kKillProcess);
    if (!world_.node(node).is_up()) world_.start(node);
  });
}

// One bit of one file that has something in it.
void Nemesis::damage(std::size_t node) {
  test::FaultFileSystem& files = world_.node(node).disk().files();
  const std::vector<std::string> paths = files.paths();
  if (paths.empty()) return;
  const std::string& path = paths[random_.below(paths.size())];
  const std::uint64_t bytes = files.contents(path).size();
  if (bytes == 0) return;
  const std::uint64_t bit = random_.below(bytes * 8);
  files.flip_bit(path, bit);
  world_.set_damaged(node);
  world_.trace().line(node,
                      [&] { return "bit " + std::to_string(bit) + " of " + path + " flips"; });
}

void Nemesis::strike() {
  std::vector<std::function<void()>> choices;
  if (mix_.crash) {
    choices.emplace_back([this] {
      const std::size_t node = any_node();
      if (!world_.node(node).is_up()) return;
      world_.crash(node, crash_kind());
      restart_later(node, 3 * kSecond);
    });
  }
  if (mix_.crash_all) {
    choices.emplace_back([this] {
      const test::Crash kind = crash_kind();
      world_.crash_all(kind);
      for (std::size_t node = 0; node < world_.size(); ++node) {
        restart_later(node, 2 * kSecond);
      }
    });
  }
  if (mix_.partition) {
    choices.emplace_back([this] {
      std::vector<int> groups(world_.size(), 0);
      if (random_.chance(500)) {
        groups[any_node()] = 1;
      } else {
        for (int& group : groups) group = static_cast<int>(random_.below(2));
      }
      world_.trace().line(Trace::kWorld, [&] {
        std::string text = "partition";
        for (const int group : groups) text += " " + std::to_string(group);
        return text;
      });
      world_.network().partition(groups);
      later(random_.between(10 * kMillisecond, 3 * kSecond), [this] { world_.network().heal(); });
    });
  }
  if (mix_.one_way) {
    choices.emplace_back([this] {
      const std::size_t from = any_node();
      const std::size_t to = (from + random_.between(1, world_.size() - 1)) % world_.size();
      world_.trace().line(Trace::kWorld, [&] {
        return "cut from n" + std::to_string(from) + " to n" + std::to_string(to);
      });
      world_.network().cut(from, to);
      later(random_.between(10 * kMillisecond, 2 * kSecond), [this] { world_.network().heal(); });
    });
  }
  if (mix_.loss || mix_.delay || mix_.duplicate) {
    choices.emplace_back([this] { set_weather(); });
  }
  if (mix_.slow_disk) {
    choices.emplace_back([this] {
      Pace pace;
      pace.sync_max = random_.between(2 * kMillisecond, 300 * kMillisecond);
      pace.execute = random_.between(200, 50 * kMillisecond);
      const std::size_t node = any_node();
      world_.node(node).set_pace(pace);
      later(random_.between(10 * kMillisecond, 2 * kSecond),
            [this, node] { world_.node(node).set_pace({}); });
    });
  }
  if (mix_.clock) {
    choices.emplace_back([this] {
      // Clocks of most are a little wrong, that of one may be very wrong.
      for (std::size_t node = 0; node < world_.size(); ++node) {
        world_.node(node).set_wall_offset(static_cast<std::int64_t>(random_.below(800)) - 400);
      }
      if (random_.chance(300)) {
        world_.node(any_node())
            .set_wall_offset(static_cast<std::int64_t>(random_.below(10'000)) - 5'000);
      }
    });
  }
  if (mix_.sync_error) {
    choices.emplace_back([this] {
      const std::size_t node = any_node();
      const bool votes = random_.chance(600);
      world_.node(node).fail_sync(votes);
      restart_later(node, 2 * kSecond);
    });
  }
  if (mix_.disk_full) {
    choices.emplace_back([this] {
      const std::size_t node = any_node();
      world_.node(node).set_disk_full(true);
      later(random_.between(10 * kMillisecond, 2 * kSecond), [this, node] {
        world_.node(node).set_disk_full(false);
        restart_later(node, 200 * kMillisecond);
      });
    });
  }
  if (mix_.bit_flip) {
    choices.emplace_back([this] {
      const std::size_t node = any_node();
      if (!world_.may_damage(node)) return;
      world_.crash(node, crash_kind());
      damage(node);
      restart_later(node, 1 * kSecond);
    });
  }
  if (mix_.backup) {
    choices.emplace_back([this] {
      const std::size_t node = any_node();
      if (!world_.may_damage(node)) return;
      if (random_.chance(500)) return world_.node(node).make_backup();
      world_.crash(node, crash_kind());
      if (world_.node(node).restore_backup()) world_.set_damaged(node);
      restart_later(node, 1 * kSecond);
    });
  }
  if (!choices.empty()) choices[random_.below(choices.size())]();
}

}  // namespace huangpu::sim
