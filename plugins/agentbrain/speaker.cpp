#include "speaker.hpp"

#include <utility>

#include "turn_events.hpp"

namespace agentbrain {
namespace {

constexpr std::size_t kMaxWaiting = 4;

GQuark filler_quark() { return g_quark_from_static_string("agentbrain-filler"); }

// A stage that forwards nothing before its first text has not told the TTS what comes.
void ensure_stream(GstPad* pad) {
  if (gstpp::EventPtr{gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0)}) return;
  if (!gstpp::EventPtr{gst_pad_get_sticky_event(pad, GST_EVENT_STREAM_START, 0)}) {
    gst_pad_send_event(pad, gst_event_new_stream_start("agentbrain/speaker"));
  }
  gstpp::CapsPtr caps{gst_caps_new_simple("text/x-raw", "format", G_TYPE_STRING, "utf8", nullptr)};
  gst_pad_send_event(pad, gst_event_new_caps(caps.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_send_event(pad, gst_event_new_segment(&segment));
}

}  // namespace

void Speaker::start(GstPad* tts_sink) {
  std::lock_guard guard(lock_);
  pad_ = gstpp::share_object(tts_sink);
  running_ = true;
}

void Speaker::stop() {
  std::thread thread;
  {
    std::lock_guard guard(lock_);
    running_ = false;
    sayings_.clear();
    thread = std::move(thread_);
  }
  wake_.notify_all();
  if (thread.joinable()) thread.join();
  std::lock_guard guard(lock_);
  pad_.reset();
}

void Speaker::say(const std::string& text, bool end_reply, guint turn_id, GstClockTime now) {
  Saying saying;
  saying.text.reset(gst_buffer_new_allocate(nullptr, text.size(), nullptr));
  gst_buffer_fill(saying.text.get(), 0, text.data(), text.size());
  GST_BUFFER_PTS(saying.text.get()) = now;
  if (end_reply) {
    saying.end.reset(jackfield::make_event(jackfield::ReplyEnd{.turn_id = turn_id}));
  } else {
    gst_mini_object_set_qdata(GST_MINI_OBJECT_CAST(saying.text.get()), filler_quark(),
                              GINT_TO_POINTER(1), nullptr);
  }
  {
    std::lock_guard guard(lock_);
    if (!running_ || sayings_.size() >= kMaxWaiting) return;
    sayings_.push_back(std::move(saying));
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  wake_.notify_all();
}

bool Speaker::is_filler(GstBuffer* buffer) {
  return gst_mini_object_get_qdata(GST_MINI_OBJECT_CAST(buffer), filler_quark()) != nullptr;
}

void Speaker::run() {
  std::unique_lock lock(lock_);
  while (running_) {
    if (sayings_.empty()) {
      wake_.wait(lock);
      continue;
    }
    Saying saying = std::move(sayings_.front());
    sayings_.pop_front();
    lock.unlock();
    push(std::move(saying));
    lock.lock();
  }
}

void Speaker::push(Saying saying) {
  ensure_stream(pad_.get());
  // FLUSHING: the caller interrupted, or it is the end; a TTS that fails says so itself.
  if (gst_pad_chain(pad_.get(), saying.text.release()) != GST_FLOW_OK) return;
  if (saying.end) gst_pad_send_event(pad_.get(), saying.end.release());
}

}  // namespace agentbrain
