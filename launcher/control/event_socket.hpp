// The WebSocket /api/v1/events: tells any number of readers, up to a bound, what happens
// (docs/control-api.md, "Events"). Nobody ever waits for a reader: each has an outbox that is
// given up when it is full. An event is written once, as JSON and as a frame, and only when
// somebody wants it; what has come up goes out together, 50 times a second. Main thread.
#pragma once

#include <glib.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "control/api_access.hpp"
#include "control/core/event_filter.hpp"
#include "control/core/event_outbox.hpp"
#include "control/session_directory.hpp"
#include "records/message_json.hpp"
#include "serve/http_server.hpp"

namespace jackfield {

inline constexpr char kEventPath[] = "/api/v1/events";
inline constexpr char kEventProtocol[] = "jackfield.events.v1";

class EventSocket {
 public:
  struct Config {
    std::size_t max_readers = 64;
    // ns
    std::uint64_t subscribe_time = 10'000'000'000;  // until the first message
    std::uint64_t ping_interval = 15'000'000'000;
    std::uint64_t silence = 40'000'000'000;  // of a reader that answers no ping any more
    std::uint64_t slowest = 10'000'000'000;  // without reading anything
  };

  // All must outlive it.
  EventSocket(HttpServer& server, ApiAccess& access, const SessionDirectory& directory);
  EventSocket(HttpServer& server, ApiAccess& access, const SessionDirectory& directory,
              Config config);
  ~EventSocket();
  EventSocket(const EventSocket&) = delete;
  EventSocket& operator=(const EventSocket&) = delete;

  // Does anybody want this? What is costly to find out is worth finding out only then.
  bool wanted(EventKind kind, std::string_view session) const;
  // `session` and `line` are "" for events of no session.
  void publish(EventKind kind, const std::string& session, const std::string& line,
               const JsonObjectPtr& data);
  // Of a session that runs.
  void publish(EventKind kind, const std::string& session, const JsonObjectPtr& data);

  // Those that have subscribed.
  std::size_t readers() const;
  std::size_t connections() const { return readers_.size(); }
  // Events that readers were too slow for, as they were told.
  std::uint64_t lost() const { return lost_; }

 private:
  struct Reader;
  using ReaderId = std::uint64_t;

  void upgrade(const ServerRequest& request);
  void connected(UpgradedConnection connection, const std::string& client, bool token_follows);
  void subscribe(Reader& reader, std::string_view message);
  void refuse(Reader& reader, std::uint16_t close_code, const char* code,
              const std::string& message);
  std::string subscribed_text(const Subscription& subscription) const;
  void send_soon();
  void send_all();
  void send_some(Reader& reader);
  void keep_ticking();
  void tick();

  HttpServer& server_;
  ApiAccess& access_;
  const SessionDirectory& directory_;
  const Config config_;
  ReaderId last_id_ = 0;
  std::map<ReaderId, std::unique_ptr<Reader>> readers_;
  std::uint64_t lost_ = 0;
  guint send_timer_ = 0;
  guint tick_ = 0;
};

}  // namespace jackfield
