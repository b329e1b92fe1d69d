// Where the caller's turns end, by turndetector's own judgement: reads 16-bit mono at 8 kHz from
// standard input, in frames of 20 ms as a call brings them, and prints for each turn the position
// (samples) behind the frame with which its end was decided. What an agent adds to the latency of a
// reply begins there. Arguments: the model, the hang-over in ms.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <variant>

#include "silero_vad.hpp"
#include "speech_stream.hpp"

int main(int argc, char** argv) {
  constexpr std::size_t kFrame = 160;
  if (argc != 3) {
    std::fprintf(stderr, "usage: turn_ends MODEL HANG_OVER_MS < audio.s16\n");
    return 2;
  }
  auto model = agentbrain::SileroModel::load(argv[1]);
  if (const auto* error = std::get_if<std::string>(&model)) {
    std::fprintf(stderr, "%s: %s\n", argv[1], error->c_str());
    return 2;
  }
  agentbrain::SpeechStream stream{std::get<0>(model), 8000};
  agentbrain::TurnDetectorConfig config;
  config.hang_over = static_cast<agentbrain::Nanoseconds>(std::atoi(argv[2])) * 1'000'000;
  stream.detector().set_config(config);
  std::int16_t frame[kFrame];
  for (std::uint64_t position = kFrame; std::fread(frame, sizeof frame[0], kFrame, stdin) == kFrame;
       position += kFrame) {
    for (const agentbrain::TurnDecision& decision : stream.push(std::nullopt, frame)) {
      if (decision.end) std::printf("%llu\n", static_cast<unsigned long long>(position));
    }
  }
  return 0;
}
