// Cuts text into sentences for speech: each is synthesised, and can be spoken, before the next one
// is complete. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace localspeech {

// A sentence ends at a line end, or at '.', '?' or '!' before white space, unless the full stop
// belongs to an abbreviation or an initial. A sentence longer than `max_length` bytes is cut behind
// its last comma, else its last word, that fits. Sentences are trimmed; empty ones are left out.
std::vector<std::string> split_sentences(std::string_view text, std::size_t max_length);

}  // namespace localspeech
