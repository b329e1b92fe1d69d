#include "tts_stream.hpp"

#include <algorithm>
#include <utility>

#include "io_pool.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_EXTERN(elevenlabstts_debug);
#define GST_CAT_DEFAULT elevenlabstts_debug

namespace elevenlabs {

using jackfield::io_now_ns;
using jackfield::WorkerPool;

namespace {

constexpr uint64_t kEnoughQueued = 20 * GST_SECOND;  // then texts wait
constexpr std::size_t kMostText = 5000;              // bytes of one buffer that are spoken

TtsSession::Stats make_total(const TtsSession::Stats& a, const TtsSession::Stats& b) {
  return {.replies = a.replies + b.replies,
          .characters = a.characters + b.characters,
          .audio_bytes = a.audio_bytes + b.audio_bytes,
          .late_bytes = a.late_bytes + b.late_bytes,
          .connects = a.connects + b.connects,
          .requests = a.requests + b.requests,
          .failures = a.failures + b.failures,
          .timeouts = a.timeouts + b.timeouts,
          .malformed = a.malformed + b.malformed,
          .first_audio_ns = b.first_audio_ns > 0 ? b.first_audio_ns : a.first_audio_ns};
}

}  // namespace

TtsStream::TtsStream(GstElement* element, GstPad* sink, GstPad* src)
    : element_(element), sink_(sink), src_(src) {
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  task_ = std::make_shared<jackfield::SerialTask>(WorkerPool::shared(), [this] { run_task(); });
}

TtsStream::~TtsStream() {
  begin_stop();
  finish_stop();
}

void TtsStream::start(Setup setup) {
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  next_position_ = GST_CLOCK_TIME_NONE;
  task_->start();
  auto timer = std::make_unique<jackfield::IoTimer>([this] { on_timer(); });
  Ended ended;
  const std::lock_guard lock(mutex_);
  setup_ = std::move(setup);
  timer_ = std::move(timer);
  session_ = std::make_unique<TtsSession>(setup_.session);
  running_ = true;
  flushing_ = false;
  flow_ = GST_FLOW_OK;
  execute(session_->start(io_now_ns()), ended);
}

void TtsStream::begin_stop() {
  const std::lock_guard lock(mutex_);
  flushing_ = true;
  running_ = false;
  space_.notify_all();
}

void TtsStream::finish_stop() {
  task_->stop();
  std::unique_ptr<Link> link;
  std::unique_ptr<jackfield::IoTimer> timer;
  Ended ended;
  {
    const std::lock_guard lock(mutex_);
    link = std::move(link_);
    timer = std::move(timer_);
    end_exchange(ended);
    if (session_) {
      if (link && session_->is_connected()) link->socket.send_text(session_->goodbye());
      before_ = make_total(before_, session_->stats());
      session_.reset();
    }
    items_.clear();
    queued_ = 0;
    odd_.clear();
  }
  if (link) link->socket.leave();
}

// ---- The sink pad ----

GstFlowReturn TtsStream::chain(GstBuffer* raw) {
  const gstpp::BufferPtr buffer{raw};
  std::string text;
  {
    const gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
    if (!map) return GST_FLOW_ERROR;
    text.assign(reinterpret_cast<const char*>(map.data()), std::min(map.size(), kMostText));
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  // An empty text would mean the end.
  if (text.find_first_not_of(' ') == std::string::npos) return GST_FLOW_OK;
  Ended ended;
  std::unique_lock lock(mutex_);
  // The reply before it comes first; and no more is asked for than is soon played.
  space_.wait(lock, [&] {
    return flushing_ || flow_ != GST_FLOW_OK || (!waiting() && queued_ < kEnoughQueued);
  });
  if (flushing_) return GST_FLOW_FLUSHING;
  if (flow_ != GST_FLOW_OK) return flow_;
  execute(session_->text(io_now_ns(), text), ended);
  lock.unlock();
  return GST_FLOW_OK;
}

gboolean TtsStream::sink_event(GstEvent* raw) {
  gstpp::EventPtr event{raw};
  Ended ended;
  switch (GST_EVENT_TYPE(raw)) {
    case GST_EVENT_FLUSH_START: {
      {
        const std::lock_guard lock(mutex_);
        flushing_ = true;
        space_.notify_all();
      }
      // First downstream, which frees a push that blocks.
      const gboolean result = gst_pad_push_event(src_, event.release());
      task_->stop();
      const std::lock_guard lock(mutex_);
      if (session_) execute(session_->flush(io_now_ns()), ended);
      drop_items();
      return result;
    }
    case GST_EVENT_FLUSH_STOP: {
      const gboolean result = gst_pad_push_event(src_, event.release());
      next_position_ = GST_CLOCK_TIME_NONE;
      task_->start();
      {
        const std::lock_guard lock(mutex_);
        flushing_ = !running_;
      }
      task_->schedule();
      return result;
    }
    default:
      break;
  }
  if (!GST_EVENT_IS_SERIALIZED(raw)) {
    return gst_pad_event_default(sink_, GST_OBJECT_CAST(element_), event.release());
  }
  const std::lock_guard lock(mutex_);
  if (flushing_ || !session_) return FALSE;
  Item item;
  if (jackfield::parse_reply_end(raw) || GST_EVENT_TYPE(raw) == GST_EVENT_EOS) {
    bool known = false;
    auto actions = session_->end_reply(io_now_ns(), known);
    // With a hopeless service the reply is over at once.
    item.waits = known;
    item.event = std::move(event);
    items_.push_back(std::move(item));
    execute(std::move(actions), ended);
  } else {
    item.event = std::move(event);
    items_.push_back(std::move(item));
  }
  task_->schedule();
  return TRUE;
}

GstStructure* TtsStream::make_stats() const {
  const std::lock_guard lock(mutex_);
  const auto stats = session_ ? make_total(before_, session_->stats()) : before_;
  const auto time = [&](uint64_t bytes) {
    return gst_util_uint64_scale(bytes / setup_.format.frame_bytes(), GST_SECOND,
                                 static_cast<guint64>(setup_.format.rate));
  };
  return gst_structure_new(
      "application/x-elevenlabstts-stats", "replies", G_TYPE_UINT64, stats.replies, "characters",
      G_TYPE_UINT64, stats.characters, "audio-duration", G_TYPE_UINT64, time(stats.audio_bytes),
      "audio-late", G_TYPE_UINT64, time(stats.late_bytes), "audio-dropped", G_TYPE_UINT64, dropped_,
      "time-to-first-audio", G_TYPE_UINT64, stats.first_audio_ns, "connected", G_TYPE_BOOLEAN,
      session_ && session_->is_connected(), "connections", G_TYPE_UINT64, stats.connects,
      "transport", G_TYPE_STRING, session_ && session_->is_http() ? "http" : "websocket",
      "requests", G_TYPE_UINT64, stats.requests, "failures", G_TYPE_UINT64, stats.failures,
      "timeouts", G_TYPE_UINT64, stats.timeouts, "malformed", G_TYPE_UINT64, stats.malformed,
      nullptr);
}

}  // namespace elevenlabs
