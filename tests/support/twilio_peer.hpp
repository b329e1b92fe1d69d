// Twilio's side of a Media Streams call, for tests: sends what Twilio sends, plays what it gets in
// real time, echoes marks when they are played or cleared, and notes every message that Twilio
// would warn about (31950, 31951).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "websocket_client.hpp"

namespace test_support {

class TwilioPeer {
 public:
  using Milliseconds = std::chrono::milliseconds;
  using Clock = std::chrono::steady_clock;

  static constexpr char kStreamSid[] = "MZ00000000000000000000000000000001";
  static constexpr char kCallSid[] = "CA00000000000000000000000000000002";
  static constexpr char kAccountSid[] = "AC00000000000000000000000000000003";

  explicit TwilioPeer(std::unique_ptr<WebSocketClient> client) : client_(std::move(client)) {}

  void send_connected();
  void send_start(const std::map<std::string, std::string>& parameters = {});
  // Sends µ-law as inbound media; the timestamp goes on by its length.
  void send_media(std::string_view mulaw);
  void send_media_at(uint64_t timestamp_ms, std::string_view mulaw);
  void send_dtmf(char digit);
  void send_mark(const std::string& name);
  void send_stop();

  // Receives and plays for that long, or until `done` says so. True when it did.
  bool run(Milliseconds time, const std::function<bool()>& done = {});

  WebSocketClient& client() { return *client_; }
  // All audio received, in order, whether cleared or not.
  const std::string& audio() const { return audio_; }
  // What of it was played: without what a `clear` cut off, and without what still waits.
  std::string played() const;
  int media_messages() const { return media_messages_; }
  const std::vector<std::string>& marks() const { return marks_; }  // received
  int clears() const { return clears_; }
  Clock::time_point last_clear() const { return last_clear_; }
  // Messages that Twilio would not take; empty is right.
  const std::vector<std::string>& warnings() const { return warnings_; }
  // How much audio waits to be played.
  Milliseconds unplayed() const;
  Milliseconds max_unplayed() const { return max_unplayed_; }
  // When false, marks are kept for ever, as by a peer that is stuck.
  void set_echo(bool echo) { echo_ = echo; }

 private:
  void receive(const std::string& text);
  void echo_due();
  std::string head(const char* event);

  std::unique_ptr<WebSocketClient> client_;
  uint64_t sequence_ = 0;
  uint64_t chunk_ = 0;
  uint64_t samples_ = 0;
  std::string audio_;
  std::string kept_;  // audio_ without what was cleared
  int media_messages_ = 0;
  std::vector<std::string> marks_;
  int clears_ = 0;
  Clock::time_point last_clear_;
  std::vector<std::string> warnings_;
  Clock::time_point play_end_;
  Milliseconds max_unplayed_{0};
  struct Pending {
    std::string name;
    Clock::time_point at;
  };
  std::deque<Pending> pending_;
  bool echo_ = true;
};

}  // namespace test_support
