#include "conversation.hpp"

#include <algorithm>
#include <utility>

#include "json_reader.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kTokensOfAMessage = 4;  // its role and borders

std::string_view trim_left(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

std::size_t tokens_of(const Entry& e) {
  return kTokensOfAMessage + estimate_tokens(words_of(e)) + estimate_tokens(e.call.name) +
         estimate_tokens(e.call.arguments);
}

}  // namespace

std::size_t estimate_tokens(std::string_view text) {
  std::size_t ascii = 0;
  std::size_t others = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      ++ascii;
    } else if (byte >= 0xC0) {
      ++others;
    }
  }
  return (ascii + 3) / 4 + others;
}

std::string words_of(const Entry& entry) {
  return entry.addressed ? entry.text : "(Overheard, not said to you: " + entry.text + ")";
}

void Conversation::add(Entry entry) {
  entries_.push_back(std::move(entry));
  while (entries_.size() > kMostEntries) {
    // A whole turn: no tool's output may stay without its call.
    const std::uint32_t oldest = entries_.front().turn_id;
    if (oldest == entries_.back().turn_id) break;
    while (!entries_.empty() && entries_.front().turn_id == oldest) entries_.pop_front();
  }
}

void Conversation::add_caller(std::uint32_t turn_id, std::string_view text) {
  add({.kind = Entry::Kind::kCaller, .turn_id = turn_id, .text = std::string{text}});
}

void Conversation::add_overheard(std::uint32_t turn_id, std::string_view text) {
  add({.kind = Entry::Kind::kCaller,
       .turn_id = turn_id,
       .text = std::string{text},
       .addressed = false});
}

void Conversation::add_agent(std::uint32_t turn_id, std::string_view text) {
  if (!entries_.empty() && entries_.back().kind == Entry::Kind::kAgent &&
      entries_.back().turn_id == turn_id) {
    entries_.back().text += " " + std::string(text);
    entries_.back().full_text = entries_.back().text;
    return;
  }
  add({.kind = Entry::Kind::kAgent,
       .turn_id = turn_id,
       .text = std::string{text},
       .full_text = std::string{text}});
}

void Conversation::add_tool_call(std::uint32_t turn_id, const ToolCall& call) {
  add({.kind = Entry::Kind::kToolCall, .turn_id = turn_id, .call = call});
}

void Conversation::add_tool_output(std::uint32_t turn_id, const std::string& call_id,
                                   std::string_view output) {
  add({.kind = Entry::Kind::kToolOutput,
       .turn_id = turn_id,
       .text = std::string{output},
       .call = {.id = call_id}});
}

void Conversation::replace_tool_output(std::uint32_t turn_id, std::string_view name,
                                       std::string_view output) {
  for (const Entry& asked : entries_) {
    if (asked.kind != Entry::Kind::kToolCall || asked.turn_id != turn_id || asked.call.name != name)
      continue;
    for (Entry& e : entries_) {
      if (e.kind == Entry::Kind::kToolOutput && e.turn_id == turn_id && e.call.id == asked.call.id)
        e.text = output;
    }
  }
}

void Conversation::add_reasoning(std::uint32_t turn_id, std::string_view item) {
  add({.kind = Entry::Kind::kReasoning, .turn_id = turn_id, .text = std::string{item}});
}

void Conversation::close_tool_calls(std::string_view output) {
  std::vector<std::pair<std::uint32_t, std::string>> open;
  for (const Entry& e : entries_) {
    if (e.kind == Entry::Kind::kToolCall) open.emplace_back(e.turn_id, e.call.id);
    if (e.kind == Entry::Kind::kToolOutput) {
      std::erase_if(open, [&](const auto& o) { return o.second == e.call.id; });
    }
  }
  for (const auto& [turn, id] : open) add_tool_output(turn, id, output);
}

void Conversation::forget_from(std::uint32_t turn_id) {
  std::erase_if(entries_, [&](const Entry& e) { return e.turn_id >= turn_id; });
}

void Conversation::heard(std::uint32_t turn_id, std::string_view text) {
  text = trim_left(text);
  if (text.empty()) {
    std::erase_if(entries_, [&](const Entry& e) { return e.turn_id == turn_id; });
    return;
  }
  std::string_view rest = text;
  Entry* last = nullptr;
  for (Entry& e : entries_) {
    if (e.kind != Entry::Kind::kAgent || e.turn_id != turn_id) continue;
    last = &e;
    if (rest.starts_with(e.text)) {
      rest = trim_left(rest.substr(e.text.size()));
      continue;
    }
    e.text = std::exchange(rest, {});
    e.interrupted = true;
  }
  if (!last) return;
  // Words that differ from the text ("50%" was spoken as "50 percent") are the last ones.
  if (!rest.empty()) last->text += " " + std::string(rest);
  last->interrupted = true;
  std::erase_if(entries_, [&](const Entry& e) {
    return e.kind == Entry::Kind::kAgent && e.turn_id == turn_id && e.text.empty();
  });
}

std::vector<const Entry*> Conversation::recent(std::size_t budget) const {
  std::size_t used = 0;
  std::size_t first = entries_.size();
  while (first > 0) {
    const std::uint32_t turn = entries_[first - 1].turn_id;
    std::size_t begin = first;
    std::size_t cost = 0;
    while (begin > 0 && entries_[begin - 1].turn_id == turn) cost += tokens_of(entries_[--begin]);
    if (first < entries_.size() && used + cost > budget) break;
    used += cost;
    first = begin;
  }
  std::vector<const Entry*> result;
  for (std::size_t i = first; i < entries_.size(); ++i) result.push_back(&entries_[i]);
  return result;
}

std::string Conversation::to_json() const {
  std::string json = "[";
  for (const Entry& e : entries_) {
    if (e.kind == Entry::Kind::kToolOutput || e.kind == Entry::Kind::kReasoning) continue;
    if (json.size() > 1) json += ",";
    json += R"({"role":")";
    json += e.kind == Entry::Kind::kCaller  ? "caller"
            : e.kind == Entry::Kind::kAgent ? "agent"
                                            : "tool";
    json += R"(","turn":)" + std::to_string(e.turn_id);
    if (e.kind == Entry::Kind::kToolCall) {
      json += R"(,"name":)" + quote_json(e.call.name) + R"(,"arguments":)" +
              quote_json(e.call.arguments);
      for (const Entry& o : entries_) {
        if (o.kind == Entry::Kind::kToolOutput && o.call.id == e.call.id)
          json += R"(,"output":)" + quote_json(o.text);
      }
    } else {
      json += R"(,"text":)" + quote_json(e.text);
    }
    if (!e.addressed) json += R"(,"addressed":false)";
    if (e.interrupted) json += R"(,"interrupted":true,"full-text":)" + quote_json(e.full_text);
    json += "}";
  }
  return json + "]";
}

}  // namespace jackfield
