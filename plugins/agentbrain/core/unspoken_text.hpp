// What is left to say of a reply whose voice failed in the middle of it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace agentbrain {

// `texts`: all that the TTS was given of the reply. `words`: how many of its words announced
// themselves with the audio that came; 0 for a TTS that gives no timings: then the length of the
// audio (ns) decides, at 15 characters a second, from the beginning of a word. That is off by the
// difference to the real pace: 10 % of what was said for most voices.
std::string unspoken_text(const std::vector<std::string>& texts, std::size_t words,
                          std::uint64_t audio);

}  // namespace agentbrain
