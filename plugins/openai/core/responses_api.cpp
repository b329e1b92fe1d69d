// Responses. Nothing is stored at the server: the conversation is ours, because it has to be cut to
// what was heard.
#include <utility>

#include "json_writer.hpp"
#include "model_api.hpp"

namespace openai {
namespace {

using jackfield::JsonValue;
using jackfield::quote_json;
using Kind = JsonValue::Kind;

const JsonValue* object_member(const JsonValue& object, std::string_view key) {
  const JsonValue* found = object.find(key);
  return found && found->is(Kind::kObject) ? found : nullptr;
}

class ResponsesReader final : public ReplyReader {
 public:
  using ReplyReader::ReplyReader;

 private:
  std::string read(const JsonValue& value) override {
    const std::string type = string_member(value, "type");
    begun_ = begun_ || type.starts_with("response.output_") ||
             type.starts_with("response.refusal") || type.starts_with("response.reasoning");
    if (type == "response.output_text.delta" || type == "response.refusal.delta") {
      text_over_ = false;
      return string_member(value, "delta");
    }
    if (type == "response.output_item.added" || type == "response.output_item.done") {
      if (const JsonValue* item = object_member(value, "item"))
        take_item(*item, key_of(value, string_member(*item, "id")), type.ends_with("done"));
    } else if (type == "response.function_call_arguments.delta") {
      Fragment& f = fragment(key_of(value, string_member(value, "item_id")));
      if (!error_) add_arguments(f, string_member(value, "delta"));
    } else if (type == "response.function_call_arguments.done") {
      Fragment& f = fragment(key_of(value, string_member(value, "item_id")));
      if (!error_ && value.find("arguments")) set_arguments(f, string_member(value, "arguments"));
    } else if (type == "response.completed" || type == "response.incomplete") {
      end(value);
    } else if (type == "response.failed") {
      const JsonValue* response = object_member(value, "response");
      const JsonValue* error = response ? object_member(*response, "error") : nullptr;
      fail(error
               ? read_stream_error(*error, secret_)
               : ServiceError{.cause = "server", .text = "the response failed", .retryable = true});
    } else if (type == "error") {
      fail(read_stream_error(value, secret_));
    }
    return "";
  }

  // Servers that give their items no id count them at least.
  static std::string key_of(const JsonValue& event, const std::string& item_id) {
    const JsonValue* index = event.find("output_index");
    if (!item_id.empty() || !index || !index->is(Kind::kNumber)) return item_id;
    return "item " + std::to_string(index->number);
  }

  void take_item(const JsonValue& item, const std::string& key, bool done) {
    const std::string type = string_member(item, "type");
    if (type == "reasoning" && done) {
      // Without its encrypted content it would refer to what the server did not store.
      if (!string_member(item, "encrypted_content").empty()) add_reasoning(to_json(item));
      return;
    }
    // One that was stopped by the service has another status.
    if (type == "message" && done && string_member(item, "status") == "completed")
      text_over_ = true;
    if (type != "function_call") return;
    text_over_ = true;
    Fragment& f = fragment(key);
    if (error_) return;
    if (f.call.id.empty()) f.call.id = string_member(item, "call_id");
    if (f.call.name.empty()) f.call.name = string_member(item, "name");
    if (done && item.find("arguments")) set_arguments(f, string_member(item, "arguments"));
  }

  void end(const JsonValue& value) {
    complete_ = true;
    const JsonValue* response = object_member(value, "response");
    if (!response) return;
    if (const JsonValue* usage = object_member(*response, "usage")) {
      usage_.told = true;
      usage_.input_tokens = number_member(*usage, "input_tokens");
      usage_.output_tokens = number_member(*usage, "output_tokens");
      if (const JsonValue* details = usage->find("input_tokens_details"))
        usage_.cached_tokens = number_member(*details, "cached_tokens");
      if (const JsonValue* details = usage->find("output_tokens_details"))
        usage_.reasoning_tokens = number_member(*details, "reasoning_tokens");
    }
    if (const JsonValue* incomplete = object_member(*response, "incomplete_details")) {
      const std::string reason = string_member(*incomplete, "reason");
      cut_short_ = reason == "max_output_tokens";
      if (reason == "content_filter")
        fail({.cause = "content", .text = "the reply was stopped by the content filter"});
    }
  }
};

void add_message(std::string& out, std::string_view role, const std::string& text) {
  out += std::string(out.back() == '[' ? "" : ",") + R"({"role":")" + std::string(role) +
         R"(","content":)" + quote_json(text) + "}";
}

void add_entry(std::string& out, const Entry& e) {
  const std::string comma = out.back() == '[' ? "" : ",";
  switch (e.kind) {
    case Entry::Kind::kCaller:
      return add_message(out, "user", words_of(e));
    case Entry::Kind::kAgent:
      return add_message(out, "assistant", e.text);
    case Entry::Kind::kToolCall:
      out += comma + R"({"type":"function_call","call_id":)" + quote_json(e.call.id) +
             R"(,"name":)" + quote_json(e.call.name) + R"(,"arguments":)" +
             quote_json(e.call.arguments) + "}";
      return;
    case Entry::Kind::kToolOutput:
      out += comma + R"({"type":"function_call_output","call_id":)" + quote_json(e.call.id) +
             R"(,"output":)" + quote_json(e.text) + "}";
      return;
    case Entry::Kind::kReasoning:
      out += comma + e.text;
      return;
  }
}

}  // namespace

std::unique_ptr<ReplyReader> make_responses_reader(std::string secret) {
  return std::make_unique<ResponsesReader>(std::move(secret));
}

std::string make_responses_body(const ModelRequest& request) {
  std::string body = R"({"model":)" + quote_json(request.model) + R"(,"stream":true,"store":false)";
  const bool reasons = !request.reasoning_effort.empty() && request.reasoning_effort != "none";
  if (!request.reasoning_effort.empty())
    body += R"(,"reasoning":{"effort":)" + quote_json(request.reasoning_effort) + "}";
  // Thoughts are handed back with the answers of tools. Models that have none refuse to be asked.
  const bool may_reason =
      request.reasoning_effort != "none" && !request.model.starts_with("gpt-4") &&
      !request.model.starts_with("gpt-3") && !request.model.starts_with("chatgpt-");
  if (!request.tools.empty() && request.openai_itself && may_reason)
    body += R"(,"include":["reasoning.encrypted_content"])";
  if (request.temperature && !reasons) {
    JsonValue number;
    number.kind = Kind::kNumber;
    number.number = *request.temperature;
    body += R"(,"temperature":)" + to_json(number);
  }
  if (request.max_output_tokens > 0)
    body += R"(,"max_output_tokens":)" + std::to_string(request.max_output_tokens);
  if (!request.instructions.empty())
    body += R"(,"instructions":)" + quote_json(request.instructions);
  if (!request.tools.empty()) {
    body += R"(,"tools":[)";
    for (const Tool& tool : request.tools) {
      body += std::string(body.back() == '[' ? "" : ",") + R"({"type":"function","name":)" +
              quote_json(tool.name) + R"(,"description":)" + quote_json(tool.description) +
              R"(,"strict":false,"parameters":)" + tool.parameters + "}";
    }
    body += "]";
    if (!request.may_call) body += R"(,"tool_choice":"none")";
  }
  body += R"(,"input":[)";
  for (const Entry* e : request.conversation) add_entry(body, *e);
  if (!request.last_words.empty()) add_message(body, "user", request.last_words);
  return body + "]}";
}

}  // namespace openai
