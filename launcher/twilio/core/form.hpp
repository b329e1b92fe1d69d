// Form parameters as Twilio sends them: application/x-www-form-urlencoded.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::twilio {

// In the order of the form. A name may come several times.
using FormParameters = std::vector<std::pair<std::string, std::string>>;

// The parameters of a body or a query. Every input has a result: a '%' that no two hexadecimal
// digits follow stands for itself, a name without '=' has an empty value, empty pieces are left
// out. Bytes are kept as they are, UTF-8 or not.
FormParameters parse_form(std::string_view text);

// The first value of `name`, or "".
std::string form_value(const FormParameters& form, std::string_view name);

}  // namespace jackfield::twilio
