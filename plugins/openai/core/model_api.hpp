// The two ways to ask a language model for a reply, and to read it as it streams: Chat Completions
// and Responses. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conversation.hpp"
#include "function_tools.hpp"
#include "service_error.hpp"
#include "sse_parser.hpp"

namespace openai {

using jackfield::Conversation;
using jackfield::Entry;
using jackfield::Tool;
using jackfield::ToolCall;

enum class Api { kChat, kResponses };

struct ModelRequest {
  std::string model;
  std::string instructions;
  std::string reasoning_effort;       // "": not sent
  std::optional<double> temperature;  // left out when the model is told to reason
  unsigned max_output_tokens = 0;     // 0: not sent
  bool openai_itself = false;         // some fields have other names elsewhere, or are refused
  std::vector<Tool> tools;
  bool may_call = true;  // false: the tools are there, but must not be called
  std::vector<const Entry*> conversation;
  std::string last_words;  // for the model alone, behind the conversation
};

// The body, JSON.
std::string make_body(Api api, const ModelRequest& request);
// Below the base URL.
std::string_view path_of(Api api);

// As the service tells it at the end of a reply; some servers do not.
struct ReplyUsage {
  bool told = false;
  std::uint64_t input_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::uint64_t output_tokens = 0;
  std::uint64_t reasoning_tokens = 0;
};

// Reads one streamed reply.
class ReplyReader {
 public:
  static constexpr int kMostMalformed = 8;

  explicit ReplyReader(std::string secret) : secret_(std::move(secret)) {}
  virtual ~ReplyReader() = default;

  // The text in an event; "" for all others.
  std::string take(const jackfield::SseEvent& event);
  // The stream ended by itself.
  void closed();

  // The model has begun to answer, be it to think.
  bool begun() const { return begun_ || complete_; }
  // The text so far is whole: a function is called, or the end follows.
  bool text_over() const { return text_over_ || finish_seen_; }
  bool complete() const { return complete_; }
  // Nothing of use follows.
  bool finish_seen() const { return finish_seen_; }
  const std::optional<ServiceError>& error() const { return error_; }
  const ReplyUsage& usage() const { return usage_; }
  int malformed() const { return malformed_; }  // events that made no sense, skipped
  // When complete. A call without an id, as some servers send it, is named `prefix` and a number.
  std::vector<ToolCall> tool_calls(std::string_view prefix = "call_") const;
  const std::vector<std::string>& reasoning() const { return reasoning_; }
  bool cut_short() const { return cut_short_; }  // by the limit of tokens

 protected:
  struct Fragment {
    std::string key;
    ToolCall call;
  };
  virtual std::string read(const jackfield::JsonValue& value) = 0;
  void fail(ServiceError error) {
    if (!error_) error_ = std::move(error);
  }
  Fragment& fragment(std::string_view key);
  void add_arguments(Fragment& fragment, std::string_view part);
  void set_arguments(Fragment& fragment, std::string arguments);
  void add_reasoning(std::string item);

  std::string secret_;
  bool begun_ = false;
  bool text_over_ = false;
  bool complete_ = false;
  bool finish_seen_ = false;  // the connection may close
  bool cut_short_ = false;
  int malformed_ = 0;
  std::optional<ServiceError> error_;
  ReplyUsage usage_;
  std::vector<Fragment> fragments_;
  std::vector<std::string> reasoning_;
};

// A count in a reply: 0 when `object` has no such member, or one that is no count.
std::uint64_t number_member(const jackfield::JsonValue& object, std::string_view key);

std::unique_ptr<ReplyReader> make_reader(Api api, std::string secret);
std::unique_ptr<ReplyReader> make_chat_reader(std::string secret);
std::unique_ptr<ReplyReader> make_responses_reader(std::string secret);

std::string make_chat_body(const ModelRequest& request);
std::string make_responses_body(const ModelRequest& request);

}  // namespace openai
