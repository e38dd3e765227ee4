#include "tools/cli/completion.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <vector>

namespace huangpu::tools {
namespace {

struct Word {
  std::string text;
  std::string help;
};

// What may follow one command: subcommands and options.
struct Node {
  std::string path;  // "account open"; empty for the program itself
  std::vector<Word> commands;
  std::vector<Word> options;
};

std::string first_sentence(std::string help) {
  help = help.substr(0, help.find('\n'));
  for (char& c : help) {
    // Characters with a meaning to one of the shells.
    if (std::string_view("'\"`$\\[]:").find(c) != std::string_view::npos) c = ' ';
  }
  return help;
}

void collect(const CLI::App& app, const std::string& path, std::vector<Word> inherited,
             std::vector<Node>& nodes) {
  Node node;
  node.path = path;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      inherited.push_back({"--" + name, first_sentence(option->get_description())});
    }
  }
  std::stable_sort(inherited.begin(), inherited.end(),
                   [](const Word& a, const Word& b) { return a.text < b.text; });
  inherited.erase(std::unique(inherited.begin(), inherited.end(),
                              [](const Word& a, const Word& b) { return a.text == b.text; }),
                  inherited.end());
  node.options = inherited;
  const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* sub : subcommands) {
    node.commands.push_back({sub->get_name(), first_sentence(sub->get_description())});
  }
  nodes.push_back(node);
  for (const CLI::App* sub : subcommands) {
    collect(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), inherited, nodes);
  }
}

std::string words_of(const Node& node) {
  std::string words;
  for (const auto* list : {&node.commands, &node.options}) {
    for (const Word& word : *list) words += (words.empty() ? "" : " ") + word.text;
  }
  return words;
}

std::string function_name(const std::string& program) {
  std::string name = "_" + program;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// Walks the words typed so far down the tree, then offers what may follow; anything else is a file.
std::string shared_body(const std::vector<Node>& nodes, const char* words, int first) {
  std::ostringstream out;
  out << "  local path=\"\" word i\n"
      << "  for ((i = " << first << "; i < current; i++)); do\n"
      << "    word=\"${" << words << "[i]}\"\n"
      << "    case \"$path $word\" in\n";
  for (const Node& node : nodes) {
    if (node.path.empty()) continue;
    const std::size_t space = node.path.rfind(' ');
    const std::string parent = space == std::string::npos ? "" : node.path.substr(0, space);
    const std::string name = space == std::string::npos ? node.path : node.path.substr(space + 1);
    out << "      \"" << parent << " " << name << "\") path=\"" << node.path << "\" ;;\n";
  }
  out << "    esac\n  done\n  local candidates=\"\"\n  case \"$path\" in\n";
  for (const Node& node : nodes) {
    out << "    \"" << node.path << "\") candidates=\"" << words_of(node) << "\" ;;\n";
  }
  out << "  esac\n";
  return out.str();
}

std::string bash(const std::string& program, const std::vector<Node>& nodes) {
  std::ostringstream out;
  const std::string function = function_name(program);
  out << "# bash completion of " << program << "\n"
      << function << "() {\n  local current=$COMP_CWORD\n"
      << shared_body(nodes, "COMP_WORDS", 1)
      << "  COMPREPLY=($(compgen -W \"$candidates\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
      << "complete -o default -F " << function << " " << program << "\n";
  return out.str();
}

std::string zsh(const std::string& program, const std::vector<Node>& nodes) {
  std::ostringstream out;
  const std::string function = function_name(program);
  out << "#compdef " << program << "\n"
      << function << "() {\n  setopt local_options ksh_arrays\n  local current=$((CURRENT - 1))\n"
      << shared_body(nodes, "words", 1) << "  compadd -- ${=candidates}\n  _files\n}\n"
      << "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n  " << function
      << " \"$@\"\nelse\n  compdef " << function << " " << program << "\nfi\n";
  return out.str();
}

std::string fish(const std::string& program, const std::vector<Node>& nodes) {
  std::ostringstream out;
  out << "# fish completion of " << program << "\n";
  for (const Node& node : nodes) {
    std::string condition = "__fish_use_subcommand";
    if (!node.path.empty()) {
      condition.clear();
      std::istringstream parts(node.path);
      for (std::string part; parts >> part;) {
        condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + part);
      }
    }
    // A command that has been chosen is not offered again beside its siblings.
    std::string others;
    for (const Word& command : node.commands) others += " " + command.text;
    for (const Word& command : node.commands) {
      out << "complete -c " << program << " -f -n '" << condition
          << "; and not __fish_seen_subcommand_from" << others << "' -a " << command.text << " -d '"
          << command.help << "'\n";
    }
    for (const Word& option : node.options) {
      out << "complete -c " << program << " -n '" << condition << "' -l " << option.text.substr(2)
          << " -d '" << option.help << "'\n";
    }
  }
  return out.str();
}

}  // namespace

Result<std::string> completion_script(const CLI::App& app, std::string_view shell) {
  std::vector<Node> nodes;
  collect(app, "", {}, nodes);
  if (shell == "bash") return bash(app.get_name(), nodes);
  if (shell == "zsh") return zsh(app.get_name(), nodes);
  if (shell == "fish") return fish(app.get_name(), nodes);
  return fail(Errc::kInvalidArgument, "completion is made for bash, zsh and fish");
}

}  // namespace huangpu::tools
