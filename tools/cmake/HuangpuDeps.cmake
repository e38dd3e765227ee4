# Finds every third-party library, all of them Debian 12 packages (tools/dev/packages.txt).
#
# Order matters: gRPC's config file expects Protobuf to be found already, and Protobuf exists only as a
# CMake module. Our code links the imported targets listed here and nothing else.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

find_package(Protobuf MODULE REQUIRED)          # protobuf::libprotobuf, protobuf_generate()
find_package(gRPC CONFIG REQUIRED)              # gRPC::grpc++, gRPC::grpc++_reflection, gRPC::grpc_cpp_plugin
find_package(absl CONFIG REQUIRED)              # absl::flat_hash_map, ...
find_package(OpenSSL 3.0 REQUIRED)              # OpenSSL::Crypto, OpenSSL::SSL
find_package(Boost 1.81 REQUIRED)               # Boost::headers (Asio, Beast)
find_package(RocksDB CONFIG REQUIRED)           # RocksDB::rocksdb-shared
find_package(spdlog CONFIG REQUIRED)            # spdlog::spdlog
find_package(CLI11 CONFIG REQUIRED)             # CLI11::CLI11
find_package(tomlplusplus CONFIG REQUIRED)      # tomlplusplus::tomlplusplus
find_package(nlohmann_json CONFIG REQUIRED)     # nlohmann_json::nlohmann_json
find_package(tl-expected CONFIG REQUIRED)       # tl::expected
find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)  # prometheus-cpp::core
pkg_check_modules(botan REQUIRED IMPORTED_TARGET botan-2)     # PkgConfig::botan
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)  # PkgConfig::sodium
pkg_check_modules(p11kit REQUIRED IMPORTED_TARGET p11-kit-1)  # PkgConfig::p11kit, its pkcs11.h only

if(HP_TESTS)
  pkg_check_modules(gcrypt REQUIRED IMPORTED_TARGET libgcrypt)  # PkgConfig::gcrypt, a second opinion
  find_package(GTest CONFIG REQUIRED)           # GTest::gtest_main, GTest::gmock
  find_package(benchmark CONFIG REQUIRED)       # benchmark::benchmark
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()

# Compiler cache: found, it is used. The base directory and the ignored working directory let different
# build folders share results; the sloppiness is what precompiled headers need.
find_program(HP_CCACHE ccache)
mark_as_advanced(HP_CCACHE)
if(HP_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros ${HP_CCACHE})
endif()

find_program(HP_MOLD mold)
mark_as_advanced(HP_MOLD)
