#include "stream_message.hpp"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <optional>

#include "codec.hpp"
#include "json_reader.hpp"
#include "json_writer.hpp"

namespace jackfield::simulate {
namespace {

using Kind = JsonValue::Kind;

BadMessage not_compliant(std::string reason) { return {kErrorNotCompliant, std::move(reason)}; }

// What is wrong with an object that must hold exactly these names.
std::optional<BadMessage> check_members(const JsonValue& object, std::string_view where,
                                        std::initializer_list<std::string_view> names) {
  for (const JsonMember& member : object.members)
    if (std::find(names.begin(), names.end(), member.key) == names.end())
      return not_compliant("extra field \"" + member.key + "\" in " + std::string{where});
  for (const std::string_view name : names)
    if (!object.find(name))
      return not_compliant("field \"" + std::string{name} + "\" is missing in " +
                           std::string{where});
  return std::nullopt;
}

std::optional<BadMessage> check_text(const JsonValue& value, std::string_view name) {
  if (value.is(Kind::kString)) return std::nullopt;
  return not_compliant("\"" + std::string{name} + "\" is " + kind_name(value.kind) +
                       ", not a string");
}

// A file header would be played as a burst of noise.
bool has_file_header(std::span<const std::uint8_t> bytes) {
  if (bytes.size() >= 12 && std::memcmp(bytes.data(), "RIFF", 4) == 0 &&
      std::memcmp(bytes.data() + 8, "WAVE", 4) == 0)
    return true;
  return bytes.size() >= 4 &&
         (std::memcmp(bytes.data(), ".snd", 4) == 0 || std::memcmp(bytes.data(), "OggS", 4) == 0);
}

// The object `name` of the message, which must hold exactly one string.
std::variant<std::string, BadMessage> read_single_text(const JsonValue& message,
                                                       std::string_view name,
                                                       std::string_view field) {
  const JsonValue& object = *message.find(name);
  if (!object.is(Kind::kObject))
    return not_compliant("\"" + std::string{name} + "\" is " + kind_name(object.kind) +
                         ", not an object");
  if (auto bad = check_members(object, "\"" + std::string{name} + "\"", {field})) return *bad;
  const JsonValue& text = *object.find(field);
  if (auto bad = check_text(text, std::string{name} + "." + std::string{field})) return *bad;
  return text.string;
}

ServerMessage read_media(const JsonValue& message) {
  auto payload = read_single_text(message, "media", "payload");
  if (auto* bad = std::get_if<BadMessage>(&payload)) return *bad;
  auto mulaw = base64_decode(std::get<std::string>(payload));
  if (!mulaw) return not_compliant("the payload of \"media\" is not base64");
  if (mulaw->empty()) return not_compliant("the payload of \"media\" is empty");
  if (has_file_header(*mulaw))
    return not_compliant(
        "the payload of \"media\" begins with a file header; bare mu-law is "
        "expected");
  return MediaMessage{std::move(*mulaw)};
}

ServerMessage read_mark(const JsonValue& message) {
  auto name = read_single_text(message, "mark", "name");
  if (auto* bad = std::get_if<BadMessage>(&name)) return *bad;
  return MarkMessage{std::move(std::get<std::string>(name))};
}

void begin_message(std::string& out, std::string_view event, std::string_view stream_sid,
                   std::uint64_t sequence) {
  out.append("{\"event\":\"").append(event).append("\",\"sequenceNumber\":\"");
  out.append(std::to_string(sequence)).append("\",\"streamSid\":\"").append(stream_sid);
  out.append("\",\"").append(event).append("\":{");
}

}  // namespace

ServerMessage parse_server_message(std::string_view text, std::string_view stream_sid) {
  const JsonResult json = parse_json(text);
  if (!json.value)
    return not_compliant("bad JSON at column " + std::to_string(json.where.column) + ": " +
                         json.error);
  const JsonValue& message = *json.value;
  if (!message.is(Kind::kObject))
    return not_compliant(std::string{"the message is "} + kind_name(message.kind) +
                         ", not an object");
  const JsonValue* event = message.find("event");
  if (!event) return not_compliant("field \"event\" is missing");
  if (auto bad = check_text(*event, "event")) return *bad;
  const bool media = event->string == "media";
  const bool mark = event->string == "mark";
  if (!media && !mark && event->string != "clear")
    return not_compliant("unknown event \"" + event->string.substr(0, 64) + "\"");
  const std::string where = "\"" + event->string + "\"";
  const auto bad = media  ? check_members(message, where, {"event", "streamSid", "media"})
                   : mark ? check_members(message, where, {"event", "streamSid", "mark"})
                          : check_members(message, where, {"event", "streamSid"});
  if (bad) return *bad;
  const JsonValue& sid = *message.find("streamSid");
  if (auto wrong = check_text(sid, "streamSid")) return *wrong;
  if (sid.string != stream_sid)
    return not_compliant("wrong streamSid \"" + sid.string.substr(0, 64) + "\"");
  if (media) return read_media(message);
  if (mark) return read_mark(message);
  return ClearMessage{};
}

std::string connected_message() {
  return R"({"event":"connected","protocol":"Call","version":"1.0.0"})";
}

std::string start_message(const StreamIdentity& identity, std::uint64_t sequence) {
  std::string out;
  begin_message(out, "start", identity.stream_sid, sequence);
  out += "\"streamSid\":\"" + identity.stream_sid + "\",\"accountSid\":\"" + identity.account_sid +
         "\",\"callSid\":\"" + identity.call_sid + R"(","tracks":["inbound"],"customParameters":{)";
  bool first = true;
  for (const auto& [name, value] : identity.parameters) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
  }
  out += R"(},"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}})";
  return out;
}

void write_media_message(std::string& out, std::string_view stream_sid, std::uint64_t sequence,
                         std::uint64_t chunk, Samples at, std::span<const std::uint8_t> mulaw) {
  begin_message(out, "media", stream_sid, sequence);
  out.append("\"track\":\"inbound\",\"chunk\":\"").append(std::to_string(chunk));
  out.append("\",\"timestamp\":\"").append(std::to_string(at / kSamplesPerMs));
  out.append("\",\"payload\":\"");
  base64_append(out, mulaw);
  out.append("\"}}");
}

std::string dtmf_message(std::string_view stream_sid, std::uint64_t sequence, char digit) {
  std::string out;
  begin_message(out, "dtmf", stream_sid, sequence);
  out += "\"track\":\"inbound_track\",\"digit\":\"";
  out += digit;
  return out += "\"}}";
}

std::string mark_message(std::string_view stream_sid, std::uint64_t sequence,
                         std::string_view name) {
  std::string out;
  begin_message(out, "mark", stream_sid, sequence);
  out += "\"name\":";
  append_json_string(out, name);
  return out += "}}";
}

std::string stop_message(const StreamIdentity& identity, std::uint64_t sequence) {
  std::string out;
  begin_message(out, "stop", identity.stream_sid, sequence);
  return out += "\"accountSid\":\"" + identity.account_sid + "\",\"callSid\":\"" +
                identity.call_sid + "\"}}";
}

}  // namespace jackfield::simulate
