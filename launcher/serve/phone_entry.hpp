// The paths Twilio uses: the voice webhook, which finds the line that is called and answers with
// TwiML that names the line's media WebSocket, whose connection becomes a call. Who may use them is
// decided here: with an auth token, only who knows that.
//
//   /twilio/voice         the line of the called number
//   /twilio/voice/NAME    that line, whatever was called
//   /twilio/media         the media stream of the only line; of several:
//   /twilio/media/NAME
#pragma once

#include <functional>
#include <string>

#include "serve/core/phone_routes.hpp"
#include "serve/http_server.hpp"
#include "serve/twilio_requests.hpp"
#include "twilio/stream_token.hpp"

namespace jackfield {

inline constexpr char kVoicePath[] = "/twilio/voice";
inline constexpr char kMediaPath[] = "/twilio/media";
// The stream's parameter that says that its `from` is Twilio's.
inline constexpr char kCallerSignature[] = "from-signature";

class PhoneEntry {
 public:
  enum class Room { kFree, kFull, kStopping };
  struct Callbacks {
    // Is there room for one more call to the line now?
    std::function<Room(const std::string& line)> room;
    // Takes an upgraded connection: raw bytes of a WebSocket from here on.
    std::function<void(const std::string& line, UpgradedConnection)> connected;
    std::function<void(Refusal, const std::string& detail)> refused;
  };

  // All must outlive the entry. `auth_token` may be empty: nothing is checked then.
  PhoneEntry(HttpServer& server, twilio::StreamTokens& tokens, Secret auth_token,
             PhoneRoutes routes, Callbacks callbacks);

  // What Twilio sees of this server, "https://voice.example.com"; what the URLs begin with that
  // signatures are checked against.
  void set_base(const std::string& base) { base_ = base; }

  std::string voice_url() const { return base_ + kVoicePath; }
  std::string media_url(const std::string& line) const;
  // What tokens are issued for: "" where there is only one line.
  std::string token_line(const std::string& line) const { return several() ? line : ""; }

 private:
  // Where a request came to; no line when the called number decides.
  struct Place {
    std::string url;
    const std::string* line = nullptr;
  };

  bool several() const { return routes_.all().size() > 1; }
  std::string media_path(const std::string& line) const;
  void answer_webhook(const ServerRequest& request, const Place& place);
  void upgrade(const ServerRequest& request, const std::string& line);
  // `room`: of a conference, as the webhook's query names it; "": none.
  std::string twiml_for(const std::string* line, const twilio::FormParameters& fields,
                        const std::string& room);
  std::string full_text(const std::string& line) const;
  void refuse_for_now(const ServerRequest& request, const std::string& line, Room room);

  HttpServer& server_;
  twilio::StreamTokens& tokens_;
  PhoneRoutes routes_;
  Callbacks callbacks_;
  TwilioRequests requests_;
  std::string base_;
};

}  // namespace jackfield
