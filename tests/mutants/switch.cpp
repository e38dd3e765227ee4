// Which planted bug is active: the number in HP_MUTANT of the environment. Marks that were reached
// are written to the file named by HP_REACHED_FILE when the program ends.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace huangpu {

namespace {

int from_environment() {
  const char* const text = std::getenv("HP_MUTANT");
  return text == nullptr ? 0 : std::atoi(text);
}

class Marks {
 public:
  ~Marks() {
    const char* const path = std::getenv("HP_REACHED_FILE");
    std::FILE* const file = path == nullptr ? nullptr : std::fopen(path, "w");
    if (file == nullptr) return;
    for (const auto& [name, count] : counts_) std::fprintf(file, "%llu %s\n", count, name.c_str());
    std::fclose(file);
  }
  void count(const char* name) {
    const std::lock_guard lock(mutex_);
    ++counts_[name];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, unsigned long long> counts_;
};

}  // namespace

extern const int active_mutant;
const int active_mutant = from_environment();  // NOLINT: what a test program switches

void count_reached(const char* name);
void count_reached(const char* name) {
  static Marks marks;
  marks.count(name);
}

}  // namespace huangpu
