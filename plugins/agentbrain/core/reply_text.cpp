#include "reply_text.hpp"

#include <algorithm>
#include <utility>

#include "heard_text.hpp"
#include "spoken_text.hpp"

namespace agentbrain {
namespace {

constexpr std::size_t kMaxReplies = 64;
constexpr std::size_t kMaxReplyBytes = 256 * 1024;

}  // namespace

ReplyTexts::Reply& ReplyTexts::newest() {
  if (replies_.empty() || replies_.back().ended) {
    if (replies_.size() >= kMaxReplies) replies_.pop_front();
    replies_.emplace_back();
  }
  return replies_.back();
}

void ReplyTexts::add(std::string text, bool filler) {
  if (text.empty()) return;
  Reply& reply = newest();
  if (reply.bytes + text.size() > kMaxReplyBytes) return;
  reply.bytes += text.size();
  reply.texts.push_back({.text = std::move(text), .filler = filler});
}

void ReplyTexts::add(const std::string& sentence) { add(sentence, false); }
void ReplyTexts::add_filler(const std::string& text) { add(text, true); }

void ReplyTexts::end() { newest().ended = true; }

void ReplyTexts::pop() {
  if (!replies_.empty()) replies_.pop_front();
}

// The texts that are no fillers, of the first so many bytes of all texts put together.
std::string ReplyTexts::first_bytes(const Reply& reply, std::size_t bytes) {
  std::string out;
  for (const Text& t : reply.texts) {
    const std::size_t n = std::min(bytes, t.text.size());
    if (!t.filler && n > 0) {
      if (!out.empty()) out += ' ';
      out.append(t.text, 0, n);
    }
    if (bytes <= t.text.size()) break;
    bytes -= t.text.size() + 1;
  }
  return out;
}

std::string ReplyTexts::full() const {
  return replies_.empty() ? std::string{} : first_bytes(replies_.front(), SIZE_MAX);
}

std::string ReplyTexts::heard(const ReplyTimeline::Heard& heard) const {
  if (replies_.empty()) return {};
  const Reply& reply = replies_.front();
  if (heard.complete && heard.heard >= heard.total && heard.total > 0) return full();
  if (heard.heard == 0) return {};
  std::string written;
  std::string filler;
  for (const Text& t : reply.texts) {
    if (!written.empty()) written += ' ';
    written += t.text;
    if (t.filler) filler += (filler.empty() ? "" : " ") + t.text;
  }
  if (const auto length = heard_length(written, heard.spans)) return first_bytes(reply, *length);
  // The stage says something else than it was given: that is what was heard.
  std::vector<std::string> words;
  for (const SpokenSpan& span : heard.spans) {
    if (span.is_word && span.heard >= span.total) words.push_back(span.text);
  }
  return jackfield::without_filler(jackfield::join(words), filler);
}

}  // namespace agentbrain
