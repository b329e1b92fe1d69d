// The tools file: mistakes stand within the text; what was read keeps the limits that are promised,
// and what is offered of it is JSON. The same for the list of functions of an application.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "offered_functions.hpp"
#include "tools_file.hpp"

namespace {

using namespace agentbrain::tools;

void require(bool ok) {
  if (!ok) std::abort();
}

// Regular expressions are the element's; here they are as long as they are.
std::optional<bool> matches(const std::string& pattern, const std::string& text) {
  if (pattern.find('(') != pattern.npos) return std::nullopt;
  return text.find(pattern) != text.npos;
}

std::optional<std::string> variable(std::string_view name) {
  if (name == "NONE") return std::nullopt;
  return "a \"value\" of\r\n" + std::string(name);
}

void check_place(const jackfield::PositionedError& mistake, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  require(mistake.where().line >= 1 && mistake.where().line <= lines);
  require(mistake.where().column >= 1 && mistake.where().column <= text.size() + 1);
  require(*mistake.what() != '\0');
}

void check(const ToolsFile& file) {
  require(file.servers.size() <= 32);
  require(file.functions.size() <= 128);
  for (const ServerSettings& server : file.servers) {
    require(!server.name.empty() && server.name.size() <= 64);
    require(server.command.empty() != server.url.empty());
    require(server.rules.timeout >= 100'000'000 && server.rules.timeout <= 600'000'000'000);
    require(server.max_result >= 256 && server.max_result <= 65'536);
    for (const auto& [name, value] : server.headers) {
      require(name.find_first_of(": \r\n") == name.npos);
      require(value.find_first_of("\r\n") == value.npos);
    }
    for (const std::string& secret : server.secrets)
      require(std::find(file.secrets.begin(), file.secrets.end(), secret) != file.secrets.end());
  }
  OfferedFunctions offered(file, {});
  const McpTool tool{.name = "read", .description = "d", .schema = jackfield::read_json("{}")};
  for (std::size_t server = 0; server < file.servers.size(); ++server)
    offered.set_tools(server, {tool});
  require(jackfield::parse_json(offered.json()).value.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    check(read_tools_file(text, variable, matches));
  } catch (const jackfield::PositionedError& mistake) {
    check_place(mistake, text);
  }
  try {
    require(read_functions(text).size() <= 128);
  } catch (const jackfield::PositionedError& mistake) {
    check_place(mistake, text);
  }
  return 0;
}
