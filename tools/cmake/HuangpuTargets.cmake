# One function per kind of target. Sources are listed by name, relative to the calling folder; a source
# that no list names fails the tidy test.
#
#   hp_library(name [COLD] HEADERS .. SOURCES .. PUBLIC .. PRIVATE ..)   static library; COLD: commands of people,
#                                      compiled for a quick build rather than for speed
#   hp_binary(name [COLD] SOURCES .. LINK .. [NO_INSTALL] [COMPLETION])  program, installed unless told otherwise;
#                                      COMPLETION: `name completion bash` prints its shell completion, installed too
#   hp_test(name LABEL unit SOURCES .. LINK .. TIMEOUT 60 [SUITES])      GoogleTest executable; SUITES: its cases run
#                                      for both algorithm suites (tests/support/test_suite.hpp)
#   hp_fuzz(name SOURCES .. LINK .. CORPUS dir)                          libFuzzer target or corpus runner
#   hp_bench(name SOURCES .. LINK .. ONCE regex)                         Google Benchmark executable; a test runs
#                                                                        what matches once, untimed
#
# PUBLIC only for what a header of ours shows.
include(GoogleTest)

# Sanitizers and the linker: for our code and for generated code.
add_library(hp_codegen INTERFACE)
target_compile_features(hp_codegen INTERFACE cxx_std_20)
if(HP_SANITIZE)
  target_compile_options(hp_codegen INTERFACE -fsanitize=${HP_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(hp_codegen INTERFACE -fsanitize=${HP_SANITIZE})
endif()
if(HP_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "HP_FUZZ needs Clang: only Clang ships libFuzzer")
  endif()
  target_compile_options(hp_codegen INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(HP_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_link_options(hp_codegen INTERFACE -fuse-ld=mold)
endif()
if(HP_HARDEN)
  target_compile_options(hp_codegen INTERFACE -fPIE -fstack-protector-strong -fstack-clash-protection
    -fcf-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  target_link_options(hp_codegen INTERFACE -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack)
endif()
# Paths in assertions and debug information start at the repository root, so that builds are reproducible.
target_compile_options(hp_codegen INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)

# What all hand-written code is compiled with. Linked PRIVATE, so nothing leaks to strangers.
add_library(hp_flags INTERFACE)
target_link_libraries(hp_flags INTERFACE hp_codegen)
target_include_directories(hp_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(hp_flags INTERFACE _GLIBCXX_ASSERTIONS HP_VERSION="${PROJECT_VERSION}")
target_compile_options(hp_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond> $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-branches>
  $<$<CXX_COMPILER_ID:GNU>:-Wlogical-op>
  $<$<BOOL:${HP_WERROR}>:-Werror>)
if(HP_SANITIZE)
  # GCC takes the sanitizers' instrumentation for reads of uninitialised memory.
  # The thread sanitizer does not model fences; Asio and libstdc++ use a few.
  target_compile_options(hp_flags INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()
set_property(TARGET hp_flags PROPERTY INTERFACE_COMPILE_FEATURES cxx_std_20)

# Half of a build's time goes into optimising what runs for a moment: the bodies of tests, and commands that wait for
# people. They are compiled without (-O0) and with little (-O1) of it; -O2 stays for everything that a validator runs.
# Sanitizers and hardening bring optimisation levels of their own.
function(_hp_optimise name level)
  if(NOT HP_SANITIZE AND NOT HP_HARDEN AND NOT HP_FUZZ)
    target_compile_options(${name} PRIVATE ${level})
  endif()
endfunction()

function(hp_library name)
  cmake_parse_arguments(PARSE_ARGV 1 A "COLD" "" "HEADERS;SOURCES;PUBLIC;PRIVATE")
  if(NOT A_SOURCES)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${A_PUBLIC} ${A_PRIVATE})
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
    return()
  endif()
  add_library(${name} STATIC ${A_SOURCES} ${A_HEADERS})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${A_PUBLIC} PRIVATE hp_flags ${A_PRIVATE})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  if(A_COLD)
    _hp_optimise(${name} -O1)
  endif()
endfunction()

# `programs` builds every program that is installed.
add_custom_target(programs)

function(hp_binary name)
  cmake_parse_arguments(PARSE_ARGV 1 A "COLD;NO_INSTALL;COMPLETION" "" "SOURCES;LINK")
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE hp_flags ${A_LINK})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  if(A_COLD)
    _hp_optimise(${name} -O1)
  endif()
  if(NOT A_NO_INSTALL)
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    add_dependencies(programs ${name})
  endif()
  if(A_COMPLETION AND NOT A_NO_INSTALL)
    install(CODE "
      set(folder \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/bash-completion/completions\")
      message(STATUS \"Installing: \${folder}/${name}\")
      file(MAKE_DIRECTORY \"\${folder}\")
      execute_process(COMMAND \"$<TARGET_FILE:${name}>\" completion bash
        OUTPUT_FILE \"\${folder}/${name}\" COMMAND_ERROR_IS_FATAL ANY)")
  endif()
endfunction()

# What nearly every test includes, compiled once. All tests share it, so all are compiled alike (-pthread).
if(HP_TESTS AND NOT HP_FUZZ)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/test_headers.cpp CONTENT "")
  add_library(hp_test_headers OBJECT ${PROJECT_BINARY_DIR}/test_headers.cpp)
  target_link_libraries(hp_test_headers PRIVATE hp_flags GTest::gmock GTest::gtest)
  set_target_properties(hp_test_headers PROPERTIES CXX_EXTENSIONS OFF)
  target_precompile_headers(hp_test_headers PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <optional>
    <random> <set> <span> <string> <thread> <variant> <vector> <absl/container/flat_hash_map.h>
    <absl/container/flat_hash_set.h> <tl/expected.hpp>)
  target_compile_options(hp_test_headers PRIVATE -pthread $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  _hp_optimise(hp_test_headers -O0)
endif()

# A GoogleTest executable whose cases become ctest cases with the given label.
function(hp_test name)
  cmake_parse_arguments(PARSE_ARGV 1 A "SUITES" "LABEL;TIMEOUT" "SOURCES;LINK")
  if(NOT HP_TESTS OR HP_FUZZ)
    return()
  endif()
  if(NOT A_LABEL)
    set(A_LABEL unit)
  endif()
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 60)
  endif()
  if(HP_SANITIZE)
    math(EXPR A_TIMEOUT "${A_TIMEOUT} * 5")
  endif()
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE
    hp_flags GTest::gmock GTest::gtest GTest::gtest_main ${A_LINK})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  target_precompile_headers(${name} REUSE_FROM hp_test_headers)
  target_compile_options(${name} PRIVATE -pthread $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  _hp_optimise(${name} -O0)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    PROPERTIES LABELS "${A_LABEL}" TIMEOUT ${A_TIMEOUT})
  # The same program once more, for suite 2; golden vectors are of suite 1.
  if(A_SUITES)
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
      TEST_PREFIX sm2. TEST_LIST ${name}_SM2 TEST_FILTER "-*Vector*:*Golden*"
      PROPERTIES LABELS "${A_LABEL}" TIMEOUT ${A_TIMEOUT} ENVIRONMENT HP_TEST_SUITE=sm2)
  endif()
endfunction()

# `fuzzers` builds every fuzz target; with HP_FUZZ the targets are libFuzzer programs, otherwise they run
# their corpus once as a test with the label fuzz-corpus.
add_custom_target(fuzzers)

function(hp_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 A "" "CORPUS" "SOURCES;LINK")
  if(NOT HP_TESTS)
    return()
  endif()
  cmake_path(ABSOLUTE_PATH A_CORPUS BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  if(HP_FUZZ)
    add_executable(${name} ${A_SOURCES})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_property(GLOBAL APPEND_STRING PROPERTY HP_FUZZ_LIST "${name} ${A_CORPUS}\n")
  else()
    add_executable(${name} ${A_SOURCES} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus_main.cpp)
    add_test(NAME ${name} COMMAND ${name} ${A_CORPUS})
    set_tests_properties(${name} PROPERTIES LABELS fuzz-corpus TIMEOUT 60)
  endif()
  target_link_libraries(${name} PRIVATE hp_flags ${A_LINK})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  add_dependencies(fuzzers ${name})
endfunction()

# `benches` builds every micro-benchmark.
add_custom_target(benches)

function(hp_bench name)
  cmake_parse_arguments(PARSE_ARGV 1 A "" "ONCE" "SOURCES;LINK")
  if(NOT HP_TESTS OR HP_FUZZ)
    return()
  endif()
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE hp_flags benchmark::benchmark ${A_LINK})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
  add_dependencies(benches ${name})
  # A benchmark that nobody runs breaks unseen.
  add_test(NAME bench.${name} COMMAND ${name} --benchmark_min_time=0 --benchmark_filter=${A_ONCE})
  set_tests_properties(bench.${name} PROPERTIES LABELS bench TIMEOUT 120
    FAIL_REGULAR_EXPRESSION "Failed to match;ERROR OCCURRED")
endfunction()
