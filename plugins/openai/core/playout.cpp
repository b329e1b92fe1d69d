#include "playout.hpp"

#include <algorithm>
#include <utility>

#include "heard_text.hpp"

namespace openai::realtime {
namespace {

constexpr std::size_t kMostText = 64 * 1024;  // bytes of a reply's transcript

}  // namespace

Playout::Kept* Playout::find(std::string_view response_id) {
  const auto it = std::find_if(replies_.begin(), replies_.end(),
                               [&](const Kept& k) { return k.response_id == response_id; });
  return it == replies_.end() ? nullptr : &*it;
}

void Playout::begin(std::string response_id, unsigned turn_id, bool aside) {
  if (find(response_id)) return;
  Kept& kept = replies_.emplace_back();
  kept.response_id = std::move(response_id);
  kept.turn_id = turn_id;
  kept.aside = aside;
}

bool Playout::add_audio(std::string_view response_id, std::string_view item_id,
                        std::span<const uint8_t> audio) {
  Kept* kept = find(response_id);
  if (!kept || kept->ended || queued_ + audio.size() > most_bytes_) return false;
  if (kept->parts.empty() || kept->parts.back().id != item_id) {
    kept->parts.push_back({.id = std::string(item_id), .offset = kept->audio.size()});
  }
  kept->audio.insert(kept->audio.end(), audio.begin(), audio.end());
  queued_ += audio.size();
  return true;
}

void Playout::add_text(std::string_view response_id, std::string_view text) {
  Kept* kept = find(response_id);
  if (kept && kept->text.size() + text.size() <= kMostText) kept->text += text;
}

void Playout::set_text(std::string_view response_id, std::string_view text) {
  Kept* kept = find(response_id);
  // Of several items only the last is replaced as a whole, so the text is taken when deltas did not
  // bring it.
  if (kept && kept->text.empty() && text.size() <= kMostText) kept->text = text;
}

void Playout::hang_up_after(std::string_view response_id) {
  if (Kept* kept = find(response_id)) kept->hang_up = true;
}

void Playout::end(std::string_view response_id) {
  if (Kept* kept = find(response_id)) kept->ended = true;
}

void Playout::break_off(std::string_view response_id) {
  Kept* kept = find(response_id);
  if (kept && !kept->ended) kept->ended = kept->broken = true;
}

void Playout::forget_items() {
  for (Kept& kept : replies_) {
    for (Part& part : kept.parts) part.id.clear();
  }
}

std::vector<std::string> Playout::drop(std::string_view response_id) {
  std::vector<std::string> items;
  Kept* kept = find(response_id);
  if (!kept) return items;
  for (const Part& part : kept->parts) items.push_back(part.id);
  queued_ -= std::min(queued_, kept->audio.size() - kept->sent);
  if (kept->sent == 0) {
    std::erase_if(replies_, [&](const Kept& k) { return &k == kept; });
  } else {
    kept->audio.resize(kept->sent);
    kept->ended = kept->broken = true;
  }
  return items;
}

void Playout::drop_unheard(std::string_view response_id) {
  const Kept* kept = find(response_id);
  if (kept && kept->audio.empty()) {
    drop(response_id);
  } else {
    break_off(response_id);
  }
}

const Playout::Kept* Playout::current() const {
  for (const Kept& kept : replies_) {
    if (!kept.end_sent) return &kept;
  }
  return nullptr;
}

std::optional<Playout::Piece> Playout::next(std::size_t most) const {
  const Kept* kept = current();
  if (!kept || paused_) return std::nullopt;
  const std::size_t left = kept->audio.size() - kept->sent;
  if (left == 0 && !kept->ended) return std::nullopt;
  // A piece that is not full waits for the rest, which is under way.
  if (left < most && !kept->ended) return std::nullopt;
  return Piece{.audio = std::span(kept->audio).subspan(kept->sent, std::min(left, most)),
               .turn_id = kept->turn_id,
               .first = kept->sent == 0 && left > 0,
               .hang_up = kept->hang_up,
               .aside = kept->aside};
}

void Playout::sent(std::size_t bytes, uint64_t position) {
  auto* kept = const_cast<Kept*>(current());
  if (!kept) return;
  if (bytes == 0) {
    kept->end_sent = true;
    return;
  }
  if (kept->start == kNoTime) kept->start = position;
  kept->pieces.push_back({.position = position, .offset = kept->sent, .bytes = bytes});
  kept->sent += bytes;
  queued_ -= std::min(queued_, bytes);
  kept->until = sent_until_ = position + duration(bytes);
}

void Playout::heard_until(uint64_t position) {
  for (Kept& kept : replies_) {
    while (!kept.pieces.empty()) {
      const Sent& piece = kept.pieces.front();
      if (piece.position + duration(piece.bytes) > position) break;
      kept.heard = piece.offset + piece.bytes;
      kept.pieces.pop_front();
    }
  }
}

Playout::Reply Playout::describe(const Kept& kept, uint64_t position) const {
  std::size_t heard = kept.heard;
  uint64_t end = kNoTime;
  if (heard > 0 && kept.start != kNoTime) end = kept.pieces.empty() ? kept.until : position;
  if (!kept.pieces.empty() && kept.pieces.front().position < position) {
    const Sent& piece = kept.pieces.front();
    heard = piece.offset + std::min<std::size_t>(piece.bytes, (position - piece.position) *
                                                                  bytes_per_ms_ / 1'000'000);
    end = position;
  }
  Reply reply{.response_id = kept.response_id,
              .turn_id = kept.turn_id,
              .full_text = kept.text,
              .start = heard > 0 ? kept.start : kNoTime,
              .end = heard > 0 ? end : kNoTime,
              .hang_up = kept.hang_up,
              .ended = kept.ended,
              .aside = kept.aside};
  const bool whole = kept.ended && !kept.broken;
  reply.heard_text = heard == 0 ? std::string()
                     : whole && heard == kept.audio.size()
                         ? kept.text
                         : jackfield::estimate_heard(kept.text, duration(heard),
                                                     duration(kept.audio.size()), whole);
  for (std::size_t i = 0; i < kept.parts.size(); ++i) {
    const std::size_t from = kept.parts[i].offset;
    const std::size_t to = i + 1 < kept.parts.size() ? kept.parts[i + 1].offset : kept.audio.size();
    const std::size_t part = std::clamp(heard, from, to) - from;
    reply.items.push_back({.id = kept.parts[i].id,
                           .heard_ms = part / bytes_per_ms_,
                           .received_ms = (to - from) / bytes_per_ms_});
  }
  return reply;
}

std::optional<Playout::Reply> Playout::take_finished() {
  if (replies_.empty()) return std::nullopt;
  const Kept& kept = replies_.front();
  if (!kept.end_sent || !kept.pieces.empty()) return std::nullopt;
  Reply reply = describe(kept, kept.until);
  replies_.pop_front();
  return reply;
}

std::vector<Playout::Reply> Playout::cut(uint64_t position, std::string_view except) {
  heard_until(position);
  std::vector<Reply> replies;
  std::erase_if(replies_, [&](const Kept& kept) {
    if (!except.empty() && kept.response_id == except) return false;
    replies.push_back(describe(kept, position));
    queued_ -= std::min(queued_, kept.audio.size() - kept.sent);
    return true;
  });
  sent_until_ = std::min(sent_until_, position);
  paused_ = false;
  return replies;
}

void Playout::pause(uint64_t position) {
  heard_until(position);
  for (Kept& kept : replies_) {
    if (kept.pieces.empty()) continue;
    const Sent& piece = kept.pieces.front();
    std::size_t heard = piece.offset;
    if (piece.position < position) {
      heard += std::min<std::size_t>(piece.bytes,
                                     (position - piece.position) * bytes_per_ms_ / 1'000'000);
    }
    heard -= heard % 2;  // whole samples
    kept.pieces.clear();
    queued_ += kept.sent - heard;
    kept.sent = kept.heard = heard;
    kept.until = std::min(kept.until, position);
    kept.end_sent = false;
    if (heard == 0) kept.start = kNoTime;
  }
  sent_until_ = std::min(sent_until_, position);
  paused_ = true;
}

std::vector<Playout::Reply> Playout::unfinished() const {
  std::vector<Reply> replies;
  for (const Kept& kept : replies_) replies.push_back(describe(kept, kept.until));
  return replies;
}

uint64_t Playout::rest() const {
  uint64_t rest = 0;
  for (const Kept& kept : replies_) {
    if (!kept.ended) return kNoTime;
    rest += duration(kept.audio.size() - kept.sent);
  }
  return rest;
}

bool Playout::audible() const {
  return std::any_of(replies_.begin(), replies_.end(),
                     [](const Kept& k) { return !k.pieces.empty() || k.sent < k.audio.size(); });
}

bool Playout::in_flight() const {
  return std::any_of(replies_.begin(), replies_.end(),
                     [](const Kept& k) { return !k.pieces.empty(); });
}

}  // namespace openai::realtime
