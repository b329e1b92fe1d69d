// The element around a call's inbound end: its properties, its states, and where its connection
// comes from. The audio itself is CallerStream's.
//
// Lock order: GST_OBJECT_LOCK and State::lock are never taken within each other, and neither is
// held while posting or calling into the call, the stream or the server.
#include "gsttwiliosrc.hpp"

#include <mutex>
#include <string>
#include <utility>

#include "call.hpp"
#include "caller_stream.hpp"
#include "gstpp.hpp"
#include "param_flags.hpp"
#include "standalone_server.hpp"

GST_DEBUG_CATEGORY(twilio_src_debug);
#define GST_CAT_DEFAULT twilio_src_debug

namespace {

constexpr char kCaps[] = "audio/x-mulaw,rate=8000,channels=1";
constexpr guint kDefaultPort = 8080;
constexpr char kDefaultAddress[] = "127.0.0.1";
constexpr char kDefaultPath[] = "/twilio/media";
constexpr guint kDefaultMaxErrors = 100;
constexpr GstClockTime kDefaultInactivity = 200 * GST_MSECOND;
constexpr GstClockTime kDefaultDead = 30 * GST_SECOND;

enum Property {
  kPropConnection = 1,
  kPropAddress,
  kPropPort,
  kPropPath,
  kPropCurrentPort,
  kPropInactivityTimeout,
  kPropDeadTimeout,
  kPropMaxErrors,
  kPropStats,
  kPropCount
};
GParamSpec* properties[kPropCount];

GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));

struct Settings {
  gstpp::GObjectPtr<GIOStream> connection;
  std::string address = kDefaultAddress;
  guint port = kDefaultPort;
  std::string path = kDefaultPath;
  twilio::CallSettings call{.inactivity_timeout_ns = kDefaultInactivity,
                            .dead_timeout_ns = kDefaultDead,
                            .max_errors = kDefaultMaxErrors};
};

struct State {
  Settings settings;  // guarded by GST_OBJECT_LOCK
  std::mutex lock;
  // Guarded by lock.
  std::shared_ptr<twilio::Call> call;
  std::shared_ptr<twilio::CallerStream> source;
  std::unique_ptr<twilio::StandaloneServer> server;
  bool connected = false;
  bool playing = false;
};

}  // namespace

struct _GstTwilioSrc {
  GstElement parent;
  GstPad* src_pad;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstTwilioSrc, gst_twilio_src, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(twiliosrc, "twiliosrc", GST_RANK_NONE, GST_TYPE_TWILIO_SRC)

std::shared_ptr<twilio::Call> gst_twilio_src_get_call(GstTwilioSrc* self) {
  State& state = *self->state;
  twilio::CallSettings settings;
  {
    gstpp::ObjectLock guard(self);
    settings = state.settings.call;
  }
  std::lock_guard guard(state.lock);
  if (!state.call) state.call = std::make_shared<twilio::Call>(settings);
  return state.call;
}

// Hands a connection over to the call, once the pipeline plays and there is one.
static void connect_call(GstTwilioSrc* self) {
  State& state = *self->state;
  const auto call = gst_twilio_src_get_call(self);
  {
    std::lock_guard guard(state.lock);
    if (!state.playing || state.connected) return;
  }
  gstpp::GObjectPtr<GIOStream> connection;
  {
    gstpp::ObjectLock guard(self);
    connection = std::move(state.settings.connection);
  }
  if (!connection) return;
  {
    std::lock_guard guard(state.lock);
    state.connected = true;
  }
  gstpp::ErrorPtr error;
  if (!call->connect(connection.get(), gstpp::OutPtr{error})) {
    GST_ELEMENT_ERROR(self, RESOURCE, OPEN_READ_WRITE, ("The call's connection cannot be used."),
                      ("%s", error ? error->message : "no reason given"));
  }
}

static bool ensure_server(GstTwilioSrc* self) {
  State& state = *self->state;
  std::string address;
  std::string path;
  guint port = 0;
  {
    gstpp::ObjectLock guard(self);
    if (state.settings.connection) return true;
    address = state.settings.address;
    path = state.settings.path;
    port = state.settings.port;
  }
  {
    std::lock_guard guard(state.lock);
    if (state.server) return true;
  }
  gstpp::ErrorPtr error;
  // The thread behind the callback ends before the element does, see stop_server().
  auto server = twilio::StandaloneServer::listen(
      address, port, path,
      [self](GIOStream* connection) {
        {
          gstpp::ObjectLock guard(self);
          self->state->settings.connection.reset(connection);
        }
        connect_call(self);
      },
      gstpp::OutPtr{error});
  if (!server) {
    GST_ELEMENT_ERROR(self, RESOURCE, OPEN_READ,
                      ("Cannot listen on %s port %u.", address.c_str(), port),
                      ("%s", error ? error->message : "no reason given"));
    return false;
  }
  GST_INFO_OBJECT(self, "waiting for a call on %s:%u%s", address.c_str(), server->port(),
                  path.c_str());
  {
    std::lock_guard guard(state.lock);
    state.server = std::move(server);
  }
  g_object_notify_by_pspec(G_OBJECT(self), properties[kPropCurrentPort]);
  return true;
}

static void stop_server(GstTwilioSrc* self) {
  std::unique_ptr<twilio::StandaloneServer> server;
  {
    std::lock_guard guard(self->state->lock);
    server = std::move(self->state->server);
  }
}

static void start(GstTwilioSrc* self) {
  State& state = *self->state;
  const auto call = gst_twilio_src_get_call(self);
  // The share that the call holds keeps the element alive during a call into it.
  auto source = std::shared_ptr<twilio::CallerStream>(
      new twilio::CallerStream(GST_ELEMENT(self), self->src_pad),
      [self](twilio::CallerStream* dead) {
        delete dead;
        gst_object_unref(self);
      });
  gst_object_ref(self);
  source->activate();
  {
    std::lock_guard guard(state.lock);
    state.source = source;
    state.connected = false;
  }
  call->set_source(source);
}

static void set_playing(GstTwilioSrc* self, bool playing) {
  std::shared_ptr<twilio::CallerStream> source;
  {
    std::lock_guard guard(self->state->lock);
    self->state->playing = playing;
    source = self->state->source;
  }
  if (source) source->set_playing(playing);
  if (playing) connect_call(self);
}

// Before the pads are deactivated.
static void stop(GstTwilioSrc* self) {
  State& state = *self->state;
  std::shared_ptr<twilio::Call> call;
  std::shared_ptr<twilio::CallerStream> source;
  {
    std::lock_guard guard(state.lock);
    call = state.call;
    source = state.source;
    state.playing = false;
  }
  if (call) {
    call->set_source(nullptr);
    call->shut_down();
  }
  if (source) {
    source->deactivate();
    source->post_hang_up();  // with the statistics of the call
  }
  std::lock_guard guard(state.lock);
  state.call.reset();
}

// After: nothing pushes any more.
static void forget(GstTwilioSrc* self) {
  gst_pad_stop_task(self->src_pad);
  std::shared_ptr<twilio::CallerStream> source;
  std::lock_guard guard(self->state->lock);
  source = std::move(self->state->source);
}

static GstStateChangeReturn gst_twilio_src_change_state(GstElement* element,
                                                        GstStateChange transition) {
  return gstpp::guarded(element, GST_STATE_CHANGE_FAILURE, [&] {
    GstTwilioSrc* self = GST_TWILIO_SRC(element);
    switch (transition) {
      case GST_STATE_CHANGE_NULL_TO_READY:
        if (!ensure_server(self)) return GST_STATE_CHANGE_FAILURE;
        break;
      case GST_STATE_CHANGE_READY_TO_PAUSED:
        if (!ensure_server(self)) return GST_STATE_CHANGE_FAILURE;
        start(self);
        break;
      case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
        set_playing(self, false);
        break;
      case GST_STATE_CHANGE_PAUSED_TO_READY:
        stop(self);
        break;
      default:
        break;
    }
    GstStateChangeReturn result =
        GST_ELEMENT_CLASS(gst_twilio_src_parent_class)->change_state(element, transition);
    if (result == GST_STATE_CHANGE_FAILURE) return result;
    switch (transition) {
      case GST_STATE_CHANGE_READY_TO_PAUSED:
      case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
        return GST_STATE_CHANGE_NO_PREROLL;
      case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
        set_playing(self, true);
        break;
      case GST_STATE_CHANGE_PAUSED_TO_READY:
        forget(self);
        // A connection serves one call; the next one needs a new one, or a server that waits again.
        stop_server(self);
        break;
      case GST_STATE_CHANGE_READY_TO_NULL: {
        stop_server(self);
        gstpp::GObjectPtr<GIOStream> unused;
        gstpp::ObjectLock guard(self);
        unused = std::move(self->state->settings.connection);
        break;
      }
      default:
        break;
    }
    return result;
  });
}

static gboolean gst_twilio_src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
    // Audio is stamped when it arrives; a payload is as old as it is long.
    gst_query_set_latency(query, TRUE, 20 * GST_MSECOND, GST_CLOCK_TIME_NONE);
    return TRUE;
  }
  return gst_pad_query_default(pad, parent, query);
}

static gboolean gst_twilio_src_send_event(GstElement* element, GstEvent* event) {
  GstTwilioSrc* self = GST_TWILIO_SRC(element);
  if (GST_EVENT_TYPE(event) != GST_EVENT_EOS) {
    return GST_ELEMENT_CLASS(gst_twilio_src_parent_class)->send_event(element, event);
  }
  std::shared_ptr<twilio::CallerStream> source;
  {
    std::lock_guard guard(self->state->lock);
    source = self->state->source;
  }
  if (!source) {
    gst_event_unref(event);
    return FALSE;
  }
  source->send_eos(event);
  return TRUE;
}

static GstStructure* make_stats(GstTwilioSrc* self) {
  std::shared_ptr<twilio::Call> call;
  std::shared_ptr<twilio::CallerStream> source;
  {
    std::lock_guard guard(self->state->lock);
    call = self->state->call;
    source = self->state->source;
  }
  const twilio::CallStats s = call ? call->stats() : twilio::CallStats{};
  GstStructure* stats = gst_structure_new(
      "application/x-twiliosrc-stats", "messages", G_TYPE_UINT64, s.messages, "media-messages",
      G_TYPE_UINT64, s.media_messages, "bytes-received", G_TYPE_UINT64, s.received_bytes,
      "audio-bytes", G_TYPE_UINT64, s.audio_bytes, "gaps", G_TYPE_UINT64, s.gaps, "missing-time",
      G_TYPE_UINT64, s.missing_samples * twilio::kSampleNs, "silence-time", G_TYPE_UINT64,
      s.silence_samples * twilio::kSampleNs, "late-time", G_TYPE_UINT64,
      s.late_samples * twilio::kSampleNs, "caught-up-time", G_TYPE_UINT64,
      (s.quiet_samples + (source ? source->caught_up() : 0)) * twilio::kSampleNs, "behind-time",
      G_TYPE_UINT64, s.behind_samples * twilio::kSampleNs, "sequence-gaps", G_TYPE_UINT64,
      s.sequence_gaps, "clock-skew", G_TYPE_DOUBLE, s.skew * 1e6, "errors", G_TYPE_UINT64,
      s.total_offences, nullptr);
  for (size_t i = 0; i < twilio::kOffenceKinds; ++i) {
    gst_structure_set(stats, twilio::offence_name(static_cast<twilio::Offence>(i)), G_TYPE_UINT64,
                      s.offences[i], nullptr);
  }
  if (source) {
    source->count(stats);
  } else {  // the same fields before the first call
    gst_structure_set(stats, "buffers-pushed", G_TYPE_UINT64, guint64{0}, "buffers-dropped",
                      G_TYPE_UINT64, guint64{0}, "own-task", G_TYPE_BOOLEAN, FALSE, "task-queue",
                      G_TYPE_UINT, 0u, nullptr);
  }
  return stats;
}

static void gst_twilio_src_set_property(GObject* object, guint id, const GValue* value,
                                        GParamSpec* spec) {
  GstTwilioSrc* self = GST_TWILIO_SRC(object);
  Settings& settings = self->state->settings;
  if (id == kPropConnection) {
    gstpp::GObjectPtr<GIOStream> before;  // closed without the lock
    {
      gstpp::ObjectLock guard(self);
      before = std::exchange(
          settings.connection,
          gstpp::GObjectPtr<GIOStream>{static_cast<GIOStream*>(g_value_dup_object(value))});
    }
    connect_call(self);
    return;
  }
  const auto text = [value](const char* fallback) {
    const gchar* given = g_value_get_string(value);
    return std::string(given ? given : fallback);
  };
  gstpp::ObjectLock guard(self);
  switch (id) {
    case kPropAddress:
      settings.address = text(kDefaultAddress);
      break;
    case kPropPort:
      settings.port = g_value_get_uint(value);
      break;
    case kPropPath:
      settings.path = text(kDefaultPath);
      break;
    case kPropInactivityTimeout:
      settings.call.inactivity_timeout_ns = g_value_get_uint64(value);
      break;
    case kPropDeadTimeout:
      settings.call.dead_timeout_ns = g_value_get_uint64(value);
      break;
    case kPropMaxErrors:
      settings.call.max_errors = g_value_get_uint(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_twilio_src_get_property(GObject* object, guint id, GValue* value,
                                        GParamSpec* spec) {
  GstTwilioSrc* self = GST_TWILIO_SRC(object);
  if (id == kPropStats) {
    g_value_take_boxed(value, make_stats(self));
    return;
  }
  if (id == kPropCurrentPort) {
    std::lock_guard guard(self->state->lock);
    g_value_set_uint(value, self->state->server ? self->state->server->port() : 0);
    return;
  }
  const Settings& settings = self->state->settings;
  gstpp::ObjectLock guard(self);
  switch (id) {
    case kPropConnection:
      g_value_set_object(value, settings.connection.get());
      break;
    case kPropAddress:
      g_value_set_string(value, settings.address.c_str());
      break;
    case kPropPort:
      g_value_set_uint(value, settings.port);
      break;
    case kPropPath:
      g_value_set_string(value, settings.path.c_str());
      break;
    case kPropInactivityTimeout:
      g_value_set_uint64(value, settings.call.inactivity_timeout_ns);
      break;
    case kPropDeadTimeout:
      g_value_set_uint64(value, settings.call.dead_timeout_ns);
      break;
    case kPropMaxErrors:
      g_value_set_uint(value, static_cast<guint>(settings.call.max_errors));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_twilio_src_finalize(GObject* object) {
  delete GST_TWILIO_SRC(object)->state;
  G_OBJECT_CLASS(gst_twilio_src_parent_class)->finalize(object);
}

static void gst_twilio_src_init(GstTwilioSrc* self) {
  self->state = new State;
  self->src_pad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(self->src_pad, gst_twilio_src_query);
  gst_pad_use_fixed_caps(self->src_pad);
  gst_element_add_pad(GST_ELEMENT(self), self->src_pad);
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
}

static void gst_twilio_src_class_init(GstTwilioSrcClass* klass) {
  GST_DEBUG_CATEGORY_INIT(twilio_src_debug, "twiliosrc", 0, "Twilio Media Streams source");
  auto* object_class = G_OBJECT_CLASS(klass);
  auto* element_class = GST_ELEMENT_CLASS(klass);
  object_class->set_property = gst_twilio_src_set_property;
  object_class->get_property = gst_twilio_src_get_property;
  object_class->finalize = gst_twilio_src_finalize;
  element_class->change_state = gst_twilio_src_change_state;
  element_class->send_event = gst_twilio_src_send_event;
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Twilio call source", "Source/Network/Audio",
      "Receives the caller's audio of a Twilio Media Streams call", "Jackfield project");

  using jackfield::kReadOnly;
  using jackfield::kReadWriteReady;
  properties[kPropConnection] = g_param_spec_object(
      "connection", "Connection",
      "The upgraded WebSocket connection of the call; it serves one call and is then given up. "
      "Without it, the element waits for a call on address, port and path",
      G_TYPE_IO_STREAM, kReadWriteReady);
  properties[kPropAddress] = g_param_spec_string(
      "address", "Address", "IP address to wait for a call on, when no connection is given",
      kDefaultAddress, kReadWriteReady);
  properties[kPropPort] = g_param_spec_uint(
      "port", "Port",
      "TCP port to wait for a call on, when no connection is given; 0 takes a free one", 0, 65535,
      kDefaultPort, kReadWriteReady);
  properties[kPropPath] = g_param_spec_string(
      "path", "Path", "Path of the WebSocket's URL, when no connection is given", kDefaultPath,
      kReadWriteReady);
  properties[kPropCurrentPort] = g_param_spec_uint(
      "current-port", "Current port", "TCP port on which a call is waited for; 0 when on none", 0,
      65535, 0, kReadOnly);
  properties[kPropInactivityTimeout] =
      g_param_spec_uint64("inactivity-timeout", "Inactivity timeout",
                          "Silence is made when no audio came for so long (ns); 0 never", 0,
                          G_MAXINT64, kDefaultInactivity, kReadWriteReady);
  properties[kPropDeadTimeout] =
      g_param_spec_uint64("dead-timeout", "Dead timeout",
                          "The call is ended when no audio came for so long (ns); 0 never", 0,
                          G_MAXINT64, kDefaultDead, kReadWriteReady);
  properties[kPropMaxErrors] = g_param_spec_uint(
      "max-errors", "Maximum errors",
      "The call is ended after more than so many messages against the protocol; 0 never", 0,
      G_MAXUINT, kDefaultMaxErrors, kReadWriteReady);
  properties[kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Counts of this call; see the element's page",
                         GST_TYPE_STRUCTURE, kReadOnly);
  g_object_class_install_properties(object_class, kPropCount, properties);
}
