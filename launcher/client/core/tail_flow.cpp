#include "client/core/tail_flow.hpp"

#include <algorithm>
#include <utility>

#include "json_members.hpp"
#include "text/json_text.hpp"

namespace jackfield::client {
namespace {

JsonValue text_value(const std::string& text) {
  JsonValue value;
  value.kind = JsonValue::Kind::kString;
  value.string = text;
  return value;
}

JsonValue entry_event(const std::string& session, const std::string& line, const JsonValue& entry) {
  JsonValue message;
  message.kind = JsonValue::Kind::kObject;
  message.members = {{"type", {}, text_value("event")},
                     {"event", {}, text_value("transcript")},
                     {"session", {}, text_value(session)},
                     {"line", {}, text_value(line)},
                     {"data", {}, entry}};
  return message;
}

}  // namespace

bool TailFlow::is_new(Known& known, const JsonValue& message) {
  const JsonValue* entry = object_member(message, "data");
  if (string_member(message, "event") != "transcript" || !entry || !true_member(*entry, "final"))
    return true;
  const std::string key = json_text(*entry);
  if (std::find(known.shown.begin(), known.shown.end(), key) != known.shown.end()) return false;
  known.shown.push_back(key);
  if (known.shown.size() > kMostKnown) known.shown.pop_front();
  return true;
}

std::vector<JsonValue> TailFlow::event(const JsonValue& message) {
  const std::string session = string_member(message, "session");
  Known& known = sessions_[session];
  if (known.held) {
    if (known.waiting.size() < kMostHeld) known.waiting.push_back(message);
    return {};
  }
  std::vector<JsonValue> out;
  if (is_new(known, message)) out.push_back(message);
  if (string_member(message, "event") == "session-ended") sessions_.erase(session);
  return out;
}

void TailFlow::hold(const std::string& session) { sessions_[session].held = true; }

std::vector<JsonValue> TailFlow::release(const std::string& session, const std::string& line,
                                         const JsonValue& answer) {
  Known& known = sessions_[session];
  std::vector<JsonValue> out;
  if (const JsonValue* entries = array_member(answer, "entries")) {
    // All up to the last one that was shown are known, however long ago they were said.
    const auto& items = entries->items;
    const auto last = std::find_if(items.rbegin(), items.rend(), [&](const JsonValue& entry) {
      return std::find(known.shown.begin(), known.shown.end(), json_text(entry)) !=
             known.shown.end();
    });
    for (auto entry = last.base(); entry != items.end(); ++entry) {
      JsonValue message = entry_event(session, line, *entry);
      if (is_new(known, message)) out.push_back(std::move(message));
    }
  }
  known.held = false;
  for (const JsonValue& message : std::exchange(known.waiting, {}))
    for (JsonValue& shown : event(message)) out.push_back(std::move(shown));
  return out;
}

}  // namespace jackfield::client
