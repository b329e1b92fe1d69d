// The session of a TTS element with ElevenLabs: one reply after the other, each in a context of its
// own (or on a connection of its own, without multi-context), spoken on after a connection that
// broke. The next context is open before its first text comes. Where a WebSocket is not to be had,
// a reply is spoken, or spoken on, by requests over HTTP (HttpReply).
//
// Pure: the time is an argument (monotonic, ns); what is to be done comes out as actions, in order.
// One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "backoff.hpp"
#include "http_reply.hpp"
#include "tts_protocol.hpp"
#include "word_assembler.hpp"

namespace elevenlabs {

class TtsSession {
 public:
  enum class Transport { kAuto, kWebSocket, kHttp };

  struct Config {
    Transport transport = Transport::kAuto;
    bool try_websocket = true;  // kAuto: false where it is known to be refused
    HttpReply::Config http;
    bool multi_context = true;
    bool auto_mode = true;  // else each text is flushed
    VoiceSettings voice;
    uint64_t audio_timeout_ns = 10'000'000'000;  // without audio that is due
    uint64_t keep_alive_ns = 10'000'000'000;     // silence on the connection before a keep-alive
    jackfield::Backoff::Config backoff{.attempts = 4};
  };

  struct Connect {};     // a new connection, in place of the old one
  struct Disconnect {};  // it is of no use any more
  struct Send {
    std::string text;
  };
  struct Prepare {};  // an HTTP connection for a request to come
  struct Request {
    SpeechRequest speech;
  };
  struct CancelRequest {};
  struct WebsocketRefused {};  // and HTTP works: worth being remembered
  using Audio = HttpReply::Audio;
  struct ReplyDone {};  // all audio of a reply that was ended came, or none is to be had
  struct Failure {
    std::string cause;
    std::string text;
    bool retryable = true;
    int http_status = 0;
    int close_code = 0;
    // The address does not answer as a WebSocket; HTTP may work.
    bool no_websocket = false;
  };
  using Action = std::variant<Connect, Disconnect, Send, Prepare, Request, CancelRequest,
                              WebsocketRefused, Audio, ReplyDone, Failure>;

  struct Stats {
    uint64_t replies = 0;
    uint64_t characters = 0;  // bytes of text sent, repetitions included
    uint64_t audio_bytes = 0;
    uint64_t late_bytes = 0;  // audio of replies that were cut
    uint64_t connects = 0;
    uint64_t requests = 0;
    uint64_t failures = 0;
    uint64_t timeouts = 0;
    uint64_t malformed = 0;
    uint64_t first_audio_ns = 0;  // of the last reply: from its first text
  };

  explicit TtsSession(const Config& config);

  std::vector<Action> start(uint64_t now);
  std::vector<Action> text(uint64_t now, std::string_view text);
  // False in `known` when there is nothing that ends.
  std::vector<Action> end_reply(uint64_t now, bool& known);
  std::vector<Action> flush(uint64_t now);
  std::vector<Action> connected(uint64_t now);
  std::vector<Action> disconnected(uint64_t now, const Failure& failure, double random);
  std::vector<Action> message(uint64_t now, std::string_view text, double random);
  // Of the request that runs.
  std::vector<Action> http_data(uint64_t now, std::string_view bytes);
  std::vector<Action> http_end(uint64_t now);
  std::vector<Action> http_failed(uint64_t now, const Failure& failure, double random);
  std::vector<Action> tick(uint64_t now);
  uint64_t deadline() const;

  bool is_connected() const { return connected_; }
  bool is_http() const { return http_; }
  const Stats& stats() const { return stats_; }
  std::string goodbye() const {
    return config_.multi_context ? close_socket_message() : end_message();
  }

 private:
  using Actions = std::vector<Action>;

  // Built in place: a temporary variant costs a move, and GCC 12 false warnings.
  template <typename T>
  static void add(Actions& out, T action) {
    out.emplace_back(std::in_place_type<T>, std::move(action));
  }

  void send(uint64_t now, std::string text, Actions& out);
  void open_context(uint64_t now, Actions& out);
  void say(uint64_t now, const std::string& text, Actions& out);
  void finish_context(uint64_t now, Actions& out);
  void reply_over(uint64_t now, Actions& out);
  void next_connection(Actions& out);
  void fail(uint64_t now, const Failure& failure, double random, Actions& out);
  void take_audio(uint64_t now, Audio audio, Actions& out);
  bool can_fall_over(const Failure& failure) const;
  void fall_over(uint64_t now, Actions& out);
  void give_up_http();
  void next_request(uint64_t now, Actions& out);
  void request_over(uint64_t now, Actions& out);
  bool audio_is_due() const;

  Config config_;
  jackfield::Backoff backoff_;
  Stats stats_;
  bool connected_ = false;
  bool connecting_ = false;
  uint64_t retry_at_ = UINT64_MAX;
  uint64_t last_sent_ = 0;
  uint64_t last_heard_ = 0;

  bool http_ = false;
  bool http_worked_ = false;
  bool websocket_worked_ = false;
  unsigned refusals_ = 0;  // of WebSockets, in a row
  HttpReply reply_;
  uint64_t websocket_malformed_ = 0;

  unsigned counter_ = 0;
  std::string context_;  // the open one; "" when there is none
  bool context_open_ = false;
  bool speaking_ = false;    // a reply has begun
  bool ending_ = false;      // and no text follows
  bool audio_came_ = false;  // of the running reply
  uint64_t began_ = 0;
  WordAssembler words_;
};

}  // namespace elevenlabs
