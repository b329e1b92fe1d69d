#include "model_api.hpp"

#include <algorithm>
#include <utility>

#include "json_writer.hpp"

namespace openai {

using jackfield::JsonValue;
using Kind = JsonValue::Kind;

namespace {

constexpr std::size_t kMostToolCalls = 32;
constexpr std::size_t kMostArguments = 256 * 1024;  // bytes, of all calls of a reply
constexpr std::size_t kMostReasoning = 512 * 1024;  // bytes of what a reply hands back
constexpr char kTooMuch[] = "a reply with too many tool calls";

}  // namespace

std::uint64_t number_member(const JsonValue& object, std::string_view key) {
  const JsonValue* found = object.is(Kind::kObject) ? object.find(key) : nullptr;
  if (!found || !found->is(Kind::kNumber) || !(found->number >= 0 && found->number < 1e15))
    return 0;
  return static_cast<std::uint64_t>(found->number);
}

std::string make_body(Api api, const ModelRequest& request) {
  return api == Api::kChat ? make_chat_body(request) : make_responses_body(request);
}

std::string_view path_of(Api api) { return api == Api::kChat ? "/chat/completions" : "/responses"; }

std::unique_ptr<ReplyReader> make_reader(Api api, std::string secret) {
  return api == Api::kChat ? make_chat_reader(std::move(secret))
                           : make_responses_reader(std::move(secret));
}

std::string ReplyReader::take(const jackfield::SseEvent& event) {
  if (complete_ || error_) return "";
  if (event.data == "[DONE]") {
    complete_ = true;
    return "";
  }
  if (event.data.empty()) return "";
  const auto json = jackfield::parse_json(event.data);
  if (!json.value || !json.value->is(Kind::kObject)) {
    if (++malformed_ > kMostMalformed) {
      fail({.cause = "protocol",
            .text = "the stream holds what is no JSON object: " + json.error,
            .retryable = true});
    }
    return "";
  }
  const JsonValue* error = json.value->find("error");
  if (error && !error->is(Kind::kNull)) {
    fail(read_stream_error(*error, secret_));
    return "";
  }
  if (event.type == "error") {
    fail(read_stream_error(*json.value, secret_));
    return "";
  }
  return read(*json.value);
}

void ReplyReader::closed() {
  if (complete_ || error_) return;
  if (finish_seen_) {
    complete_ = true;
    return;
  }
  fail({.cause = "cut", .text = "the reply ended in the middle", .retryable = true});
}

ReplyReader::Fragment& ReplyReader::fragment(std::string_view key) {
  const auto found = std::find_if(fragments_.begin(), fragments_.end(),
                                  [&](const Fragment& f) { return f.key == key; });
  if (found != fragments_.end()) return *found;
  if (fragments_.size() >= kMostToolCalls) {
    fail({.cause = "protocol", .text = kTooMuch});
  } else {
    fragments_.push_back({.key = std::string(key)});
  }
  return fragments_.back();
}

void ReplyReader::add_arguments(Fragment& fragment, std::string_view part) {
  std::size_t bytes = part.size();
  for (const Fragment& f : fragments_) bytes += f.call.arguments.size();
  if (bytes > kMostArguments) return fail({.cause = "protocol", .text = kTooMuch});
  fragment.call.arguments += part;
}

void ReplyReader::set_arguments(Fragment& fragment, std::string arguments) {
  fragment.call.arguments.clear();
  add_arguments(fragment, arguments);
}

void ReplyReader::add_reasoning(std::string item) {
  std::size_t bytes = item.size();
  for (const std::string& other : reasoning_) bytes += other.size();
  if (bytes > kMostReasoning)
    return fail({.cause = "protocol", .text = "a reply with too many thoughts"});
  reasoning_.push_back(std::move(item));
}

std::vector<ToolCall> ReplyReader::tool_calls(std::string_view prefix) const {
  std::vector<ToolCall> calls;
  for (const Fragment& f : fragments_) {
    if (f.call.name.empty()) continue;
    calls.push_back(f.call);
    if (calls.back().id.empty())
      calls.back().id = std::string(prefix) + std::to_string(calls.size());
    if (calls.back().arguments.empty()) calls.back().arguments = "{}";
  }
  return calls;
}

}  // namespace openai
