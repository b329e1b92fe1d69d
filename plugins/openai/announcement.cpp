#include "announcement.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "gstpp.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_EXTERN(openairealtime_debug);
#define GST_CAT_DEFAULT openairealtime_debug

namespace openai::realtime {
namespace {

constexpr std::size_t kMostKept = 64;                // sentences of a process
constexpr std::size_t kMostSeconds = 60;             // of one
constexpr GstClockTime kPatience = 10 * GST_SECOND;  // for a piece of it

using Key = std::tuple<std::string, std::string, AudioFormat>;

struct Kept {
  std::mutex lock;
  std::map<Key, std::shared_ptr<Announcement>> all;
};
Kept& kept() {
  static Kept kept;
  return kept;
}

std::string converters(AudioFormat format) {
  const char* rate = format == AudioFormat::kPcm24 ? "24000" : "8000";
  std::string text = std::string(
                         "audioconvert ! audioresample ! capsfilter "
                         "caps=audio/x-raw,format=S16LE,channels=1,rate=") +
                     rate;
  if (format == AudioFormat::kPcmu) text += " ! mulawenc";
  if (format == AudioFormat::kPcma) text += " ! alawenc";
  return text;
}

// What the bus of a pipeline that failed says.
std::string error_of(GstElement* pipeline) {
  const gstpp::BusPtr bus{gst_element_get_bus(pipeline)};
  const gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
  if (!message) return "it gave no audio, or not to its end";
  gstpp::ErrorPtr error;
  gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
  return error->message;
}

}  // namespace

std::shared_ptr<Announcement> Announcement::get(GstElement* element, const std::string& tts,
                                                const std::string& text, AudioFormat format) {
  if (tts.empty() || text.empty()) return nullptr;
  std::shared_ptr<Announcement> made;
  {
    const std::lock_guard guard(kept().lock);
    auto& all = kept().all;
    const Key key{tts, text, format};
    const auto found = all.find(key);
    // What failed is tried again by the next call.
    if (found != all.end() && found->second->state() != State::kFailed) return found->second;
    if (all.size() >= kMostKept) all.clear();
    made.reset(new Announcement(tts, text, format));
    all[key] = made;
  }
  gst_element_call_async(
      element,
      [](GstElement* self, gpointer data) {
        gstpp::guarded(self, 0, [&] {
          (*static_cast<std::shared_ptr<Announcement>*>(data))->make(self);
          return 0;
        });
      },
      new std::shared_ptr<Announcement>(made),
      [](gpointer data) { delete static_cast<std::shared_ptr<Announcement>*>(data); });
  return made;
}

Announcement::State Announcement::state() const {
  const std::lock_guard guard(lock_);
  return state_;
}

std::string Announcement::error() const {
  const std::lock_guard guard(lock_);
  return error_;
}

void Announcement::make(GstElement* element) {
  std::string why;
  try {
    why = speak();
  } catch (const std::exception& e) {
    why = e.what();
  }
  if (!why.empty()) {
    GST_WARNING_OBJECT(element, "no announcement by \"%s\": %s", tts_.c_str(), why.c_str());
  }
  const std::lock_guard guard(lock_);
  state_ = why.empty() ? State::kReady : State::kFailed;
  error_ = std::move(why);
}

std::string Announcement::speak() {
  gstpp::ErrorPtr error;
  const std::string text = "appsrc name=text format=time caps=text/x-raw,format=utf8 ! " + tts_ +
                           " ! " + converters(format_) + " ! appsink name=speech sync=false";
  GstElement* parsed = gst_parse_launch_full(text.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS,
                                             gstpp::OutPtr{error});
  const gstpp::ElementPtr pipeline{parsed ? static_cast<GstElement*>(gst_object_ref_sink(parsed))
                                          : nullptr};
  if (!pipeline) return error ? error->message : "it cannot be made";
  const gstpp::ElementPtr source{gst_bin_get_by_name(GST_BIN(pipeline.get()), "text")};
  const gstpp::ElementPtr sink{gst_bin_get_by_name(GST_BIN(pipeline.get()), "speech")};
  if (!source || !sink) return "it cannot be made";
  // Nobody listens to it now: a TTS that is late makes no hole.
  gst_pipeline_use_clock(GST_PIPELINE(pipeline.get()), nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);

  GstBuffer* words = gst_buffer_new_memdup(text_.data(), text_.size());
  GST_BUFFER_PTS(words) = 0;
  GstFlowReturn flow = GST_FLOW_OK;
  g_signal_emit_by_name(source.get(), "push-buffer", words, &flow);
  gst_buffer_unref(words);
  gst_element_send_event(source.get(), jackfield::make_event(jackfield::ReplyEnd{}));
  g_signal_emit_by_name(source.get(), "end-of-stream", &flow);

  const std::size_t most = kMostSeconds * 1000 * bytes_per_ms(format_);
  while (audio_.size() < most) {
    GstSample* raw = nullptr;
    g_signal_emit_by_name(sink.get(), "try-pull-sample", guint64{kPatience}, &raw);
    if (!raw) break;
    GstBuffer* buffer = gst_sample_get_buffer(raw);
    const gstpp::MappedBuffer map(buffer, GST_MAP_READ);
    if (map) audio_.insert(audio_.end(), map.data(), map.data() + map.size());
    gst_sample_unref(raw);
  }
  gboolean whole = FALSE;
  g_object_get(sink.get(), "eos", &whole, nullptr);
  const std::string why = audio_.empty() || !whole ? error_of(pipeline.get()) : std::string();
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return why;
}

}  // namespace openai::realtime
