// The script of a simulated caller: JSON in, a list of steps out. docs/simulate.md is its manual.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "clip.hpp"
#include "line_time.hpp"

namespace jackfield::simulate {

// What the caller says: one clip or several, one behind the other.
struct Utterance {
  std::vector<std::string> files;  // as the script names them
  std::string text;                // the words, for reports; may be empty
  double gain = 0;                 // dB
  Samples gap = 0;                 // between the clips
  std::size_t line = 0;            // of the script
  std::size_t column = 0;
  std::shared_ptr<const Clip> clip;  // set by whoever loads the files
};

struct SayStep {
  Utterance what;
};
// The agent begins to speak within `timeout`, speaks for at least `min` and at most `max`, and is
// then silent for `silence`.
struct WaitReplyStep {
  Samples timeout = 10000 * kSamplesPerMs;
  Samples silence = 700 * kSamplesPerMs;
  Samples min = 100 * kSamplesPerMs;
  Samples max = 60000 * kSamplesPerMs;
};
// The agent speaks, and has done so for `length`.
struct WaitAgentSpeakingStep {
  Samples timeout = 10000 * kSamplesPerMs;
  Samples length = 0;
};
struct PauseStep {
  Samples length = 0;
};
// Waits until the agent has been silent for `silence`; never fails.
struct ListenStep {
  Samples silence = 2000 * kSamplesPerMs;
  Samples max = 30000 * kSamplesPerMs;
};
// Nothing of the agent is heard for `length`.
struct ExpectSilenceStep {
  Samples length = 0;
};
struct BargeInStep {
  Utterance what;
  Samples after = 500 * kSamplesPerMs;  // from the first agent audio heard
  Samples timeout = 10000 * kSamplesPerMs;
  bool expect_clear = true;
  Samples clear_within = 2000 * kSamplesPerMs;  // from the onset of the caller's speech
};
struct DtmfStep {
  std::string digits;
};
struct HangUpStep {
  bool abrupt = false;  // true: the socket just closes, with no "stop"
};
// The server closes the stream within `timeout`; `complete`: after all it said was heard.
struct ExpectHangUpStep {
  Samples timeout = 15000 * kSamplesPerMs;
  bool complete = true;
};

struct Step {
  std::variant<SayStep, WaitReplyStep, WaitAgentSpeakingStep, PauseStep, ListenStep,
               ExpectSilenceStep, BargeInStep, DtmfStep, HangUpStep, ExpectHangUpStep>
      action;
  std::size_t line = 0;
};

const char* step_name(const Step& step);
Utterance* utterance_of(Step& step);
const Utterance* utterance_of(const Step& step);

// Groups of steps that are played in random order; `pick` of them.
struct Shuffle;
struct ScriptItem {
  // Exactly one of the two is set.
  std::optional<Step> step;
  std::shared_ptr<Shuffle> shuffle;
};
struct Shuffle {
  std::vector<std::vector<ScriptItem>> groups;
  std::size_t pick = 0;
};

struct CallerScript {
  std::string name;
  std::string sounds;                // base directory; empty: the default
  std::optional<double> line_noise;  // dBFS; none: digital silence
  Samples timeout = 180000 * kSamplesPerMs;
  std::vector<ScriptItem> items;
};

struct ScriptError {
  std::size_t line = 0;
  std::size_t column = 0;
  std::string text;
};

struct ScriptResult {
  std::optional<CallerScript> script;
  ScriptError error;  // when there is no script
};

ScriptResult parse_caller_script(std::string_view json);

// Calls `visit` for every utterance of the script, shuffled groups included.
template <typename Visit>
void for_each_utterance(std::vector<ScriptItem>& items, const Visit& visit) {
  for (ScriptItem& item : items) {
    if (item.step) {
      if (Utterance* utterance = utterance_of(*item.step)) visit(*utterance);
    } else {
      for (auto& group : item.shuffle->groups) for_each_utterance(group, visit);
    }
  }
}

// The steps in the order in which the call number `seed` plays them.
std::vector<Step> order_steps(const CallerScript& script, std::uint64_t seed);

}  // namespace jackfield::simulate
