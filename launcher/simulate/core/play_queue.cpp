#include "play_queue.hpp"

#include <algorithm>

namespace jackfield::simulate {

void PlayQueue::echo_leading_marks() {
  while (!items_.empty() && std::holds_alternative<Mark>(items_.front())) {
    const Mark mark = std::move(std::get<Mark>(items_.front()));
    items_.pop_front();
    --marks_;
    listener_.on_mark(cursor_, mark.name, false);
  }
}

void PlayQueue::advance(Samples now) {
  while (cursor_ < now) {
    echo_leading_marks();
    if (items_.empty()) {
      listener_.on_idle(cursor_, now - cursor_);
      cursor_ = now;
      break;
    }
    auto& audio = std::get<Audio>(items_.front());
    const auto left = static_cast<Samples>(audio.mulaw.size() - audio.used);
    const Samples count = std::min(left, now - cursor_);
    const std::span<const std::uint8_t> played{audio.mulaw.data() + audio.used,
                                               static_cast<std::size_t>(count)};
    listener_.on_played(cursor_, played);
    audio.used += static_cast<std::size_t>(count);
    cursor_ += count;
    queued_ -= count;
    if (count == left) items_.pop_front();
  }
  echo_leading_marks();
}

Samples PlayQueue::push(Samples now, std::vector<std::uint8_t> mulaw) {
  advance(now);
  const auto size = static_cast<Samples>(mulaw.size());
  const Samples fits = std::clamp<Samples>(kLimit - queued_, 0, size);
  if (fits > 0) {
    mulaw.resize(static_cast<std::size_t>(fits));
    // Small pieces are joined, so that a flood of them costs no more memory than their audio.
    auto* last = items_.empty() ? nullptr : std::get_if<Audio>(&items_.back());
    if (last && last->mulaw.size() + mulaw.size() <= kRate)
      last->mulaw.insert(last->mulaw.end(), mulaw.begin(), mulaw.end());
    else
      items_.emplace_back(Audio{std::move(mulaw)});
    queued_ += fits;
  }
  return size - fits;
}

bool PlayQueue::mark(Samples now, std::string name) {
  advance(now);
  if (marks_ >= kMaxMarks) return false;
  items_.emplace_back(Mark{std::move(name)});
  ++marks_;
  echo_leading_marks();
  return true;
}

Samples PlayQueue::clear(Samples now) {
  advance(now);
  const Samples dropped = queued_;
  auto items = std::move(items_);
  items_.clear();
  queued_ = 0;
  marks_ = 0;
  for (const auto& item : items)
    if (const auto* mark = std::get_if<Mark>(&item)) listener_.on_mark(cursor_, mark->name, true);
  return dropped;
}

}  // namespace jackfield::simulate
