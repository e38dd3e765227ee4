// huangpu: the wallet of an institution's desk and of its scripts (docs/operator/wallet.md).
#include <CLI/CLI.hpp>
#include <iostream>

#include "tools/cli/tool_exit.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {
namespace {

void print_error(const Error& error, OutputFormat format) {
  Fields fields;
  fields.add("error", std::string(errc_text(error.code))).add("message", error.message);
  print_line(std::cerr, "huangpu: " + error.message, fields, format);
}

int run(int argc, char** argv) {
  Invocation invocation;
  const auto app = make_app(invocation);
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app->exit(error) == 0 ? kExitOk : kExitUsage;
  }
  Session session(invocation.options);
  const Result<int> result = invocation.action(session);
  if (!result) {
    print_error(result.error(), invocation.options.output);
    return tool_exit_code(result.error().code);
  }
  std::cout.flush();
  if (!std::cout) {
    print_error({Errc::kIo, "the output could not be written"}, invocation.options.output);
    return kExitStorage;
  }
  return *result;
}

}  // namespace
}  // namespace huangpu::tools

int main(int argc, char** argv) { return huangpu::tools::run(argc, argv); }
