// The two paths Twilio uses: the voice webhook, which answers with TwiML that names the other one,
// and the media WebSocket, whose connection becomes a call. Who may use them is decided here: with
// an auth token, only who knows that.
#pragma once

#include <functional>
#include <string>

#include "serve/http_server.hpp"
#include "twilio/core/replay_guard.hpp"
#include "twilio/signature.hpp"
#include "twilio/stream_token.hpp"

namespace jackfield {

inline constexpr char kVoicePath[] = "/twilio/voice";
inline constexpr char kMediaPath[] = "/twilio/media";

class PhoneEntry {
 public:
  enum class Room { kFree, kFull, kStopping };
  struct Callbacks {
    // Is there room for one more call now?
    std::function<Room()> room;
    // Takes an upgraded connection: raw bytes of a WebSocket from here on.
    std::function<void(UpgradedConnection)> connected;
    std::function<void(Refusal, const std::string& detail)> refused;
  };

  // All must outlive the entry. `auth_token` may be empty: nothing is checked then.
  PhoneEntry(HttpServer& server, twilio::StreamTokens& tokens, Secret auth_token,
             Callbacks callbacks);

  // What Twilio sees: the webhook's URL, and the stream's that the TwiML names. Both are what
  // signatures are checked against.
  void set_urls(std::string voice_url, std::string media_url);

 private:
  void answer_webhook(const HttpRequest& request);
  void upgrade(const HttpRequest& request);
  std::string twiml_for(const twilio::FormParameters& fields, Room room);
  bool admit(const HttpRequest& request, const twilio::SignedRequest& signed_request);
  bool admit_repetition(const HttpRequest& request, const std::string& signature);
  void refuse_for_now(const HttpRequest& request, Room room);

  HttpServer& server_;
  twilio::StreamTokens& tokens_;
  twilio::SignatureCheck signatures_;
  twilio::ReplayGuard replays_;
  Callbacks callbacks_;
  std::string voice_url_;
  std::string media_url_;
};

}  // namespace jackfield
