#include "webrtc/incoming_audio.hpp"

#include <atomic>
#include <mutex>

#include "scenario/pipeline_elements.hpp"

namespace jackfield::webrtc {

struct IncomingAudio::State {
  std::mutex lock;
  gstpp::PadPtr sink;                   // of who takes the stream, once there is one
  std::atomic<gint64> last_arrival{0};  // µs, monotonic; 0: not watched
};

namespace {

using State = IncomingAudio::State;

// Sources within one session of RTP. A peer that begins anew has a new one.
constexpr guint kMaxStreams = 8;

GstElement* on_request_jitterbuffer(GstElement*, guint, gpointer) {
  return gst_element_factory_make("rtppassthrough", nullptr);
}

// What no one listens to any more; without a sink its source would end with an error.
void drain(GstElement* webrtcbin, GstPad* pad) {
  const gstpp::ObjectPtr<GstObject> pipeline{gst_object_get_parent(GST_OBJECT(webrtcbin))};
  const gstpp::ElementPtr sink = gstpp::make_element("fakesink");
  if (!pipeline || !sink) return;
  g_object_set(sink.get(), "async", FALSE, "sync", FALSE, nullptr);
  gst_bin_add(GST_BIN(pipeline.get()), sink.get());
  gst_element_sync_state_with_parent(sink.get());
  const gstpp::PadPtr to{gst_element_get_static_pad(sink.get(), "sink")};
  gst_pad_link(pad, to.get());
}

// gst_parse links the first pad (before or after this); a later one takes its place.
void on_pad_added(GstElement* webrtcbin, GstPad* pad, gpointer user) {
  State& state = **static_cast<std::shared_ptr<State>*>(user);
  if (!GST_PAD_IS_SRC(pad)) return;
  gstpp::PadPtr sink;
  {
    std::lock_guard guard(state.lock);
    if (!state.sink) {
      state.sink.reset(gst_pad_get_peer(pad));
      return;
    }
    sink.reset(GST_PAD_CAST(gst_object_ref(state.sink.get())));
  }
  if (gst_pad_is_linked(pad)) return;
  const gstpp::PadPtr before{gst_pad_get_peer(sink.get())};
  if (before) {
    gst_pad_unlink(before.get(), sink.get());
    drain(webrtcbin, before.get());
  }
  gst_pad_link(pad, sink.get());
}

GstPadProbeReturn on_arrival(GstPad*, GstPadProbeInfo*, gpointer user) {
  (*static_cast<std::shared_ptr<State>*>(user))->last_arrival = g_get_monotonic_time();
  return GST_PAD_PROBE_OK;
}

void delete_state(gpointer user) { delete static_cast<std::shared_ptr<State>*>(user); }
void delete_state_closure(gpointer user, GClosure*) { delete_state(user); }

}  // namespace

IncomingAudio::IncomingAudio(GstElement* pipeline, GstElement* webrtcbin)
    : webrtcbin_(GST_ELEMENT(gst_object_ref(webrtcbin))),
      jitter_(find_element(pipeline, "adaptivejitter")),
      rtpbin_(GST_OBJECT(gst_bin_get_by_name(GST_BIN(webrtcbin), "rtpbin"))),
      state_(std::make_shared<State>()) {
  // Behind gst_parse's own handler, which links.
  pad_added_ = g_signal_connect_data(webrtcbin, "pad-added", G_CALLBACK(on_pad_added),
                                     new std::shared_ptr<State>{state_}, delete_state_closure,
                                     G_CONNECT_AFTER);
  if (!rtpbin_) return;
  g_object_set(rtpbin_.get(), "max-streams", kMaxStreams, nullptr);
  if (!jitter_) return;
  g_object_set(webrtcbin, "latency", 0U, nullptr);
  request_ = g_signal_connect(rtpbin_.get(), "request-jitterbuffer",
                              G_CALLBACK(on_request_jitterbuffer), nullptr);
}

IncomingAudio::~IncomingAudio() {
  g_signal_handler_disconnect(webrtcbin_.get(), pad_added_);
  if (request_) g_signal_handler_disconnect(rtpbin_.get(), request_);
  for (const Probed& p : watched_) gst_pad_remove_probe(p.pad.get(), p.probe);
}

void IncomingAudio::watch_arrivals() {
  state_->last_arrival = g_get_monotonic_time();
  if (!watched_.empty()) return;
  for (const gstpp::ElementPtr& source : find_elements(webrtcbin_.get(), "nicesrc")) {
    gstpp::PadPtr pad{gst_element_get_static_pad(source.get(), "src")};
    if (!pad) continue;
    const gulong probe = gst_pad_add_probe(
        pad.get(),
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST),
        on_arrival, new std::shared_ptr<State>{state_}, delete_state);
    watched_.push_back({std::move(pad), probe});
  }
}

GstClockTime IncomingAudio::silent_for() const {
  const gint64 last = state_->last_arrival;
  if (last == 0) return 0;
  const gint64 now = g_get_monotonic_time();
  return now > last ? static_cast<GstClockTime>(now - last) * GST_USECOND : 0;
}

void IncomingAudio::detach() {
  gstpp::PadPtr sink;
  {
    std::lock_guard guard(state_->lock);
    if (!state_->sink) return;
    sink.reset(GST_PAD_CAST(gst_object_ref(state_->sink.get())));
  }
  const gstpp::PadPtr source{gst_pad_get_peer(sink.get())};
  if (!source) return;
  // What still comes is dropped; to push it into nothing would be an error.
  gst_pad_add_probe(
      source.get(), GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo*, gpointer) { return GST_PAD_PROBE_DROP; }, nullptr, nullptr);
  gst_pad_unlink(source.get(), sink.get());
}

bool IncomingAudio::send_eos() {
  gstpp::PadPtr sink;
  {
    std::lock_guard guard(state_->lock);
    if (!state_->sink) return false;
    sink.reset(GST_PAD_CAST(gst_object_ref(state_->sink.get())));
  }
  // It waits for whoever pushes into the pad just now: not on the main thread.
  const gstpp::ElementPtr element{gst_pad_get_parent_element(sink.get())};
  if (!element) return false;
  gst_element_call_async(
      element.get(),
      [](GstElement*, gpointer pad) { gst_pad_send_event(GST_PAD_CAST(pad), gst_event_new_eos()); },
      sink.release(), gst_object_unref);
  return true;
}

}  // namespace jackfield::webrtc
