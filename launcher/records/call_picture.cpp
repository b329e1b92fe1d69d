#include "records/call_picture.hpp"

#include <filesystem>
#include <fstream>

#include "records/picture.hpp"

namespace jackfield {
namespace {

constexpr double kNanosecond = 1e-9;

// Places of running times in the recording, in seconds.
struct Places {
  std::uint64_t start;

  double at(std::uint64_t time) const {
    return (static_cast<double>(time) - static_cast<double>(start)) * kNanosecond;
  }
};

void add_turns(const PictureInput& input, const Places& places, CallPicture& picture) {
  for (const CallerSaid& said : input.caller) {
    if (said.speech_start == kNoTime || said.speech_end == kNoTime) continue;
    picture.turns.push_back({.start = places.at(said.speech_start),
                             .end = places.at(said.speech_end),
                             .text = said.text,
                             .not_understood = said.not_understood});
  }
  for (const AgentSaid& said : input.agent) {
    if (said.start == kNoTime || said.end == kNoTime) continue;
    picture.replies.push_back({.start = places.at(said.start),
                               .end = places.at(said.end),
                               .text = said.text,
                               .interrupted = said.interrupted});
  }
  for (const Interrupted& interrupted : input.interruptions) {
    if (interrupted.at != kNoTime) picture.interruptions.push_back(places.at(interrupted.at));
  }
}

// A turn's latency counts from the end of the speech with the same id.
void add_latencies(const PictureInput& input, const Places& places, CallPicture& picture) {
  for (const TurnLatency& turn : input.turns) {
    if (turn.total == kNoTime) continue;
    for (const CallerSaid& said : input.caller) {
      if (said.turn_id != turn.turn_id || said.speech_end == kNoTime) continue;
      picture.latencies.push_back({.speech_end = places.at(said.speech_end),
                                   .first_audio = places.at(said.speech_end + turn.total)});
      break;
    }
  }
}

}  // namespace

std::string picture_of_call(const PictureInput& input, std::string& error) {
  // UTF-8 on every platform, as GLib's file names are.
  const std::u8string name{input.recording.begin(), input.recording.end()};
  std::ifstream stream{std::filesystem::path{name}, std::ios::binary};
  if (!stream) {
    error = "cannot open " + input.recording;
    return {};
  }
  auto reader = WavReader::open(stream, error);
  if (!reader) return {};
  CallPicture picture{.title = input.title, .subtitle = input.subtitle};
  if (!read_envelopes(*reader, picture)) {
    error = "cannot read all of " + input.recording;
    return {};
  }
  const Places places{input.recording_start};
  add_turns(input, places, picture);
  add_latencies(input, places, picture);
  return call_picture_svg(picture);
}

}  // namespace jackfield
