#include "twilio_peer.hpp"

#include <json-glib/json-glib.h>

#include <algorithm>
#include <set>

namespace test_support {
namespace {

std::string base64(std::string_view bytes) {
  gchar* text = g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size());
  std::string result = text;
  g_free(text);
  return result;
}

std::set<std::string> members(JsonObject* object) {
  std::set<std::string> names;
  GList* list = json_object_get_members(object);
  for (GList* l = list; l; l = l->next) names.insert(static_cast<const char*>(l->data));
  g_list_free(list);
  return names;
}

const char* string_member(JsonObject* object, const char* name) {
  JsonNode* node = json_object_get_member(object, name);
  if (!node || json_node_get_value_type(node) != G_TYPE_STRING) return nullptr;
  return json_node_get_string(node);
}

JsonObject* object_member(JsonObject* object, const char* name) {
  JsonNode* node = json_object_get_member(object, name);
  return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : nullptr;
}

}  // namespace

std::string TwilioPeer::head(const char* event) {
  return std::string(R"({"event":")") + event + R"(","sequenceNumber":")" +
         std::to_string(++sequence_) + R"(","streamSid":")" + kStreamSid + '"';
}

void TwilioPeer::send_connected() {
  client_->send_text(R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
}

void TwilioPeer::send_start(const std::map<std::string, std::string>& parameters) {
  std::string custom;
  for (const auto& [name, value] : parameters) {
    if (!custom.empty()) custom += ',';
    custom += '"' + name + R"(":")" + value + '"';
  }
  client_->send_text(head("start") + R"(,"start":{"accountSid":")" + kAccountSid +
                     R"(","streamSid":")" + kStreamSid + R"(","callSid":")" + kCallSid +
                     R"(","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw",)" +
                     R"("sampleRate":8000,"channels":1},"customParameters":{)" + custom + "}}}");
}

void TwilioPeer::send_media(std::string_view mulaw) {
  send_media_at(samples_ / 8, mulaw);
  samples_ += mulaw.size();
}

void TwilioPeer::send_media_at(uint64_t timestamp_ms, std::string_view mulaw) {
  client_->send_text(head("media") + R"(,"media":{"track":"inbound","chunk":")" +
                     std::to_string(++chunk_) + R"(","timestamp":")" +
                     std::to_string(timestamp_ms) + R"(","payload":")" + base64(mulaw) + R"("}})");
}

void TwilioPeer::send_dtmf(char digit) {
  client_->send_text(head("dtmf") + R"(,"dtmf":{"track":"inbound_track","digit":")" + digit +
                     R"("}})");
}

void TwilioPeer::send_mark(const std::string& name) {
  client_->send_text(head("mark") + R"(,"mark":{"name":")" + name + R"("}})");
}

void TwilioPeer::send_stop() {
  client_->send_text(head("stop") + R"(,"stop":{"accountSid":")" + kAccountSid +
                     R"(","callSid":")" + kCallSid + R"("}})");
}

TwilioPeer::Milliseconds TwilioPeer::unplayed() const {
  const auto left = std::chrono::duration_cast<Milliseconds>(play_end_ - Clock::now());
  return std::max(left, Milliseconds(0));
}

std::string TwilioPeer::played() const {
  const auto left =
      std::chrono::duration_cast<std::chrono::microseconds>(play_end_ - Clock::now()).count();
  const auto bytes = static_cast<std::size_t>(std::max<decltype(left)>(left, 0) / 125);
  return kept_.substr(0, kept_.size() - std::min(bytes, kept_.size()));
}

void TwilioPeer::echo_due() {
  while (echo_ && !pending_.empty() && pending_.front().at <= Clock::now()) {
    send_mark(pending_.front().name);
    pending_.pop_front();
  }
}

bool TwilioPeer::run(Milliseconds time, const std::function<bool()>& done) {
  const auto end = Clock::now() + time;
  for (;;) {
    echo_due();
    if (done && done()) return true;
    const auto now = Clock::now();
    if (now >= end || client_->eof()) return done && done();
    auto wake = std::min(end, now + Milliseconds(20));
    if (echo_ && !pending_.empty()) wake = std::min(wake, pending_.front().at);
    const auto wait = std::chrono::duration_cast<Milliseconds>(wake - now) + Milliseconds(1);
    if (const auto text = client_->receive(wait)) receive(*text);
  }
}

void TwilioPeer::receive(const std::string& text) {
  JsonParser* parser = json_parser_new();
  const bool json =
      json_parser_load_from_data(parser, text.data(), static_cast<gssize>(text.size()), nullptr);
  JsonNode* root = json ? json_parser_get_root(parser) : nullptr;
  JsonObject* object = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : nullptr;
  const char* event_text = object ? string_member(object, "event") : nullptr;
  const std::string event = event_text ? event_text : "";
  const char* sid = object ? string_member(object, "streamSid") : nullptr;
  bool good = sid && std::string(sid) == kStreamSid;
  if (good && event == "media") {
    JsonObject* media = object_member(object, "media");
    const char* payload = media ? string_member(media, "payload") : nullptr;
    good = payload && members(object) == std::set<std::string>{"event", "streamSid", "media"} &&
           members(media) == std::set<std::string>{"payload"};
    if (good) {
      gsize size = 0;
      guchar* bytes = g_base64_decode(payload, &size);
      audio_.append(reinterpret_cast<const char*>(bytes), size);
      kept_.append(reinterpret_cast<const char*>(bytes), size);
      g_free(bytes);
      ++media_messages_;
      play_end_ = std::max(play_end_, Clock::now()) + std::chrono::microseconds(size * 125);
      max_unplayed_ = std::max(max_unplayed_, unplayed());
    }
  } else if (good && event == "mark") {
    JsonObject* mark = object_member(object, "mark");
    const char* name = mark ? string_member(mark, "name") : nullptr;
    good = name && members(object) == std::set<std::string>{"event", "streamSid", "mark"} &&
           members(mark) == std::set<std::string>{"name"};
    if (good) {
      marks_.emplace_back(name);
      pending_.push_back({name, std::max(play_end_, Clock::now())});
    }
  } else if (good && event == "clear") {
    good = members(object) == std::set<std::string>{"event", "streamSid"};
    ++clears_;
    kept_ = played();
    last_clear_ = play_end_ = Clock::now();
    for (Pending& mark : pending_) mark.at = play_end_;
  } else {
    good = false;
  }
  if (!good) warnings_.push_back(text);
  g_object_unref(parser);
}

}  // namespace test_support
