// Which arguments a model may give to a tool, beyond what the tool itself takes: the member
// "arguments" of a tool in the tools file. Pure; any thread.
#pragma once

#include <functional>
#include <string>

#include "json_reader.hpp"
#include "json_schema.hpp"

namespace agentbrain::tools {

// A string of the file with its ${variables} filled in. In a regular expression their values mean
// themselves.
using FillIn = std::function<std::string(const jackfield::JsonValue& text, const std::string& path,
                                         bool in_pattern)>;

// `arguments` is an object of schemas by the names of arguments. Gives a schema for all arguments
// that takes no others, for check_schema() with `strict`. Nothing in it is ignored: a keyword that
// is not checked, or checked only in another form, is a mistake, as is a regular expression that
// `matches` cannot use. Throws jackfield::PositionedError.
jackfield::JsonValue read_argument_limits(const jackfield::JsonValue& arguments,
                                          const std::string& path, const FillIn& fill_in,
                                          const PatternMatcher& matches);

// What the model is told of a tool whose arguments are limited: `schema` without the arguments that
// it may not give, and with what the limits say of the others in place of the same keywords.
jackfield::JsonValue limited_schema(const jackfield::JsonValue& schema,
                                    const jackfield::JsonValue& limits);

}  // namespace agentbrain::tools
