// A call as a picture: both voices as waveforms over time, who said what, how long each answer took
// and where the caller interrupted. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "records/wav_reader.hpp"
#include "records/waveform.hpp"

namespace jackfield {

// All times in seconds from the beginning of the recording. Parts outside [0, seconds] are clipped
// or left out.
struct CallPicture {
  struct Turn {  // the caller's
    double start = 0, end = 0;
    std::string text;
    bool not_understood = false;
  };
  struct Reply {  // the agent's
    double start = 0, end = 0;
    std::string text;  // what was heard
    bool interrupted = false;
  };
  struct Latency {
    double speech_end = 0, first_audio = 0;
  };

  std::string title;     // e.g. the scenario
  std::string subtitle;  // e.g. date and length
  double seconds = 0;
  Envelope caller, agent;
  std::vector<Turn> turns;
  std::vector<Reply> replies;
  std::vector<Latency> latencies;
  std::vector<double> interruptions;
};

// Pixels per second of the picture of a call of this length: 1600 pixels a minute, wider for short
// calls, narrower beyond half an hour, so that no picture is wider than 48000 pixels.
double picture_scale(double seconds);

// Reads the recording to its end and fills `seconds`, `caller` (left, or the only channel) and
// `agent`. Memory: one range a pixel, whatever the length. False: reading failed midway.
bool read_envelopes(WavReader& reader, CallPicture& picture);

// A self-contained SVG. Text may be anything: it is cleaned, escaped and shortened.
std::string call_picture_svg(const CallPicture& picture);

}  // namespace jackfield
