#include "reply_timeline.hpp"

#include <algorithm>

namespace agentbrain {
namespace {

// A resumed reply repeats at most this much to begin with a whole word.
constexpr Time kMaxRepeat = 1500 * kMillisecond;
// A reply with more words is cut in what is remembered of it, not in what is said.
constexpr std::size_t kMaxWords = 20'000;

}  // namespace

std::uint64_t ReplyTimeline::add_audio(Time duration) {
  items_.push_back({.id = next_id_, .first = !open_, .offset = end_, .duration = duration});
  open_ = true;
  end_ += duration;
  return next_id_++;
}

std::uint64_t ReplyTimeline::add_end() {
  items_.push_back({.id = next_id_, .is_end = true, .offset = end_});
  open_ = false;
  return next_id_++;
}

void ReplyTimeline::add_word(std::string text, Time base, Time offset, Time duration) {
  if (words_.size() < kMaxWords) {
    words_.push_back({.text = std::move(text), .offset = base + offset, .duration = duration});
  }
}

const ReplyTimeline::Item* ReplyTimeline::next() const {
  return next_ < items_.size() ? &items_[next_] : nullptr;
}

Time ReplyTimeline::next_pts(Time now) const { return std::max(now, sent_until_); }

void ReplyTimeline::sent(Time pts) {
  Item& item = items_[next_++];
  item.pts = item.is_end ? sent_until_ : pts;
  if (item.is_end) return;
  if (item.first && reply_start_ == kNever) reply_start_ = pts;
  sent_ = item.offset + item.duration;
  sent_until_ = pts + item.duration;
}

void ReplyTimeline::heard_until(Time running_time) {
  for (std::size_t i = 0; i < next_; ++i) {
    const Item& item = items_[i];
    if (item.is_end || item.pts == kNever || item.offset + item.duration <= heard_) continue;
    if (running_time <= item.pts) break;
    heard_ = std::max(heard_, item.offset + std::min(item.duration, running_time - item.pts));
  }
  trim();
}

void ReplyTimeline::trim() {
  // Keep what a resumed reply might begin with.
  while (next_ > 0 && !items_.front().is_end &&
         items_.front().offset + items_.front().duration + kMaxRepeat < heard_) {
    items_.pop_front();
    --next_;
  }
}

ReplyTimeline::Heard ReplyTimeline::heard() const {
  Heard out;
  out.heard = heard_ > reply_begin_ ? heard_ - reply_begin_ : 0;
  Time reply_end = end_;
  for (const Item& item : items_) {
    if (item.is_end && item.offset >= reply_begin_) {
      reply_end = item.offset;
      out.complete = true;
      break;
    }
  }
  out.total = reply_end - reply_begin_;
  for (const Word& word : words_) {
    if (word.offset < reply_begin_ || word.offset >= reply_end) continue;
    out.has_words = true;
    if (word.offset + word.duration > heard_) continue;
    if (!out.words.empty()) out.words += ' ';
    out.words += word.text;
  }
  return out;
}

std::optional<ReplyTimeline::Finished> ReplyTimeline::take_finished() {
  for (std::size_t i = 0; i < next_; ++i) {
    if (!items_[i].is_end) continue;
    if (heard_ < items_[i].offset) return std::nullopt;
    const Finished finished{.id = items_[i].id, .start = reply_start_, .end = items_[i].pts};
    reply_begin_ = items_[i].offset;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    next_ -= i + 1;
    reply_start_ = kNever;
    for (std::size_t j = 0; j < next_; ++j) {
      if (items_[j].first) {
        reply_start_ = items_[j].pts;
        break;
      }
    }
    while (!words_.empty() && words_.front().offset < reply_begin_) words_.pop_front();
    return finished;
  }
  return std::nullopt;
}

void ReplyTimeline::take_back() {
  Time from = heard_;
  for (const Word& word : words_) {
    if (word.offset > heard_) break;
    if (word.offset < reply_begin_) continue;
    from = word.offset + word.duration > heard_ ? word.offset : heard_;
  }
  if (heard_ - from > kMaxRepeat) from = heard_;
  next_ = 0;
  while (next_ < items_.size() && !items_[next_].is_end &&
         items_[next_].offset + items_[next_].duration <= from) {
    ++next_;
  }
  for (std::size_t i = next_; i < items_.size(); ++i) items_[i].pts = kNever;
  if (next_ < items_.size()) heard_ = std::min(heard_, items_[next_].offset);
  sent_ = heard_;
  sent_until_ = 0;
}

void ReplyTimeline::clear() {
  items_.clear();
  words_.clear();
  next_ = 0;
  open_ = false;
  heard_ = sent_ = reply_begin_ = end_;
  sent_until_ = 0;
  reply_start_ = kNever;
}

}  // namespace agentbrain
