// An agent that speaks into a sink of the caller's choice and is interrupted again and again;
// prints how many words count as heard, a line for each interruption. Word n of a reply is the
// constant sample 100 * (n + 1), so that a recording of the sink tells what was really played.
//
//   heard_at_desk SINK TTS INTERRUPTIONS WORDS WORD-MS
//
// Nobody interrupts the first reply, nor the last, a goodbye; the program ends when the sink has.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "brain_stages.hpp"

using namespace brain_test;

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  gst_init(nullptr, nullptr);
  register_stages();
  new_world();
  const int times = std::atoi(argv[3]), words = std::atoi(argv[4]), word_ms = std::atoi(argv[5]);
  const std::string tts = argv[2];
  std::string reply;
  for (int i = 1; i <= words; ++i) {
    reply += (i == 1 ? "" : i % 5 == 1 ? "|" : " ") + std::string(i < 10 ? "0" : "");
    reply += std::to_string(i);
  }
  world().reply = reply;
  world().word_ms = static_cast<guint>(word_ms);
  world().tts_words = tts == "words";
  Call call("stt=teststt llm=testllm speak-first=false tts=" +
                std::string(tts == "nothing" ? "\"testtts ! queue\"" : "testtts"),
            argv[1]);
  call.play();
  const auto whole = [](const GstStructure* s) { return !gstpp::get_bool(s, "interrupted", true); };
  call.say("go");
  if (!call.wait("agentbrain/reply", 20 * GST_SECOND, whole)) return 1;
  call.say("again");
  for (int k = 0; k < times; ++k) {
    if (!call.wait_state("speaking")) return 1;
    // From the first word on, as the sink plays it, to the last.
    g_usleep(static_cast<gulong>(250 + words * word_ms * k / times) * 1000);
    call.say("stop");
    const auto cut =
        call.wait("agentbrain/interrupted", 10 * GST_SECOND,
                  [](const GstStructure* s) { return gstpp::get_bool(s, "confirmed", false); });
    if (!cut) return 1;
    const std::string heard = gstpp::get_string(cut.get(), "heard");
    const auto spaces = std::count(heard.begin(), heard.end(), ' ');
    std::printf("%d\n", heard.empty() ? 0 : static_cast<int>(spaces) + 1);
    std::fflush(stdout);
  }
  if (!call.wait("agentbrain/reply", 20 * GST_SECOND,
                 [](const GstStructure* s) { return !gstpp::get_bool(s, "interrupted", true); })) {
    return 1;
  }
  call.say("bye");
  const bool ended = call.wait("eos", 20 * GST_SECOND) != nullptr;
  call.stop();
  return ended ? 0 : 1;
}
