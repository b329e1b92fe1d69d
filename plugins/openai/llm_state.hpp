// What the pads of openaillm and its replies share. Private to the element.
//
// Threads. A reply is made in the thread that pushes the turn: it starts a request, waits for the
// text that arrives on the IoContext's thread, and pushes each piece as soon as it is complete. A
// flush (any thread) cancels the request and so wakes it. Settings are under the object lock. All
// that is said to be under `mutex` is taken without the object lock, and neither is held while
// pushing, posting or emitting. The rest belongs to the streaming thread.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "conversation.hpp"
#include "gstopenaillm.hpp"
#include "gstpp.hpp"
#include "hedged_exchange.hpp"
#include "http_client.hpp"
#include "llm_pads.hpp"
#include "llm_settings.hpp"
#include "model_api.hpp"
#include "service.hpp"

namespace openai::llm {

inline constexpr std::size_t kMaxQuestion = 16384;  // bytes of text of one turn

struct Stats {
  guint64 turns = 0;
  guint64 requests = 0;
  guint64 failed = 0;
  guint64 aborted = 0;
  guint64 interrupted = 0;
  guint64 retries = 0;
  guint64 hedges = 0;
  guint64 hedges_won = 0;
  guint64 hedges_withheld = 0;
  guint64 tool_calls = 0;
  guint64 calls_ended = 0;
  guint64 input_tokens = 0;
  guint64 cached_tokens = 0;
  guint64 output_tokens = 0;
  guint64 reasoning_tokens = 0;
  guint64 first_token = 0;
  guint64 first_token_max = 0;
  guint64 first_piece = 0;
  guint64 malformed = 0;
  guint64 dropped_bytes = 0;
  std::string last_error;
};

// What was settled on the way to READY.
struct Prepared {
  Service service;
  Api api = Api::kChat;
  std::string instructions;
  std::string greeting;
  std::vector<Tool> tools;  // with end_call, if it is offered
  bool end_call = false;
};

struct State final : jackfield::LlmPadsOwner {
  State(GstOpenAiLlm* self, GstPad* sink, GstPad* src)
      : element(self), pads(GST_ELEMENT_CAST(self), sink, src, kMaxQuestion, *this) {}

  GstFlowReturn answer(guint turn_id, std::string question, bool not_understood) override;
  void set_flushing(bool on) override;
  void heard(const jackfield::Heard& heard) override;
  void take_history(const jackfield::History& history) override;
  void turn_starts(guint turn_id) override;
  void dropped(std::size_t bytes) override;

  GstOpenAiLlm* const element;

  Settings settings;  // under the object lock

  std::mutex mutex;
  std::condition_variable wake;
  bool flushing = false;
  std::shared_ptr<jackfield::HedgedExchange> exchange;
  Conversation conversation;
  Stats stats;
  // Tools that were asked in this turn: id → answer, once there is one.
  std::map<std::string, std::optional<std::string>> asked;
  // Functions that are offered besides those of the settings. Whoever offers them answers in time.
  std::vector<Tool> offered;

  // Of the state changes.
  Prepared prepared;
  std::shared_ptr<jackfield::HttpExchange> warm_up;

  jackfield::LlmPads pads;  // of the streaming thread
};

// Settles what the settings come to, on the way to READY. False after an element error.
bool prepare(GstOpenAiLlm* self);

// Asks for an answer of a word or so, which nobody reads.
void warm_up(GstOpenAiLlm* self);

}  // namespace openai::llm

struct _GstOpenAiLlm {
  GstElement parent;
  openai::llm::State* state;
};

GST_DEBUG_CATEGORY_EXTERN(openaillm_debug);
