// What was said in a conversation, as both sides heard it. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace localspeech {

struct Utterance {
  bool from_agent = false;
  std::uint32_t turn_id = 0;
  std::string text;       // of the agent: what was heard of it
  std::string full_text;  // of the agent: what it meant to say
  bool interrupted = false;
};

class History {
 public:
  explicit History(std::size_t max_utterances) : max_(max_utterances) {}

  void add_caller(std::uint32_t turn_id, std::string_view text);
  void add_agent(std::uint32_t turn_id, std::string_view text);
  // Cuts the reply to `turn_id`, or else the last reply, to the words heard. False without a reply.
  bool cut(std::uint32_t turn_id, std::string_view heard);
  // What is known of that turn and later ones is forgotten: it happened otherwise.
  void forget_from(std::uint32_t turn_id);
  void clear() { utterances_.clear(); }

  const std::deque<Utterance>& utterances() const { return utterances_; }
  // A JSON array of {"role": "caller" or "agent", "turn", "text"}, and for an interrupted reply
  // "interrupted": true and "full-text".
  std::string to_json() const;

 private:
  void add(Utterance utterance);
  std::size_t max_;
  std::deque<Utterance> utterances_;  // the oldest are forgotten
};

}  // namespace localspeech
