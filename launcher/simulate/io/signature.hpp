// X-Twilio-Signature: base64 of HMAC-SHA1, keyed with the account's auth token, over the URL
// exactly as Twilio uses it and, for a form, its parameters sorted by name.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::simulate {

using FormParameters = std::vector<std::pair<std::string, std::string>>;

std::string twilio_signature(std::string_view token, std::string_view url,
                             const FormParameters& form);

}  // namespace jackfield::simulate
