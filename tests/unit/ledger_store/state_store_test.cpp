#include "ledger/store/state_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "crypto/base/codec.hpp"
#include "ledger/state/tree.hpp"
#include "tests/unit/ledger_store/helpers.hpp"

namespace huangpu::ledger {
namespace {

namespace fs = std::filesystem;
using test::digest_of;
using test::Rng;
using test::TemporaryFolder;
using test::text;
using testing::ElementsAre;
using testing::HasSubstr;

Bytes key(char tag, std::uint64_t number) {
  Writer writer;
  writer.u8(static_cast<std::uint8_t>(tag)).u64(number);
  return writer.take();
}

Bytes aux_key(std::uint64_t bucket, std::uint64_t id) {
  Writer writer;
  writer.u8(0x81).u64(bucket).u64(id);
  return writer.take();
}

StateStoreOptions options(const TemporaryFolder& folder) {
  StateStoreOptions result;
  result.directory = folder / "state";
  result.chain_id = digest_of("chain");
  result.undo_heights_max = 4;
  result.cache_bytes = 1 << 20;
  result.block_cache_bytes = 1 << 20;
  result.write_buffer_bytes = 1 << 20;
  result.sync_interval_ms = 1000;
  return result;
}

std::unique_ptr<StateStore> open(StateStoreOptions with) {
  auto store = StateStore::open(std::move(with));
  EXPECT_TRUE(store.has_value()) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

BlockCommit block(std::uint64_t height, std::vector<Change> changes) {
  BlockCommit result;
  result.height = Height(height);
  result.delta.changes = std::move(changes);
  result.commit_message = text("commit " + std::to_string(height));
  return result;
}

TEST(StateStore, HasNoTipAtFirst) {
  const TemporaryFolder folder;
  const auto store = open(options(folder));

  EXPECT_EQ(store->exec_tip(), std::nullopt);
  EXPECT_EQ(store->oldest_readable_height(), std::nullopt);
  EXPECT_EQ(store->get(key('A', 1)), std::nullopt);
  EXPECT_TRUE(store->health());
}

TEST(StateStore, GivesBackABlockAfterReopening) {
  const TemporaryFolder folder;
  auto store = open(options(folder));
  BlockCommit first = block(
      0, {{key('A', 1), text("one")}, {key('B', 1), text("balance")}, {aux_key(5, 1), text("id")}});
  first.receipts = {{digest_of("t0"), text("receipt 0")},
                    {digest_of("t1"), text("receipt 1")},
                    {digest_of("t0"), text("receipt of a repetition"), false}};
  first.mmr_nodes = {{0, digest_of("node 0")}, {1, digest_of("node 1")}};
  ASSERT_TRUE(store->commit(first));
  ASSERT_TRUE(store->commit(block(1, {{key('A', 1), std::nullopt}, {key('A', 2), text("two")}})));

  const auto check = [](StateStore& held) {
    EXPECT_EQ(held.exec_tip(), (ExecTip{Height(1), text("commit 1")}));
    EXPECT_EQ(held.get(key('A', 1)), std::nullopt);
    EXPECT_EQ(held.get(key('A', 2)), text("two"));
    EXPECT_EQ(held.get(key('B', 1)), text("balance"));
    EXPECT_EQ(held.get(aux_key(5, 1)), text("id"));
    EXPECT_THAT(held.receipts(Height(0)).value(),
                ElementsAre(text("receipt 0"), text("receipt 1"), text("receipt of a repetition")));
    EXPECT_TRUE(held.receipts(Height(1)).value().empty());
    EXPECT_EQ(held.receipt(Height(0), 1).value(), text("receipt 1"));
    EXPECT_EQ(held.receipt(Height(0), 3).error().code, Errc::kNotFound);
    EXPECT_EQ(held.find_transaction(digest_of("t0")).value(), (TransactionPlace{Height(0), 0}));
    EXPECT_EQ(held.find_transaction(digest_of("t1")).value(), (TransactionPlace{Height(0), 1}));
    EXPECT_EQ(held.find_transaction(digest_of("t2")).value(), std::nullopt);
    EXPECT_EQ(held.mmr_node(1).value(), digest_of("node 1"));
    EXPECT_EQ(held.mmr_node(2).value(), std::nullopt);
    EXPECT_TRUE(held.scrub());
  };
  check(*store);
  store.reset();
  store = open(options(folder));
  check(*store);
}

// A copy that is ordered after its window has closed must not hide what the first one did.
TEST(StateStore, NamesTheFirstReceiptOfAnIdThatAlsoCameTooLate) {
  const TemporaryFolder folder;
  const auto store = open(options(folder));
  BlockCommit first = block(0, {});
  first.receipts = {{digest_of("t0"), text("settled")}};
  ASSERT_TRUE(store->commit(first));
  BlockCommit second = block(1, {});
  second.receipts = {{digest_of("t0"), text("expired"), true, true},
                     {digest_of("t1"), text("expired"), true, true},
                     {digest_of("t1"), text("expired again"), true, true}};
  ASSERT_TRUE(store->commit(second));

  EXPECT_EQ(store->find_transaction(digest_of("t0")).value(), (TransactionPlace{Height(0), 0}));
  EXPECT_EQ(store->find_transaction(digest_of("t1")).value(), (TransactionPlace{Height(1), 1}));
}

TEST(StateStore, RefusesABlockThatDoesNotFollowTheTip) {
  const TemporaryFolder folder;
  const auto store = open(options(folder));
  ASSERT_TRUE(store->commit(block(7, {})));

  EXPECT_EQ(store->commit(block(7, {})).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(store->commit(block(9, {})).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(store->commit(block(8, {{key('B', 1), Bytes{}}, {key('A', 1), Bytes{}}})).error().code,
            Errc::kInvalidArgument);
  EXPECT_TRUE(store->commit(block(8, {})));
}

TEST(StateStore, DropsAuxiliaryEntriesByPrefix) {
  const TemporaryFolder folder;
  const auto store = open(options(folder));
  ASSERT_TRUE(store->commit(block(1, {{key('A', 1), text("stays")},
                                      {aux_key(5, 1), text("a")},
                                      {aux_key(5, 2), text("b")},
                                      {aux_key(6, 1), text("c")}})));
  store->prefetch(std::vector<Bytes>{aux_key(5, 1), aux_key(5, 9)});
  BlockCommit second = block(2, {{aux_key(5, 3), text("new")}});
  Writer prefix;
  prefix.u8(0x81).u64(5);
  second.delta.erased_aux_prefixes = {prefix.take()};
  ASSERT_TRUE(store->commit(second));

  EXPECT_EQ(store->get(aux_key(5, 1)), std::nullopt);
  EXPECT_EQ(store->get(aux_key(5, 2)), std::nullopt);
  EXPECT_EQ(store->get(aux_key(5, 3)), text("new"));
  EXPECT_EQ(store->get(aux_key(6, 1)), text("c"));
  EXPECT_EQ(store->get(key('A', 1)), text("stays"));
  std::vector<Bytes> seen;
  store->scan(Bytes{0x81}, [&](ByteView found, ByteView) {
    seen.push_back(to_bytes(found));
    return true;
  });
  EXPECT_THAT(seen, ElementsAre(aux_key(5, 3), aux_key(6, 1)));
}

// Method: random blocks against a model that keeps every height; a cache too small for the state.
TEST(StateStore, AnswersForEveryHeightItKeepsAndNoOther) {
  const TemporaryFolder folder;
  StateStoreOptions with = options(folder);
  with.cache_bytes = 4000;
  auto store = open(with);
  Rng rng(3);
  std::map<std::uint64_t, std::map<Bytes, Bytes>> models;
  std::map<Bytes, Bytes> model;
  for (std::uint64_t height = 1; height <= 60; ++height) {
    std::map<Bytes, std::optional<Bytes>> changes;
    for (std::uint64_t n = rng() % 15; n > 0; --n) {
      const Bytes changed = key('B', rng() % 60);
      if (rng() % 4 == 0) {
        changes[changed] = std::nullopt;
        model.erase(changed);
      } else {
        changes[changed] = test::random_bytes(rng, 1 + rng() % 40);
        model[changed] = *changes[changed];
      }
    }
    BlockCommit next = block(height, {});
    for (const auto& [changed, value] : changes) next.delta.changes.push_back({changed, value});
    ASSERT_TRUE(store->commit(next));
    models[height] = model;
    if (height % 17 == 0) {
      store.reset();
      store = open(with);
      EXPECT_EQ(store->oldest_readable_height(), Height(height));
      models.clear();
      models[height] = model;
    }
    const std::uint64_t oldest = store->oldest_readable_height()->value();
    EXPECT_LE(oldest, height);
    EXPECT_EQ(store->get_at(Height(height + 1), key('B', 1)).error().code, Errc::kOutOfRange);
    if (oldest > 0) {
      EXPECT_EQ(store->get_at(Height(oldest - 1), key('B', 1)).error().code, Errc::kOutOfRange);
    }
    for (std::uint64_t at = oldest; at <= height; ++at) {
      for (std::uint64_t number = 0; number < 60; ++number) {
        const auto it = models.at(at).find(key('B', number));
        const auto expected =
            it == models.at(at).end() ? std::nullopt : std::optional<Bytes>(it->second);
        ASSERT_EQ(store->get_at(Height(at), key('B', number)).value(), expected)
            << "height " << at << " of " << height;
      }
    }
    for (std::uint64_t number = 0; number < 60; ++number) {
      const auto it = model.find(key('B', number));
      ASSERT_EQ(store->get(key('B', number)),
                it == model.end() ? std::nullopt : std::optional<Bytes>(it->second));
    }
  }
}

TEST(StateStore, ServesOldHeightsToOtherThreadsWhileItCommits) {
  const TemporaryFolder folder;
  const auto store = open(options(folder));
  const auto value = [](std::uint64_t height) { return text("value " + std::to_string(height)); };
  ASSERT_TRUE(store->commit(block(1, {{key('B', 1), value(1)}, {key('B', 2), value(1)}})));
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const Height tip = store->exec_tip()->height;
        for (const std::uint64_t number : {1ULL, 2ULL}) {
          const auto found = store->get_at(tip, key('B', number));
          if (!found) continue;  // more than four blocks passed meanwhile
          ASSERT_EQ(*found, value(tip.value()));
        }
      }
    });
  }
  for (std::uint64_t height = 2; height <= 300; ++height) {
    ASSERT_TRUE(
        store->commit(block(height, {{key('B', 1), value(height)}, {key('B', 2), value(height)}})));
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

TEST(StateStore, PrefetchChangesNoAnswer) {
  const TemporaryFolder folder;
  auto store = open(options(folder));
  ASSERT_TRUE(store->commit(block(1, {{key('A', 1), text("one")}, {aux_key(1, 1), text("id")}})));
  store.reset();
  store = open(options(folder));

  store->prefetch(
      std::vector<Bytes>{key('A', 2), key('A', 1), key('A', 1), aux_key(1, 1), aux_key(1, 2)});

  EXPECT_EQ(store->get(key('A', 1)), text("one"));
  EXPECT_EQ(store->get(key('A', 2)), std::nullopt);
  EXPECT_EQ(store->get(aux_key(1, 1)), text("id"));
  EXPECT_EQ(store->get(aux_key(1, 2)), std::nullopt);
  EXPECT_EQ(store->usage().cache_misses, 0U);
}

TEST(StateStore, RebuildsTheTreeFromItsLeaves) {
  const TemporaryFolder folder;
  auto store = open(options(folder));
  StateTree tree(test::kSuite);
  Rng rng(9);
  for (std::uint64_t height = 1; height <= 20; ++height) {
    std::map<Bytes, Bytes> changes;
    for (int i = 0; i < 30; ++i) changes[key('B', rng() % 300)] = test::random_bytes(rng, 20);
    BlockCommit next = block(height, {});
    for (const auto& [changed, value] : changes) next.delta.changes.push_back({changed, value});
    next.delta.changes.push_back({aux_key(height, 1), text("not a leaf")});
    ASSERT_TRUE(store->commit(next));
    tree.apply(Height(height), leaf_changes(test::kSuite, next.delta));
  }
  store.reset();
  store = open(options(folder));

  std::vector<LeafChange> leaves;
  ASSERT_TRUE(store->for_each_leaf([&](ByteView found, ByteView value) {
    leaves.push_back(leaf_change(test::kSuite, found, value));
  }));
  StateTree rebuilt(test::kSuite);

  EXPECT_EQ(rebuilt.rebuild(Height(20), leaves), tree.root());
}

TEST(StateStore, RefusesAnotherChain) {
  const TemporaryFolder folder;
  open(options(folder)).reset();
  StateStoreOptions other = options(folder);
  other.chain_id = digest_of("another chain");

  EXPECT_EQ(StateStore::open(other).error().code, Errc::kWrongChain);
}

TEST(StateStore, IsHeldByOneProcessAtATime) {
  const TemporaryFolder folder;
  const auto store = open(options(folder));

  EXPECT_EQ(StateStore::open(options(folder)).error().code, Errc::kAlreadyRunning);
  EXPECT_EQ(StateStore::destroy(options(folder).directory).error().code, Errc::kAlreadyRunning);
}

TEST(StateStore, ReadOnlyOpensWhatExistsOnly) {
  const TemporaryFolder folder;
  StateStoreOptions read_only = options(folder);
  read_only.read_only = true;
  EXPECT_EQ(StateStore::open(read_only).error().code, Errc::kNotFound);
  auto store = open(options(folder));
  ASSERT_TRUE(store->commit(block(1, {{key('A', 1), text("one")}})));

  const auto reader = open(read_only);

  EXPECT_EQ(reader->exec_tip()->height, Height(1));
  EXPECT_EQ(reader->get(key('A', 1)), text("one"));
}

TEST(StateStore, DestroyLeavesNothingAndIsHarmlessWithoutAStore) {
  const TemporaryFolder folder;
  auto store = open(options(folder));
  ASSERT_TRUE(store->commit(block(1, {})));
  store.reset();

  EXPECT_TRUE(StateStore::destroy(options(folder).directory));
  EXPECT_TRUE(StateStore::destroy(options(folder).directory));

  EXPECT_FALSE(fs::exists(options(folder).directory));
  EXPECT_EQ(open(options(folder))->exec_tip(), std::nullopt);
}

std::vector<std::string> files_of(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.is_regular_file() && fs::file_size(entry) > 0) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void flip(const std::string& path, std::uint64_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const auto byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(byte);
}

// Goal: a damaged store never gives a wrong value: it opens at some committed block with that
// block's values, or refuses as corrupt and can be destroyed. Method: flip one byte in every file,
// at several places, and compare with the model of each height.
TEST(StateStore, NeverAnswersWronglyAfterDamage) {
  const TemporaryFolder folder;
  const auto value = [](std::uint64_t number, std::uint64_t height) {
    return text("value " + std::to_string(number) + " at " + std::to_string(height));
  };
  constexpr std::uint64_t kKeys = 40;
  constexpr std::uint64_t kHeights = 30;
  {
    auto store = open(options(folder));
    for (std::uint64_t height = 1; height <= kHeights; ++height) {
      BlockCommit next = block(height, {});
      for (std::uint64_t n = 0; n < kKeys; ++n)
        next.delta.changes.push_back({key('B', n), value(n, height)});
      ASSERT_TRUE(store->commit(next));
      if (height == 15) {
        // A restart moves what is there into tables, so that both tables and log are damaged below.
        store.reset();
        store = open(options(folder));
      }
    }
  }
  const std::string pristine = folder / "pristine";
  fs::rename(options(folder).directory, pristine);
  std::size_t refused = 0;
  std::size_t opened = 0;
  for (const std::string& path : files_of(pristine)) {
    const std::string name = fs::path(path).filename();
    for (int place = 0; place < 5; ++place) {
      SCOPED_TRACE(name + " place " + std::to_string(place));
      fs::remove_all(options(folder).directory);
      fs::copy(pristine, options(folder).directory);
      const std::string victim = options(folder).directory + "/" + name;
      const std::uint64_t size = fs::file_size(victim);
      flip(victim, size * static_cast<std::uint64_t>(place) / 5);
      auto store = StateStore::open(options(folder));
      if (!store) {
        ++refused;
        EXPECT_EQ(store.error().code, Errc::kCorrupt) << store.error().message;
        EXPECT_THAT(store.error().message, HasSubstr(options(folder).directory));
        EXPECT_TRUE(StateStore::destroy(options(folder).directory));
        continue;
      }
      ++opened;
      const auto tip = (*store)->exec_tip();
      for (std::uint64_t n = 0; n < kKeys && tip; ++n) {
        const auto found = (*store)->get(key('B', n));
        if (!(*store)->health()) {
          EXPECT_FALSE((*store)->commit(block(tip->height.value() + 1, {})));
          break;
        }
        ASSERT_EQ(found, value(n, tip->height.value()));
      }
    }
  }
  EXPECT_GT(refused, 0U);
  EXPECT_GT(opened, 0U);
}

TEST(StateStore, OpensAtACommittedBlockWhateverIsCutOffItsLog) {
  const TemporaryFolder folder;
  {
    auto store = open(options(folder));
    for (std::uint64_t height = 1; height <= 20; ++height) {
      ASSERT_TRUE(store->commit(block(height, {{key('B', 1), text(std::to_string(height))},
                                               {key('B', 2), text(std::to_string(height))}})));
    }
  }
  const std::string pristine = folder / "pristine";
  fs::rename(options(folder).directory, pristine);
  for (const std::string& path : files_of(pristine)) {
    if (!path.ends_with(".log")) continue;
    for (std::uint64_t cut = 1; cut < fs::file_size(path); cut += 97) {
      fs::remove_all(options(folder).directory);
      fs::copy(pristine, options(folder).directory);
      const std::string victim =
          options(folder).directory + "/" + std::string(fs::path(path).filename());
      fs::resize_file(victim, fs::file_size(victim) - cut);
      auto store = StateStore::open(options(folder));
      ASSERT_TRUE(store.has_value()) << store.error().message;
      const auto tip = (*store)->exec_tip();
      if (!tip) continue;
      EXPECT_EQ(tip->commit_message, text("commit " + std::to_string(tip->height.value())));
      EXPECT_EQ((*store)->get(key('B', 1)), text(std::to_string(tip->height.value())));
      EXPECT_EQ((*store)->get(key('B', 2)), text(std::to_string(tip->height.value())));
    }
  }
}

// SPEC S-44
TEST(StateStore, ASnapshotStaysAsItWasWhileBlocksAreCommitted) {
  TemporaryFolder folder;
  const auto store = open(options(folder));
  ASSERT_TRUE(store->commit(block(1, {{key('A', 1), text("old")}, {key('A', 2), text("gone")}})));
  const auto before = store->snapshot();
  ASSERT_TRUE(store->commit(block(
      2, {{key('A', 1), text("new")}, {key('A', 2), std::nullopt}, {key('A', 3), text("more")}})));

  EXPECT_EQ(before->get(key('A', 1)), text("old"));
  EXPECT_EQ(before->get(key('A', 3)), std::nullopt);
  std::vector<Bytes> seen;
  before->scan(text("A"), [&](ByteView, ByteView value) {
    seen.push_back(to_bytes(value));
    return true;
  });
  EXPECT_THAT(seen, ElementsAre(text("old"), text("gone")));
  EXPECT_EQ(store->snapshot()->get(key('A', 1)), text("new"));
  EXPECT_TRUE(before->health());
}

}  // namespace
}  // namespace huangpu::ledger
