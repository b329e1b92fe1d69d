#include "member_reader.hpp"

#include <algorithm>
#include <cmath>

#include "fill_in.hpp"
#include "header_name.hpp"
#include "masking.hpp"

namespace agentbrain::tools {

using jackfield::JsonValue;
using jackfield::PositionedError;
using Kind = JsonValue::Kind;

namespace {

// As a regular expression that means itself.
std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(R"(\^$.|?*+()[]{}-/#)").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

void wrong_member(const JsonValue& where, const std::string& path, const std::string& why) {
  throw PositionedError(where.where, "\"" + path + "\": " + why);
}

void require_kind(const JsonValue& value, const std::string& path, Kind kind) {
  if (!value.is(kind))
    wrong_member(value, path,
                 std::string("it must be ") + jackfield::kind_name(kind) + ", not " +
                     jackfield::kind_name(value.kind));
}

bool is_member_name(std::string_view name, std::size_t most) {
  return !name.empty() && name.size() <= most &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == name.npos;
}

void require_known(const JsonValue& object, const std::string& path,
                   std::initializer_list<std::string_view> names) {
  for (const auto& member : object.members) {
    if (std::find(names.begin(), names.end(), member.key) != names.end()) continue;
    std::string all;
    for (const std::string_view name : names) all += (all.empty() ? "" : ", ") + std::string(name);
    throw PositionedError(member.where, "\"" + (path.empty() ? "" : path + ".") + member.key +
                                            "\": there is no such member; there are " + all);
  }
}

std::string MemberReader::text(const JsonValue& value, const std::string& path, bool secret,
                               bool in_pattern) {
  require_kind(value, path, Kind::kString);
  if (!fills_in_) return value.string;
  try {
    return jackfield::fill_in(value.string, [&](std::string_view name) {
      auto found = variable_(name);
      if (found && (secret || sounds_secret(name))) secrets_.push_back(*found);
      if (found && in_pattern) found = quoted(*found);
      return found;
    });
  } catch (const PositionedError& mistake) {
    wrong_member(value, path, std::string(mistake.what()) + " in the environment");
  }
}

std::vector<std::string> MemberReader::texts(const JsonValue& value, const std::string& path) {
  require_kind(value, path, Kind::kArray);
  std::vector<std::string> all;
  for (std::size_t i = 0; i < value.items.size(); ++i)
    all.push_back(text(value.items[i], path + "[" + std::to_string(i) + "]", false));
  return all;
}

MemberReader::Pairs MemberReader::pairs(const JsonValue& value, const std::string& path,
                                        bool headers) {
  require_kind(value, path, Kind::kObject);
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& [name, where, member] : value.members) {
    const std::string at = path + "." + name;
    if (headers && !is_header_name(name))
      throw PositionedError(where, "\"" + at + "\": that is no name of a header");
    if (headers && (same_header_name(name, "mcp-session-id") ||
                    same_header_name(name, "mcp-protocol-version") ||
                    same_header_name(name, "content-type") || same_header_name(name, "accept")))
      throw PositionedError(where, "\"" + at + "\": the protocol sets this header itself");
    if (!headers && (name.empty() || name.find('=') != name.npos))
      throw PositionedError(where, "\"" + at + "\": that is no name of a variable");
    const bool secret = sounds_secret(name);
    require_kind(member, at, Kind::kString);
    if (secret && !member.string.empty() && member.string.find("${") == std::string::npos)
      wrong_member(
          member, at,
          "a secret does not stand in a file: put it into the environment and write ${NAME}");
    std::string filled = text(member, at, secret || headers);
    if (filled.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos && headers)
      wrong_member(member, at, "a header has one line");
    all.emplace_back(name, std::move(filled));
  }
  return all;
}

double read_number(const JsonValue& value, const std::string& path, double least, double most) {
  require_kind(value, path, Kind::kNumber);
  if (!(value.number >= least && value.number <= most))
    wrong_member(value, path,
                 "it must lie from " + std::to_string(static_cast<long>(std::ceil(least))) +
                     " to " + std::to_string(static_cast<long>(most)));
  return value.number;
}

bool read_boolean(const JsonValue& value, const std::string& path) {
  require_kind(value, path, Kind::kBoolean);
  return value.boolean;
}

}  // namespace agentbrain::tools
