// The queue of audio and events of elevenlabstts, and the task that empties it.
#include <algorithm>
#include <utility>

#include "tts_stream.hpp"
#include "turn_events.hpp"

namespace elevenlabs {

using jackfield::WorkerPool;

namespace {

constexpr int kPiecesPerSecond = 50;
constexpr int kItemsPerRun = 16;                    // then other calls have their turn
constexpr uint64_t kMostQueued = 300 * GST_SECOND;  // beyond it audio is dropped

}  // namespace

// ---- With the mutex held ----

void TtsStream::drop_items() {
  // As a queue element does: sticky events survive a flush, but for those that it resets.
  std::erase_if(items_, [](const Item& item) {
    const GstEvent* e = item.event.get();
    return !e || !GST_EVENT_IS_STICKY(e) || GST_EVENT_TYPE(e) == GST_EVENT_SEGMENT ||
           GST_EVENT_TYPE(e) == GST_EVENT_EOS;
  });
  queued_ = 0;
  odd_.clear();
  flow_ = GST_FLOW_OK;
}

void TtsStream::insert(Item item) {
  auto at = items_.end();
  while (at != items_.begin() && std::prev(at)->waits) --at;
  items_.insert(at, std::move(item));
  task_->schedule();
}

void TtsStream::add_audio(const TtsSession::Audio& audio) {
  const std::size_t frame = setup_.format.frame_bytes();
  std::vector<uint8_t> bytes = std::exchange(odd_, {});
  bytes.insert(bytes.end(), audio.bytes.begin(), audio.bytes.end());
  const std::size_t whole = bytes.size() - bytes.size() % frame;
  odd_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end());
  aligned_ = aligned_ || audio.aligned;
  const auto rate = static_cast<uint64_t>(setup_.format.rate);
  const std::size_t piece = rate / kPiecesPerSecond * frame;
  auto word = audio.words.begin();
  for (std::size_t at = 0; at < whole; at += piece) {
    Item item;
    if (at == 0) item.sentence = audio.sentence;
    item.unaligned = at == 0 && !audio.aligned && std::exchange(aligned_, false);
    const std::size_t end = std::min(whole, at + piece);
    item.audio.assign(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                      bytes.begin() + static_cast<std::ptrdiff_t>(end));
    const uint64_t begin_ns = at / frame * GST_SECOND / rate;
    const uint64_t end_ns = end / frame * GST_SECOND / rate;
    const bool last = end == whole;
    for (; word != audio.words.end() && (last || word->begin_ns < end_ns); ++word) {
      TimedWord placed = *word;
      placed.begin_ns -= std::min(placed.begin_ns, begin_ns);
      item.words.push_back(std::move(placed));
    }
    if (queued_ > kMostQueued) {
      dropped_ += end_ns - begin_ns;
      continue;
    }
    queued_ += end_ns - begin_ns;
    insert(std::move(item));
  }
}

// ---- The task ----

bool TtsStream::take_item(Item& item) {
  const std::lock_guard lock(mutex_);
  if (flushing_ || items_.empty() || items_.front().waits) return false;
  item = std::move(items_.front());
  items_.pop_front();
  const uint64_t duration = item.audio.size() / setup_.format.frame_bytes() * GST_SECOND /
                            static_cast<uint64_t>(setup_.format.rate);
  queued_ -= std::min(queued_, duration);
  space_.notify_all();
  return true;
}

gboolean TtsStream::send_caps() {
  AudioFormat format;
  {
    const std::lock_guard lock(mutex_);
    format = setup_.format;
  }
  gstpp::CapsPtr caps;
  if (format.mulaw) {
    caps.reset(gst_caps_new_simple("audio/x-mulaw", "rate", G_TYPE_INT, format.rate, "channels",
                                   G_TYPE_INT, 1, nullptr));
  } else {
    caps.reset(gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, "S16LE", "layout",
                                   G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT, format.rate,
                                   "channels", G_TYPE_INT, 1, nullptr));
  }
  return gst_pad_push_event(src_, gst_event_new_caps(caps.get()));
}

void TtsStream::push_audio(const Item& item) {
  AudioFormat format;
  {
    const std::lock_guard lock(mutex_);
    format = setup_.format;
  }
  // The later of now and the end of the last buffer.
  GstClockTime now = gstpp::running_time(element_);
  if (!GST_CLOCK_TIME_IS_VALID(now)) now = 0;
  const bool anew = !GST_CLOCK_TIME_IS_VALID(next_position_) || now > next_position_;
  const GstClockTime position = anew ? now : next_position_;
  GstBuffer* buffer = gst_buffer_new_memdup(item.audio.data(), item.audio.size());
  GST_BUFFER_PTS(buffer) =
      gst_segment_position_from_running_time(&segment_, GST_FORMAT_TIME, position);
  GST_BUFFER_DURATION(buffer) = gst_util_uint64_scale_int_round(
      item.audio.size() / format.frame_bytes(), GST_SECOND, format.rate);
  if (anew) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  std::vector<jackfield::Word> words;
  for (const TimedWord& word : item.words) {
    words.push_back({.text = word.text, .offset = word.begin_ns, .duration = word.duration_ns});
  }
  jackfield::add_words(buffer, words);
  if (item.unaligned || !item.sentence.empty()) {
    jackfield::set_sentence(buffer, {.text = item.sentence});
  }
  next_position_ = position + GST_BUFFER_DURATION(buffer);
  const GstFlowReturn result = gst_pad_push(src_, buffer);
  if (result == GST_FLOW_OK || result == GST_FLOW_FLUSHING) return;
  const std::lock_guard lock(mutex_);
  flow_ = result;
  space_.notify_all();
}

void TtsStream::deliver(Item& item) {
  if (item.message) gst_element_post_message(element_, item.message.release());
  const WorkerPool::Blocking blocking(WorkerPool::shared());
  if (!item.audio.empty()) push_audio(item);
  if (!item.event) return;
  if (GST_EVENT_TYPE(item.event.get()) == GST_EVENT_CAPS) {
    send_caps();
    return;
  }
  if (GST_EVENT_TYPE(item.event.get()) == GST_EVENT_SEGMENT) {
    const GstSegment* theirs = nullptr;
    gst_event_parse_segment(item.event.get(), &theirs);
    if (theirs->format == GST_FORMAT_TIME) {
      gst_segment_copy_into(theirs, &segment_);
    } else {
      gst_segment_init(&segment_, GST_FORMAT_TIME);
      GstEvent* own = gst_event_new_segment(&segment_);
      gst_event_set_seqnum(own, gst_event_get_seqnum(item.event.get()));
      item.event.reset(own);
    }
  }
  gst_pad_push_event(src_, item.event.release());
}

void TtsStream::run_task() {
  Item item;
  int done = 0;
  for (; done < kItemsPerRun && take_item(item); ++done) {
    gstpp::guarded(element_, false, [&] {
      deliver(item);
      return true;
    });
    item = {};
  }
  if (done == kItemsPerRun) task_->schedule();
}

}  // namespace elevenlabs
