#include "http_reply.hpp"

#include <utility>

namespace elevenlabs {

namespace {

// Whole words from the end of `text`.
std::string tail_of(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  text.remove_prefix(text.size() - bytes);
  const std::size_t space = text.find(' ');
  return space == std::string_view::npos ? "" : std::string(text.substr(space + 1));
}

// Also of other alphabets.
bool has_letters(std::string_view text) {
  for (const char c : text) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
        static_cast<unsigned char>(c) >= 0x80) {
      return true;
    }
  }
  return false;
}

}  // namespace

void HttpReply::add(std::string_view text) {
  if (text.empty()) return;
  if (!pending_.empty() && pending_.back().size() + text.size() < kMostText) {
    pending_.back() += ' ';
    pending_.back() += text;
  } else {
    pending_.emplace_back(text);
  }
}

std::optional<SpeechRequest> HttpReply::next() {
  if (running_ || pending_.empty()) return std::nullopt;
  current_ = std::move(pending_.front());
  pending_.erase(pending_.begin());
  running_ = true;
  audio_came_ = false;
  reader_.emplace(config_.timestamps, config_.bytes_per_second);
  words_.reset();
  words_.add_text(current_);
  return SpeechRequest{.text = current_, .previous = previous_};
}

std::vector<HttpReply::Audio> HttpReply::take(std::vector<TtsMessage> messages) {
  std::vector<Audio> out;
  for (TtsMessage& message : messages) {
    Audio audio{.words = words_.add(message.alignment),
                .aligned = !config_.timestamps || !message.alignment.empty()};
    audio.bytes = std::move(message.audio);
    if (!config_.timestamps && !audio_came_) audio.sentence = current_;
    audio_came_ = true;
    out.push_back(std::move(audio));
  }
  return out;
}

std::vector<HttpReply::Audio> HttpReply::data(std::string_view bytes) {
  return running_ ? take(reader_->feed(bytes)) : std::vector<Audio>{};
}

void HttpReply::over() {
  if (reader_) malformed_ += reader_->malformed();
  reader_.reset();
  running_ = false;
}

std::vector<HttpReply::Audio> HttpReply::end() {
  if (!running_) return {};
  auto audio = take(reader_->finish());
  over();
  // What the voice leaves out for good is asked for once more only.
  const std::string rest = words_.heard_any() ? words_.remaining() : "";
  cut_ = !std::exchange(continued_, false) && has_letters(rest);
  if (cut_) {
    pending_.insert(pending_.begin(), rest);
    continued_ = true;
    return audio;
  }
  previous_ = tail_of(previous_ + (previous_.empty() ? "" : " ") + current_, kMostPrevious);
  return audio;
}

bool HttpReply::failed() {
  if (!running_) return true;
  over();
  // Of audio without times it is not known what it says: nothing is said twice.
  const std::string rest = audio_came_ ? (words_.heard_any() ? words_.remaining() : "") : current_;
  if (rest.empty()) return false;
  pending_.insert(pending_.begin(), rest);
  return true;
}

void HttpReply::reset() {
  over();
  pending_.clear();
  previous_.clear();
  current_.clear();
  words_.reset();
  cut_ = continued_ = false;
}

}  // namespace elevenlabs
