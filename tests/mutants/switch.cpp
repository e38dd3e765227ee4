// Which planted bug is active: the number in HP_MUTANT of the environment.
#include <cstdlib>

namespace huangpu {

namespace {

int from_environment() {
  const char* const text = std::getenv("HP_MUTANT");
  return text == nullptr ? 0 : std::atoi(text);
}

}  // namespace

extern const int active_mutant;
const int active_mutant = from_environment();  // NOLINT: what a test program switches

}  // namespace huangpu
