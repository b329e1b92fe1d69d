// Checks the arguments of a tool against the JSON Schema of the tool: the part of the language that
// tools use. Pure; any thread.
//
// Heeded: type, enum, const, properties, required, additionalProperties, minProperties,
// maxProperties, items, prefixItems, minItems, maxItems, uniqueItems, minimum, maximum,
// exclusiveMinimum, exclusiveMaximum (numbers), multipleOf, minLength, maxLength, pattern, anyOf,
// oneOf, allOf, not, and $ref into the same schema ("#/..."). All other keywords are ignored, so
// what passes here may still be refused by the tool.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "json_reader.hpp"

namespace agentbrain::tools {

// Whether the regular expression is found in the text; std::nullopt when it is none that can be
// used (the keyword is ignored then). Must be bounded in time whatever it is given.
using PatternMatcher =
    std::function<std::optional<bool>(const std::string& pattern, const std::string& text)>;

// What is wrong with `value`, for a language model to mend; "" nothing. `strict`, for schemas
// that keep something out: what cannot be checked does not fit, nor does a value of another type
// than the keywords are about.
std::string check_schema(const jackfield::JsonValue& schema, const jackfield::JsonValue& value,
                         const PatternMatcher& matches, bool strict = false);

}  // namespace agentbrain::tools
