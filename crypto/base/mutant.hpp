// Planted bugs: mistakes that the tests must catch, one of them at a time.
// tests/mutants/README.md lists them.
//
// Only the sources that contain one are compiled in a second form, in the build of
// `./dev sim --mutants`. In every other build HP_MUTANT is the constant false: no code, no data.
// Such a build is never installed.
#pragma once

#ifdef HP_MUTANTS

namespace huangpu {
// 0: none. Set before anything else runs, read by every thread.
extern const int active_mutant;
}  // namespace huangpu
#define HP_MUTANT(number) (::huangpu::active_mutant == (number))

#else

#define HP_MUTANT(number) false

#endif
