// What was said in a call, as both sides heard it, and what tools were asked and answered: what a
// language model is told. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON, as the model wrote it
};

struct Entry {
  enum class Kind { kCaller, kAgent, kToolCall, kToolOutput, kReasoning };
  Kind kind = Kind::kCaller;
  std::uint32_t turn_id = 0;
  std::string text;       // kAgent: what was heard; kToolOutput: the result; kReasoning: JSON
  std::string full_text;  // kAgent: what it meant to say
  ToolCall call;          // kToolCall; of kToolOutput the id
  bool interrupted = false;
  bool addressed = true;  // kCaller: false: it was not said to the agent
};

// What a model is told of an entry of text.
std::string words_of(const Entry& entry);

// About as many tokens as the text has: a quarter of its ASCII characters, and each other
// character. Tokenizers differ; English text has 4 to 5 characters a token.
std::size_t estimate_tokens(std::string_view text);

class Conversation {
 public:
  void add_caller(std::uint32_t turn_id, std::string_view text);
  // Said before the question of that turn, and not to the agent.
  void add_overheard(std::uint32_t turn_id, std::string_view text);
  // Of the running reply: each piece of it that was passed on to be spoken.
  void add_agent(std::uint32_t turn_id, std::string_view text);
  void add_tool_call(std::uint32_t turn_id, const ToolCall& call);
  void add_tool_output(std::uint32_t turn_id, const std::string& call_id, std::string_view output);
  // Another result for all calls of that tool in that turn.
  void replace_tool_output(std::uint32_t turn_id, std::string_view name, std::string_view output);
  // An item that a reasoning model wants back with the answers of its tools (JSON).
  void add_reasoning(std::uint32_t turn_id, std::string_view item);
  // Cuts the reply to that turn to the words heard. None heard: the turn is forgotten altogether,
  // its question too.
  void heard(std::uint32_t turn_id, std::string_view text);
  // What is known of that turn and later ones is forgotten: it happened otherwise.
  void forget_from(std::uint32_t turn_id);
  // A tool that was asked and not answered, when a reply was aborted: models refuse such calls.
  void close_tool_calls(std::string_view output);

  // The newest turns that fit into `budget` tokens (estimated), whole ones, at least the last.
  std::vector<const Entry*> recent(std::size_t budget) const;
  // A JSON array of {"role": "caller", "agent" or "tool", "turn", "text"}; an interrupted reply has
  // "interrupted": true and "full-text", what was not said to the agent "addressed": false, a tool
  // "name", "arguments" and, once known, "output".
  std::string to_json() const;
  void clear() { entries_.clear(); }

  static constexpr std::size_t kMostEntries = 1000;  // the oldest turns are forgotten

 private:
  void add(Entry entry);
  std::deque<Entry> entries_;
};

}  // namespace jackfield
