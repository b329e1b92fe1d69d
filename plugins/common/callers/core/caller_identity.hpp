// Who calls, in the one form that a directory knows: "+15551234567" (E.164), a short code, or with
// what it is in front: "client:NAME", "sip:USER@HOST", "browser:NAME". Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jackfield::callers {

constexpr std::size_t kMostIdentity = 160;  // bytes

// Numbers may be written as people write them: "+1 (555) 123-4567", "0049 30 1234567". nullopt for
// what is no identity, and for callers who withhold theirs ("anonymous", and the numbers that
// telephone companies put in its place).
std::optional<std::string> read_identity(std::string_view text);

// Whether it is what stands in place of a number that is not told.
bool is_withheld(std::string_view text);

// Of somebody whose name a token of ours vouches for. nullopt when the name is none.
std::optional<std::string> browser_identity(std::string_view name);

}  // namespace jackfield::callers
