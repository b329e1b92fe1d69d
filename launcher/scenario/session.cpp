#include "scenario/session.hpp"

#include <algorithm>
#include <utility>

namespace jackfield {
namespace {

constexpr unsigned kMaxWarnings = 20;  // per session; an element may post one per buffer
constexpr guint kSlowStartS = 10;

std::int64_t now_ns() { return g_get_monotonic_time() * 1000; }

std::string one_line(const gchar* text) {
  std::string line = text ? text : "";
  std::replace(line.begin(), line.end(), '\n', ' ');
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

// "element: message (debug text)"
std::string describe(GstMessage* message, const GError& error, const gchar* debug) {
  std::string text = GST_MESSAGE_SRC(message) ? GST_MESSAGE_SRC_NAME(message) : "pipeline";
  text += ": " + one_line(error.message);
  if (std::string detail = one_line(debug); !detail.empty()) text += " (" + detail + ")";
  return text;
}

// A mixer gives sound without a pause, on the clock. That of a sound card moves in jumps, and where a
// sink has to follow another card's, what is played breaks off.
void choose_clock(GstElement* pipeline) {
  GstIterator* mixers =
      gst_bin_iterate_all_by_element_factory_name(GST_BIN(pipeline), "duckingmixer");
  GValue item = G_VALUE_INIT;
  const bool mixes = gst_iterator_next(mixers, &item) == GST_ITERATOR_OK;
  if (mixes) g_value_unset(&item);
  gst_iterator_free(mixers);
  if (!mixes) return;
  const gstpp::ClockPtr clock{gst_system_clock_obtain()};
  gst_pipeline_use_clock(GST_PIPELINE(pipeline), clock.get());
}

// Keeps the session while a state change is carried out elsewhere.
struct StateChange {
  std::shared_ptr<Session> session;
  GstState state;
  bool success = false;
  std::function<void(Session&, GstState, bool)> done;
};

}  // namespace

Session::Session(std::string id, gstpp::ElementPtr pipeline, SessionListener& listener)
    : id_(std::move(id)),
      pipeline_(std::move(pipeline)),
      listener_(listener),
      audio_(pipeline_.get()),
      started_at_(g_get_real_time()),
      started_monotonic_(g_get_monotonic_time()) {
  // Messages that elements post while they stop are still read afterwards.
  gst_pipeline_set_auto_flush_bus(GST_PIPELINE(pipeline_.get()), FALSE);
  choose_clock(pipeline_.get());
  gstpp::BusPtr bus{gst_element_get_bus(pipeline_.get())};
  bus_watch_ = gst_bus_add_watch(bus.get(), on_bus, this);
}

Session::~Session() {
  if (bus_watch_) g_source_remove(bus_watch_);
  if (deadline_timer_) g_source_remove(deadline_timer_);
  if (slow_start_timer_) g_source_remove(slow_start_timer_);
  if (audio_timer_) g_source_remove(audio_timer_);
  gstpp::BusPtr bus{gst_element_get_bus(pipeline_.get())};
  gst_bus_set_flushing(bus.get(), TRUE);
}

void Session::start() {
  slow_start_timer_ = g_timeout_add_seconds(
      kSlowStartS,
      [](gpointer user) -> gboolean {
        const auto self = static_cast<Session*>(user)->shared_from_this();
        self->slow_start_timer_ = 0;
        self->tell_slow_start();
        return G_SOURCE_REMOVE;
      },
      this);
  change_state(GST_STATE_PLAYING);
}

// A pipeline runs when each of its sinks has got data.
void Session::tell_slow_start() {
  if (state_.reached_running()) return;
  std::string waiting;
  GstIterator* it = gst_bin_iterate_sinks(GST_BIN(pipeline_.get()));
  GValue item = G_VALUE_INIT;
  while (gst_iterator_next(it, &item) == GST_ITERATOR_OK) {
    auto* sink = GST_ELEMENT(g_value_get_object(&item));
    if (gst_element_get_state(sink, nullptr, nullptr, 0) == GST_STATE_CHANGE_ASYNC)
      waiting += (waiting.empty() ? "" : ", ") + std::string{GST_ELEMENT_NAME(sink)};
    g_value_reset(&item);
  }
  g_value_unset(&item);
  gst_iterator_free(it);
  listener_.session_warning(
      *this, "not running after " + std::to_string(kSlowStartS) + " s" +
                 (waiting.empty() ? ""
                                  : ": no data has come to " + waiting +
                                        "; a sink that waits for somebody needs async=false"));
}

void Session::end(const std::string& reason, std::int64_t wait) {
  perform(state_.end(reason, now_ns(), wait));
}

void Session::abort(const std::string& reason) { perform(state_.abort(reason)); }

GstClockTime Session::duration() const {
  const gint64 end = ended_monotonic_ ? ended_monotonic_ : g_get_monotonic_time();
  return static_cast<GstClockTime>(end - started_monotonic_) * GST_USECOND;
}

void Session::change_state(GstState state) {
  auto* change = new StateChange{
      shared_from_this(), state, false,
      [](Session& session, GstState to, bool success) { session.state_changed(to, success); }};
  gst_element_call_async(
      pipeline_.get(),
      [](GstElement* element, gpointer user) {
        auto* self = static_cast<StateChange*>(user);
        self->success = gst_element_set_state(element, self->state) != GST_STATE_CHANGE_FAILURE;
      },
      change,
      [](gpointer user) {
        // Back to the main thread; g_main_context_invoke() would run it here while no loop runs.
        g_idle_add_full(
            G_PRIORITY_DEFAULT,
            [](gpointer data) -> gboolean {
              auto* self = static_cast<StateChange*>(data);
              self->done(*self->session, self->state, self->success);
              return G_SOURCE_REMOVE;
            },
            user, [](gpointer data) { delete static_cast<StateChange*>(data); });
      });
}

void Session::state_changed(GstState state, bool success) {
  const auto self = shared_from_this();  // the listener may let go of us
  if (state == GST_STATE_NULL) audio_.report();
  drain_bus();
  if (state == GST_STATE_NULL) {
    g_source_remove(bus_watch_);
    bus_watch_ = 0;
    ended_monotonic_ = g_get_monotonic_time();
    state_.stopped();
    listener_.session_ended(*this);
    return;
  }
  perform(state_.start_finished(success));
}

void Session::drain_bus() {
  gstpp::BusPtr bus{gst_element_get_bus(pipeline_.get())};
  while (gstpp::MessagePtr message{gst_bus_pop(bus.get())}) handle(message.get());
}

gboolean Session::on_bus(GstBus*, GstMessage* message, gpointer user) {
  const auto self = static_cast<Session*>(user)->shared_from_this();
  self->handle(message);
  return G_SOURCE_CONTINUE;
}

void Session::handle(GstMessage* message) {
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
      handle_error(message);
      break;
    case GST_MESSAGE_WARNING:
      handle_warning(message);
      break;
    case GST_MESSAGE_EOS:
      perform(state_.end_of_stream());
      break;
    case GST_MESSAGE_STATE_CHANGED:
      handle_state(message);
      break;
    case GST_MESSAGE_LATENCY:
      // It waits for a change of state that is under way.
      gst_element_call_async(
          pipeline_.get(),
          [](GstElement* element, gpointer) { gst_bin_recalculate_latency(GST_BIN(element)); },
          nullptr, nullptr);
      break;
    case GST_MESSAGE_ELEMENT:
      handle_element(message);
      break;
    default:
      break;
  }
}

void Session::handle_state(GstMessage* message) {
  if (GST_MESSAGE_SRC(message) != GST_OBJECT(pipeline_.get()) || state_.reached_running()) return;
  GstState now = GST_STATE_NULL;
  gst_message_parse_state_changed(message, nullptr, &now, nullptr);
  if (now != GST_STATE_PLAYING) return;
  state_.playing();
  watch_audio();
  listener_.session_running(*this);
}

void Session::watch_audio() {
  const AudioCounts counts = audio_.counts();
  if (!counts.has_capture && !counts.has_playback) return;
  audio_timer_ = g_timeout_add_seconds(
      1,
      [](gpointer user) -> gboolean {
        static_cast<Session*>(user)->audio_.report();
        return G_SOURCE_CONTINUE;
      },
      this);
}

void Session::handle_error(GstMessage* message) {
  gstpp::ErrorPtr error;
  gstpp::CharPtr debug;
  gst_message_parse_error(message, gstpp::OutPtr{error}, gstpp::OutPtr{debug});
  const bool first = state_.phase() < SessionState::Phase::kStopping && !state_.failed();
  const SessionState::Action action = state_.error();
  if (first) {
    gstpp::CharPtr dot{
        gst_debug_bin_to_dot_data(GST_BIN(pipeline_.get()), GST_DEBUG_GRAPH_SHOW_ALL)};
    listener_.session_error(*this, describe(message, *error, debug.get()), dot ? dot.get() : "");
  }
  perform(action);
}

void Session::handle_warning(GstMessage* message) {
  if (++warnings_ > kMaxWarnings) return;
  gstpp::ErrorPtr error;
  gstpp::CharPtr debug;
  gst_message_parse_warning(message, gstpp::OutPtr{error}, gstpp::OutPtr{debug});
  listener_.session_warning(*this, describe(message, *error, debug.get()));
}

void Session::handle_element(GstMessage* message) {
  const GstStructure* structure = gst_message_get_structure(message);
  if (!structure) return;
  listener_.session_message(*this, *structure, gstpp::running_time(pipeline_.get()));
  if (gst_structure_has_name(structure, "twilio/call-ended") ||
      gst_structure_has_name(structure, "webrtc/call-ended")) {
    const std::string reason =
        expected_end_.empty() ? gstpp::get_string(structure, "reason") : expected_end_;
    perform(state_.call_ended(reason.empty() ? "closed" : reason, now_ns()));
  }
}

void Session::perform(SessionState::Action action) {
  switch (action) {
    case SessionState::Action::kSendEos:
      if (send_eos_) {
        send_eos_();
        break;
      }
      gst_element_call_async(
          pipeline_.get(),
          [](GstElement* element, gpointer) {
            gst_element_send_event(element, gst_event_new_eos());
          },
          nullptr, nullptr);
      break;
    case SessionState::Action::kStop:
      if (on_stop_) on_stop_();
      change_state(GST_STATE_NULL);
      break;
    case SessionState::Action::kNone:
      break;
  }
  watch_deadline();
  if (!state_.reason().empty() && !std::exchange(told_ending_, true))
    listener_.session_ending(*this);
}

void Session::watch_deadline() {
  if (deadline_timer_) g_source_remove(deadline_timer_);
  deadline_timer_ = 0;
  const auto deadline = state_.deadline();
  if (!deadline) return;
  const std::int64_t wait_ms = std::max<std::int64_t>(0, (*deadline - now_ns()) / 1'000'000 + 1);
  deadline_timer_ = g_timeout_add(
      static_cast<guint>(wait_ms),
      [](gpointer user) -> gboolean {
        const auto self = static_cast<Session*>(user)->shared_from_this();
        self->deadline_timer_ = 0;
        self->perform(self->state_.tick(now_ns()));
        return G_SOURCE_REMOVE;
      },
      this);
}

}  // namespace jackfield
