// One reply of openaillm, from the question to its last piece.
#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "end_call.hpp"
#include "io_pool.hpp"
#include "llm_state.hpp"
#include "sentence_segmenter.hpp"
#include "speech_text.hpp"
#include "thoughts.hpp"

#define GST_CAT_DEFAULT openaillm_debug

namespace openai::llm {
namespace {

using jackfield::HedgedExchange;
using jackfield::HedgeSettings;
using jackfield::SegmenterConfig;
using jackfield::SentenceSegmenter;
using jackfield::SpeechText;
using Step = HedgedExchange::Step;

constexpr std::size_t kMostText = 32 * 1024;  // bytes of one reply
constexpr SegmenterConfig kPieces{.long_first = 60};
constexpr std::chrono::minutes kOfferedTimeout{11};  // beyond what a tool of agentbrain may take
constexpr char kNotUnderstood[] = "(The caller said something that could not be understood.)";
constexpr char kNoAnswer[] = "error: the tool did not answer in time";
constexpr char kNoSuchTool[] = "error: there is no tool of that name";
constexpr char kAborted[] = "error: the caller interrupted";

// Has the model begun to answer?
HedgeSettings::Judge make_judge(Api api) {
  struct Answer {
    explicit Answer(Api api) : reader(make_reader(api, "")) {}
    jackfield::SseParser parser;
    std::unique_ptr<ReplyReader> reader;
  };
  return [answer = std::make_shared<Answer>(api)](std::string_view bytes) {
    ReplyReader& reader = *answer->reader;
    answer->parser.feed(bytes);
    while (const auto event = answer->parser.next()) {
      reader.take(*event);
      if (reader.error()) return HedgeSettings::Judgement::kUseless;
      if (reader.begun()) return HedgeSettings::Judgement::kContent;
    }
    return answer->parser.failed() ? HedgeSettings::Judgement::kUseless
                                   : HedgeSettings::Judgement::kNothing;
  };
}

class Reply {
 public:
  Reply(GstOpenAiLlm* self, guint turn_id) : self_(self), s_(*self->state), turn_id_(turn_id) {
    const gstpp::ObjectLock lock(self);
    const Settings& set = s_.settings;
    request_.model = set.service.model;
    request_.reasoning_effort = set.reasoning_effort;
    if (set.temperature >= 0) request_.temperature = set.temperature;
    request_.max_output_tokens = set.max_output_tokens;
    request_.openai_itself = s_.prepared.service.openai_itself;
    request_.instructions = s_.prepared.instructions;
    request_.tools = s_.prepared.tools;
    apology_ = set.apology;
    greeting_prompt_ = set.greeting_prompt;
    goodbye_ = set.goodbye;
    history_tokens_ = set.history_tokens;
    tool_timeout_ = set.tool_timeout;
    max_tool_rounds_ = set.max_tool_rounds;
    connect_timeout_ = set.service.connect_timeout;
    first_token_timeout_ = set.first_token_timeout;
    max_retries_ = set.service.max_retries;
    hedge_after_ = set.hedge_after;
    add_offered();
  }

  GstFlowReturn greet(const std::string& notes) {
    if (!notes.empty()) {
      const std::lock_guard lock(s_.mutex);
      s_.conversation.add_caller(turn_id_, notes);
    }
    if (!s_.prepared.greeting.empty()) {
      began_ = jackfield::io_now_ns();
      take_text(s_.prepared.greeting);
      finish_text();
      return flow_;
    }
    if (greeting_prompt_.empty()) return flow_;
    request_.last_words = greeting_prompt_;
    return run();
  }

  GstFlowReturn answer(const std::string& question) {
    {
      const std::lock_guard lock(s_.mutex);
      s_.conversation.add_caller(turn_id_, question);
    }
    return run();
  }

  // The model ended the call.
  bool hang_up() const { return hang_up_; }

 private:
  // The settings' own have the names first.
  void add_offered() {
    const std::lock_guard lock(s_.mutex);
    for (const Tool& tool : s_.offered) {
      if (request_.tools.size() >= jackfield::kMostTools) return;
      const bool taken = std::any_of(request_.tools.begin(), request_.tools.end(),
                                     [&](const Tool& other) { return other.name == tool.name; });
      if (taken) continue;
      request_.tools.push_back(tool);
      offered_.insert(tool.name);
    }
  }

  GstFlowReturn run() {
    began_ = jackfield::io_now_ns();
    // Behind the last round of tools the model must not call any more: it has to say something.
    for (guint round = 0; round <= max_tool_rounds_ && flow_ == GST_FLOW_OK; ++round) {
      request_.may_call = round < max_tool_rounds_;
      const std::size_t said_before = said_;
      auto reader = make_reader(s_.prepared.api, s_.prepared.service.key);
      const auto error = ask(*reader);
      count(*reader);
      if (flow_ != GST_FLOW_OK) break;
      if (error) {
        hang_up_ = false;
        fail(*error);
        break;
      }
      finish_text();
      // Unique within the conversation.
      const auto calls = reader->tool_calls("call_" + std::to_string(turn_id_) + "_" +
                                            std::to_string(round) + "_");
      if (flow_ != GST_FLOW_OK) break;
      if (!request_.may_call) {
        if (!calls.empty() && said_ == said_before) {
          fail({.cause = "protocol", .text = "the model calls functions again and again"});
        }
        break;
      }
      const bool others = !calls.empty() && use_tools(*reader, calls);
      took_leave_ = took_leave_ || (hang_up_ && said_ > said_before);
      if (!others) break;
    }
    if (hang_up_ && flow_ == GST_FLOW_OK) {
      if (!took_leave_ && !goodbye_.empty()) say(goodbye_);
      const std::lock_guard lock(s_.mutex);
      ++s_.stats.calls_ended;
    }
    if (flow_ != GST_FLOW_OK) aborted();
    return flow_;
  }

  // Sends the conversation, and says what comes. What went wrong, if the flow is still fine.
  std::optional<ServiceError> ask(ReplyReader& reader) {
    const auto exchange = start();
    if (!exchange) return std::nullopt;
    jackfield::SseParser parser;
    while (flow_ == GST_FLOW_OK && !reader.complete() && !reader.error()) {
      const Step step = exchange->wait();
      if (step == Step::kCancelled) {
        flow_ = GST_FLOW_FLUSHING;
        break;
      }
      if (step != Step::kData) {
        while (const auto event = parser.next()) take_text(reader.take(*event));
        if (step == Step::kEnd || reader.finish_seen()) reader.closed();
        break;
      }
      parser.feed(exchange->take());
      while (flow_ == GST_FLOW_OK && !reader.complete() && !reader.error()) {
        const auto event = parser.next();
        if (!event) break;
        take_text(reader.take(*event));
        if (reader.text_over() && !reader.error()) finish_text();
      }
      if (parser.failed()) {
        return stop(*exchange, {.cause = "protocol", .text = "an event of the stream is too long"});
      }
      if (said_ > kMostText) break;
    }
    close(*exchange);
    const auto failure = exchange->failure();
    exchange->finish();
    if (flow_ != GST_FLOW_OK) return std::nullopt;
    if (reader.error()) return reader.error();
    if (failure && !reader.complete()) return describe_failure(*failure, s_.prepared.service);
    return std::nullopt;
  }

  std::optional<ServiceError> stop(HedgedExchange& exchange, ServiceError error) {
    exchange.cancel();
    close(exchange);
    return error;
  }

  void close(const HedgedExchange& exchange) {
    const auto hedge = exchange.hedge();
    hedged_ = hedged_ || hedge.sent;
    const std::lock_guard lock(s_.mutex);
    s_.stats.retries += exchange.retries();
    if (hedge.sent) ++s_.stats.hedges;
    if (hedge.won) ++s_.stats.hedges_won;
    if (hedge.withheld) ++s_.stats.hedges_withheld;
    s_.exchange.reset();
  }

  std::shared_ptr<HedgedExchange> start() {
    jackfield::HttpRequest http = make_request(s_.prepared.service, path_of(s_.prepared.api));
    http.method = "POST";
    http.content_type = "application/json";
    http.headers.push_back({"Accept", "text/event-stream"});
    http.connect_timeout = connect_timeout_;
    http.first_byte_timeout = http.idle_timeout = first_token_timeout_;
    http.retry.max_retries = max_retries_;
    // One for all requests of a reply.
    HedgeSettings hedge{.after = hedged_ ? 0 : hedge_after_};
    hedge.make_judge = [api = s_.prepared.api] { return make_judge(api); };
    const std::lock_guard lock(s_.mutex);
    if (s_.flushing) {
      flow_ = GST_FLOW_FLUSHING;
      return nullptr;
    }
    request_.conversation = s_.conversation.recent(history_tokens_);
    http.body = make_body(s_.prepared.api, request_);
    request_.conversation.clear();
    GST_LOG_OBJECT(self_, "turn %u: request of %" G_GSIZE_FORMAT " bytes", turn_id_,
                   http.body.size());
    ++s_.stats.requests;
    asked_at_ = jackfield::io_now_ns();
    token_seen_ = false;
    s_.exchange = HedgedExchange::start(std::move(http), std::move(hedge));
    return s_.exchange;
  }

  void take_text(const std::string& text) {
    if (text.empty()) return;
    if (!std::exchange(token_seen_, true) && asked_at_ != 0) {
      const std::lock_guard lock(s_.mutex);
      s_.stats.first_token = jackfield::io_now_ns() - asked_at_;
      s_.stats.first_token_max = std::max(s_.stats.first_token_max, s_.stats.first_token);
    }
    segmenter_.feed(speech_.feed(thoughts_.feed(text)));
    while (flow_ == GST_FLOW_OK) {
      const auto piece = segmenter_.next();
      if (!piece) break;
      say(*piece);
    }
  }

  // All that was held back, because more could have followed.
  void finish_text() {
    segmenter_.feed(speech_.feed(thoughts_.finish()));
    segmenter_.feed(speech_.finish());
    while (flow_ == GST_FLOW_OK) {
      auto piece = segmenter_.next();
      if (!piece) break;
      say(*piece);
    }
    if (const auto rest = segmenter_.finish(); rest && flow_ == GST_FLOW_OK) say(*rest);
  }

  void say(const std::string& piece) {
    said_ += piece.size();
    GST_DEBUG_OBJECT(self_, "turn %u: \"%s\"", turn_id_, piece.c_str());
    {
      // Before it is pushed: once it is below, it may be heard.
      const std::lock_guard lock(s_.mutex);
      s_.conversation.add_agent(turn_id_, piece);
      if (!std::exchange(spoke_, true)) s_.stats.first_piece = jackfield::io_now_ns() - began_;
    }
    flow_ = s_.pads.push_text(piece);
  }

  // Asks the application's tools, and waits for them. False when there were none: then nothing is
  // left to tell the model.
  bool use_tools(const ReplyReader& reader, const std::vector<ToolCall>& calls) {
    std::vector<ToolCall> others;
    {
      const std::lock_guard lock(s_.mutex);
      s_.asked.clear();
      for (const std::string& item : reader.reasoning())
        s_.conversation.add_reasoning(turn_id_, item);
      for (const ToolCall& call : calls) {
        s_.conversation.add_tool_call(turn_id_, call);
        if (s_.prepared.end_call && call.name == kEndCallName) continue;
        others.push_back(call);
        // Of one that it was not offered nobody else can know.
        const bool offered = std::any_of(request_.tools.begin(), request_.tools.end(),
                                         [&](const Tool& tool) { return tool.name == call.name; });
        s_.asked.emplace(call.id, offered ? std::nullopt : std::optional<std::string>(kNoSuchTool));
      }
      s_.stats.tool_calls += others.size();
    }
    if (others.size() < calls.size()) hang_up_ = true;
    for (const ToolCall& call : others) post_tool_call(call);
    std::unique_lock lock(s_.mutex);
    // Those that were offered are answered by who offered them, whatever becomes of them.
    const auto wait = [&](std::chrono::nanoseconds time, bool all) {
      s_.wake.wait_for(lock, time, [&] {
        return s_.flushing || std::all_of(calls.begin(), calls.end(), [&](const ToolCall& call) {
                 const auto asked = s_.asked.find(call.id);
                 return asked == s_.asked.end() || asked->second ||
                        (!all && !offered_.contains(call.name));
               });
      });
    };
    wait(std::chrono::nanoseconds(tool_timeout_), true);
    wait(kOfferedTimeout, false);
    if (s_.flushing) flow_ = GST_FLOW_FLUSHING;
    for (const ToolCall& call : calls) {
      const auto asked = s_.asked.find(call.id);
      s_.conversation.add_tool_output(turn_id_, call.id,
                                      asked == s_.asked.end() ? kCallEnds
                                      : asked->second         ? *asked->second
                                      : s_.flushing           ? kAborted
                                                              : kNoAnswer);
    }
    s_.asked.clear();
    // Words before the tool and after it are two messages; the model repeats nothing.
    request_.last_words.clear();
    return !others.empty();
  }

  void post_tool_call(const ToolCall& call) {
    // The arguments may hold secrets; who carries it out tells them with those left out.
    GST_INFO_OBJECT(self_, "turn %u: tool %s, %" G_GSIZE_FORMAT " bytes of arguments", turn_id_,
                    call.name.c_str(), call.arguments.size());
    post(gst_structure_new("openaillm/tool-call", "turn-id", G_TYPE_UINT, turn_id_, "call-id",
                           G_TYPE_STRING, call.id.c_str(), "name", G_TYPE_STRING, call.name.c_str(),
                           "arguments", G_TYPE_STRING, call.arguments.c_str(), nullptr));
  }

  void post(GstStructure* message) {
    gst_element_post_message(GST_ELEMENT_CAST(self_),
                             gst_message_new_element(GST_OBJECT_CAST(self_), message));
  }

  void count(const ReplyReader& reader) {
    const ReplyUsage& usage = reader.usage();
    {
      const std::lock_guard lock(s_.mutex);
      s_.stats.input_tokens += usage.input_tokens;
      s_.stats.cached_tokens += usage.cached_tokens;
      s_.stats.output_tokens += usage.output_tokens;
      s_.stats.reasoning_tokens += usage.reasoning_tokens;
      s_.stats.malformed += static_cast<guint64>(reader.malformed());
    }
    if (!usage.told) return;
    post(gst_structure_new("openaillm/usage", "turn-id", G_TYPE_UINT, turn_id_, "model",
                           G_TYPE_STRING, request_.model.c_str(), "input-tokens", G_TYPE_UINT64,
                           usage.input_tokens, "cached-tokens", G_TYPE_UINT64, usage.cached_tokens,
                           "output-tokens", G_TYPE_UINT64, usage.output_tokens, "reasoning-tokens",
                           G_TYPE_UINT64, usage.reasoning_tokens, nullptr));
  }

  void fail(const ServiceError& error) {
    GST_WARNING_OBJECT(self_, "turn %u: %s: %s", turn_id_, error.cause.c_str(), error.text.c_str());
    {
      const std::lock_guard lock(s_.mutex);
      ++s_.stats.failed;
      s_.stats.last_error = error.cause;
    }
    post(gst_structure_new("openaillm/error", "turn-id", G_TYPE_UINT, turn_id_, "cause",
                           G_TYPE_STRING, error.cause.c_str(), "text", G_TYPE_STRING,
                           error.text.c_str(), "status", G_TYPE_INT, error.status, "retryable",
                           G_TYPE_BOOLEAN, static_cast<gboolean>(error.retryable), nullptr));
    // Half a sentence is not said.
    thoughts_.finish();
    speech_.finish();
    segmenter_ = SentenceSegmenter{kPieces};
    if (!apology_.empty()) say(apology_);
  }

  void aborted() {
    GST_DEBUG_OBJECT(self_, "reply to turn %u ended: %s", turn_id_, gst_flow_get_name(flow_));
    const std::lock_guard lock(s_.mutex);
    ++s_.stats.aborted;
  }

  GstOpenAiLlm* self_;
  State& s_;
  guint turn_id_;
  ModelRequest request_;
  std::string apology_;
  std::string greeting_prompt_;
  std::string goodbye_;
  std::set<std::string, std::less<>> offered_;
  guint history_tokens_ = 0;
  GstClockTime tool_timeout_ = 0;
  guint max_tool_rounds_ = 0;
  GstClockTime connect_timeout_ = 0;
  GstClockTime first_token_timeout_ = 0;
  guint max_retries_ = 0;
  GstClockTime hedge_after_ = 0;

  Thoughts thoughts_;
  SpeechText speech_;
  SentenceSegmenter segmenter_{kPieces};
  GstFlowReturn flow_ = GST_FLOW_OK;
  std::uint64_t began_ = 0;
  std::uint64_t asked_at_ = 0;
  bool token_seen_ = false;
  bool spoke_ = false;
  bool hedged_ = false;
  bool hang_up_ = false;
  bool took_leave_ = false;  // words came with the end of the call, or after it
  std::size_t said_ = 0;
};

}  // namespace

GstFlowReturn State::answer(guint turn_id, std::string question, bool not_understood) {
  {
    const std::lock_guard lock(mutex);
    if (flushing) return GST_FLOW_FLUSHING;
    if (turn_id != 0) ++stats.turns;
  }
  GST_INFO_OBJECT(element, "turn %u: \"%s\"", turn_id, question.c_str());
  GstFlowReturn flow = GST_FLOW_OK;
  jackfield::ReplyEnd end{.turn_id = turn_id};
  if (turn_id == 0 || !question.empty() || not_understood) {
    Reply reply(element, turn_id);
    flow = turn_id == 0 ? reply.greet(question)
                        : reply.answer(question.empty() ? kNotUnderstood : question);
    end.hang_up = reply.hang_up();
  }
  if (flow == GST_FLOW_OK) pads.end_reply(end);
  return flow;
}

}  // namespace openai::llm
