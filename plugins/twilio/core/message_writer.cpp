#include "message_writer.hpp"

#include "base64.hpp"

namespace twilio {
namespace {

// The text came in as a JSON string, so it is UTF-8; only these characters need an escape.
void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      constexpr char kHex[] = "0123456789abcdef";
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_head(std::string& out, std::string_view event, std::string_view stream_sid) {
  out += R"({"event":")";
  out += event;
  out += R"(","streamSid":)";
  append_string(out, stream_sid);
}

}  // namespace

std::string media_message_head(std::string_view stream_sid) {
  std::string head;
  append_head(head, "media", stream_sid);
  head += R"(,"media":{"payload":")";
  return head;
}

void append_media_message(std::string& out, std::string_view head, std::span<const uint8_t> mulaw) {
  out += head;
  jackfield::base64_append(out, mulaw);
  out += R"("}})";
}

void append_mark_message(std::string& out, std::string_view stream_sid, std::string_view name) {
  append_head(out, "mark", stream_sid);
  out += R"(,"mark":{"name":)";
  append_string(out, name);
  out += "}}";
}

void append_clear_message(std::string& out, std::string_view stream_sid) {
  append_head(out, "clear", stream_sid);
  out += '}';
}

}  // namespace twilio
