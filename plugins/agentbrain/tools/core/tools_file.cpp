#include "tools_file.hpp"

#include <algorithm>

#include "argument_limits.hpp"
#include "member_reader.hpp"

namespace agentbrain::tools {

using jackfield::JsonValue;
using jackfield::PositionedError;
using Kind = JsonValue::Kind;

namespace {

constexpr std::size_t kMostServers = 32;
constexpr std::size_t kMostFunctions = 128;
constexpr double kLongestTimeout = 600;  // seconds
constexpr double kLongestKept = 3600;    // seconds
constexpr double kLargestResult = 65536;

class Reader {
 public:
  Reader(const Variable& variable, const PatternMatcher& matches)
      : members_(variable), matches_(matches) {}

  ToolsFile read(std::string_view json) {
    const JsonValue root = jackfield::read_json(json);
    if (!root.is(Kind::kObject))
      throw PositionedError(root.where, "a tools file is an object with \"mcpServers\"");
    require_known(root, "", {"mcpServers", "functions"});
    if (const JsonValue* servers = root.find("mcpServers")) {
      require_kind(*servers, "mcpServers", Kind::kObject);
      for (const auto& [name, where, value] : servers->members) {
        if (!is_member_name(name, 64))
          throw PositionedError(
              where,
              "\"mcpServers\": the name of a server is made of at most 64 letters, digits, "
              "\"_\" and \"-\"");
        server(name, value);
        if (file_.servers.size() > kMostServers)
          throw PositionedError(where, "\"mcpServers\": there are more than 32 servers");
      }
    }
    if (const JsonValue* list = root.find("functions")) functions(*list);
    file_.secrets = members_.secrets();
    return std::move(file_);
  }

  std::vector<FunctionSettings> read_functions(std::string_view json) {
    members_.fill_in(false);
    functions(jackfield::read_json(json));
    return std::move(file_.functions);
  }

 private:
  void rules(const JsonValue& object, const std::string& path, CallRules& into) {
    if (const JsonValue* timeout = object.find("timeout"))
      into.timeout = static_cast<std::uint64_t>(
          read_number(*timeout, path + ".timeout", 0.1, kLongestTimeout) * 1e9);
    if (const JsonValue* what = object.find("on-interruption")) {
      require_kind(*what, path + ".on-interruption", Kind::kString);
      if (what->string != "cancel" && what->string != "finish")
        wrong_member(*what, path + ".on-interruption", "it must be \"cancel\" or \"finish\"");
      into.finish_on_interruption = what->string == "finish";
    }
    if (const JsonValue* filler = object.find("filler")) {
      require_kind(*filler, path + ".filler", Kind::kString);
      into.filler = filler->string;
    }
    if (const JsonValue* permission = object.find("permission")) {
      require_kind(*permission, path + ".permission", Kind::kString);
      if (!permission->string.empty() && !is_member_name(permission->string, 64))
        wrong_member(*permission, path + ".permission",
                     "it is made of at most 64 letters, digits, \"_\" and \"-\"");
      into.permission = permission->string;
    }
    if (const JsonValue* confirm = object.find("confirm"))
      into.confirm = read_boolean(*confirm, path + ".confirm");
  }

  void server(const std::string& name, const JsonValue& value) {
    const std::string path = "mcpServers." + name;
    require_kind(value, path, Kind::kObject);
    require_known(value, path,
                  {"command", "args", "env", "cwd", "url", "headers", "type", "disabled", "allow",
                   "timeout", "on-interruption", "filler", "parallel", "max-result", "tools",
                   "shared", "keep", "permission", "confirm"});
    ServerSettings server{.name = name};
    const auto others_secrets = static_cast<std::ptrdiff_t>(members_.secrets().size());
    const JsonValue* command = value.find("command");
    const JsonValue* url = value.find("url");
    if ((command != nullptr) == (url != nullptr))
      wrong_member(value, path, "a server has either a \"command\" or a \"url\"");
    const auto only = [&](const char* member, const JsonValue* with, const char* other) {
      if (const JsonValue* found = value.find(member); found && !with)
        wrong_member(*found, path + "." + member, std::string("it belongs to a \"") + other + "\"");
    };
    for (const char* member : {"args", "env", "cwd"}) only(member, command, "command");
    only("headers", url, "url");
    if (const JsonValue* type = value.find("type")) {
      require_kind(*type, path + ".type", Kind::kString);
      const bool fits = command ? type->string == "stdio"
                                : type->string == "http" || type->string == "streamable-http" ||
                                      type->string == "streamableHttp";
      if (!fits)
        wrong_member(*type, path + ".type",
                     command
                         ? "with a \"command\" it is \"stdio\""
                         : "with a \"url\" it is \"http\" (the older \"sse\" is not supported)");
    }
    if (command) {
      server.command = members_.text(*command, path + ".command", false);
      if (server.command.empty()) wrong_member(*command, path + ".command", "it is empty");
    }
    if (const JsonValue* list = value.find("args"))
      server.arguments = members_.texts(*list, path + ".args");
    if (const JsonValue* object = value.find("env"))
      server.environment = members_.pairs(*object, path + ".env", false);
    if (const JsonValue* folder = value.find("cwd"))
      server.folder = members_.text(*folder, path + ".cwd", false);
    if (url) {
      server.url = members_.text(*url, path + ".url", false);
      if (!server.url.starts_with("http://") && !server.url.starts_with("https://"))
        wrong_member(*url, path + ".url", "it begins with \"https://\" or \"http://\"");
    }
    if (const JsonValue* object = value.find("headers"))
      server.headers = members_.pairs(*object, path + ".headers", true);
    if (const JsonValue* allow = value.find("allow"))
      server.allow = members_.texts(*allow, path + ".allow");
    rules(value, path, server.rules);
    if (const JsonValue* parallel = value.find("parallel"))
      server.parallel = read_boolean(*parallel, path + ".parallel");
    if (const JsonValue* shared = value.find("shared"))
      server.shared = read_boolean(*shared, path + ".shared");
    if (const JsonValue* keep = value.find("keep")) {
      if (!server.shared) wrong_member(*keep, path + ".keep", "it belongs to a \"shared\" server");
      server.keep =
          static_cast<std::uint64_t>(read_number(*keep, path + ".keep", 0, kLongestKept) * 1e9);
    }
    if (const JsonValue* most = value.find("max-result"))
      server.max_result =
          static_cast<std::size_t>(read_number(*most, path + ".max-result", 256, kLargestResult));
    if (const JsonValue* tools = value.find("tools")) {
      require_kind(*tools, path + ".tools", Kind::kObject);
      for (const auto& member : tools->members) {
        const std::string at = path + ".tools." + member.key;
        require_kind(member.value, at, Kind::kObject);
        if (server.allow && std::find(server.allow->begin(), server.allow->end(), member.key) ==
                                server.allow->end())
          wrong_member(member.value, at, "\"allow\" does not have it");
        require_known(
            member.value, at,
            {"timeout", "on-interruption", "filler", "permission", "confirm", "arguments"});
        CallRules own = server.rules;
        rules(member.value, at, own);
        server.tool_rules.emplace(member.key, std::move(own));
        if (const JsonValue* arguments = member.value.find("arguments"))
          server.argument_limits.emplace(
              member.key,
              read_argument_limits(
                  *arguments, at + ".arguments",
                  [this](const JsonValue& string, const std::string& where, bool in_pattern) {
                    return members_.text(string, where, false, in_pattern);
                  },
                  matches_));
      }
    }
    server.secrets.assign(members_.secrets().begin() + others_secrets, members_.secrets().end());
    const JsonValue* disabled = value.find("disabled");
    if (disabled && read_boolean(*disabled, path + ".disabled")) return;
    file_.servers.push_back(std::move(server));
  }

  void functions(const JsonValue& list) {
    require_kind(list, "functions", Kind::kArray);
    for (std::size_t i = 0; i < list.items.size(); ++i)
      function(list.items[i], "functions[" + std::to_string(i) + "]");
    if (file_.functions.size() > kMostFunctions)
      wrong_member(list, "functions", "there are more than 128");
  }

  void function(const JsonValue& value, const std::string& path) {
    require_kind(value, path, Kind::kObject);
    require_known(value, path,
                  {"name", "description", "parameters", "timeout", "on-interruption", "filler",
                   "permission", "confirm"});
    FunctionSettings function;
    const JsonValue* name = value.find("name");
    if (!name) wrong_member(value, path, "a function has a \"name\"");
    require_kind(*name, path + ".name", Kind::kString);
    function.name = name->string;
    if (!is_member_name(function.name, 64))
      wrong_member(*name, path + ".name",
                   "it is made of at most 64 letters, digits, \"_\" and \"-\"");
    for (const FunctionSettings& other : file_.functions) {
      if (other.name == function.name)
        wrong_member(*name, path + ".name", "there are two functions \"" + function.name + "\"");
    }
    if (const JsonValue* description = value.find("description"))
      function.description = members_.text(*description, path + ".description", false);
    function.schema.kind = Kind::kObject;
    if (const JsonValue* parameters = value.find("parameters")) {
      require_kind(*parameters, path + ".parameters", Kind::kObject);
      function.schema = *parameters;
    }
    rules(value, path, function.rules);
    file_.functions.push_back(std::move(function));
  }

  MemberReader members_;
  const PatternMatcher& matches_;
  ToolsFile file_;
};

}  // namespace

ToolsFile read_tools_file(std::string_view json, const Variable& variable,
                          const PatternMatcher& matches) {
  return Reader(variable, matches).read(json);
}

std::vector<FunctionSettings> read_functions(std::string_view json) {
  return Reader({}, {}).read_functions(json);
}

}  // namespace agentbrain::tools
