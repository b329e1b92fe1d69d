// Which functions a language model is offered: those of the agent, of the application and of the
// servers, as far as the tools file and the caller's permissions allow. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mcp_session.hpp"
#include "tools_file.hpp"

namespace agentbrain::tools {

// In place of a server's index.
inline constexpr std::size_t kApplication = SIZE_MAX;
inline constexpr std::size_t kBuiltIn = SIZE_MAX - 1;  // the agent itself
inline constexpr const char* kBuiltInName = "agent";   // in records

// What the model is offered.
struct OfferedFunction {
  std::string name;  // unique; a name that a language model's API takes
  std::string description;
  jackfield::JsonValue schema;
  std::size_t server = kApplication;
  std::string tool;  // its name at the server
  CallRules rules;
  std::size_t max_result = 16 * 1024;            // bytes of a result that the model is told
  const jackfield::JsonValue* limits = nullptr;  // of the arguments, by the tools file
};

// A name that language models take (at most 64 letters, digits, "_" and "-") and that is not taken:
// the tool's own if it can be, otherwise with the server's before it, or a number behind.
std::string function_name(const std::string& server, const std::string& tool,
                          const std::function<bool(const std::string& name)>& is_taken);

// Names in a server's part of the tools file that the server has no tool for: rules of them guard
// nothing.
std::vector<std::string> names_without_tool(const ServerSettings& server,
                                            const std::vector<McpTool>& tools);

class OfferedFunctions {
 public:
  // `file` stays where it is as long as this lives.
  OfferedFunctions(const ToolsFile& file, std::vector<FunctionSettings> built_in);

  // Of the application, besides the file's. Of several functions with one name the agent's own
  // counts, then the file's.
  void set_application(std::vector<FunctionSettings> functions);
  // What a server has now; none: it is gone.
  void set_tools(std::size_t server, const std::vector<McpTool>& tools);
  // Of who calls. Without any only functions are offered that need none.
  void set_permissions(std::vector<std::string> permissions);

  // Of all these, by the names they have for the model; nothing: all.
  void set_allowed(std::optional<std::vector<std::string>> names);

  const std::vector<OfferedFunction>& all() const { return functions_; }
  const OfferedFunction* find(const std::string& name) const;
  // It is there, but neither for this agent nor for this caller: nobody may carry it out.
  bool is_withheld(const std::string& name) const {
    return withheld_.contains(name) && !find(name);
  }
  // As the signal offer-tools takes them.
  std::string json() const;

 private:
  void update();
  void add_names(std::size_t server, const std::vector<std::string>& tools);
  void add(const std::vector<FunctionSettings>& functions, std::size_t server);
  bool permitted(const CallRules& rules) const;

  const ToolsFile& file_;
  const std::vector<FunctionSettings> built_in_;
  std::vector<FunctionSettings> application_;
  std::vector<std::vector<McpTool>> tools_;  // by server
  // What a server is known to have, be it there or not: another one does not get its names, so that
  // no call goes to whoever is left.
  std::vector<std::set<std::string, std::less<>>> names_;
  std::vector<std::string> permissions_;
  std::optional<std::vector<std::string>> allowed_;
  std::vector<OfferedFunction> functions_;
  std::set<std::string, std::less<>> withheld_;  // names
};

}  // namespace agentbrain::tools
