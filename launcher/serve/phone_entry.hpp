// The two paths Twilio uses: the voice webhook, which answers with TwiML that names the other one,
// and the media WebSocket, whose connection becomes a call.
#pragma once

#include <gio/gio.h>

#include <functional>
#include <string>

#include "serve/http_server.hpp"
#include "twilio/stream_token.hpp"

namespace jackfield {

inline constexpr char kVoicePath[] = "/twilio/voice";
inline constexpr char kMediaPath[] = "/twilio/media";

// `stream` is the connection with the socket; `owner` is libsoup's stream around it, which closes
// it when it is released.
struct UpgradedConnection {
  gstpp::GObjectPtr<GIOStream> stream;
  gstpp::GObjectPtr<GIOStream> owner;
};

class PhoneEntry {
 public:
  struct Callbacks {
    // Is there room for one more call now?
    std::function<bool()> has_room;
    // Takes an upgraded connection: raw bytes of a WebSocket from here on.
    std::function<void(UpgradedConnection)> connected;
  };

  // `media_url` is what the TwiML names. All must outlive the entry.
  PhoneEntry(HttpServer& server, twilio::StreamTokens& tokens, Callbacks callbacks);

  void set_media_url(std::string url) { media_url_ = std::move(url); }

 private:
  void answer_webhook(SoupServerMessage* message);
  void upgrade(SoupServerMessage* message);

  HttpServer& server_;
  twilio::StreamTokens& tokens_;
  Callbacks callbacks_;
  std::string media_url_;
};

}  // namespace jackfield
