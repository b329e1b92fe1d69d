// One running pipeline, for example one call. Lives on the main context: the bus is watched there,
// and every function and callback belongs to that thread. Changes of state, which may load models
// or wait for streaming threads, are carried out by GStreamer's pool of threads, never here.
#pragma once

#include <gio/gio.h>
#include <gst/gst.h>

#include <functional>
#include <memory>
#include <string>

#include "audio/audio_watch.hpp"
#include "plugins/common/gstpp.hpp"
#include "scenario/core/session_state.hpp"

namespace jackfield {

class Session;

class SessionListener {
 public:
  virtual ~SessionListener() = default;
  virtual void session_running(Session&) {}
  // It has a reason to end from now on.
  virtual void session_ending(Session&) {}
  // An element message; `running_time` is the pipeline's when it is handled, in ns.
  virtual void session_message(Session&, const GstStructure& message,
                               GstClockTime running_time) = 0;
  // `text` is one line.
  virtual void session_warning(Session&, const std::string& text) = 0;
  // `dot` is the graph of the pipeline at that moment (Graphviz).
  virtual void session_error(Session&, const std::string& text, const std::string& dot) = 0;
  // The pipeline is gone. The last callback.
  virtual void session_ended(Session&) = 0;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::string id, gstpp::ElementPtr pipeline, SessionListener& listener);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // How the streams are made to end where EOS sent to the pipeline's sources would not do it.
  void set_send_eos(std::function<void()> f) { send_eos_ = std::move(f); }
  // Called before the pipeline is stopped.
  void set_on_stop(std::function<void()> f) { on_stop_ = std::move(f); }

  void start();
  // Lets the streams end first, within `wait` ns, then stops.
  void end(const std::string& reason, std::int64_t wait = SessionState::kEosWait);
  // Should the call end by itself, this is why; "": nothing is known beforehand.
  void expect_end(const std::string& reason) { expected_end_ = reason; }
  // Stops at once.
  void abort(const std::string& reason);

  const std::string& id() const { return id_; }
  const SessionState& state() const { return state_; }
  gint64 started_at() const { return started_at_; }  // Unix time in µs
  GstElement* pipeline() const { return pipeline_.get(); }
  AudioCounts audio() const { return audio_.counts(); }
  GstClockTime duration() const;  // wall time since the start, frozen at the end

 private:
  static gboolean on_bus(GstBus*, GstMessage* message, gpointer self);
  void handle(GstMessage* message);
  void handle_state(GstMessage* message);
  void handle_error(GstMessage* message);
  void handle_warning(GstMessage* message);
  void handle_element(GstMessage* message);
  void perform(SessionState::Action action);
  void change_state(GstState state);
  void state_changed(GstState state, bool success);
  void drain_bus();
  void watch_deadline();
  void tell_slow_start();
  void watch_audio();

  const std::string id_;
  gstpp::ElementPtr pipeline_;
  SessionListener& listener_;
  AudioWatch audio_;
  SessionState state_;
  std::string expected_end_;
  guint bus_watch_ = 0;
  guint deadline_timer_ = 0;
  guint slow_start_timer_ = 0;
  guint audio_timer_ = 0;
  gint64 started_at_ = 0;
  gint64 started_monotonic_ = 0;
  gint64 ended_monotonic_ = 0;
  unsigned warnings_ = 0;
  bool told_ending_ = false;
  std::function<void()> send_eos_, on_stop_;
};

}  // namespace jackfield
