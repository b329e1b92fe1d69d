// One form POST (or GET) as Twilio makes it: a voice webhook or a status callback.
#pragma once

#include <libsoup/soup.h>

#include <functional>
#include <string>

#include "twilio/core/form.hpp"

namespace jackfield::simulate {

using twilio::FormParameters;

struct WebhookRequest {
  std::string url;         // to connect to
  std::string signed_url;  // as Twilio knows it; its host becomes the Host field
  FormParameters form;
  std::string auth_token;  // empty: not signed
  bool get = false;
};

struct WebhookReply {
  bool reached = false;  // there was an HTTP answer at all
  int status = 0;
  std::string body;
  std::string error;  // empty: 200 with a body of an XML type
};

// `done` is called once, on the thread that iterates the session's context, unless `cancellable`
// is cancelled before.
void send_webhook(SoupSession* session, const WebhookRequest& request, GCancellable* cancellable,
                  std::function<void(WebhookReply)> done);

std::string form_encode(const FormParameters& form);

}  // namespace jackfield::simulate
