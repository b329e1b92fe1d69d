#include "realtime_transcription.hpp"

#include <algorithm>
#include <utility>

#include "g711.hpp"
#include "json_reader.hpp"
#include "realtime_messages.hpp"
#include "service_error.hpp"
#include "transcription.hpp"

namespace openai::realtime {

namespace {

using jackfield::quote_json;
using jackfield::SttError;
using jackfield::SttFormat;
using jackfield::SttMessage;
using jackfield::SttReading;
using Kind = ServerEvent::Kind;

// Named in the errors that answer them.
constexpr char kSessionEvent[] = "session";
constexpr char kCommitEvent[] = "commit";

constexpr std::size_t kMostItems = 64;        // turns of which no text has come
constexpr std::size_t kMostText = 64 * 1024;  // bytes of one turn
// A commit of less than 100 ms is refused.
constexpr std::size_t kLeastMs = 100;

SttError error_of(const ServerEvent& event, std::string_view secret) {
  ServiceError error = make_stream_error(event.text, event.error_type, event.code, secret);
  return {
      .code = std::move(error.cause), .text = std::move(error.text), .retryable = error.retryable};
}

bool is_pcmu(const SttFormat& format) { return format.mulaw || format.rate == 8000; }

}  // namespace

bool transcribes_live(std::string_view model) {
  return model.starts_with("gpt-live-transcribe") || model.starts_with("gpt-realtime-whisper");
}

void RealtimeTranscription::begin() {
  items_.clear();
  told_.clear();
  uncommitted_ = 0;
}

std::vector<SttMessage> RealtimeTranscription::opening() {
  const std::string& model = settings_.model;
  std::string text =
      R"({"type":"session.update","event_id":)" + quote_json(kSessionEvent) +
      R"(,"session":{"type":"transcription","audio":{"input":{"format":)" +
      (is_pcmu(format_) ? R"({"type":"audio/pcmu"})" : R"({"type":"audio/pcm","rate":24000})") +
      R"(,"turn_detection":null,"transcription":{"model":)" + quote_json(model);
  if (!settings_.language.empty()) {
    text += takes_language_list(model) ? R"(,"languages":[)" + quote_json(settings_.language) + "]"
                                       : R"(,"language":)" + quote_json(settings_.language);
  }
  // This one refuses a prompt.
  if (!settings_.prompt.empty() && !model.starts_with("gpt-realtime-whisper")) {
    text += R"(,"prompt":)" + quote_json(settings_.prompt);
  }
  text += "}}}}}";
  std::vector<SttMessage> messages;
  messages.push_back({.data = std::move(text)});
  return messages;
}

SttMessage RealtimeTranscription::audio(std::span<const uint8_t> bytes) {
  const bool pcmu = is_pcmu(format_);
  scratch_.clear();
  const std::size_t size = pcmu && !format_.mulaw ? bytes.size() / 2 : bytes.size();
  // The turn may end with this piece.
  const std::size_t least = kLeastMs * (pcmu ? 8 : 48);
  if (uncommitted_ == 0 && size < least) scratch_.resize(least - size, pcmu ? 0xFF : 0);
  if (pcmu && !format_.mulaw) {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
      const auto sample = static_cast<uint16_t>(bytes[i] | bytes[i + 1] << 8);
      scratch_.push_back(jackfield::linear_to_mulaw(static_cast<int16_t>(sample)));
    }
  } else if (!scratch_.empty()) {
    scratch_.insert(scratch_.end(), bytes.begin(), bytes.end());
  }
  const std::span<const uint8_t> whole = scratch_.empty() ? bytes : std::span{scratch_};
  uncommitted_ += whole.size();
  return {.data = append_audio(whole)};
}

std::optional<SttMessage> RealtimeTranscription::finish() {
  if (std::exchange(uncommitted_, 0) == 0) return std::nullopt;
  return SttMessage{.data = R"({"type":"input_audio_buffer.commit","event_id":)" +
                            quote_json(kCommitEvent) + "}"};
}

RealtimeTranscription::Item* RealtimeTranscription::item_of(const std::string& id) {
  const auto found =
      std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.id == id; });
  if (found != items_.end()) return &*found;
  if (items_.size() >= kMostItems) return nullptr;
  if (std::find(told_.begin(), told_.end(), id) != told_.end()) return nullptr;
  return &items_.emplace_back(Item{.id = id});
}

SttReading RealtimeTranscription::read_error(const ServerEvent& event) {
  SttReading reading;
  SttError error = error_of(event, settings_.secret);
  if (event.client_event_id == kSessionEvent) {
    // Without its settings the session is of no use.
    error.retryable = false;
  } else if (event.code == "session_expired") {
    error.code = "cut";
    error.retryable = true;
  } else if (event.client_event_id == kCommitEvent) {
    // There will be no item for it.
    items_.push_back({.over = true, .error = std::move(error)});
    return next().value_or(SttReading{});
  } else {
    reading.passing = error.code != "key" && error.code != "quota" && error.code != "model";
  }
  reading.error = std::move(error);
  return reading;
}

SttReading RealtimeTranscription::read(std::string_view text) {
  std::string why;
  const auto event = parse_server_event(text, why);
  if (!event) return {.malformed = true};
  switch (event->kind) {
    case Kind::kCommitted:
    case Kind::kTranscriptDelta:
    case Kind::kTranscriptDone:
    case Kind::kTranscriptFailed: {
      Item* item = item_of(event->item_id);
      if (!item || item->over) return {.malformed = true};
      if (event->kind == Kind::kTranscriptDelta) {
        item->fresh = true;
        if (item->text.size() + event->text.size() <= kMostText) item->text += event->text;
      } else if (event->kind == Kind::kTranscriptDone) {
        item->over = true;
        item->text = event->text.substr(0, kMostText);
      } else if (event->kind == Kind::kTranscriptFailed) {
        item->over = true;
        item->error = error_of(*event, settings_.secret);
      }
      return next().value_or(SttReading{});
    }
    case Kind::kError:
      return read_error(*event);
    default:
      return {};
  }
}

std::optional<SttReading> RealtimeTranscription::next() {
  if (items_.empty()) return std::nullopt;
  Item& front = items_.front();
  SttReading reading;
  if (!front.over) {
    if (!std::exchange(front.fresh, false)) return std::nullopt;
    reading.tail = clean_transcript(front.text);
    return reading;
  }
  // Of a failed turn, what came before the failure.
  reading.settled = clean_transcript(front.text);
  reading.answered = true;
  reading.passing = front.error.has_value();
  reading.error = std::move(front.error);
  told_.push_back(std::move(front.id));
  if (told_.size() > kMostItems) told_.pop_front();
  items_.pop_front();
  return reading;
}

}  // namespace openai::realtime
