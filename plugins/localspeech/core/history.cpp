#include "history.hpp"

#include <algorithm>
#include <utility>

#include "json_reader.hpp"

namespace localspeech {

void History::add(Utterance utterance) {
  utterances_.push_back(std::move(utterance));
  if (utterances_.size() > max_) utterances_.pop_front();
}

void History::add_caller(std::uint32_t turn_id, std::string_view text) {
  add({.from_agent = false, .turn_id = turn_id, .text = std::string{text}, .full_text = {}});
}

void History::add_agent(std::uint32_t turn_id, std::string_view text) {
  add({.from_agent = true,
       .turn_id = turn_id,
       .text = std::string{text},
       .full_text = std::string{text}});
}

bool History::cut(std::uint32_t turn_id, std::string_view heard) {
  const auto is_reply = [](const Utterance& u) { return u.from_agent; };
  auto reply = std::find_if(utterances_.rbegin(), utterances_.rend(), [&](const Utterance& u) {
    return u.from_agent && u.turn_id == turn_id;
  });
  if (reply == utterances_.rend())
    reply = std::find_if(utterances_.rbegin(), utterances_.rend(), is_reply);
  if (reply == utterances_.rend()) return false;
  reply->text = heard;
  reply->interrupted = true;
  return true;
}

void History::forget_from(std::uint32_t turn_id) {
  std::erase_if(utterances_, [&](const Utterance& u) { return u.turn_id >= turn_id; });
}

std::string History::to_json() const {
  std::string json = "[";
  for (const Utterance& u : utterances_) {
    if (json.size() > 1) json += ",";
    json += R"({"role":")";
    json += u.from_agent ? "agent" : "caller";
    json +=
        R"(","turn":)" + std::to_string(u.turn_id) + R"(,"text":)" + jackfield::quote_json(u.text);
    if (u.interrupted)
      json += R"(,"interrupted":true,"full-text":)" + jackfield::quote_json(u.full_text);
    json += "}";
  }
  return json + "]";
}

}  // namespace localspeech
