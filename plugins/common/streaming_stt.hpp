// The body of an element that recognizes speech with a streaming service over a WebSocket: pads,
// turns, connection, statistics. The element adds its properties and the service's protocol
// (core/stt_service.hpp).
//
// Threads. The sink pad and the connection's thread give audio, turns and messages to SttSession,
// under one lock, and hand what it sends to the connection, which only queues. What goes downstream
// (texts, the events behind them) and upstream (VoiceInterim), and messages for the bus, go through
// one queue, in order, which a serial task in the process's pool of workers empties. No lock is
// held while pushing, posting, or ending a connection.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "client_websocket.hpp"
#include "stt_session.hpp"

namespace jackfield {

class StreamingStt {
 public:
  // What the properties say when a stream begins.
  struct Setup {
    SttSession::Config session;
    std::function<std::unique_ptr<SttService>(const SttFormat&)> make_service;
    std::function<WebSocketOptions(const SttFormat&)> make_options;
    // The service's word for "this connection ended since ...", when it has a meaning of its own.
    std::function<std::optional<SttSession::Failure>(const WebSocketEnd&)> explain;
    // The element's messages.
    GstStructure* (*make_error)(const SttSession::Failure&) = nullptr;
    GstStructure* (*make_note)(const SttSession::Note&) = nullptr;  // none: notes are dropped
  };

  // `name` of the element, as in its messages. The pads are the element's; their functions call the
  // ones below.
  StreamingStt(GstElement* element, GstPad* sink, GstPad* src, const char* name,
               GstDebugCategory* category);
  ~StreamingStt();
  StreamingStt(const StreamingStt&) = delete;
  StreamingStt& operator=(const StreamingStt&) = delete;

  GstFlowReturn chain(GstBuffer* buffer);
  gboolean sink_event(GstEvent* event);
  gboolean sink_query(GstQuery* query);

  // READY to PAUSED: connects, while the phone still rings.
  void start(Setup setup);
  // PAUSED to READY, before the pads stop, and behind it.
  void begin_stop();
  void finish_stop();

  // "application/x-NAME-stats"; docs/elements tell of the fields.
  GstStructure* make_stats() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace jackfield
