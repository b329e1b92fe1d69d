#include "pacer.hpp"

#include <algorithm>
#include <charconv>

#include "g711.hpp"

namespace twilio {
namespace {

// Without an end of reply announced, a reply has ended when nothing was sent for this long.
constexpr uint64_t kReplyPauseNs = 60 * kMillisecondNs;
// A peer that echoes no marks must not make us remember them for ever: ten minutes of them.
constexpr size_t kMaxPendingMarks = 6000;
constexpr size_t kMaxAnchors = 4096;
constexpr size_t kMaxReplyEnds = 1024;
// Times of consecutive buffers that differ by no more than this are one stretch.
constexpr uint64_t kSamePtsNs = kMillisecondNs;
// One message carries at most this much.
constexpr uint64_t kMaxChunk = 5 * kFrameBytes;
// Fill is sent this far ahead only: it is made to carry something that shall be heard soon.
constexpr uint64_t kFillLeadNs = 60 * kMillisecondNs;
// Marks that stay late by more than this mean that Twilio has more to play than we know of.
constexpr int64_t kLateEchoNs = 60 * static_cast<int64_t>(kMillisecondNs);

uint64_t duration_ns(uint64_t bytes) { return bytes * kSampleNs; }

}  // namespace

Pacer::Pacer(Config config) : config_(config) {}

void Pacer::open(uint64_t local_ns) {
  const uint64_t now_ns = clock_.far(local_ns);
  open_ = true;
  open_ns_ = play_end_ns_ = last_send_ns_ = now_ns;
}

size_t Pacer::push(std::span<const uint8_t> mulaw, uint64_t pts_ns, uint64_t local_ns) {
  const size_t size = std::min(mulaw.size(), room());
  if (size == 0) return 0;
  mulaw = mulaw.first(size);
  const uint64_t now_ns = clock_.far(local_ns);
  LiveBacklog::Cut cut;
  if (pts_ns != kNever) {
    anchor(queue_end(), pts_ns, false);
    if (open_) cut = backlog_.push(mulaw, pts_ns, local_ns, duration_ns(queued()) + lead(now_ns));
  }
  if (cut.size > 0) {
    stats_.cut_bytes += cut.size;
    append(mulaw.first(cut.begin), now_ns);
    mulaw = mulaw.subspan(cut.begin + cut.size);
  }
  append(mulaw, now_ns);
  return size;
}

void Pacer::append(std::span<const uint8_t> mulaw, uint64_t now_ns) {
  if (mulaw.empty()) return;
  // The sent part is cut off only when it is most of the buffer, so that a byte moves but once.
  if (head_ > config_.max_bytes / 2 || head_ == queue_.size()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  queue_.insert(queue_.end(), mulaw.begin(), mulaw.end());
  // Stamps of less than a frame apart are one, which bounds them.
  if (!stamps_.empty() && now_ns - stamps_.back().pushed_ns < 20 * kMillisecondNs) {
    stamps_.back().end = queue_end();
  } else {
    stamps_.push_back({queue_end(), now_ns});
  }
}

void Pacer::anchor(uint64_t offset, uint64_t pts, bool frozen) {
  if (!anchors_.empty()) {
    const Anchor& last = anchors_.back();
    if (last.frozen == frozen) {
      const uint64_t expected = frozen ? last.pts : last.pts + duration_ns(offset - last.offset);
      const uint64_t off = pts > expected ? pts - expected : expected - pts;
      if (off <= kSamePtsNs) return;
    }
    if (last.offset == offset) anchors_.pop_back();
  }
  if (anchors_.size() >= kMaxAnchors) anchors_.pop_front();
  anchors_.push_back({offset, pts, frozen});
}

uint64_t Pacer::pts_at(uint64_t offset) const {
  // The stretch that ends at `offset` counts, not one that begins there.
  for (auto it = anchors_.rbegin(); it != anchors_.rend(); ++it) {
    if (it->offset >= offset) continue;
    return it->frozen ? it->pts : it->pts + duration_ns(offset - it->offset);
  }
  return frozen_pts_;
}

void Pacer::end_reply() {
  if (!reply_ends_.empty() && reply_ends_.back() == queue_end()) return;
  if (reply_ends_.size() >= kMaxReplyEnds) reply_ends_.pop_front();
  reply_ends_.push_back(queue_end());
}

void Pacer::drop(size_t bytes) {
  // What is dropped was never sent: the offsets of all behind it move down, and time passes there.
  head_ += bytes;
  const uint64_t from = sent_;
  uint64_t pts_after = kNever;
  const auto shift = [&](uint64_t offset) {
    return offset <= from + bytes ? from : offset - bytes;
  };
  std::deque<Anchor> moved;
  for (const Anchor& a : anchors_) {
    if (a.offset < from) {
      moved.push_back(a);
      if (!a.frozen) pts_after = a.pts + duration_ns(from + bytes - a.offset);
    } else if (a.offset <= from + bytes) {
      pts_after = a.frozen ? a.pts : a.pts + duration_ns(from + bytes - a.offset);
    } else {
      if (pts_after != kNever) moved.push_back({from, pts_after, false});
      pts_after = kNever;
      moved.push_back({a.offset - bytes, a.pts, a.frozen});
    }
  }
  if (pts_after != kNever) moved.push_back({from, pts_after, false});
  anchors_.swap(moved);
  for (Stamp& stamp : stamps_) stamp.end = shift(stamp.end);
  for (uint64_t& end : reply_ends_) end = shift(end);
  while (!stamps_.empty() && stamps_.front().end <= sent_) stamps_.pop_front();
}

void Pacer::expire(uint64_t now_ns) {
  while (!stamps_.empty()) {
    const Stamp& oldest = stamps_.front();
    if (oldest.end <= sent_) {
      stamps_.pop_front();
      continue;
    }
    const uint64_t since = std::max(oldest.pushed_ns, open_ns_);
    // A full queue takes its own length to play; only what comes on top is age.
    if (now_ns < since || now_ns - since <= config_.max_age_ns + duration_ns(config_.max_bytes))
      return;
    const auto bytes = static_cast<size_t>(oldest.end - sent_);
    stats_.expired_bytes += bytes;
    drop(bytes);
  }
}

void Pacer::clear(uint64_t local_ns) {
  const uint64_t now_ns = clock_.far(local_ns);
  frozen_pts_ = played_pts(local_ns);
  stats_.cleared_bytes += queued();
  // With every mark of everything sent echoed, there is nothing at the other end to clear.
  const bool all_heard = sent_ == marked_ && pending_.empty();
  if (sent_ > 0 && !all_heard) {
    clear_due_ = true;
    play_end_ns_ = now_ns;
  }
  ++generation_;
  queue_.clear();
  head_ = 0;
  stamps_.clear();
  anchors_.clear();
  reply_ends_.clear();
  pending_.clear();
  sent_ = marked_ = echoed_ = serial_ = 0;
  any_echo_ = false;
}

Pacer::Action Pacer::send_mark(bool ends_reply) {
  marked_ = sent_;
  ++serial_;
  ++stats_.marks_sent;
  if (pending_.size() >= kMaxPendingMarks) pending_.pop_front();
  pending_.push_back({serial_, sent_, ends_reply, play_end_ns_});
  mark_name_ = 'g' + std::to_string(generation_) + ':' + std::to_string(serial_);
  return {.step = Step::kMark, .mark = mark_name_};
}

Pacer::Action Pacer::next(uint64_t local_ns, bool fill) {
  if (!open_) return {};
  const uint64_t now_ns = clock_.far(local_ns);
  const auto wait = [this](uint64_t until_ns) {
    return Action{.step = Step::kWait, .until_ns = clock_.local(until_ns)};
  };
  if (clear_due_) {
    clear_due_ = false;
    ++stats_.clears;
    return {.step = Step::kClear};
  }
  expire(now_ns);
  forget_played(now_ns);

  while (!reply_ends_.empty() && reply_ends_.front() <= sent_) {
    reply_ends_.pop_front();
    if (sent_ > marked_) return send_mark(true);
    // Its audio has a mark already; that one ends the reply.
    if (!pending_.empty() && pending_.back().offset == sent_) pending_.back().ends_reply = true;
  }
  const uint64_t interval = config_.mark_interval_ns / kSampleNs;
  if (interval > 0 && sent_ - marked_ >= interval) return send_mark(false);

  const uint64_t lead = this->lead(now_ns);
  if (queued() > 0) {
    const uint64_t room = lead < config_.max_lead_ns ? (config_.max_lead_ns - lead) / kSampleNs : 0;
    // Small pieces would only cost messages: wait for the room of a frame.
    const uint64_t least =
        std::min<uint64_t>({queued(), kFrameBytes, config_.max_lead_ns / kSampleNs});
    if (room < std::max<uint64_t>(least, 1) && lead > 0) {
      const uint64_t wanted = std::min(duration_ns(least), config_.max_lead_ns);
      // Any earlier round sends what fits; the caller's frames make one every 20 ms. A wake-up for
      // each frame of ours as well would buy nothing while half of the lead is there.
      return wait(std::max(play_end_ns_ - (config_.max_lead_ns - wanted), low_end_ns()));
    }
    // With no lead left a frame goes out whatever max_lead is.
    uint64_t size = std::min<uint64_t>({queued(), std::max(room, kFrameBytes), kMaxChunk});
    if (interval > 0) size = std::min(size, interval - (sent_ - marked_));
    if (!reply_ends_.empty()) size = std::min(size, reply_ends_.front() - sent_);
    const std::span<const uint8_t> audio{queue_.data() + head_, static_cast<size_t>(size)};
    head_ += audio.size();
    sent_ += size;
    play_end_ns_ = std::max(play_end_ns_, now_ns) + duration_ns(size);
    last_send_ns_ = now_ns;
    ++stats_.sent_messages;
    stats_.sent_bytes += size;
    return {.step = Step::kAudio, .audio = audio};
  }
  if (fill) {
    const uint64_t most =
        std::min(kFillLeadNs, std::max(config_.max_lead_ns, duration_ns(kFrameBytes)));
    if (lead + duration_ns(kFrameBytes) > most && lead > 0) {
      return wait(play_end_ns_ - (most - duration_ns(kFrameBytes)));
    }
    anchor(sent_, pts_at(sent_), true);
    fill_.assign(kFrameBytes, jackfield::kMulawSilence);
    sent_ += kFrameBytes;
    play_end_ns_ = std::max(play_end_ns_, now_ns) + duration_ns(kFrameBytes);
    last_send_ns_ = now_ns;
    ++stats_.sent_messages;
    stats_.sent_bytes += kFrameBytes;
    stats_.fill_bytes += kFrameBytes;
    return {.step = Step::kAudio, .audio = fill_};
  }
  if (sent_ > marked_) {
    const uint64_t due = last_send_ns_ + kReplyPauseNs;
    if (now_ns >= due) return send_mark(true);
    return wait(due);
  }
  return {};
}

void Pacer::forget_played(uint64_t now_ns) {
  if (anchors_.size() < 2) return;
  const uint64_t played = std::min(played_offset(now_ns), echoed_);
  while (anchors_.size() >= 2 && anchors_[1].offset < played) anchors_.pop_front();
}

// Twilio plays later than was reckoned when the network has held up what was sent. A longer way
// looks the same; when it gets shorter again, that was taken back too.
void Pacer::follow_echo(const Mark& mark, uint64_t now_ns) {
  if (!echo_delay_.add(static_cast<int64_t>(now_ns - mark.due_ns), now_ns)) return;
  int64_t by = echo_delay_.excess();
  if (by < 0) {
    by = -std::min<int64_t>(-by, held_up_ns_);
    echo_delay_.raise_measure(-by);
  } else if (by <= kLateEchoNs) {
    return;
  }
  held_up_ns_ += by;
  play_end_ns_ += static_cast<uint64_t>(by);
  for (Mark& pending : pending_) pending.due_ns += static_cast<uint64_t>(by);
}

std::optional<Pacer::Echo> Pacer::on_echo(std::string_view name, uint64_t local_ns) {
  const uint64_t now_ns = clock_.far(local_ns);
  uint64_t generation = 0;
  uint64_t serial = 0;
  const char* end = name.data() + name.size();
  const bool named = !name.empty() && name.front() == 'g';
  const auto first = named ? std::from_chars(name.data() + 1, end, generation)
                           : std::from_chars_result{nullptr, std::errc::invalid_argument};
  if (first.ec == std::errc{} && first.ptr != end && *first.ptr == ':') {
    const auto second = std::from_chars(first.ptr + 1, end, serial);
    if (second.ec != std::errc{} || second.ptr != end) serial = 0;
  }
  if (generation != 0 && serial != 0 && generation < generation_) {
    ++stats_.marks_stale;
    return Echo{.cleared = true};
  }
  const auto found = std::find_if(pending_.begin(), pending_.end(),
                                  [serial](const Mark& mark) { return mark.serial == serial; });
  if (generation != generation_ || found == pending_.end()) {
    ++stats_.marks_unexpected;
    return std::nullopt;
  }
  ++stats_.marks_echoed;
  // Marks come back in order; one that was skipped is not coming any more.
  echoed_ = found->offset;
  echoed_ns_ = now_ns;
  any_echo_ = true;
  follow_echo(*found, now_ns);
  bool ends_reply = false;
  for (auto it = pending_.begin(); it != found + 1; ++it) ends_reply |= it->ends_reply;
  pending_.erase(pending_.begin(), found + 1);
  return Echo{.ends_reply = ends_reply, .pts_ns = pts_at(echoed_)};
}

uint64_t Pacer::played_offset(uint64_t now_ns) const {
  // What can have been played by now, were there no network between.
  const uint64_t to_play = lead(now_ns) / kSampleNs;
  const uint64_t possible = sent_ - std::min(sent_, to_play);
  if (!any_echo_) return possible;
  const uint64_t since = echoed_ + (now_ns - std::min(now_ns, echoed_ns_)) / kSampleNs;
  return std::max(echoed_, std::min(since, possible));
}

uint64_t Pacer::played_pts(uint64_t local_ns) const {
  return pts_at(played_offset(clock_.far(local_ns)));
}

bool Pacer::drained() const { return queued() == 0 && sent_ == marked_ && pending_.empty(); }

uint64_t Pacer::remaining_ns(uint64_t local_ns) const {
  return duration_ns(queued()) + lead(clock_.far(local_ns));
}

}  // namespace twilio
