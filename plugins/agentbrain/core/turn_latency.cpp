#include "turn_latency.hpp"

#include <initializer_list>
#include <utility>

namespace agentbrain {

TurnLatency stages_of(const TurnTimes& t) {
  TurnLatency out;
  Time at = kNever;
  for (const Time point : {t.speech_end, t.decided, t.transcribed, t.sentence, t.synthesized}) {
    if (at == kNever) at = point;
  }
  if (at == kNever) return out;
  const Time begin = at;
  for (const auto& [stage, point] : {std::pair{&out.hang_over, t.decided},
                                     {&out.stt, t.transcribed},
                                     {&out.llm, t.sentence},
                                     {&out.tts, t.synthesized},
                                     {&out.output, t.output}}) {
    if (point == kNever || point <= at) continue;
    *stage = point - at;
    at = point;
  }
  out.total = at - begin;
  return out;
}

}  // namespace agentbrain
