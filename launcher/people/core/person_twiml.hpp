// TwiML of a warm transfer. Texts are escaped. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jackfield::people {

// Bytes of what a person hears of a summary.
inline constexpr std::size_t kMostSummary = 800;

// `text` cut at a letter, with "…" behind it, when it is longer than `most` bytes.
std::string shortened(std::string_view text, std::size_t most);

// Is there a translation of the phrases below? English is taken where there is none. `language` as
// of a person: "de", "de-CH".
bool has_phrases(std::string_view language);

// A call, its summary, and what to press; said twice. `key_url` gets the key.
std::string briefing_twiml(std::string_view language, std::string_view summary,
                           std::string_view key_url);
// The person comes into the conference, and it ends when either leaves. `events_url` is told of who
// joins.
std::string person_conference_twiml(std::string_view room, std::string_view events_url);
std::string caller_conference_twiml(std::string_view room, std::string_view events_url);
// The caller comes back to the agent: the webhook of the line.
std::string return_twiml(std::string_view voice_url);
std::string declined_twiml(std::string_view language);
// The caller has hung up.
std::string gone_twiml(std::string_view language);
// The caller could not be connected.
std::string excuse_twiml(std::string_view language);

}  // namespace jackfield::people
