#include "reply_text.hpp"

#include "heard_text.hpp"

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

void ReplyTexts::add(const std::string& sentence) {
  Reply& reply = newest();
  if (reply.bytes + sentence.size() > kMaxReplyBytes) return;
  reply.bytes += sentence.size();
  reply.sentences.push_back(sentence);
}

void ReplyTexts::add_filler(const std::string& text) {
  Reply& reply = newest();
  reply.filler = reply.filler.empty() ? text : reply.filler + ' ' + text;
}

void ReplyTexts::end() { newest().ended = true; }

void ReplyTexts::pop() {
  if (!replies_.empty()) replies_.pop_front();
}

std::string ReplyTexts::full() const {
  return replies_.empty() ? std::string{} : jackfield::join(replies_.front().sentences);
}

std::string ReplyTexts::heard(const ReplyTimeline::Heard& heard) const {
  if (replies_.empty()) return {};
  const Reply& reply = replies_.front();
  if (heard.complete && heard.heard >= heard.total && heard.total > 0) return full();
  if (heard.has_words) return jackfield::without_filler(heard.words, reply.filler);
  const std::string all = jackfield::join({reply.filler, full()});
  return jackfield::without_filler(
      jackfield::estimate_heard(all, heard.heard, heard.total, heard.complete), reply.filler);
}

}  // namespace agentbrain
