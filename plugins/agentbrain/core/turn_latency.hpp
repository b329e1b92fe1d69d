// Where the time of one turn went, from the caller's last sample to the agent's first. Pure.
#pragma once

#include "turn_taker.hpp"

namespace agentbrain {

// Running times in nanoseconds; kNever where not reached (or unknown to a foreign stage).
struct TurnTimes {
  Time speech_end = kNever;   // last sample of the caller's speech
  Time decided = kNever;      // the detector was sure
  Time transcribed = kNever;  // the turn's text was complete
  Time sentence = kNever;     // the LLM's first sentence
  Time synthesized = kNever;  // the first audio of the reply
  Time output = kNever;       // it went downstream
};

// The stages add up to `total`: a point that is missing, or earlier than the one before it, takes
// no time.
struct TurnLatency {
  Time hang_over = 0;
  Time stt = 0;
  Time llm = 0;
  Time tts = 0;
  Time output = 0;
  Time total = 0;
};

TurnLatency stages_of(const TurnTimes& times);

}  // namespace agentbrain
