// Tells the readers of the event socket what happens in sessions, and, from time to time, the
// latencies and the figures of the server. Main thread.
#pragma once

#include <functional>

#include "control/event_socket.hpp"
#include "control/session_directory.hpp"
#include "metrics/latency_monitor.hpp"

namespace jackfield {

class EventFeed final : public DirectoryListener {
 public:
  using ServerFigures = std::function<JsonObjectPtr()>;
  // Between two events `latency`, or `server`; ms.
  struct Intervals {
    guint latency = 1000, server = 5000;
  };

  // All must outlive it. `server`: what the event `server` tells.
  EventFeed(EventSocket& events, SessionDirectory& directory, const LatencyMonitor& latencies,
            ServerFigures server);
  EventFeed(EventSocket& events, SessionDirectory& directory, const LatencyMonitor& latencies,
            ServerFigures server, Intervals intervals);
  ~EventFeed() override;
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  void opened(const SessionView& view) override;
  void running(const SessionView& view) override;
  void changed(const SessionView& view) override;
  void ended(const SessionView& view, bool kept) override;
  void entry(const SessionView& view, const TranscriptEntry& entry,
             const SessionTimes& times) override;
  void turn(const SessionView& view, const TurnView& turn) override;
  void message(const SessionView& view, const GstStructure& message,
               const std::optional<CallEvent>& event, const SessionTimes& times) override;
  void warning(const SessionView& view, const std::string& text) override;
  void error(const SessionView& view, const std::string& text) override;

 private:
  void tell_session(EventKind kind, const SessionView& view);
  void tell_text(EventKind kind, const SessionView& view, const std::string& text,
                 const std::string& stage = {});
  void tell_latencies();

  EventSocket& events_;
  SessionDirectory& directory_;
  const LatencyMonitor& latencies_;
  const ServerFigures server_;
  std::uint64_t told_latencies_ = 0;
  guint latency_timer_ = 0;
  guint server_timer_ = 0;
};

}  // namespace jackfield
