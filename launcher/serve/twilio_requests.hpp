// Requests of Twilio's at the server: reads them, and lets only those through that are signed and
// have not been answered before. Main thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "serve/http_server.hpp"
#include "twilio/core/form.hpp"
#include "twilio/core/replay_guard.hpp"
#include "twilio/signature.hpp"

namespace jackfield {

struct TwilioRequest {
  bool post = false;
  twilio::FormParameters fields;  // of the form, or of the query of a GET
  std::string signature;
};

class TwilioRequests {
 public:
  using OnRefused = std::function<void(Refusal, const std::string& detail)>;

  // An empty `auth_token` is none: nothing is checked.
  TwilioRequests(Secret auth_token, OnRefused refused)
      : signatures_(std::move(auth_token)), refused_(std::move(refused)) {}

  // What is let in comes from Twilio, and is as it was sent.
  bool are_signed() const { return signatures_.enabled(); }
  // A webhook at `url`, as Twilio knows it, without the query. nullopt: it has been answered, for
  // it was not let in, or came again.
  std::optional<TwilioRequest> admit_webhook(const ServerRequest& request, const std::string& url);
  // Answers it, and a repetition in the same way.
  void answer(const ServerRequest& request, const TwilioRequest& webhook, const std::string& twiml);
  // A handshake at `url`; false: it has been answered.
  bool admit_handshake(const ServerRequest& request, const std::string& url);

 private:
  bool admit(const ServerRequest& request, const twilio::SignedRequest& signed_request);
  bool is_new(const ServerRequest& request, const std::string& signature);

  twilio::SignatureCheck signatures_;
  twilio::ReplayGuard replays_;
  OnRefused refused_;
};

}  // namespace jackfield
