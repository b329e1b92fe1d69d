// Who calls and who is called, as Twilio names them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jackfield::twilio {

// The address when it has one of Twilio's forms: E.164 ("+15551234567", a short code of 3 to 15
// digits without '+'), "client:NAME", "sip:USER@HOST" or "sips:". nullopt for everything else, so
// that nothing odd travels further.
std::optional<std::string> phone_address(std::string_view text);

// A SID: two letters of `prefix` and 32 hexadecimal digits.
bool is_sid(std::string_view text, std::string_view prefix);

}  // namespace jackfield::twilio
