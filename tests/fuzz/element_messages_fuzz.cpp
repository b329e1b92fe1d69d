// Events and messages from elements that are not ours, with any fields of any type under our names:
// they are read without a critical warning, and written as JSON that reads back.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "json_reader.hpp"
#include "records/message_json.hpp"
#include "turn_events.hpp"

namespace {

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool more() const { return size_ > 0; }
  unsigned byte() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  guint64 number() {
    guint64 value = 0;
    for (unsigned n = byte() % 9; n > 0; --n) value = value << 8 | byte();
    return value;
  }
  // Valid UTF-8: gst_structure_set() takes no other.
  std::string text() {
    std::string out;
    for (unsigned n = byte() % 20; n > 0; --n) out += static_cast<char>(1 + byte() % 127);
    return out;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

constexpr const char* kNames[] = {
    "VoiceTurnStart",     "VoiceTurnEnd",         "VoiceReplyEnd",          "VoiceInterim",
    "VoicePlayed",        "VoiceHeard",           "twilio/call-started",    "twilio/call-ended",
    "twilio/mark",        "agentbrain/error",     "agentbrain/interrupted", "agentbrain/reply",
    "agentbrain/resumed", "agentbrain/speaker",   "agentbrain/state",       "agentbrain/transcript",
    "agentbrain/turn",    "callrecorder/started", "callrecorder/finished",  "something-else"};
constexpr const char* kFields[] = {
    "turn-id",     "speech-start", "speech-end", "decided-at", "not-understood", "hang-up",
    "transfer",    "text",         "final",      "position",   "discarded",      "stream-sid",
    "call-sid",    "account-sid",  "parameters", "reason",     "duration",       "full-text",
    "interrupted", "start",        "end",        "at",         "digit",          "number",
    "path",        "location",     "token",      "from",       "total",          "stages",
    "text-heard",  "caller"};

constexpr const char* kStrangeNames[] = {
    "a b", "\"", "\x1f\x01\n", "{;}=,", "\xc3\xa9\xe2\x82\xac", "token"};

gstpp::StructurePtr structure(Bytes& bytes, int depth);

void set_value(GValue& value, Bytes& bytes, int depth) {
  switch (bytes.byte() % 10) {
    case 0:
      g_value_init(&value, G_TYPE_UINT);
      return g_value_set_uint(&value, static_cast<guint>(bytes.number()));
    case 1:
      g_value_init(&value, G_TYPE_UINT64);
      return g_value_set_uint64(&value, bytes.number());
    case 2:
      g_value_init(&value, G_TYPE_INT);
      return g_value_set_int(&value, static_cast<gint>(bytes.number()));
    case 3:
      g_value_init(&value, G_TYPE_BOOLEAN);
      return g_value_set_boolean(&value, bytes.byte() % 2);
    case 4:
      g_value_init(&value, G_TYPE_DOUBLE);
      return g_value_set_double(
          &value, static_cast<double>(bytes.number()) / static_cast<double>(bytes.number()));
    case 5:
      g_value_init(&value, G_TYPE_STRING);  // without a string in it
      return;
    case 6: {
      g_value_init(&value, GST_TYPE_STRUCTURE);
      if (depth < 10) gst_value_set_structure(&value, structure(bytes, depth + 1).get());
      return;
    }
    case 7: {
      g_value_init(&value, GST_TYPE_ARRAY);
      for (unsigned n = depth < 10 ? bytes.byte() % 3 : 0; n > 0; --n) {
        GValue item = G_VALUE_INIT;  // all of one type: structures
        g_value_init(&item, GST_TYPE_STRUCTURE);
        gst_value_set_structure(&item, structure(bytes, depth + 1).get());
        gst_value_array_append_and_take_value(&value, &item);
      }
      return;
    }
    default:
      g_value_init(&value, G_TYPE_STRING);
      return g_value_set_string(&value, bytes.text().c_str());
  }
}

gstpp::StructurePtr structure(Bytes& bytes, int depth) {
  gstpp::StructurePtr out{gst_structure_new_empty(kNames[bytes.byte() % std::size(kNames)])};
  for (unsigned n = bytes.byte() % 12; n > 0 && bytes.more(); --n) {
    GValue value = G_VALUE_INIT;
    std::string field = kFields[bytes.byte() % std::size(kFields)];
    // The names of a call's parameters are the caller's choice. (Of a few: GLib keeps names for
    // ever.)
    if (depth > 0 && bytes.byte() % 4 == 0) field = kStrangeNames[bytes.byte() % 6];
    set_value(value, bytes, depth);
    gst_structure_take_value(out.get(), field.c_str(), &value);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ready = [] {
    g_setenv("G_DEBUG", "fatal-criticals", TRUE);
    return gst_init_check(nullptr, nullptr, nullptr) != FALSE;
  }();
  if (!ready) std::abort();
  Bytes bytes{data, size};
  const gstpp::StructurePtr message = structure(bytes, 0);

  const jackfield::JsonObjectPtr object{jackfield::structure_to_json(*message)};
  const std::string text = jackfield::to_text(object.get());
  if (text.find('\n') != std::string::npos) std::abort();
  if (!jackfield::parse_json(text).value) {
    std::fprintf(stderr, "not JSON: %s\n", text.c_str());
    std::abort();
  }
  jackfield::is_recorded(*message);
  jackfield::to_call_event(*message);

  gstpp::EventPtr event{
      gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_copy(message.get()))};
  jackfield::parse_turn_start(event.get());
  jackfield::parse_turn_end(event.get());
  jackfield::parse_reply_end(event.get());
  jackfield::parse_interim(event.get());
  jackfield::parse_heard(event.get());
  jackfield::parse_played(event.get());
  return 0;
}
