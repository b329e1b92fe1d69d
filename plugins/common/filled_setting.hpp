// Settings of language models whose texts may hold ${variables}.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>

namespace jackfield {

// `text` with its ${variables} replaced by those of the structure (which may be null); ${date},
// ${time} and ${weekday} are always there. std::nullopt after an element error that names the
// mistake by `what`, line and column. Not under the object lock.
std::optional<std::string> fill_setting(GstElement* element, const std::string& what,
                                        const std::string& text, const GstStructure* variables);

// A field of a structure of variables, as text.
std::string variable_text(const GValue* value);

}  // namespace jackfield
