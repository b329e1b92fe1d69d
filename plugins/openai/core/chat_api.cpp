// Chat Completions, as OpenAI, llama.cpp, Ollama and others speak it.
#include <algorithm>
#include <utility>

#include "json_writer.hpp"
#include "model_api.hpp"

namespace openai {
namespace {

using jackfield::JsonValue;
using jackfield::quote_json;
using Kind = JsonValue::Kind;

class ChatReader final : public ReplyReader {
 public:
  using ReplyReader::ReplyReader;

 private:
  std::string read(const JsonValue& value) override {
    if (const JsonValue* usage = value.find("usage"); usage && usage->is(Kind::kObject)) {
      usage_.told = true;
      usage_.input_tokens = number_member(*usage, "prompt_tokens");
      usage_.output_tokens = number_member(*usage, "completion_tokens");
      if (const JsonValue* details = usage->find("prompt_tokens_details"))
        usage_.cached_tokens = number_member(*details, "cached_tokens");
      if (const JsonValue* details = usage->find("completion_tokens_details"))
        usage_.reasoning_tokens = number_member(*details, "reasoning_tokens");
    }
    const JsonValue* choices = value.find("choices");
    if (!choices || !choices->is(Kind::kArray) || choices->items.empty()) return "";
    const JsonValue& choice = choices->items[0];
    if (!choice.is(Kind::kObject)) return "";
    std::string text;
    if (const JsonValue* delta = choice.find("delta"); delta && delta->is(Kind::kObject)) {
      // reasoning_content and reasoning are thoughts, not speech.
      text = string_member(*delta, "content") + string_member(*delta, "refusal");
      begun_ = begun_ || !text.empty() || !string_member(*delta, "reasoning_content").empty() ||
               !string_member(*delta, "reasoning").empty();
      if (const JsonValue* calls = delta->find("tool_calls"); calls && calls->is(Kind::kArray)) {
        for (const JsonValue& call : calls->items) add_call(call);
      }
    }
    const std::string reason = string_member(choice, "finish_reason");
    if (!reason.empty()) begun_ = finish_seen_ = true;
    if (reason == "length") cut_short_ = true;
    if (reason == "content_filter") {
      fail({.cause = "content", .text = "the reply was stopped by the content filter"});
    }
    return text;
  }

  void add_call(const JsonValue& call) {
    if (!call.is(Kind::kObject)) return;
    begun_ = text_over_ = true;
    const std::string id = string_member(call, "id");
    const JsonValue* index = call.find("index");
    const JsonValue* function = call.find("function");
    if (!function) function = call.find("custom");
    const bool named = function && function->is(Kind::kObject) && function->find("name");
    // Without an index a call is whole, and known by its id or place.
    std::string key = index && index->is(Kind::kNumber) ? std::to_string(index->number)
                      : id.empty() ? "whole" + std::to_string(fragments_.size())
                                   : id;
    // Servers that do not count send whole calls, all of them with index 0.
    const auto before = std::find_if(fragments_.begin(), fragments_.end(),
                                     [&](const Fragment& other) { return other.key == key; });
    if (named && !id.empty() && before != fragments_.end() && before->call.id != id)
      key += "/" + id;
    Fragment& f = fragment(key);
    if (error_) return;
    if (f.call.id.empty()) f.call.id = id;
    if (!function || !function->is(Kind::kObject)) return;
    if (f.call.name.empty()) f.call.name = string_member(*function, "name");
    add_arguments(f, string_member(*function, "arguments") + string_member(*function, "input"));
  }
};

void add_message(std::string& out, std::string_view role, const std::string& text) {
  out += std::string(out.back() == '[' ? "" : ",") + R"({"role":")" + std::string(role) +
         R"(","content":)" + quote_json(text) + "}";
}

void add_conversation(std::string& out, const std::vector<const Entry*>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& e = *entries[i];
    switch (e.kind) {
      case Entry::Kind::kCaller: {
        // One message: some servers refuse two of one role in a row.
        std::string text = words_of(e);
        while (i + 1 < entries.size() && entries[i + 1]->kind == Entry::Kind::kCaller) {
          text += "\n" + words_of(*entries[++i]);
        }
        add_message(out, "user", text);
        break;
      }
      case Entry::Kind::kAgent:
        add_message(out, "assistant", e.text);
        break;
      case Entry::Kind::kToolCall: {
        // All calls of a reply are one message.
        out += std::string(out.back() == '[' ? "" : ",") +
               R"({"role":"assistant","content":null,"tool_calls":[)";
        for (bool more = true; more; ++i) {
          const ToolCall& call = entries[i]->call;
          out += R"({"id":)" + quote_json(call.id) + R"(,"type":"function","function":{"name":)" +
                 quote_json(call.name) + R"(,"arguments":)" + quote_json(call.arguments) + "}}";
          more = i + 1 < entries.size() && entries[i + 1]->kind == Entry::Kind::kToolCall;
          if (more) out += ",";
          if (!more) break;
        }
        out += "]}";
        break;
      }
      case Entry::Kind::kToolOutput:
        out += R"(,{"role":"tool","tool_call_id":)" + quote_json(e.call.id) + R"(,"content":)" +
               quote_json(e.text) + "}";
        break;
      case Entry::Kind::kReasoning:
        break;
    }
  }
}

}  // namespace

std::unique_ptr<ReplyReader> make_chat_reader(std::string secret) {
  return std::make_unique<ChatReader>(std::move(secret));
}

std::string make_chat_body(const ModelRequest& request) {
  std::string body = R"({"model":)" + quote_json(request.model) + R"(,"stream":true)";
  body += R"(,"stream_options":{"include_usage":true)";
  if (request.openai_itself) body += R"(,"include_obfuscation":false)";
  body += "}";
  const bool reasons = !request.reasoning_effort.empty() && request.reasoning_effort != "none";
  if (!request.reasoning_effort.empty())
    body += R"(,"reasoning_effort":)" + quote_json(request.reasoning_effort);
  if (request.temperature && !reasons) {
    JsonValue number;
    number.kind = Kind::kNumber;
    number.number = *request.temperature;
    body += R"(,"temperature":)" + to_json(number);
  }
  if (request.max_output_tokens > 0) {
    // OpenAI's reasoning models refuse max_tokens; Ollama knows no other name.
    body += request.openai_itself ? R"(,"max_completion_tokens":)" : R"(,"max_tokens":)";
    body += std::to_string(request.max_output_tokens);
  }
  if (!request.tools.empty()) {
    body += R"(,"tools":[)";
    for (const Tool& tool : request.tools) {
      body += std::string(body.back() == '[' ? "" : ",") +
              R"({"type":"function","function":{"name":)" + quote_json(tool.name) +
              R"(,"description":)" + quote_json(tool.description) + R"(,"parameters":)" +
              tool.parameters + "}}";
    }
    body += "]";
    if (!request.may_call) body += R"(,"tool_choice":"none")";
  }
  body += R"(,"messages":[)";
  if (!request.instructions.empty()) add_message(body, "system", request.instructions);
  add_conversation(body, request.conversation);
  if (!request.last_words.empty()) add_message(body, "user", request.last_words);
  return body + "]}";
}

}  // namespace openai
