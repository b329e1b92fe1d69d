// X-Twilio-Signature: base64 of HMAC-SHA1, keyed with the account's primary auth token, over
// core/signed_text. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "text/secret.hpp"
#include "twilio/core/form.hpp"

namespace jackfield::twilio {

std::string twilio_signature(std::string_view token, std::string_view url,
                             const FormParameters& form);

// A request as it has to be judged. `url` is the one Twilio used, from our own configuration and
// never from the request's Host field; path and query exactly as requested.
struct SignedRequest {
  std::string url;
  std::string signature;   // the X-Twilio-Signature field, "" when there was none
  FormParameters form;     // of a form body; empty for GET and WebSockets
  std::string_view body;   // the raw body
  bool form_body = false;  // the body is a form: `form` is signed, else the body's digest
};

class SignatureCheck {
 public:
  // An empty token is none: everything is accepted.
  explicit SignatureCheck(Secret token) : token_(std::move(token)) {}

  bool enabled() const { return !token_.empty(); }
  // Was the request signed with the token, in one of the forms of the URL? In a time that does not
  // depend on how much of a signature is right.
  bool accepts(const SignedRequest& request) const;

 private:
  Secret token_;
};

}  // namespace jackfield::twilio
