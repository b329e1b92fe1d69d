#include "json_schema.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "json_serialize.hpp"
#include "utf8.hpp"

namespace agentbrain::tools {

using jackfield::JsonValue;
using Kind = JsonValue::Kind;

namespace {

constexpr int kMaxDepth = 64;               // of schemas within schemas, $ref included
constexpr std::size_t kMaxSteps = 100'000;  // of one check: anyOf in anyOf multiplies
constexpr std::size_t kMaxListed = 200;     // bytes of the values of an enum in a message

bool equal(const JsonValue& a, const JsonValue& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::kNull:
      return true;
    case Kind::kBoolean:
      return a.boolean == b.boolean;
    case Kind::kNumber:
      return a.number == b.number;
    case Kind::kString:
      return a.string == b.string;
    case Kind::kArray:
      return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), equal);
    case Kind::kObject:
      return a.members.size() == b.members.size() &&
             std::all_of(a.members.begin(), a.members.end(), [&](const auto& member) {
               const JsonValue* other = b.find(member.key);
               return other && equal(member.value, *other);
             });
  }
  return false;
}

bool is_type(const JsonValue& value, std::string_view type) {
  if (type == "integer") return value.is(Kind::kNumber) && std::floor(value.number) == value.number;
  return (type == "null" && value.is(Kind::kNull)) ||
         (type == "boolean" && value.is(Kind::kBoolean)) ||
         (type == "number" && value.is(Kind::kNumber)) ||
         (type == "string" && value.is(Kind::kString)) ||
         (type == "array" && value.is(Kind::kArray)) ||
         (type == "object" && value.is(Kind::kObject));
}

std::size_t length_of(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) jackfield::decode_utf8(text, at);
  return count;
}

std::string with_number(const char* what, double number) {
  JsonValue value;
  value.kind = Kind::kNumber;
  value.number = number;
  return what + jackfield::to_json(value);
}

class Check {
 public:
  Check(const JsonValue& root, const PatternMatcher& matches, bool strict)
      : root_(root), matches_(matches), strict_(strict) {}

  // "" when it fits, otherwise "path: why".
  std::string value(const JsonValue& schema, const JsonValue& value, const std::string& path,
                    int depth) {
    if (depth > kMaxDepth || ++steps_ > kMaxSteps)
      return unknown(path, "the schema is too deep to check");
    if (schema.is(Kind::kBoolean)) return schema.boolean ? "" : at(path, "it is not allowed");
    if (!schema.is(Kind::kObject)) return "";
    if (const JsonValue* reference = schema.find("$ref");
        reference && reference->is(Kind::kString)) {
      if (const JsonValue* target = resolve(reference->string)) {
        std::string wrong = this->value(*target, value, path, depth + 1);
        if (!wrong.empty()) return wrong;
      }
    }
    if (strict_ && !schema.find("type")) {
      std::string wrong = kind(schema, value);
      if (!wrong.empty()) return at(path, wrong);
    }
    for (const auto part : {&Check::type, &Check::number, &Check::text}) {
      std::string wrong = (this->*part)(schema, value);
      if (!wrong.empty()) return at(path, wrong);
    }
    std::string wrong = array(schema, value, path, depth);
    if (wrong.empty()) wrong = object(schema, value, path, depth);
    if (wrong.empty()) wrong = combined(schema, value, path, depth);
    return wrong;
  }

  bool given_up() const { return given_up_; }

 private:
  std::string unknown(const std::string& path, const char* why) {
    given_up_ = true;
    return at(path, why);
  }

  // Other than in JSON Schema, the keywords of one type keep other types out.
  static std::string kind(const JsonValue& schema, const JsonValue& value) {
    static constexpr std::pair<Kind, const char*> kAbout[] = {
        {Kind::kString, "pattern"},
        {Kind::kString, "minLength"},
        {Kind::kString, "maxLength"},
        {Kind::kNumber, "minimum"},
        {Kind::kNumber, "maximum"},
        {Kind::kNumber, "exclusiveMinimum"},
        {Kind::kNumber, "exclusiveMaximum"},
        {Kind::kNumber, "multipleOf"},
        {Kind::kArray, "items"},
        {Kind::kArray, "prefixItems"},
        {Kind::kArray, "minItems"},
        {Kind::kArray, "maxItems"},
        {Kind::kArray, "uniqueItems"},
        {Kind::kObject, "properties"},
        {Kind::kObject, "required"},
        {Kind::kObject, "additionalProperties"},
        {Kind::kObject, "minProperties"},
        {Kind::kObject, "maxProperties"},
    };
    for (const auto& [kind, keyword] : kAbout) {
      if (!value.is(kind) && schema.find(keyword))
        return std::string("it must be ") + jackfield::kind_name(kind) + ", not " +
               jackfield::kind_name(value.kind);
    }
    return "";
  }

  static std::string at(const std::string& path, const std::string& why) {
    return (path.empty() ? "the arguments" : path) + ": " + why;
  }

  static std::optional<double> limit(const JsonValue& schema, const char* key) {
    const JsonValue* found = schema.find(key);
    if (!found || !found->is(Kind::kNumber)) return std::nullopt;
    return found->number;
  }

  // A JSON pointer (RFC 6901) into the schema.
  const JsonValue* resolve(const std::string& reference) const {
    if (reference.empty() || reference[0] != '#') return nullptr;
    const JsonValue* found = &root_;
    for (std::size_t from = 1; from < reference.size() && found;) {
      if (reference[from] != '/') return nullptr;
      const std::size_t to = std::min(reference.find('/', from + 1), reference.size());
      std::string key;
      for (std::size_t i = from + 1; i < to; ++i) {
        if (reference[i] == '~' && i + 1 < to) {
          key += reference[++i] == '1' ? '/' : '~';
        } else {
          key += reference[i];
        }
      }
      found = found->is(Kind::kObject) ? found->find(key) : nullptr;
      from = to;
    }
    return found;
  }

  std::string type(const JsonValue& schema, const JsonValue& value) {
    if (const JsonValue* type = schema.find("type")) {
      bool fits = !type->is(Kind::kString) && !type->is(Kind::kArray);
      std::string names;
      const auto one = [&](const JsonValue& name) {
        if (!name.is(Kind::kString)) return;
        fits = fits || is_type(value, name.string);
        names += (names.empty() ? "" : " or ") + name.string;
      };
      one(*type);
      for (const JsonValue& name : type->items) one(name);
      if (!fits) return "it must be of type " + names + ", not " + jackfield::kind_name(value.kind);
    }
    if (const JsonValue* only = schema.find("const"); only && !equal(*only, value))
      return "it must be " + jackfield::to_json(*only);
    if (const JsonValue* list = schema.find("enum"); list && list->is(Kind::kArray)) {
      const bool found = std::any_of(list->items.begin(), list->items.end(),
                                     [&](const JsonValue& item) { return equal(item, value); });
      if (!found) {
        const std::string all = jackfield::to_json(*list);
        return "it must be one of " + std::string(jackfield::truncate_utf8(all, kMaxListed)) +
               (all.size() > kMaxListed ? "…" : "");
      }
    }
    return "";
  }

  std::string number(const JsonValue& schema, const JsonValue& value) {
    if (!value.is(Kind::kNumber)) return "";
    const double n = value.number;
    if (const auto least = limit(schema, "minimum"); least && n < *least)
      return with_number("it must be at least ", *least);
    if (const auto most = limit(schema, "maximum"); most && n > *most)
      return with_number("it must be at most ", *most);
    if (const auto above = limit(schema, "exclusiveMinimum"); above && n <= *above)
      return with_number("it must be more than ", *above);
    if (const auto below = limit(schema, "exclusiveMaximum"); below && n >= *below)
      return with_number("it must be less than ", *below);
    if (const auto step = limit(schema, "multipleOf"); step && *step > 0) {
      const double ratio = n / *step;
      if (std::fabs(ratio - std::round(ratio)) > 1e-9 * std::max(1.0, std::fabs(ratio)))
        return with_number("it must be a multiple of ", *step);
    }
    return "";
  }

  std::string text(const JsonValue& schema, const JsonValue& value) {
    if (!value.is(Kind::kString)) return "";
    const auto length = static_cast<double>(length_of(value.string));
    if (const auto least = limit(schema, "minLength"); least && length < *least)
      return with_number("its least length is ", *least);
    if (const auto most = limit(schema, "maxLength"); most && length > *most)
      return with_number("its greatest length is ", *most);
    const JsonValue* pattern = schema.find("pattern");
    if (!pattern || !pattern->is(Kind::kString)) return "";
    const auto found = matches_ ? matches_(pattern->string, value.string) : std::optional<bool>{};
    return found.value_or(!strict_) ? "" : "it must match " + pattern->string;
  }

  std::string array(const JsonValue& schema, const JsonValue& value, const std::string& path,
                    int depth) {
    if (!value.is(Kind::kArray)) return "";
    const auto count = static_cast<double>(value.items.size());
    if (const auto least = limit(schema, "minItems"); least && count < *least)
      return at(path, with_number("its least number of items is ", *least));
    if (const auto most = limit(schema, "maxItems"); most && count > *most)
      return at(path, with_number("its greatest number of items is ", *most));
    if (const JsonValue* unique = schema.find("uniqueItems");
        unique && unique->is(Kind::kBoolean) && unique->boolean) {
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (++steps_ > kMaxSteps) return unknown(path, "it is too long to check");
          if (equal(value.items[i], value.items[j])) return at(path, "no two items may be equal");
        }
      }
    }
    // Older schemas have a list as "items" for what is "prefixItems" now.
    const JsonValue* items = schema.find("items");
    const JsonValue* first = schema.find("prefixItems");
    if (items && items->is(Kind::kArray)) {
      first = items;
      items = schema.find("additionalItems");
    }
    const std::size_t listed = first && first->is(Kind::kArray) ? first->items.size() : 0;
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const JsonValue* of = i < listed ? &first->items[i] : items;
      if (!of) continue;
      std::string wrong =
          this->value(*of, value.items[i], path + "[" + std::to_string(i) + "]", depth + 1);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  std::string object(const JsonValue& schema, const JsonValue& value, const std::string& path,
                     int depth) {
    if (!value.is(Kind::kObject)) return "";
    if (const JsonValue* required = schema.find("required");
        required && required->is(Kind::kArray)) {
      for (const JsonValue& name : required->items) {
        if (name.is(Kind::kString) && !value.find(name.string))
          return at(path, "\"" + name.string + "\" is missing");
      }
    }
    const auto count = static_cast<double>(value.members.size());
    if (const auto least = limit(schema, "minProperties"); least && count < *least)
      return at(path, with_number("its least number of members is ", *least));
    if (const auto most = limit(schema, "maxProperties"); most && count > *most)
      return at(path, with_number("its greatest number of members is ", *most));
    const JsonValue* properties = schema.find("properties");
    const JsonValue* others = schema.find("additionalProperties");
    const bool by_pattern = schema.find("patternProperties") != nullptr;
    for (const auto& member : value.members) {
      const JsonValue* of =
          properties && properties->is(Kind::kObject) ? properties->find(member.key) : nullptr;
      const std::string where = path.empty() ? member.key : path + "." + member.key;
      if (!of) {
        if (!others || by_pattern) continue;
        if (others->is(Kind::kBoolean) && !others->boolean)
          return at(path, "there is no member \"" + member.key + "\"");
        of = others;
      }
      std::string wrong = this->value(*of, member.value, where, depth + 1);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  std::string combined(const JsonValue& schema, const JsonValue& value, const std::string& path,
                       int depth) {
    const auto list = [&](const char* key) {
      const JsonValue* found = schema.find(key);
      return found && found->is(Kind::kArray) && !found->items.empty() ? found : nullptr;
    };
    if (const JsonValue* all = list("allOf")) {
      for (const JsonValue& one : all->items) {
        std::string wrong = this->value(one, value, path, depth + 1);
        if (!wrong.empty()) return wrong;
      }
    }
    const auto fitting = [&](const JsonValue& choices, std::string& first_wrong) {
      std::size_t count = 0;
      for (const JsonValue& one : choices.items) {
        std::string wrong = this->value(one, value, path, depth + 1);
        if (wrong.empty()) ++count;
        if (first_wrong.empty()) first_wrong = std::move(wrong);
      }
      return count;
    };
    std::string wrong;
    if (const JsonValue* any = list("anyOf"); any && fitting(*any, wrong) == 0) return wrong;
    wrong.clear();
    if (const JsonValue* one = list("oneOf")) {
      const std::size_t count = fitting(*one, wrong);
      if (count == 0) return wrong;
      if (count > 1) return at(path, "it fits more than one of the kinds it may be of");
    }
    if (const JsonValue* no = schema.find("not")) {
      // What cannot be checked is taken to be what it must not be.
      const bool strict = std::exchange(strict_, false);
      const bool fits = this->value(*no, value, path, depth + 1).empty();
      strict_ = strict;
      if (fits) return at(path, "it is of a kind that is not allowed");
    }
    return "";
  }

  const JsonValue& root_;
  const PatternMatcher& matches_;
  bool strict_;
  bool given_up_ = false;
  std::size_t steps_ = 0;
};

}  // namespace

std::string check_schema(const JsonValue& schema, const JsonValue& value,
                         const PatternMatcher& matches, bool strict) {
  Check check(schema, matches, strict);
  const std::string wrong = check.value(schema, value, "", 0);
  // Under a "not" that would be a reason to let it through.
  if (wrong.empty() && strict && check.given_up()) return "the arguments are too much to check";
  return wrong;
}

}  // namespace agentbrain::tools
