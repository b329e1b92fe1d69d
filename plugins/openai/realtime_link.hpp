// The connection of one call to the Realtime API: opened at once, opened again with back-off when
// it breaks, and renewed on wish. What arrives is handed on from the process's worker pool, one
// call at a time, so that the thread of the network only enqueues.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "backoff.hpp"
#include "client_websocket.hpp"
#include "io_context.hpp"
#include "worker_pool.hpp"

namespace openai {

// Called from the worker pool, one call at a time; may call send() and renew().
class RealtimeLinkHandler {
 public:
  virtual void link_opened() = 0;
  virtual void link_text(const std::string& text) = 0;
  // The connection is gone. `again`: another attempt is made; otherwise it is final.
  virtual void link_lost(const jackfield::WebSocketEnd& end, bool again) = 0;
  virtual void link_timer() = 0;

 protected:
  ~RealtimeLinkHandler() = default;
};

class RealtimeLink final : public jackfield::WebSocketListener {
 public:
  struct Options {
    jackfield::WebSocketOptions socket;
    jackfield::Backoff::Config backoff{.attempts = 6};
  };
  // Begins to connect. `handler` is used until the destructor has returned.
  RealtimeLink(Options options, RealtimeLinkHandler& handler);
  ~RealtimeLink();
  RealtimeLink(const RealtimeLink&) = delete;
  RealtimeLink& operator=(const RealtimeLink&) = delete;

  // Any thread. False: dropped, there is no connection or it does not take so much.
  bool send(std::string text);
  // Closes the connection and opens a new one; link_opened() follows, link_lost() does not. From
  // the handler's calls only.
  void renew();
  // Closes the connection and makes no other; link_lost() does not follow. Any thread.
  void shut();
  // Has link_timer() called once, after so many ns. Any thread.
  void wake_in(uint64_t ns);

 private:
  struct Item {
    enum class Kind { kOpen, kText, kEnd, kConnect, kTimer, kShut } kind = Kind::kText;
    std::string text;
    jackfield::WebSocketEnd end{};
  };
  void on_open() override;
  void on_text(std::string_view text) override;
  void on_end(const jackfield::WebSocketEnd& end) override;
  void put(Item item);
  void work();
  void take(Item& item);
  void connect();
  void close();
  void lost(const jackfield::WebSocketEnd& end);

  const Options options_;
  RealtimeLinkHandler& handler_;
  jackfield::Backoff backoff_;
  std::mutex lock_;
  std::deque<Item> items_;
  std::size_t item_bytes_ = 0;
  bool overrun_ = false;
  uint64_t opened_at_ = 0;  // of the task
  bool shut_ = false;       // likewise
  std::shared_ptr<jackfield::ClientWebSocket> socket_;
  std::shared_ptr<jackfield::SerialTask> task_;
  std::unique_ptr<jackfield::IoTimer> again_;
  std::unique_ptr<jackfield::IoTimer> timer_;
};

}  // namespace openai
