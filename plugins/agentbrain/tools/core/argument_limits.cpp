#include "argument_limits.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace agentbrain::tools {

using jackfield::JsonValue;
using jackfield::PositionedError;
using Kind = JsonValue::Kind;

namespace {

enum class Form {
  kAny,
  kNote,
  kType,
  kPattern,
  kNumber,
  kBoolean,
  kList,
  kNames,
  kSchema,
  kSchemas,
  kByName
};

struct Keyword {
  std::string_view name;
  Form form;
};

// What check_schema() heeds, and how it must be written for that.
constexpr std::array kKeywords = std::to_array<Keyword>({
    {"title", Form::kNote},
    {"description", Form::kNote},
    {"default", Form::kNote},
    {"examples", Form::kNote},
    {"$comment", Form::kNote},
    {"type", Form::kType},
    {"const", Form::kAny},
    {"enum", Form::kList},
    {"properties", Form::kByName},
    {"required", Form::kNames},
    {"additionalProperties", Form::kSchema},
    {"minProperties", Form::kNumber},
    {"maxProperties", Form::kNumber},
    {"items", Form::kSchema},
    {"prefixItems", Form::kSchemas},
    {"minItems", Form::kNumber},
    {"maxItems", Form::kNumber},
    {"uniqueItems", Form::kBoolean},
    {"minimum", Form::kNumber},
    {"maximum", Form::kNumber},
    {"exclusiveMinimum", Form::kNumber},
    {"exclusiveMaximum", Form::kNumber},
    {"multipleOf", Form::kNumber},
    {"minLength", Form::kNumber},
    {"maxLength", Form::kNumber},
    {"pattern", Form::kPattern},
    {"anyOf", Form::kSchemas},
    {"allOf", Form::kSchemas},
    {"not", Form::kSchema},
});

constexpr std::array<std::string_view, 7> kTypes = {"string", "number", "integer", "boolean",
                                                    "array",  "object", "null"};

[[noreturn]] void wrong(const JsonValue& where, const std::string& path, const std::string& why) {
  throw PositionedError(where.where, "\"" + path + "\": " + why);
}

class Limits {
 public:
  Limits(const FillIn& fill_in, const PatternMatcher& matches)
      : fill_in_(fill_in), matches_(matches) {}

  JsonValue by_name(const JsonValue& object, const std::string& path) const {
    of_kind(object, path, Kind::kObject);
    JsonValue read = object;
    for (auto& member : read.members) member.value = schema(member.value, path + "." + member.key);
    return read;
  }

 private:
  static void of_kind(const JsonValue& value, const std::string& path, Kind kind) {
    if (!value.is(kind))
      wrong(value, path,
            std::string("it must be ") + jackfield::kind_name(kind) + ", not " +
                jackfield::kind_name(value.kind));
  }

  JsonValue schema(const JsonValue& value, const std::string& path) const {
    if (value.is(Kind::kBoolean)) return value;
    of_kind(value, path, Kind::kObject);
    JsonValue read = value;
    for (auto& [key, where, member] : read.members) {
      const auto* known = std::find_if(
          kKeywords.begin(), kKeywords.end(),
          [name = std::string_view(key)](const auto& one) { return one.name == name; });
      if (known == kKeywords.end())
        throw PositionedError(
            where, "\"" + path + "." + key + "\": this keyword of JSON Schema is not checked here");
      member = of_form(known->form, member, path + "." + key);
    }
    return read;
  }

  JsonValue of_form(Form form, const JsonValue& value, const std::string& path) const {
    switch (form) {
      case Form::kNote:
        return value;
      case Form::kAny:
        return filled(value, path);
      case Form::kType:
        type(value, path);
        return value;
      case Form::kNumber:
        of_kind(value, path, Kind::kNumber);
        return value;
      case Form::kBoolean:
        of_kind(value, path, Kind::kBoolean);
        return value;
      case Form::kPattern:
        return pattern(value, path);
      case Form::kSchema:
        return schema(value, path);
      case Form::kByName:
        return by_name(value, path);
      case Form::kList:
      case Form::kNames:
      case Form::kSchemas:
        break;
    }
    of_kind(value, path, Kind::kArray);
    if (value.items.empty() && form != Form::kNames) wrong(value, path, "it is empty");
    JsonValue read = value;
    for (std::size_t i = 0; i < read.items.size(); ++i) {
      const std::string at = path + "[" + std::to_string(i) + "]";
      JsonValue& item = read.items[i];
      if (form == Form::kNames) of_kind(item, at, Kind::kString);
      item = form == Form::kSchemas ? schema(item, at) : filled(item, at);
    }
    return read;
  }

  static void type(const JsonValue& value, const std::string& path) {
    const auto known = [](const JsonValue& name) {
      return name.is(Kind::kString) &&
             std::find(kTypes.begin(), kTypes.end(), name.string) != kTypes.end();
    };
    const bool fine =
        value.is(Kind::kArray)
            ? !value.items.empty() && std::all_of(value.items.begin(), value.items.end(), known)
            : known(value);
    if (!fine) wrong(value, path, "it is no type of JSON Schema");
  }

  JsonValue filled(const JsonValue& value, const std::string& path) const {
    if (!value.is(Kind::kString)) return value;
    JsonValue read = value;
    read.string = fill_in_(value, path, false);
    return read;
  }

  JsonValue pattern(const JsonValue& value, const std::string& path) const {
    of_kind(value, path, Kind::kString);
    JsonValue read = value;
    read.string = fill_in_(value, path, true);
    if (matches_ && !matches_(read.string, ""))
      wrong(value, path, "it is no regular expression that can be used");
    return read;
  }

  const FillIn& fill_in_;
  const PatternMatcher& matches_;
};

JsonValue both(const JsonValue& theirs, const JsonValue& ours) {
  if (!theirs.is(Kind::kObject) || !ours.is(Kind::kObject)) return ours;
  JsonValue all = theirs;
  for (const auto& member : ours.members) {
    const auto same = std::find_if(all.members.begin(), all.members.end(),
                                   [&](const auto& other) { return other.key == member.key; });
    if (same == all.members.end()) {
      all.members.push_back(member);
    } else {
      same->value = both(same->value, member.value);
    }
  }
  return all;
}

JsonValue* find(JsonValue& object, std::string_view key) {
  return const_cast<JsonValue*>(std::as_const(object).find(key));
}

}  // namespace

JsonValue read_argument_limits(const JsonValue& arguments, const std::string& path,
                               const FillIn& fill_in, const PatternMatcher& matches) {
  JsonValue limits;
  limits.kind = Kind::kObject;
  limits.members.push_back({"properties", {}, Limits(fill_in, matches).by_name(arguments, path)});
  JsonValue no;
  no.kind = Kind::kBoolean;
  limits.members.push_back({"additionalProperties", {}, std::move(no)});
  return limits;
}

JsonValue limited_schema(const JsonValue& schema, const JsonValue& limits) {
  JsonValue told = schema;
  const JsonValue* allowed = limits.find("properties");
  JsonValue* properties = find(told, "properties");
  if (!allowed || !properties || !properties->is(Kind::kObject)) return told;
  std::erase_if(properties->members,
                [&](const auto& member) { return !allowed->find(member.key); });
  for (auto& member : properties->members) {
    const JsonValue* limit = allowed->find(member.key);
    if (limit->is(Kind::kObject)) member.value = both(member.value, *limit);
  }
  return told;
}

}  // namespace agentbrain::tools
