// The token of a request's field Authorization. Pure.
#pragma once

#include <string_view>

namespace jackfield {

// "Bearer abc" (RFC 6750, section 2.1): "abc"; "" for everything else.
std::string_view bearer_token(std::string_view authorization);

}  // namespace jackfield
