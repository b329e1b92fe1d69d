// Writes the three messages that a bidirectional Twilio stream accepts. Twilio warns (31951) about
// any field more or less than these, so there are no options.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace twilio {

// What every media message of a stream begins with.
std::string media_message_head(std::string_view stream_sid);

// Each appends one JSON text to `out`.
void append_media_message(std::string& out, std::string_view head, std::span<const uint8_t> mulaw);
void append_mark_message(std::string& out, std::string_view stream_sid, std::string_view name);
void append_clear_message(std::string& out, std::string_view stream_sid);

}  // namespace twilio
