// Scripted language models that take tools, as stages of text: the elements "workingllm" and
// "thinkingllm" with the signals offer-tools and answer-tool-call, which post workingllm/tool-call,
// /usage and /error. What each does is in a script of the process, made anew for each test.
#pragma once

#include <gst/gst.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace test_support {

struct WorkingLlm {
  struct Request {
    std::string text;                                          // '|' between its pieces
    std::vector<std::pair<std::string, std::string>> calls{};  // name, arguments
    std::optional<std::pair<guint64, guint64>> tokens{};       // input, output; nothing: not told
    std::string error{};                                       // told by workingllm/error
    guint64 delay = 0;                                         // ns; a flush ends it
    bool hangs = false;                                        // until a flush
    bool breaks = false;                                       // an ERROR of the stage
  };

  std::mutex lock;
  // The last one is made again and again.
  std::deque<Request> script;
  bool deaf = false;  // to flushes, while it hangs (10 s at most)

  std::vector<std::string> questions;  // texts of a turn, joined by '|'
  std::vector<std::string> told;       // results of tools
  std::vector<std::string> offered;    // with each request
  std::vector<std::string> heard;      // VoiceHeard
  std::string instructions;            // with the last question
  guint rounds = 0;                    // max-tool-rounds with the last question
  guint64 patience = 0;                // first-token-timeout likewise
  int requests = 0;
  int flushed = 0;

  static Request calling(const std::string& name, const std::string& arguments = "{}",
                         const std::string& text = "") {
    return {
        .text = text, .calls = {{name, arguments}}, .tokens = std::pair<guint64, guint64>{1, 1}};
  }
  static Request saying(const std::string& text) {
    return {.text = text, .tokens = std::pair<guint64, guint64>{1, 1}};
  }
};

WorkingLlm& working_llm();
WorkingLlm& thinking_llm();
void new_working_llms();
// After gst_init().
void register_working_llms();

}  // namespace test_support
