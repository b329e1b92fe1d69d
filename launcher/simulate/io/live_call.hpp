// One call over the network: webhook and TwiML (unless the media stream itself is called), media
// stream, status callbacks. All of it on the thread of the simulation, which says what time it is
// by tick().
#pragma once

#include <gio/gio.h>
#include <libsoup/soup.h>

#include <memory>
#include <optional>
#include <string>

#include "plugins/common/gstpp.hpp"
#include "simulate/core/simulated_call.hpp"
#include "twiml.hpp"
#include "wav_writer.hpp"
#include "webhook.hpp"
#include "websocket_client.hpp"

namespace jackfield::simulate {

struct LineConfig {
  std::string url;         // of the voice webhook, or (ws, wss) of a media stream itself
  std::string public_url;  // scheme and host as Twilio knows the server; empty: those of `url`
  std::string auth_token;
  GTlsDatabase* authorities =
      nullptr;  // whose certificates are good; null: the system's. Not owned
  std::string from = "+15550001111";
  std::string to = "+15552223333";
};

class LiveCall : private WebSocketClient::Listener, private SimulatedCall::Listener {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void on_call_event(int call, const CallEvent& event) = 0;
  };

  // `phase`: ns within 20 ms at which the media of this call falls due; none: as it comes.
  LiveCall(const LineConfig& line, CallConfig config, SoupSession* session, Observer& observer,
           std::optional<std::int64_t> phase);
  ~LiveCall() override;

  // Returns what went wrong with the file; empty: recording.
  std::string record_to(const std::string& path);
  void begin(std::int64_t now);  // ns, monotonic
  void tick(std::int64_t now);
  void hang_up(const std::string& reason);
  bool done() const { return state_ == State::kDone; }
  bool reached() const { return reached_; }  // an answer, of whatever kind
  CallResult take_result();

 private:
  enum class State { kIdle, kWebhook, kConnecting, kOpen, kStreaming, kClosing, kReporting, kDone };

  void on_open() override;
  void on_connect_failed(int code, const std::string& reason) override;
  void on_text(std::string_view text) override;
  void on_binary(std::size_t size) override;
  void on_broken(const std::string& reason) override;
  void on_closed(const std::string& how) override;
  void on_message(std::string_view text) override;
  void on_event(const CallEvent& event) override;
  void on_recorded(std::span<const std::int16_t> stereo) override;

  void on_webhook(const WebhookReply& reply);
  void connect_stream(const StreamVerb& verb);
  void status_callback(const char* event, const std::string& error = {});
  FormParameters call_parameters(const char* status) const;
  std::string public_form_of(const std::string& url) const;
  Samples line_now() const;
  void tick_stream();
  void fail(const std::string& reason);
  void close_line();
  void finish();

  LineConfig line_;
  CallConfig config_;
  SoupSession* session_;
  Observer& observer_;
  std::optional<std::int64_t> phase_;
  gstpp::GObjectPtr<GCancellable> cancellable_;
  StreamVerb stream_;
  std::unique_ptr<SimulatedCall> call_;
  std::unique_ptr<WebSocketClient> socket_;
  WavWriter recording_;
  std::string recording_path_;
  std::optional<std::string> failure_;
  CallResult result_;
  State state_ = State::kIdle;
  std::int64_t deadline_ = 0;  // of the state, ns
  std::int64_t zero_ = 0;      // of the stream's time, ns
  int callbacks_ = 0;          // status callbacks under way
  bool reached_ = false;
};

}  // namespace jackfield::simulate
