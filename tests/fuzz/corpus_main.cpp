// Runs a fuzz target over its corpus once, for compilers without libFuzzer.
//
// Arguments: files and folders (read recursively, in name order). The empty input is always tried
// first. Exit code 2 when an argument does not exist or is an empty folder; a crash of the target
// ends the process as usual.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& argument) {
  std::vector<fs::path> files;
  if (fs::is_regular_file(argument)) {
    files.push_back(argument);
    return files;
  }
  for (const auto& entry : fs::recursive_directory_iterator(argument)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<fs::path> arguments(argv + 1, argv + argc);
  LLVMFuzzerTestOneInput(nullptr, 0);

  std::size_t count = 1;
  for (const auto& argument : arguments) {
    if (!fs::exists(argument)) {
      std::fprintf(stderr, "%s: no such corpus\n", argument.c_str());
      return 2;
    }
    const std::vector<fs::path> files = files_of(argument);
    if (files.empty()) {
      std::fprintf(stderr, "%s: an empty corpus\n", argument.c_str());
      return 2;
    }
    for (const auto& file : files) {
      std::ifstream stream(file, std::ios::binary);
      const std::vector<char> input{std::istreambuf_iterator<char>(stream),
                                    std::istreambuf_iterator<char>()};
      const std::vector<std::uint8_t> bytes(input.begin(), input.end());
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
      ++count;
    }
  }
  std::printf("%zu inputs\n", count);
  return 0;
}
