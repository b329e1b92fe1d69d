// Words and conversions of a session with an agent core. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "core_session.hpp"

namespace agentcore {

inline constexpr char kNotUnderstood[] =
    "(The caller said something that could not be understood.)";
// The result of a call that nobody waits for any more.
inline constexpr char kVoid[] = "error: the reply was given up";

// What an entry of a conversation is in a history; the outputs of tools join their calls.
void add_said(const jackfield::Entry& entry, v1::Open& open);

// What a stream's end means. `begun`: the core had taken the call.
Failure describe(const StreamEnd& end, bool begun);

// `text` as well-formed UTF-8 of at most `most` bytes: what is broken becomes U+FFFD.
std::string whole_text(std::string_view text, std::size_t most);

}  // namespace agentcore
