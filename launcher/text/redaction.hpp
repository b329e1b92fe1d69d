// Secrets of this process, and texts without them. Everything that is written somewhere goes
// through redacted(): an error text of an element or a library may quote a property's value.
//
// hide() is for the time before other threads look; redacted() may be called by any thread then.
#pragma once

#include <string>
#include <string_view>

namespace jackfield {

// Shorter ones are not looked for: they would be found in words that have nothing to do with them.
inline constexpr std::size_t kShortestSecret = 6;

void hide(std::string_view secret);
bool has_secrets();
// The text with "***" in place of each secret.
std::string redacted(std::string text);

}  // namespace jackfield
