#include "serve/phone_entry.hpp"

#include <utility>
#include <vector>

#include "conf/core/conf.hpp"
#include "twilio/core/phone_address.hpp"
#include "twilio/core/twiml.hpp"

namespace jackfield {

PhoneEntry::PhoneEntry(HttpServer& server, twilio::StreamTokens& tokens, Secret auth_token,
                       PhoneRoutes routes, Callbacks callbacks)
    : server_(server),
      tokens_(tokens),
      routes_(std::move(routes)),
      callbacks_(std::move(callbacks)),
      requests_(std::move(auth_token), callbacks_.refused) {
  server_.handle(kVoicePath, [this](const ServerRequest& request) {
    answer_webhook(request, {.url = voice_url()});
  });
  for (const PhoneRoute& route : routes_.all()) {
    const std::string path = kVoicePath + ("/" + route.line);
    server_.handle(path, [this, path, &route](const ServerRequest& request) {
      answer_webhook(request, {.url = base_ + path, .line = &route.line});
    });
    server_.handle_upgrade(media_path(route.line), [this, &route](const ServerRequest& request) {
      upgrade(request, route.line);
    });
  }
}

std::string PhoneEntry::media_path(const std::string& line) const {
  return several() ? kMediaPath + ("/" + line) : kMediaPath;
}

std::string PhoneEntry::media_url(const std::string& line) const {
  return twilio::media_url(base_, media_path(line));
}

// Which limit it is that is reached.
std::string PhoneEntry::full_text(const std::string& line) const {
  return several() ? " to the line '" + line + "' (max-calls)" : " (--max-calls)";
}

void PhoneEntry::refuse_for_now(const ServerRequest& request, const std::string& line, Room room) {
  const bool full = room == Room::kFull;
  callbacks_.refused(
      full ? Refusal::kBusy : Refusal::kStopping,
      full ? "no place for one more call" + full_text(line) : "the server is stopping");
  soup_message_headers_replace(soup_server_message_get_response_headers(request.message),
                               "Retry-After", "10");
  HttpServer::answer(request.message, SOUP_STATUS_SERVICE_UNAVAILABLE, "text/plain",
                     full ? "no more calls at the moment\n" : "stopping\n");
}

std::string PhoneEntry::twiml_for(const std::string* line, const twilio::FormParameters& fields,
                                  const std::string& room) {
  if (!line) {
    const auto called = twilio::phone_address(twilio::form_value(fields, "To"));
    callbacks_.refused(Refusal::kUnknownNumber,
                       "a call to " + called.value_or("something that is no number") +
                           ", which stands in no line's numbers (the webhook " + voice_url() +
                           "/NAME is for the line NAME, whatever the number)");
    return twilio::reject_unknown();
  }
  if (callbacks_.room(*line) == Room::kFull) {
    callbacks_.refused(Refusal::kBusy, "a caller heard the busy signal" + full_text(*line));
    return twilio::reject_busy();
  }
  const std::string token = tokens_.issue(token_line(*line), twilio::form_value(fields, "CallSid"),
                                          g_get_real_time() / G_USEC_PER_SEC);
  std::vector<std::pair<std::string, std::string>> parameters{{"token", token}};
  for (const auto& [field, parameter] : {std::pair{"From", "from"}, std::pair{"To", "to"}}) {
    if (auto address = twilio::phone_address(twilio::form_value(fields, field)))
      parameters.emplace_back(parameter, *address);
  }
  // Only Twilio knows who calls: what is not signed may be anybody's.
  const auto from = twilio::phone_address(twilio::form_value(fields, "From"));
  if (requests_.are_signed() && from)
    parameters.emplace_back(kCallerSignature, tokens_.sign_caller(token, *from));
  if (is_line_name(room)) parameters.emplace_back("room", room);
  return twilio::connect_stream(media_url(*line), parameters);
}

void PhoneEntry::answer_webhook(const ServerRequest& request, const Place& place) {
  const auto webhook = requests_.admit_webhook(request, place.url);
  if (!webhook) return;
  const std::string* const line =
      place.line ? place.line : routes_.line_for(twilio::form_value(webhook->fields, "To"));
  // 503 lets Twilio go on to the number's fallback URL, another node for example.
  if (line && callbacks_.room(*line) == Room::kStopping)
    return refuse_for_now(request, *line, Room::kStopping);
  // Only of the URL, which is ours; what a form has is the caller's.
  const std::string room = twilio::form_value(
      webhook->post ? twilio::parse_form(request.query) : webhook->fields, "room");
  requests_.answer(request, *webhook, twiml_for(line, webhook->fields, room));
}

void PhoneEntry::upgrade(const ServerRequest& request, const std::string& line) {
  if (!requests_.admit_handshake(request, media_url(line))) return;
  if (const Room room = callbacks_.room(line); room != Room::kFree)
    return refuse_for_now(request, line, room);
  std::string error;
  const auto connected = [this, &line](UpgradedConnection connection) {
    callbacks_.connected(line, std::move(connection));
  };
  if (!server_.upgrade(request, connected, error))
    HttpServer::answer(request.message, SOUP_STATUS_BAD_REQUEST, "text/plain",
                       "this is a WebSocket for Twilio Media Streams: " + error + "\n");
}

}  // namespace jackfield
