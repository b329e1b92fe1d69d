// The agent's audio. The chain only appends to the call's queue, which the call's I/O thread drains
// by deadline; a full queue makes the pusher wait, unless it is an I/O thread. It is a plain
// GstElement: it needs no preroll and no clock, and it must not lose its state by a flush.
//
// Lock order: GST_OBJECT_LOCK and State::lock are never taken within each other, and neither is
// held while posting, pushing or calling into the call.
#include "gsttwiliosink.hpp"

#include <mutex>
#include <optional>
#include <string>

#include "blocking_query.hpp"
#include "call.hpp"
#include "dtmf_tones.hpp"
#include "gstpp.hpp"
#include "gsttwiliosrc.hpp"
#include "param_flags.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_STATIC(twilio_sink_debug);
#define GST_CAT_DEFAULT twilio_sink_debug

static_assert(twilio::kNever == GST_CLOCK_TIME_NONE);

namespace {

constexpr GstClockTime kDefaultMaxLead = 200 * GST_MSECOND;
constexpr GstClockTime kDefaultMarkInterval = 100 * GST_MSECOND;
constexpr GstClockTime kDefaultMaxQueue = GST_SECOND;
constexpr GstClockTime kDefaultWriteTimeout = 5 * GST_SECOND;

enum Property {
  kPropSourceName = 1,
  kPropMaxLead,
  kPropMarkInterval,
  kPropMaxQueueTime,
  kPropWriteTimeout,
  kPropStats,
  kPropCount
};
GParamSpec* properties[kPropCount];

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("audio/x-mulaw,rate=8000,channels=1"));

struct Settings {
  std::string source_name;
  GstClockTime max_lead = kDefaultMaxLead;
  GstClockTime mark_interval = kDefaultMarkInterval;
  GstClockTime max_queue = kDefaultMaxQueue;
  GstClockTime write_timeout = kDefaultWriteTimeout;
};

struct State {
  Settings settings;   // guarded by GST_OBJECT_LOCK
  GstSegment segment;  // of the streaming thread
  std::mutex lock;
  // Guarded by lock.
  std::shared_ptr<twilio::Call> call;
  bool playing = false;
  std::optional<guint32> eos;  // seqnum of the EOS that was received and not posted yet
  bool eos_received = false;
  bool call_ended = false;
};

}  // namespace

struct _GstTwilioSink {
  GstElement parent;
  GstPad* sink_pad;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstTwilioSink, gst_twilio_sink, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(twiliosink, "twiliosink", GST_RANK_NONE, GST_TYPE_TWILIO_SINK)

static std::shared_ptr<twilio::Call> current_call(GstTwilioSink* self) {
  std::lock_guard guard(self->state->lock);
  return self->state->call;
}

// EOS is posted when everything was heard and the call is over, and only while PLAYING.
static void post_eos_if_due(GstTwilioSink* self) {
  std::optional<guint32> eos;
  {
    std::lock_guard guard(self->state->lock);
    State& state = *self->state;
    if (!state.playing || !state.call_ended) return;
    eos = std::exchange(state.eos, std::nullopt);
  }
  if (!eos) return;
  GstMessage* message = gst_message_new_eos(GST_OBJECT(self));
  gst_message_set_seqnum(message, *eos);
  gst_element_post_message(GST_ELEMENT(self), message);
}

namespace {

class Sink final : public twilio::CallSink {
 public:
  explicit Sink(GstTwilioSink* element) : element_(element) {}

  void on_mark(std::string_view name, const twilio::Pacer::Echo& echo) override {
    GST_LOG_OBJECT(element_, "mark %.*s, heard %" GST_TIME_FORMAT, static_cast<int>(name.size()),
                   name.data(), GST_TIME_ARGS(echo.pts_ns));
    if (!echo.cleared && echo.pts_ns != twilio::kNever) {
      gst_pad_push_event(element_->sink_pad,
                         jackfield::make_played_upstream({.position = echo.pts_ns}));
    }
    // Ten messages a second would wake the application as often.
    if (!echo.cleared && !echo.ends_reply) return;
    gst_element_post_message(
        GST_ELEMENT(element_),
        gst_message_new_element(
            GST_OBJECT(element_),
            gst_structure_new("twilio/mark", "name", G_TYPE_STRING, std::string(name).c_str(),
                              "position", G_TYPE_UINT64, echo.pts_ns, "cleared", G_TYPE_BOOLEAN,
                              static_cast<gboolean>(echo.cleared), nullptr)));
  }

  void on_unheard(uint64_t heard_pts) override {
    if (heard_pts == twilio::kNever) return;
    gst_pad_push_event(element_->sink_pad,
                       jackfield::make_played_upstream({.position = heard_pts, .discarded = true}));
  }

  void on_ended() override {
    {
      std::lock_guard guard(element_->state->lock);
      element_->state->call_ended = true;
    }
    post_eos_if_due(element_);
  }

 private:
  GstTwilioSink* const element_;
};

// All twiliosrcs in a bin, at any depth.
std::vector<gstpp::ElementPtr> sources_in(GstBin* bin) {
  std::vector<gstpp::ElementPtr> found;
  GstIterator* it = gst_bin_iterate_recurse(bin);
  GValue item = G_VALUE_INIT;
  for (bool done = false; !done;) {
    switch (gst_iterator_next(it, &item)) {
      case GST_ITERATOR_OK: {
        auto* element = GST_ELEMENT(g_value_get_object(&item));
        if (GST_IS_TWILIO_SRC(element)) found.push_back(gstpp::share_object(element));
        g_value_reset(&item);
        break;
      }
      case GST_ITERATOR_RESYNC:
        found.clear();
        gst_iterator_resync(it);
        break;
      default:
        done = true;
        break;
    }
  }
  g_value_unset(&item);
  gst_iterator_free(it);
  return found;
}

}  // namespace

// The source whose call is ours: the one in the nearest bin around us that has any, or the one of
// the given name. nullptr and `problem` when there is none or more than one.
static gstpp::ElementPtr find_source(GstTwilioSink* self, const std::string& name,
                                     const char*& problem) {
  problem = "There is no twiliosrc in the pipeline.";
  gstpp::ObjectPtr<GstObject> bin{gst_object_get_parent(GST_OBJECT(self))};
  while (bin && GST_IS_BIN(bin.get())) {
    auto sources = sources_in(GST_BIN(bin.get()));
    if (!name.empty()) {
      for (auto& source : sources) {
        gstpp::CharPtr its_name{gst_object_get_name(GST_OBJECT(source.get()))};
        if (name == its_name.get()) return std::move(source);
      }
      problem = "There is no twiliosrc of the name given by source-name.";
    } else if (sources.size() == 1) {
      return std::move(sources.front());
    } else if (sources.size() > 1) {
      problem = "There are several twiliosrcs in the pipeline: set source-name.";
      return nullptr;
    }
    bin.reset(gst_object_get_parent(bin.get()));
  }
  return nullptr;
}

static bool start(GstTwilioSink* self) {
  Settings settings;
  {
    gstpp::ObjectLock guard(self);
    settings = self->state->settings;
  }
  const char* problem = nullptr;
  gstpp::ElementPtr source = find_source(self, settings.source_name, problem);
  if (!source) {
    GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND, ("%s", problem), (nullptr));
    return false;
  }
  auto call = gst_twilio_src_get_call(GST_TWILIO_SRC(source.get()));
  call->set_max_lead(settings.max_lead);
  call->set_mark_interval(settings.mark_interval);
  call->set_max_queue(settings.max_queue);
  call->set_write_timeout(settings.write_timeout);
  gst_segment_init(&self->state->segment, GST_FORMAT_UNDEFINED);
  {
    std::lock_guard guard(self->state->lock);
    State& state = *self->state;
    state.call = call;
    state.eos.reset();
    state.eos_received = false;
    state.call_ended = call->ended();
  }
  gst_object_ref(self);
  call->set_sink(std::shared_ptr<Sink>(new Sink(self), [self](Sink* sink) {
    delete sink;
    gst_object_unref(self);
  }));
  return true;
}

// After the pad was deactivated.
static void stop(GstTwilioSink* self) {
  std::shared_ptr<twilio::Call> call;
  {
    std::lock_guard guard(self->state->lock);
    call = std::move(self->state->call);
  }
  if (call) call->set_sink(nullptr);
}

static GstStateChangeReturn gst_twilio_sink_change_state(GstElement* element,
                                                         GstStateChange transition) {
  return gstpp::guarded(element, GST_STATE_CHANGE_FAILURE, [&] {
    GstTwilioSink* self = GST_TWILIO_SINK(element);
    switch (transition) {
      case GST_STATE_CHANGE_READY_TO_PAUSED:
        if (!start(self)) return GST_STATE_CHANGE_FAILURE;
        break;
      case GST_STATE_CHANGE_PAUSED_TO_PLAYING: {
        std::lock_guard guard(self->state->lock);
        self->state->playing = true;
        break;
      }
      case GST_STATE_CHANGE_PLAYING_TO_PAUSED: {
        std::lock_guard guard(self->state->lock);
        self->state->playing = false;
        break;
      }
      case GST_STATE_CHANGE_PAUSED_TO_READY:
        // A pusher that waits for room holds the pad's stream lock.
        if (const auto call = current_call(self)) call->release_pushers();
        break;
      default:
        break;
    }
    const GstStateChangeReturn result =
        GST_ELEMENT_CLASS(gst_twilio_sink_parent_class)->change_state(element, transition);
    if (result == GST_STATE_CHANGE_FAILURE) return result;
    if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) post_eos_if_due(self);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) stop(self);
    return result;
  });
}

static GstFlowReturn gst_twilio_sink_chain(GstPad*, GstObject* parent, GstBuffer* raw_buffer) {
  gstpp::BufferPtr buffer{raw_buffer};
  return gstpp::guarded(parent, GST_FLOW_ERROR, [&] {
    GstTwilioSink* self = GST_TWILIO_SINK(parent);
    State& state = *self->state;
    std::shared_ptr<twilio::Call> call;
    {
      std::lock_guard guard(state.lock);
      if (state.eos_received) return GST_FLOW_EOS;
      call = state.call;
    }
    if (!call) return GST_FLOW_FLUSHING;
    gstpp::MappedBuffer map{buffer.get(), GST_MAP_READ};
    if (!map) {
      GST_ELEMENT_ERROR(self, RESOURCE, READ, (nullptr), ("could not map a buffer"));
      return GST_FLOW_ERROR;
    }
    GstClockTime pts = GST_BUFFER_PTS(buffer.get());
    if (state.segment.format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID(pts)) {
      pts = gst_segment_to_running_time(&state.segment, GST_FORMAT_TIME, pts);
    } else {
      pts = GST_CLOCK_TIME_NONE;
    }
    switch (call->enqueue({map.data(), map.size()}, pts)) {
      case twilio::Call::Taken::kAll:
        return GST_FLOW_OK;
      case twilio::Call::Taken::kDropped:
        GST_LOG_OBJECT(self, "queue full, dropped");
        return GST_FLOW_OK;
      case twilio::Call::Taken::kFlushing:
        return GST_FLOW_FLUSHING;
      case twilio::Call::Taken::kEnded:
        return GST_FLOW_EOS;
    }
    return GST_FLOW_ERROR;
  });
}

// "dtmf-event" as dtmfsrc takes it: type 1, number 0-15, volume 0-36 (-dBm0), start. True when it
// was one.
static bool handle_dtmf(GstTwilioSink* self, GstEvent* event) {
  const GstStructure* s = gst_event_get_structure(event);
  if (!s || !gst_structure_has_name(s, "dtmf-event")) return false;
  const auto call = current_call(self);
  gint type = 1;
  gint number = -1;
  gint volume = 8;
  gboolean start = FALSE;
  gst_structure_get_int(s, "type", &type);
  gst_structure_get_int(s, "number", &number);
  gst_structure_get_int(s, "volume", &volume);
  if (!call || type != 1 || !gst_structure_get_boolean(s, "start", &start)) return true;
  // The caller's own key, come round from our twiliosrc, is not played back.
  const std::string from = gstpp::get_string(s, "stream-sid");
  if (!from.empty() && from == call->stream_sid()) return true;
  if (!start) {
    call->release_key();
  } else if (!call->press_key(number, volume)) {
    GST_WARNING_OBJECT(self, "dtmf-event with number %d refused", number);
  }
  return true;
}

static void receive_eos(GstTwilioSink* self, GstEvent* event) {
  State& state = *self->state;
  std::shared_ptr<twilio::Call> call;
  {
    std::lock_guard guard(state.lock);
    state.eos_received = true;
    state.eos = gst_event_get_seqnum(event);
    call = state.call;
  }
  if (call) call->hang_up_when_played();
  post_eos_if_due(self);
}

static void flush(GstTwilioSink* self, bool starting, bool reset_time) {
  State& state = *self->state;
  const auto call = current_call(self);
  if (!call) return;
  if (starting) {
    call->flush_start();
    std::lock_guard guard(state.lock);
    state.eos_received = false;
    state.eos.reset();
    return;
  }
  call->flush_stop();
  if (reset_time) gst_segment_init(&state.segment, GST_FORMAT_UNDEFINED);
  const GstClockTime heard = call->played_pts();
  if (GST_CLOCK_TIME_IS_VALID(heard)) {
    gst_pad_push_event(self->sink_pad,
                       jackfield::make_played_upstream({.position = heard, .discarded = true}));
  }
}

static gboolean gst_twilio_sink_event(GstPad* pad, GstObject* parent, GstEvent* raw_event) {
  gstpp::EventPtr event{raw_event};
  return gstpp::guarded(parent, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    GstTwilioSink* self = GST_TWILIO_SINK(parent);
    switch (GST_EVENT_TYPE(event.get())) {
      case GST_EVENT_SEGMENT:
        gst_event_copy_segment(event.get(), &self->state->segment);
        return TRUE;
      case GST_EVENT_FLUSH_START:
        flush(self, true, false);
        return TRUE;
      case GST_EVENT_FLUSH_STOP: {
        gboolean reset_time = TRUE;
        gst_event_parse_flush_stop(event.get(), &reset_time);
        flush(self, false, reset_time);
        return TRUE;
      }
      case GST_EVENT_EOS:
        receive_eos(self, event.get());
        return TRUE;
      case GST_EVENT_CUSTOM_DOWNSTREAM:
      case GST_EVENT_CUSTOM_DOWNSTREAM_OOB:
      case GST_EVENT_CUSTOM_BOTH:
      case GST_EVENT_CUSTOM_BOTH_OOB: {
        if (handle_dtmf(self, event.get())) return TRUE;
        const auto end = jackfield::parse_reply_end(event.get());
        const auto call = current_call(self);
        if (end && call) {
          if (end->hang_up) {
            call->hang_up_when_played();
          } else {
            call->end_reply();
          }
        }
        return TRUE;
      }
      default:
        return gst_pad_event_default(pad, parent, event.release());
    }
  });
}

static gboolean gst_twilio_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  // enqueue() never waits on an I/O thread, and only those ask.
  if (jackfield::answer_never_blocks(query, GST_ELEMENT(parent))) return TRUE;
  if (jackfield::is_played_query(query)) {
    const auto call = current_call(GST_TWILIO_SINK(parent));
    if (!call) return FALSE;
    jackfield::answer_played_query(query, call->played_pts());
    return TRUE;
  }
  return gst_pad_query_default(pad, parent, query);
}

static gboolean gst_twilio_sink_send_event(GstElement* element, GstEvent* event) {
  if (handle_dtmf(GST_TWILIO_SINK(element), event)) {
    gst_event_unref(event);
    return TRUE;
  }
  return GST_ELEMENT_CLASS(gst_twilio_sink_parent_class)->send_event(element, event);
}

static GstStructure* make_stats(GstTwilioSink* self) {
  const auto call = current_call(self);
  const twilio::CallStats s = call ? call->stats() : twilio::CallStats{};
  return gst_structure_new(
      "application/x-twiliosink-stats", "bytes-sent", G_TYPE_UINT64, s.out.sent_bytes,
      "messages-sent", G_TYPE_UINT64, s.out.sent_messages, "bytes-queued", G_TYPE_UINT64,
      s.queued_bytes, "bytes-dropped", G_TYPE_UINT64, s.dropped_bytes, "bytes-cleared",
      G_TYPE_UINT64, s.out.cleared_bytes, "bytes-expired", G_TYPE_UINT64, s.out.expired_bytes,
      "bytes-filled", G_TYPE_UINT64, s.out.fill_bytes, "bytes-cut", G_TYPE_UINT64, s.out.cut_bytes,
      "marks-sent", G_TYPE_UINT64, s.out.marks_sent, "marks-echoed", G_TYPE_UINT64,
      s.out.marks_echoed, "marks-stale", G_TYPE_UINT64, s.out.marks_stale, "marks-unexpected",
      G_TYPE_UINT64, s.out.marks_unexpected, "clears", G_TYPE_UINT64, s.out.clears, "generation",
      G_TYPE_UINT64, s.generation, "played-position", G_TYPE_UINT64, s.played_pts,
      "write-queue-bytes", G_TYPE_UINT64, s.write_queue_bytes, "write-queue-max-bytes",
      G_TYPE_UINT64, s.write_queue_max_bytes, nullptr);
}

static void gst_twilio_sink_set_property(GObject* object, guint id, const GValue* value,
                                         GParamSpec* spec) {
  GstTwilioSink* self = GST_TWILIO_SINK(object);
  const auto call = current_call(self);
  Settings& settings = self->state->settings;
  {
    gstpp::ObjectLock guard(self);
    switch (id) {
      case kPropSourceName: {
        const gchar* name = g_value_get_string(value);
        settings.source_name = name ? name : "";
        break;
      }
      case kPropMaxLead:
        settings.max_lead = g_value_get_uint64(value);
        break;
      case kPropMarkInterval:
        settings.mark_interval = g_value_get_uint64(value);
        break;
      case kPropMaxQueueTime:
        settings.max_queue = g_value_get_uint64(value);
        break;
      case kPropWriteTimeout:
        settings.write_timeout = g_value_get_uint64(value);
        break;
      default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
  }
  if (!call) return;
  if (id == kPropMaxLead) call->set_max_lead(g_value_get_uint64(value));
  if (id == kPropMarkInterval) call->set_mark_interval(g_value_get_uint64(value));
  if (id == kPropMaxQueueTime) call->set_max_queue(g_value_get_uint64(value));
}

static void gst_twilio_sink_get_property(GObject* object, guint id, GValue* value,
                                         GParamSpec* spec) {
  GstTwilioSink* self = GST_TWILIO_SINK(object);
  if (id == kPropStats) {
    g_value_take_boxed(value, make_stats(self));
    return;
  }
  const Settings& settings = self->state->settings;
  gstpp::ObjectLock guard(self);
  switch (id) {
    case kPropSourceName:
      g_value_set_string(value, settings.source_name.c_str());
      break;
    case kPropMaxLead:
      g_value_set_uint64(value, settings.max_lead);
      break;
    case kPropMarkInterval:
      g_value_set_uint64(value, settings.mark_interval);
      break;
    case kPropMaxQueueTime:
      g_value_set_uint64(value, settings.max_queue);
      break;
    case kPropWriteTimeout:
      g_value_set_uint64(value, settings.write_timeout);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_twilio_sink_finalize(GObject* object) {
  delete GST_TWILIO_SINK(object)->state;
  G_OBJECT_CLASS(gst_twilio_sink_parent_class)->finalize(object);
}

static void gst_twilio_sink_init(GstTwilioSink* self) {
  self->state = new State;
  gst_segment_init(&self->state->segment, GST_FORMAT_UNDEFINED);
  self->sink_pad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink_pad, gst_twilio_sink_chain);
  gst_pad_set_event_function(self->sink_pad, gst_twilio_sink_event);
  gst_pad_set_query_function(self->sink_pad, gst_twilio_sink_query);
  gst_element_add_pad(GST_ELEMENT(self), self->sink_pad);
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SINK);
}

static void gst_twilio_sink_class_init(GstTwilioSinkClass* klass) {
  GST_DEBUG_CATEGORY_INIT(twilio_sink_debug, "twiliosink", 0, "Twilio Media Streams sink");
  auto* object_class = G_OBJECT_CLASS(klass);
  auto* element_class = GST_ELEMENT_CLASS(klass);
  object_class->set_property = gst_twilio_sink_set_property;
  object_class->get_property = gst_twilio_sink_get_property;
  object_class->finalize = gst_twilio_sink_finalize;
  element_class->change_state = gst_twilio_sink_change_state;
  element_class->send_event = gst_twilio_sink_send_event;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_set_static_metadata(element_class, "Twilio call sink", "Sink/Network/Audio",
                                        "Plays audio to the caller of a Twilio Media Streams call",
                                        "Jackfield project");

  using jackfield::kReadOnly;
  using jackfield::kReadWritePlaying;
  using jackfield::kReadWriteReady;
  properties[kPropSourceName] = g_param_spec_string(
      "source-name", "Source name",
      "Name of the twiliosrc whose call this is; needed only when the nearest bin has several", "",
      kReadWriteReady);
  properties[kPropMaxLead] = g_param_spec_uint64(
      "max-lead", "Maximum lead", "Audio is sent at most so long before it is played (ns)", 0,
      60 * GST_SECOND, kDefaultMaxLead, kReadWritePlaying);
  properties[kPropMarkInterval] = g_param_spec_uint64(
      "mark-interval", "Mark interval",
      "A mark follows each so long piece of audio (ns), besides the one at the end of a reply; "
      "0 only there",
      0, 60 * GST_SECOND, kDefaultMarkInterval, kReadWritePlaying);
  properties[kPropMaxQueueTime] =
      g_param_spec_uint64("max-queue-time", "Maximum queue time",
                          "How much audio may wait to be sent (ns); more makes the pusher wait",
                          20 * GST_MSECOND, 600 * GST_SECOND, kDefaultMaxQueue, kReadWritePlaying);
  properties[kPropWriteTimeout] =
      g_param_spec_uint64("write-timeout", "Write timeout",
                          "The call is ended when the peer leaves data unread for so long (ns)",
                          GST_SECOND, 600 * GST_SECOND, kDefaultWriteTimeout, kReadWriteReady);
  properties[kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Counts of this call; see the element's page",
                         GST_TYPE_STRUCTURE, kReadOnly);
  g_object_class_install_properties(object_class, kPropCount, properties);
}
