#include "parameter_headers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "base64.hpp"
#include "header_name.hpp"
#include "json_members.hpp"

namespace agentbrain::tools {

using jackfield::JsonValue;
using Kind = JsonValue::Kind;

namespace {

constexpr std::string_view kKeyword = "x-mcp-header";
constexpr std::string_view kBegin = "=?base64?";
constexpr std::string_view kEnd = "?=";
constexpr double kLargest = 9007199254740991.0;  // 2^53 - 1

// Values, not schemas: what stands in them means nothing.
bool holds_data(std::string_view keyword) {
  static constexpr std::array kData{"enum", "const", "default", "examples", "example"};
  return std::any_of(kData.begin(), kData.end(), [&](const char* one) { return keyword == one; });
}

class Reader {
 public:
  ParameterHeaders read(const JsonValue& schema) {
    root_ = true;
    take(schema);
    return std::move(read_);
  }

 private:
  void wrong(const std::string& why) {
    if (read_.mistake.empty()) read_.mistake = std::string(kKeyword) + ": " + why;
  }

  // A schema that is reached by names of properties alone.
  void take(const JsonValue& schema) {
    if (!schema.is(Kind::kObject)) return;
    if (const JsonValue* name = schema.find(kKeyword)) annotate(schema, *name);
    root_ = false;
    for (const auto& member : schema.members) {
      if (member.key == kKeyword || holds_data(member.key)) continue;
      if (member.key != "properties" || !member.value.is(Kind::kObject)) {
        elsewhere(member.value);
        continue;
      }
      for (const auto& property : member.value.members) {
        path_.push_back(property.key);
        take(property.value);
        path_.pop_back();
      }
    }
  }

  void annotate(const JsonValue& schema, const JsonValue& name) {
    if (root_) return wrong("it belongs to a property");
    if (!name.is(Kind::kString) || !is_header_name(name.string))
      return wrong("that is no part of the name of a header");
    const std::string type = jackfield::string_member(schema, "type");
    if (type != "string" && type != "integer" && type != "boolean")
      return wrong("it belongs to strings, integers and booleans");
    const std::string header = "Mcp-Param-" + name.string;
    for (const ParameterHeader& other : read_.all)
      if (same_header_name(other.name, header)) return wrong("two have the name " + name.string);
    read_.all.push_back({.name = header, .path = path_});
  }

  // In lists, alternatives, conditions and definitions there may be none.
  void elsewhere(const JsonValue& value) {
    for (const auto& member : value.members) {
      if (member.key == kKeyword) return wrong("it belongs to properties that are always the same");
      if (!holds_data(member.key)) elsewhere(member.value);
    }
    for (const JsonValue& item : value.items) elsewhere(item);
  }

  ParameterHeaders read_;
  std::vector<std::string> path_;
  bool root_ = true;
};

}  // namespace

ParameterHeaders read_parameter_headers(const JsonValue& schema) { return Reader().read(schema); }

std::vector<std::pair<std::string, std::string>> parameter_headers(
    const std::vector<ParameterHeader>& wanted, const JsonValue& arguments) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const ParameterHeader& one : wanted) {
    const JsonValue* value = &arguments;
    for (const std::string& name : one.path)
      value = value && value->is(Kind::kObject) ? value->find(name) : nullptr;
    if (!value) continue;
    if (value->is(Kind::kString)) {
      headers.emplace_back(one.name, header_value(value->string));
    } else if (value->is(Kind::kBoolean)) {
      headers.emplace_back(one.name, value->boolean ? "true" : "false");
    } else if (value->is(Kind::kNumber)) {
      if (std::floor(value->number) != value->number || std::fabs(value->number) > kLargest)
        throw std::range_error(one.path.back() + ": the number cannot be sent as a header");
      headers.emplace_back(one.name, std::to_string(static_cast<std::int64_t>(value->number)));
    }
  }
  return headers;
}

std::string header_value(std::string_view value) {
  const bool plain =
      std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7e; }) &&
      !value.starts_with(' ') && !value.ends_with(' ') &&
      !(value.starts_with(kBegin) && value.ends_with(kEnd));
  if (plain) return std::string(value);
  std::string out{kBegin};
  jackfield::base64_append(out,
                           {reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
  return out + std::string(kEnd);
}

}  // namespace agentbrain::tools
