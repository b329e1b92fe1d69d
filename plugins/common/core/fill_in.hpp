// Texts with ${variables}.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "json_reader.hpp"

namespace jackfield {

// `text` with ${name} and ${name:-default} replaced; $$ is a dollar sign, and any other dollar sign
// stays. Throws jackfield::PositionedError for a variable that `value_of` does not know and that
// has no default, and for a brace that is not closed.
std::string fill_in(std::string_view text,
                    const std::function<std::optional<std::string>(std::string_view)>& value_of);

}  // namespace jackfield
