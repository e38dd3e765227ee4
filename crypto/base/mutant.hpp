// Planted bugs: mistakes that the tests must catch, one of them at a time, and marks of rare places
// that the tests must reach. tests/mutants/README.md lists them.
//
// Only the sources that contain one are compiled in a second form, in the build of
// `./dev sim --mutants`. In every other build HP_MUTANT is the constant false and HP_REACHED is
// nothing: no code, no data. Such a build is never installed.
#pragma once

#ifdef HP_MUTANTS

namespace huangpu {
// 0: none. Set before anything else runs, read by every thread.
extern const int active_mutant;
// Counts that a place was passed; `name` is a literal. Any thread.
void count_reached(const char* name);
}  // namespace huangpu
#define HP_MUTANT(number) (::huangpu::active_mutant == (number))
#define HP_REACHED(name) ::huangpu::count_reached(name)

#else

#define HP_MUTANT(number) false
#define HP_REACHED(name) static_cast<void>(0)

#endif
