#include "reply_timeline.hpp"

#include <algorithm>

namespace agentbrain {
namespace {

// A resumed reply repeats at most this much to begin with a whole word.
constexpr Time kMaxRepeat = 1500 * kMillisecond;
// A reply with more words is cut in what is remembered of it, not in what is said.
constexpr std::size_t kMaxMarks = 20'000;
constexpr float kSilence = 0.001F;
constexpr float kSilenceShare = 0.03F;
// Speech without any mark before the first one; less is a click or a breath.
constexpr Time kUnmarked = 200 * kMillisecond;

}  // namespace

std::uint64_t ReplyTimeline::add_audio(Time duration, float level) {
  loudest_ = std::max(loudest_, level);
  const bool voiced = level > std::max(kSilence, loudest_ * kSilenceShare);
  const Time voiced_end = voiced_ + (voiced ? duration : 0);
  // Marks that came with this audio, or before it.
  for (auto mark = marks_.rbegin(); mark != marks_.rend() && mark->voiced == kNever; ++mark) {
    if (mark->offset >= end_ + duration) continue;
    const Time into = mark->offset > end_ ? mark->offset - end_ : 0;
    mark->voiced = voiced_ + (voiced ? into : 0);
  }
  items_.push_back({.id = next_id_,
                    .first = !open_,
                    .offset = end_,
                    .duration = duration,
                    .voiced = voiced_,
                    .voiced_end = voiced_end});
  open_ = true;
  end_ += duration;
  voiced_ = voiced_end;
  return next_id_++;
}

std::uint64_t ReplyTimeline::add_end() {
  items_.push_back(
      {.id = next_id_, .is_end = true, .offset = end_, .voiced = voiced_, .voiced_end = voiced_});
  open_ = false;
  return next_id_++;
}

void ReplyTimeline::add_mark(std::string text, Time offset, Time duration) {
  if (marks_.size() >= kMaxMarks) return;
  Mark mark{.text = std::move(text), .offset = offset, .duration = duration};
  if (offset < end_) mark.voiced = voiced_until(offset);
  marks_.push_back(std::move(mark));
}

void ReplyTimeline::add_word(std::string text, Time base, Time offset, Time duration) {
  add_mark(std::move(text), base + offset, duration);
}

void ReplyTimeline::add_text(std::string text, Time base, Time offset) {
  add_mark(std::move(text), base + offset, kNever);
}

Time ReplyTimeline::voiced_until(Time offset) const {
  auto item = std::upper_bound(items_.begin(), items_.end(), offset,
                               [](Time at, const Item& i) { return at < i.offset; });
  if (item == items_.begin()) return items_.empty() ? voiced_ : item->voiced;
  --item;
  return std::min(item->voiced_end, item->voiced + (offset - item->offset));
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
  sent_until_ = pts + item.duration - item.skip;
}

void ReplyTimeline::heard_until(Time running_time) {
  for (std::size_t i = 0; i < next_; ++i) {
    const Item& item = items_[i];
    if (item.is_end || item.pts == kNever || item.offset + item.duration <= heard_) continue;
    if (running_time <= item.pts) break;
    const Time into = std::min(item.duration - item.skip, running_time - item.pts);
    heard_ = std::max(heard_, item.offset + item.skip + into);
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

SpokenSpan ReplyTimeline::span_of(const Mark& mark, Time end, Time voiced_end) const {
  SpokenSpan span{.text = mark.text, .is_word = mark.duration != kNever};
  Time from = mark.offset;
  Time now = heard_;
  if (!span.is_word) {
    from = std::min(mark.voiced, voiced_end);
    now = voiced_until(heard_);
    span.total = voiced_end - from;
  } else {
    end = mark.offset + mark.duration;
    span.total = mark.duration;
  }
  // What takes no time is heard when the line is behind it.
  span.total = std::max<Time>(span.total, 1);
  span.heard = std::min(span.total, now > from ? now - from : 0);
  if (heard_ >= end) {
    span.heard = span.total;
  } else {
    span.heard = std::min(span.heard, span.total - 1);
  }
  return span;
}

ReplyTimeline::Heard ReplyTimeline::heard() const {
  Heard out;
  out.heard = heard_ > reply_begin_ ? heard_ - reply_begin_ : 0;
  Time reply_end = end_;
  Time voiced_end = voiced_;
  for (const Item& item : items_) {
    if (item.is_end && item.offset >= reply_begin_) {
      reply_end = item.offset;
      voiced_end = item.voiced;
      out.complete = true;
      break;
    }
  }
  out.total = reply_end - reply_begin_;
  const Mark unmarked{
      .text = {}, .offset = reply_begin_, .duration = kNever, .voiced = reply_voiced_};
  const Mark* before = &unmarked;
  const auto close = [&](Time end, Time voiced, bool complete) {
    if (before == &unmarked && complete && !marks_.empty() && voiced - reply_voiced_ < kUnmarked) {
      return;
    }
    out.spans.push_back(span_of(*before, end, voiced));
    out.spans.back().complete = complete;
  };
  for (const Mark& mark : marks_) {
    if (mark.offset < reply_begin_ || mark.offset >= reply_end) continue;
    close(mark.offset, std::min(mark.voiced, voiced_end), true);
    before = &mark;
  }
  if (out.total > 0) close(reply_end, voiced_end, out.complete);
  return out;
}

std::optional<ReplyTimeline::Finished> ReplyTimeline::take_finished() {
  for (std::size_t i = 0; i < next_; ++i) {
    if (!items_[i].is_end) continue;
    if (heard_ < items_[i].offset) return std::nullopt;
    const Finished finished{.id = items_[i].id, .start = reply_start_, .end = items_[i].pts};
    reply_begin_ = items_[i].offset;
    reply_voiced_ = items_[i].voiced;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    next_ -= i + 1;
    reply_start_ = kNever;
    for (std::size_t j = 0; j < next_; ++j) {
      if (items_[j].first) {
        reply_start_ = items_[j].pts;
        break;
      }
    }
    while (!marks_.empty() && marks_.front().offset < reply_begin_) marks_.pop_front();
    return finished;
  }
  return std::nullopt;
}

void ReplyTimeline::take_back() {
  Time from = heard_;
  for (const Mark& word : marks_) {
    if (word.offset > heard_) break;
    if (word.offset < reply_begin_ || word.duration == kNever) continue;
    from = word.offset + word.duration > heard_ ? word.offset : heard_;
  }
  if (heard_ - from > kMaxRepeat) from = heard_;
  next_ = 0;
  while (next_ < items_.size() && !items_[next_].is_end &&
         items_[next_].offset + items_[next_].duration <= from) {
    ++next_;
  }
  for (std::size_t i = next_; i < items_.size(); ++i) {
    items_[i].pts = kNever;
    items_[i].skip = 0;
  }
  if (next_ < items_.size() && items_[next_].offset < from) {
    items_[next_].skip = from - items_[next_].offset;
  }
  heard_ = std::min(heard_, from);
  sent_ = heard_;
  sent_until_ = 0;
}

void ReplyTimeline::clear() {
  items_.clear();
  marks_.clear();
  next_ = 0;
  open_ = false;
  heard_ = sent_ = reply_begin_ = end_;
  reply_voiced_ = voiced_;
  sent_until_ = 0;
  reply_start_ = kNever;
}

}  // namespace agentbrain
