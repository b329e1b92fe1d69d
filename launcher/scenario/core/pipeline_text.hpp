// From a pipeline file to text that gst_parse_launch and gst-launch-1.0 take unchanged: comments
// go, variables are filled in, everything outside quotes comes to stand on one line.
// docs/pipeline-files.md is the same for users.
//
//   # comment     from a '#' at the beginning of a word to the end of the line, not inside quotes
//   ${NAME}       the value of a variable; without one it is an error
//   ${NAME:-text} the same with a default; `text` may hold further variables, and '\}' for a brace
//
// A profile has texts that stand in for defaults, whether the file has one or not, and before any
// value that `lookup` knows.
//
// Strings may stand in double quotes (a backslash protects the next character) or single ones
// (everything is itself, except \' for the quote). In the result they stand in double quotes, or
// without any where gst_parse_launch needs that.
//
// How a value is inserted depends on where it stands, never on what it is:
//   a word of its own              as it is: the description of an element, or several
//   part of a value, name=a${X}b   escaped, so that it arrives unchanged as (part of) that one
//   value inside quotes, "a ${X} b"      escaped for the string; inside an element description in
//   quotes,
//                                  "element name=${X}", once more, so that it is one value there
//                                  too
//   anywhere else                  as it is, but only letters, digits and ._-+/:% are allowed
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jackfield {

// Something wrong at `offset` of a text; `hint` says what to do, "" when there is nothing to say.
struct TextError {
  std::size_t offset = 0;
  std::string message;
  std::string hint;
};

struct PipelineText {
  std::string text;
  std::vector<std::size_t> origins;    // origins[i]: the offset in the file that text[i] comes from
  std::vector<std::string> variables;  // every variable the file mentions, each once
  // The defaults that the file has for them, as they are written there; of several the first.
  std::map<std::string, std::string, std::less<>> defaults;
  // Those without which there is no text: they stand somewhere without a default.
  std::set<std::string, std::less<>> needed;
};

// The value of a variable, nullopt when it has none.
using VariableLookup = std::function<std::optional<std::string>(std::string_view name)>;

// `profile`: texts in place of values and defaults, by the name of the variable. Variables in them
// are looked up, but not in the profile. A brace in them stands for itself.
using ProfileTexts = std::map<std::string, std::string, std::less<>>;

std::variant<PipelineText, TextError> expand_pipeline_text(std::string_view source,
                                                           const VariableLookup& lookup,
                                                           const ProfileTexts& profile = {});

// `value` as part of an unquoted value: a backslash before everything that has a meaning for
// gst_parse_launch or the shell. Line breaks cannot be written that way.
std::string escape_word(std::string_view value);
// `value` as part of a string in double quotes.
std::string escape_quoted(std::string_view value);

bool is_variable_name(std::string_view name);

}  // namespace jackfield
