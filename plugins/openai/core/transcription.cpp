#include "transcription.hpp"

#include <algorithm>

#include "json_writer.hpp"
#include "utf8.hpp"

namespace openai {
namespace {

void add_little_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

std::string make_wav(std::span<const std::int16_t> samples, int rate) {
  const auto bytes = static_cast<std::uint32_t>(samples.size() * 2);
  std::string wav = "RIFF";
  wav.reserve(44 + bytes);
  add_little_endian(wav, 36 + bytes, 4);
  wav += "WAVEfmt ";
  add_little_endian(wav, 16, 4);
  add_little_endian(wav, 1, 2);  // PCM
  add_little_endian(wav, 1, 2);  // channel
  add_little_endian(wav, static_cast<std::uint32_t>(rate), 4);
  add_little_endian(wav, static_cast<std::uint32_t>(rate) * 2, 4);
  add_little_endian(wav, 2, 2);
  add_little_endian(wav, 16, 2);
  wav += "data";
  add_little_endian(wav, bytes, 4);
  for (const std::int16_t s : samples) add_little_endian(wav, static_cast<std::uint16_t>(s), 2);
  return wav;
}

Multipart make_multipart(const std::vector<std::pair<std::string, std::string>>& fields,
                         std::string_view wav) {
  std::string boundary = "jackfield-7d93b1f05c2a4e68";
  const auto occurs = [&] {
    return wav.find(boundary) != wav.npos ||
           std::any_of(fields.begin(), fields.end(),
                       [&](const auto& f) { return f.second.find(boundary) != std::string::npos; });
  };
  while (occurs()) boundary += "x";
  Multipart result{.content_type = "multipart/form-data; boundary=" + boundary};
  std::string& body = result.body;
  body.reserve(wav.size() + 1024);
  for (const auto& [name, value] : fields) {
    body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" +
            value + "\r\n";
  }
  body += "--" + boundary +
          "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"turn.wav\"\r\n"
          "Content-Type: audio/wav\r\n\r\n";
  body += wav;
  body += "\r\n--" + boundary + "--\r\n";
  return result;
}

bool takes_language_list(std::string_view model) {
  return model.starts_with("gpt-transcribe") || model.starts_with("gpt-live-transcribe");
}

std::string clean_transcript(std::string_view text) {
  std::string words;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const char close = c == '[' ? ']' : c == '(' ? ')' : '\0';
    const std::size_t end = close ? text.find(close, at) : text.npos;
    if (end != text.npos && end - at < 60) {
      at = end + 1;
      continue;
    }
    if (is_space(c)) {
      if (!words.empty() && words.back() != ' ') words += ' ';
    } else {
      words += c;
    }
    ++at;
  }
  while (!words.empty() && words.back() == ' ') words.pop_back();
  const auto says_something = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
  };
  if (std::none_of(words.begin(), words.end(), says_something)) return "";
  return jackfield::is_utf8(words) ? words : "";
}

bool TranscriptReader::take(const jackfield::SseEvent& event) {
  if (event.data == "[DONE]" || done_) return false;
  const auto json = jackfield::parse_json(event.data);
  if (!json.value || !json.value->is(jackfield::JsonValue::Kind::kObject)) return false;
  const std::string type = string_member(*json.value, "type");
  if (const auto* error = json.value->find("error"); error || type == "error") {
    error_ = read_stream_error(error ? *error : *json.value, secret_);
  } else if (type == "transcript.text.delta") {
    text_ += string_member(*json.value, "delta");
    return true;
  } else if (type == "transcript.text.done") {
    text_ = string_member(*json.value, "text");
    done_ = true;
  }
  return false;
}

bool TranscriptReader::feed(std::string_view bytes, std::string_view content_type) {
  if (error_) return false;
  streamed_ = content_type.starts_with("text/event-stream");
  if (!streamed_) {
    whole_ += bytes;
    if (whole_.size() > kLongest)
      error_ = {.cause = "protocol", .text = "the transcript is too long"};
    return false;
  }
  parser_.feed(bytes);
  bool more = false;
  while (const auto event = parser_.next()) more = take(*event) || more;
  if (parser_.failed() || text_.size() > kLongest)
    error_ = {.cause = "protocol", .text = "the transcript is too long"};
  return more;
}

void TranscriptReader::closed() {
  if (error_) return;
  if (streamed_) {
    if (!done_)
      error_ = {.cause = "cut", .text = "the transcript ended in the middle", .retryable = true};
    return;
  }
  const auto json = jackfield::parse_json(whole_);
  if (!json.value || !json.value->is(jackfield::JsonValue::Kind::kObject)) {
    error_ = {.cause = "protocol", .text = "the answer is no JSON object: " + json.error};
    return;
  }
  const auto* text = json.value->find("text");
  if (text && text->is(jackfield::JsonValue::Kind::kString)) {
    text_ = text->string;
  } else if (const auto* error = json.value->find("error")) {
    error_ = read_stream_error(*error, secret_);
  } else {
    error_ = {.cause = "protocol", .text = "the answer has no text"};
  }
}

}  // namespace openai
