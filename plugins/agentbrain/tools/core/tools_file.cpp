#include "tools_file.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "argument_limits.hpp"
#include "fill_in.hpp"
#include "masking.hpp"

namespace agentbrain::tools {

using jackfield::JsonValue;
using jackfield::PositionedError;
using Kind = JsonValue::Kind;
using Variable = std::function<std::optional<std::string>(std::string_view)>;

namespace {

constexpr std::size_t kMostServers = 32;
constexpr std::size_t kMostFunctions = 128;
constexpr double kLongestTimeout = 600;  // seconds
constexpr double kLongestKept = 3600;    // seconds
constexpr double kLargestResult = 65536;

[[noreturn]] void wrong(const JsonValue& where, const std::string& path, const std::string& why) {
  throw PositionedError(where.where, "\"" + path + "\": " + why);
}

void of_kind(const JsonValue& value, const std::string& path, Kind kind) {
  if (!value.is(kind))
    wrong(value, path,
          std::string("it must be ") + jackfield::kind_name(kind) + ", not " +
              jackfield::kind_name(value.kind));
}

bool is_name(std::string_view name, std::size_t most) {
  return !name.empty() && name.size() <= most &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == name.npos;
}

bool is_header(std::string_view name) {
  return !name.empty() && name.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "!#$%&'*+-.^_`|~") == name.npos;
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return low(x) == low(y);
  });
}

// As a regular expression that means itself.
std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(R"(\^$.|?*+()[]{}-/#)").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

class Reader {
 public:
  Reader(const Variable& variable, const PatternMatcher& matches)
      : variable_(variable), matches_(matches) {}

  ToolsFile read(std::string_view json) {
    const JsonValue root = jackfield::read_json(json);
    if (!root.is(Kind::kObject))
      throw PositionedError(root.where, "a tools file is an object with \"mcpServers\"");
    known(root, "", {"mcpServers", "functions"});
    if (const JsonValue* servers = root.find("mcpServers")) {
      of_kind(*servers, "mcpServers", Kind::kObject);
      for (const auto& [name, where, value] : servers->members) {
        if (!is_name(name, 64))
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
    return std::move(file_);
  }

  std::vector<FunctionSettings> read_functions(std::string_view json) {
    fills_in_ = false;
    functions(jackfield::read_json(json));
    return std::move(file_.functions);
  }

 private:
  static void known(const JsonValue& object, const std::string& path,
                    std::initializer_list<std::string_view> names) {
    for (const auto& member : object.members) {
      if (std::find(names.begin(), names.end(), member.key) != names.end()) continue;
      std::string all;
      for (const std::string_view name : names)
        all += (all.empty() ? "" : ", ") + std::string(name);
      throw PositionedError(member.where, "\"" + (path.empty() ? "" : path + ".") + member.key +
                                              "\": there is no such member; there are " + all);
    }
  }

  // A string, filled in. `secret`: what its variables hold must not be shown.
  std::string text(const JsonValue& value, const std::string& path, bool secret,
                   bool in_pattern = false) {
    of_kind(value, path, Kind::kString);
    if (!fills_in_) return value.string;
    try {
      return jackfield::fill_in(value.string, [&](std::string_view name) {
        auto found = variable_(name);
        if (found && (secret || sounds_secret(name))) file_.secrets.push_back(*found);
        if (found && in_pattern) found = quoted(*found);
        return found;
      });
    } catch (const PositionedError& mistake) {
      wrong(value, path, std::string(mistake.what()) + " in the environment");
    }
  }

  std::vector<std::string> texts(const JsonValue& value, const std::string& path) {
    of_kind(value, path, Kind::kArray);
    std::vector<std::string> all;
    for (std::size_t i = 0; i < value.items.size(); ++i)
      all.push_back(text(value.items[i], path + "[" + std::to_string(i) + "]", false));
    return all;
  }

  std::vector<std::pair<std::string, std::string>> pairs(const JsonValue& value,
                                                         const std::string& path, bool headers) {
    of_kind(value, path, Kind::kObject);
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [name, where, member] : value.members) {
      const std::string at = path + "." + name;
      if (headers && !is_header(name))
        throw PositionedError(where, "\"" + at + "\": that is no name of a header");
      if (headers && (same(name, "mcp-session-id") || same(name, "mcp-protocol-version") ||
                      same(name, "content-type") || same(name, "accept")))
        throw PositionedError(where, "\"" + at + "\": the protocol sets this header itself");
      if (!headers && (name.empty() || name.find('=') != name.npos))
        throw PositionedError(where, "\"" + at + "\": that is no name of a variable");
      const bool secret = sounds_secret(name);
      of_kind(member, at, Kind::kString);
      if (secret && !member.string.empty() && member.string.find("${") == std::string::npos)
        wrong(member, at,
              "a secret does not stand in a file: put it into the environment and write ${NAME}");
      std::string filled = text(member, at, secret || headers);
      if (filled.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos && headers)
        wrong(member, at, "a header has one line");
      all.emplace_back(name, std::move(filled));
    }
    return all;
  }

  static double number(const JsonValue& value, const std::string& path, double least, double most) {
    of_kind(value, path, Kind::kNumber);
    if (!(value.number >= least && value.number <= most))
      wrong(value, path,
            "it must lie from " + std::to_string(static_cast<long>(std::ceil(least))) + " to " +
                std::to_string(static_cast<long>(most)));
    return value.number;
  }

  static bool boolean(const JsonValue& value, const std::string& path) {
    of_kind(value, path, Kind::kBoolean);
    return value.boolean;
  }

  void rules(const JsonValue& object, const std::string& path, CallRules& into) {
    if (const JsonValue* timeout = object.find("timeout"))
      into.timeout = static_cast<std::uint64_t>(
          number(*timeout, path + ".timeout", 0.1, kLongestTimeout) * 1e9);
    if (const JsonValue* what = object.find("on-interruption")) {
      of_kind(*what, path + ".on-interruption", Kind::kString);
      if (what->string != "cancel" && what->string != "finish")
        wrong(*what, path + ".on-interruption", "it must be \"cancel\" or \"finish\"");
      into.finish_on_interruption = what->string == "finish";
    }
    if (const JsonValue* filler = object.find("filler")) {
      of_kind(*filler, path + ".filler", Kind::kString);
      into.filler = filler->string;
    }
    if (const JsonValue* permission = object.find("permission")) {
      of_kind(*permission, path + ".permission", Kind::kString);
      if (!permission->string.empty() && !is_name(permission->string, 64))
        wrong(*permission, path + ".permission",
              "it is made of at most 64 letters, digits, \"_\" and \"-\"");
      into.permission = permission->string;
    }
    if (const JsonValue* confirm = object.find("confirm"))
      into.confirm = boolean(*confirm, path + ".confirm");
  }

  void server(const std::string& name, const JsonValue& value) {
    const std::string path = "mcpServers." + name;
    of_kind(value, path, Kind::kObject);
    known(value, path,
          {"command", "args", "env", "cwd", "url", "headers", "type", "disabled", "allow",
           "timeout", "on-interruption", "filler", "parallel", "max-result", "tools", "shared",
           "keep", "permission", "confirm"});
    ServerSettings server{.name = name};
    const auto others_secrets = static_cast<std::ptrdiff_t>(file_.secrets.size());
    const JsonValue* command = value.find("command");
    const JsonValue* url = value.find("url");
    if ((command != nullptr) == (url != nullptr))
      wrong(value, path, "a server has either a \"command\" or a \"url\"");
    const auto only = [&](const char* member, const JsonValue* with, const char* other) {
      if (const JsonValue* found = value.find(member); found && !with)
        wrong(*found, path + "." + member, std::string("it belongs to a \"") + other + "\"");
    };
    for (const char* member : {"args", "env", "cwd"}) only(member, command, "command");
    only("headers", url, "url");
    if (const JsonValue* type = value.find("type")) {
      of_kind(*type, path + ".type", Kind::kString);
      const bool fits = command ? type->string == "stdio"
                                : type->string == "http" || type->string == "streamable-http" ||
                                      type->string == "streamableHttp";
      if (!fits)
        wrong(*type, path + ".type",
              command ? "with a \"command\" it is \"stdio\""
                      : "with a \"url\" it is \"http\" (the older \"sse\" is not supported)");
    }
    if (command) {
      server.command = text(*command, path + ".command", false);
      if (server.command.empty()) wrong(*command, path + ".command", "it is empty");
    }
    if (const JsonValue* list = value.find("args")) server.arguments = texts(*list, path + ".args");
    if (const JsonValue* object = value.find("env"))
      server.environment = pairs(*object, path + ".env", false);
    if (const JsonValue* folder = value.find("cwd"))
      server.folder = text(*folder, path + ".cwd", false);
    if (url) {
      server.url = text(*url, path + ".url", false);
      if (!server.url.starts_with("http://") && !server.url.starts_with("https://"))
        wrong(*url, path + ".url", "it begins with \"https://\" or \"http://\"");
    }
    if (const JsonValue* object = value.find("headers"))
      server.headers = pairs(*object, path + ".headers", true);
    if (const JsonValue* allow = value.find("allow")) server.allow = texts(*allow, path + ".allow");
    rules(value, path, server.rules);
    if (const JsonValue* parallel = value.find("parallel"))
      server.parallel = boolean(*parallel, path + ".parallel");
    if (const JsonValue* shared = value.find("shared"))
      server.shared = boolean(*shared, path + ".shared");
    if (const JsonValue* keep = value.find("keep")) {
      if (!server.shared) wrong(*keep, path + ".keep", "it belongs to a \"shared\" server");
      server.keep =
          static_cast<std::uint64_t>(number(*keep, path + ".keep", 0, kLongestKept) * 1e9);
    }
    if (const JsonValue* most = value.find("max-result"))
      server.max_result =
          static_cast<std::size_t>(number(*most, path + ".max-result", 256, kLargestResult));
    if (const JsonValue* tools = value.find("tools")) {
      of_kind(*tools, path + ".tools", Kind::kObject);
      for (const auto& member : tools->members) {
        const std::string at = path + ".tools." + member.key;
        of_kind(member.value, at, Kind::kObject);
        known(member.value, at,
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
                    return text(string, where, false, in_pattern);
                  },
                  matches_));
      }
    }
    server.secrets.assign(file_.secrets.begin() + others_secrets, file_.secrets.end());
    const JsonValue* disabled = value.find("disabled");
    if (disabled && boolean(*disabled, path + ".disabled")) return;
    file_.servers.push_back(std::move(server));
  }

  void functions(const JsonValue& list) {
    of_kind(list, "functions", Kind::kArray);
    for (std::size_t i = 0; i < list.items.size(); ++i)
      function(list.items[i], "functions[" + std::to_string(i) + "]");
    if (file_.functions.size() > kMostFunctions)
      wrong(list, "functions", "there are more than 128");
  }

  void function(const JsonValue& value, const std::string& path) {
    of_kind(value, path, Kind::kObject);
    known(value, path,
          {"name", "description", "parameters", "timeout", "on-interruption", "filler",
           "permission", "confirm"});
    FunctionSettings function;
    const JsonValue* name = value.find("name");
    if (!name) wrong(value, path, "a function has a \"name\"");
    of_kind(*name, path + ".name", Kind::kString);
    function.name = name->string;
    if (!is_name(function.name, 64))
      wrong(*name, path + ".name", "it is made of at most 64 letters, digits, \"_\" and \"-\"");
    for (const FunctionSettings& other : file_.functions) {
      if (other.name == function.name)
        wrong(*name, path + ".name", "there are two functions \"" + function.name + "\"");
    }
    if (const JsonValue* description = value.find("description"))
      function.description = text(*description, path + ".description", false);
    function.schema.kind = Kind::kObject;
    if (const JsonValue* parameters = value.find("parameters")) {
      of_kind(*parameters, path + ".parameters", Kind::kObject);
      function.schema = *parameters;
    }
    rules(value, path, function.rules);
    file_.functions.push_back(std::move(function));
  }

  const Variable& variable_;
  bool fills_in_ = true;
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
