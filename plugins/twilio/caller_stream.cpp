#include "caller_stream.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "blocking_query.hpp"
#include "dtmf_tones.hpp"
#include "g711.hpp"

GST_DEBUG_CATEGORY_EXTERN(twilio_src_debug);
#define GST_CAT_DEFAULT twilio_src_debug

namespace twilio {
namespace {

// A hole up to this long is filled with silence; a longer one is a GAP event.
constexpr uint64_t kMaxFillSamples = 5 * 8000;
constexpr size_t kMaxQueued = 250;  // buffers of the task: 5 s of usual ones
// GLib keeps every name of a field for the life of the process, and any stranger may begin a call.
constexpr int kMaxParameterNames = 1024;
constexpr size_t kMaxParameterName = 128;

// Whether a field may have this name: an old one, or one of not too many new ones.
bool is_parameter_name(const std::string& name) {
  static std::atomic<int> names{0};
  if (name.empty() || name.size() > kMaxParameterName) return false;
  if (g_quark_try_string(name.c_str()) != 0) return true;
  return names.fetch_add(1) < kMaxParameterNames;
}

}  // namespace

void CallerStream::activate() {
  std::lock_guard guard(lock_);
  stopped_ = false;
}

void CallerStream::set_playing(bool playing) {
  if (!playing) reanchor_ = true;
  playing_ = playing;
}

void CallerStream::deactivate() {
  playing_ = false;
  std::lock_guard guard(lock_);
  stopped_ = true;
  changed_.notify_all();
}

void CallerStream::post_hang_up() {
  {
    std::lock_guard guard(lock_);
    if (stream_sid_.empty()) return;
  }
  on_ended("hang-up", 0);
}

void CallerStream::on_started(const StartDetails& start) {
  gstpp::StructurePtr parameters{gst_structure_new_empty("parameters")};
  for (const auto& [name, value] : start.parameters) {
    // Whoever wrote the TwiML chose the names.
    if (!is_parameter_name(name)) {
      GST_WARNING_OBJECT(element_,
                         "a parameter of the call is left out: too long a name (%" G_GSIZE_FORMAT
                         " bytes), or too many different ones",
                         name.size());
    } else {
      gst_structure_set(parameters.get(), name.c_str(), G_TYPE_STRING, value.c_str(), nullptr);
    }
  }
  {
    std::lock_guard guard(lock_);
    stream_sid_ = start.stream_sid;
    call_sid_ = start.call_sid;
  }
  GST_INFO_OBJECT(element_, "call %s, stream %s", start.call_sid.c_str(), start.stream_sid.c_str());
  gst_element_post_message(
      element_, gst_message_new_element(
                    GST_OBJECT(element_),
                    gst_structure_new("twilio/call-started", "stream-sid", G_TYPE_STRING,
                                      start.stream_sid.c_str(), "call-sid", G_TYPE_STRING,
                                      start.call_sid.c_str(), "account-sid", G_TYPE_STRING,
                                      start.account_sid.c_str(), "parameters", GST_TYPE_STRUCTURE,
                                      parameters.get(), nullptr)));
  // Caps and segment go out at once: who speaks first need not wait for the caller to.
  deliver(nullptr);
}

// From the allocator, which gives the same few bytes to all calls of the thread: they stay in the
// processor's cache. A pool for each call would be cold memory, and cost two descriptors.
GstBuffer* CallerStream::make_buffer(size_t size) {
  return gst_buffer_new_allocate(nullptr, size, nullptr);
}

void CallerStream::on_audio(std::span<const uint8_t> mulaw, CallerPosition at, bool discontinuous,
                            bool remapped) {
  const GstClockTime now =
      playing_ && !eos_sent_ ? gstpp::running_time(element_) : GST_CLOCK_TIME_NONE;
  if (!GST_CLOCK_TIME_IS_VALID(now)) {
    ++dropped_;
    return;
  }
  // Running time stood still during a pause of the pipeline, the caller's did not.
  if (reanchor_.exchange(false)) stamps_.restart();
  discontinuous |= std::exchange(discontinuous_, false);
  const auto at_time = stamps_.audio(mulaw, at, discontinuous, remapped, now);
  if (at_time.skip) {
    caught_up_ += mulaw.size();
    return;
  }
  GstBuffer* buffer = make_buffer(mulaw.size());
  gst_buffer_fill(buffer, 0, mulaw.data(), mulaw.size());
  stamp(buffer, at_time);
  deliver(MiniObjectPtr{GST_MINI_OBJECT_CAST(buffer)});
}

void CallerStream::stamp(GstBuffer* buffer, const CallerStamps::Stamp& stamp) {
  GST_BUFFER_PTS(buffer) = stamp.time_ns;
  GST_BUFFER_DURATION(buffer) = gst_buffer_get_size(buffer) * kSampleNs;
  if (stamp.discontinuous) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
}

void CallerStream::on_missing(CallerPosition at, uint64_t samples) {
  const GstClockTime now =
      playing_ && !eos_sent_ ? gstpp::running_time(element_) : GST_CLOCK_TIME_NONE;
  if (!GST_CLOCK_TIME_IS_VALID(now)) return;
  if (reanchor_.exchange(false)) stamps_.restart();
  if (samples > kMaxFillSamples) {
    GST_INFO_OBJECT(element_, "%" G_GUINT64_FORMAT " samples missing", samples);
    const GstClockTime time = stamps_.silence(at, samples, samples, now).time_ns;
    deliver(MiniObjectPtr{GST_MINI_OBJECT_CAST(gst_event_new_gap(time, samples * kSampleNs))});
    return;
  }
  for (uint64_t done = 0; done < samples;) {
    const uint64_t size = std::min<uint64_t>(kFrameBytes, samples - done);
    GstBuffer* buffer = make_buffer(size);
    gst_buffer_memset(buffer, 0, jackfield::kMulawSilence, size);
    stamp(buffer, stamps_.silence({at.samples + done, at.behind}, size, samples - done, now));
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_GAP);
    deliver(MiniObjectPtr{GST_MINI_OBJECT_CAST(buffer)});
    done += size;
  }
}

void CallerStream::on_digit(char digit) {
  const auto number = dtmf_number(digit);
  if (!number) return;
  const char text[] = {digit, 0};
  gst_element_post_message(
      element_,
      gst_message_new_element(
          GST_OBJECT(element_),
          gst_structure_new("dtmf-event", "type", G_TYPE_INT, 1, "number", G_TYPE_INT, *number,
                            "method", G_TYPE_INT, 1, "digit", G_TYPE_STRING, text, nullptr)));
  if (!playing_ || eos_sent_) return;
  std::string sid;
  {
    std::lock_guard guard(lock_);
    sid = stream_sid_;
  }
  // Twilio tells of a key once, when it was pressed: both halves follow each other.
  for (const gboolean start : {gboolean{TRUE}, gboolean{FALSE}}) {
    GstStructure* event =
        gst_structure_new("dtmf-event", "type", G_TYPE_INT, 1, "number", G_TYPE_INT, *number,
                          "volume", G_TYPE_INT, 10, "start", G_TYPE_BOOLEAN, start, "method",
                          G_TYPE_INT, 1, "stream-sid", G_TYPE_STRING, sid.c_str(), nullptr);
    deliver(MiniObjectPtr{
        GST_MINI_OBJECT_CAST(gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, event))});
  }
}

void CallerStream::on_ended(const char* reason, uint64_t duration_ns) {
  if (ended_posted_.exchange(true)) return;
  std::string stream_sid;
  std::string call_sid;
  {
    std::lock_guard guard(lock_);
    stream_sid = stream_sid_;
    call_sid = call_sid_;
  }
  GST_INFO_OBJECT(element_, "call %s ended: %s", call_sid.c_str(), reason);
  GstStructure* raw_stats = nullptr;
  g_object_get(element_, "stats", &raw_stats, nullptr);
  const gstpp::StructurePtr stats{raw_stats};
  gst_element_post_message(
      element_,
      gst_message_new_element(
          GST_OBJECT(element_),
          gst_structure_new("twilio/call-ended", "stream-sid", G_TYPE_STRING, stream_sid.c_str(),
                            "call-sid", G_TYPE_STRING, call_sid.c_str(), "reason", G_TYPE_STRING,
                            reason, "duration", G_TYPE_UINT64, duration_ns, "stats",
                            GST_TYPE_STRUCTURE, stats.get(), nullptr)));
  if (!eos_sent_.exchange(true)) deliver(MiniObjectPtr{GST_MINI_OBJECT_CAST(gst_event_new_eos())});
}

void CallerStream::send_eos(GstEvent* eos) {
  if (eos_sent_.exchange(true)) {
    gst_event_unref(eos);
    return;
  }
  deliver(MiniObjectPtr{GST_MINI_OBJECT_CAST(eos)});
}

// nullptr: only what begins the stream.
void CallerStream::deliver(MiniObjectPtr object) {
  bool queue = false;
  {
    std::unique_lock lock(lock_);
    if (stopped_) return;
    const bool relinked = gst_pad_check_reconfigure(pad_);
    if (!task_ && (relinked || !asked_)) {
      lock.unlock();
      const bool direct = jackfield::downstream_never_blocks(pad_);
      lock.lock();
      if (stopped_) return;
      asked_ = true;
      if (!direct && !task_) {
        GST_DEBUG_OBJECT(element_, "something downstream may block: pushing from a task");
        task_ = gst_pad_start_task(
            pad_, [](gpointer self) { static_cast<CallerStream*>(self)->loop(); }, this, nullptr);
      }
    }
    queue = task_;
    if (queue) {
      const bool buffer = object && GST_IS_BUFFER(object.get());
      if (buffer && queue_.size() >= kMaxQueued) {
        ++dropped_;
        discontinuous_ = true;
        return;
      }
      queue_.push_back(std::move(object));
      changed_.notify_all();
    }
  }
  if (queue) return;
  GST_PAD_STREAM_LOCK(pad_);
  push(std::move(object));
  GST_PAD_STREAM_UNLOCK(pad_);
}

void CallerStream::loop() {
  MiniObjectPtr object;
  {
    std::unique_lock lock(lock_);
    changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) {
      lock.unlock();
      gst_pad_pause_task(pad_);
      return;
    }
    object = std::move(queue_.front());
    queue_.pop_front();
  }
  push(std::move(object));
}

void CallerStream::begin_stream() {
  if (begun_) return;
  begun_ = true;
  std::string sid;
  {
    std::lock_guard guard(lock_);
    sid = stream_sid_;
  }
  gstpp::CharPtr id{gst_pad_create_stream_id(pad_, element_, sid.empty() ? nullptr : sid.c_str())};
  GstEvent* begin = gst_event_new_stream_start(id.get());
  gst_event_set_group_id(begin, gst_util_group_id_next());
  gst_pad_push_event(pad_, begin);
  gstpp::CapsPtr caps{gst_pad_get_pad_template_caps(pad_)};
  gst_pad_push_event(pad_, gst_event_new_caps(caps.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(pad_, gst_event_new_segment(&segment));
}

// Under the pad's stream lock.
void CallerStream::push(MiniObjectPtr object) {
  if (finished_) return;
  begin_stream();
  if (!object) return;
  if (GST_IS_BUFFER(object.get())) {
    ++pushed_;
    finish(gst_pad_push(pad_, GST_BUFFER_CAST(object.release())));
    return;
  }
  GstEvent* event = GST_EVENT_CAST(object.release());
  if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) finished_ = true;
  gst_pad_push_event(pad_, event);
}

void CallerStream::finish(GstFlowReturn flow) {
  if (flow == GST_FLOW_OK || flow == GST_FLOW_FLUSHING) return;
  GST_DEBUG_OBJECT(element_, "downstream says %s", gst_flow_get_name(flow));
  finished_ = true;
  eos_sent_ = true;
  if (flow != GST_FLOW_EOS) GST_ELEMENT_FLOW_ERROR(element_, flow);
  gst_pad_push_event(pad_, gst_event_new_eos());
}

void CallerStream::count(GstStructure* stats) const {
  std::lock_guard guard(lock_);
  gst_structure_set(stats, "buffers-pushed", G_TYPE_UINT64, pushed_.load(), "buffers-dropped",
                    G_TYPE_UINT64, dropped_.load(), "own-task", G_TYPE_BOOLEAN,
                    static_cast<gboolean>(task_), "task-queue", G_TYPE_UINT,
                    static_cast<guint>(queue_.size()), nullptr);
}

}  // namespace twilio
