#include "serve/phone_entry.hpp"

#include <utility>
#include <vector>

#include "conf/core/conf.hpp"
#include "serve/request_fields.hpp"
#include "twilio/core/phone_address.hpp"
#include "twilio/core/twiml.hpp"

namespace jackfield {
namespace {

constexpr char kFormType[] = "application/x-www-form-urlencoded";

bool has_form_body(SoupServerMessage* message) {
  const char* type = soup_message_headers_get_content_type(
      soup_server_message_get_request_headers(message), nullptr);
  return type && g_ascii_strcasecmp(type, kFormType) == 0;
}

std::string signature_of(SoupServerMessage* message) {
  return header_of(message, "X-Twilio-Signature");
}

}  // namespace

PhoneEntry::PhoneEntry(HttpServer& server, twilio::StreamTokens& tokens, Secret auth_token,
                       PhoneRoutes routes, Callbacks callbacks)
    : server_(server),
      tokens_(tokens),
      signatures_(std::move(auth_token)),
      routes_(std::move(routes)),
      callbacks_(std::move(callbacks)) {
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

bool PhoneEntry::admit(const ServerRequest& request, const twilio::SignedRequest& signed_request) {
  if (signatures_.accepts(signed_request)) return true;
  // The query is the sender's: it does not belong on our terminal.
  const std::string url = signed_request.url.substr(0, signed_request.url.find('?'));
  callbacks_.refused(Refusal::kBadSignature,
                     (signed_request.signature.empty() ? "a request without a signature from "
                                                       : "a request with a wrong signature from ") +
                         request.client + "; expected was Twilio's for " + url +
                         " (is that the URL Twilio uses, and TWILIO_AUTH_TOKEN the primary token "
                         "of the account?)");
  HttpServer::answer(request.message, SOUP_STATUS_FORBIDDEN, "text/plain",
                     "the request is not signed as Twilio signs for this server\n");
  return false;
}

// What is new may be answered; what Twilio repeats gets the answer it had; all else is refused.
bool PhoneEntry::admit_repetition(const ServerRequest& request, const std::string& signature) {
  using Verdict = twilio::ReplayGuard::Verdict;
  std::string answer;
  switch (replays_.judge(signature, g_get_monotonic_time() * 1000, answer)) {
    case Verdict::kNew:
      return true;
    case Verdict::kRepeated:
      HttpServer::answer(request.message, SOUP_STATUS_OK, "text/xml", answer);
      break;
    case Verdict::kReplayed:
      callbacks_.refused(Refusal::kReplayed,
                         "a webhook that was answered before came again from " + request.client);
      HttpServer::answer(request.message, SOUP_STATUS_FORBIDDEN, "text/plain",
                         "this request was answered before\n");
      break;
  }
  return false;
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
  if (signatures_.enabled() && from)
    parameters.emplace_back(kCallerSignature, tokens_.sign_caller(token, *from));
  if (is_line_name(room)) parameters.emplace_back("room", room);
  return twilio::connect_stream(media_url(*line), parameters);
}

void PhoneEntry::answer_webhook(const ServerRequest& request, const Place& place) {
  const std::string method = soup_server_message_get_method(request.message);
  if (method != "POST" && method != "GET") {
    soup_message_headers_replace(soup_server_message_get_response_headers(request.message), "Allow",
                                 "GET, POST");
    HttpServer::answer(request.message, SOUP_STATUS_METHOD_NOT_ALLOWED, "text/plain",
                       "the voice webhook takes GET and POST\n");
    return;
  }
  const bool post = method == "POST";
  const std::string body = post ? body_of(request.message) : "";
  const bool form_body = post && has_form_body(request.message);
  const twilio::FormParameters fields =
      twilio::parse_form(form_body ? std::string_view{body} : std::string_view{request.query});
  const std::string signature = signature_of(request.message);
  if (!admit(request, {.url = place.url + (request.query.empty() ? "" : "?" + request.query),
                       .signature = signature,
                       .form = form_body ? fields : twilio::FormParameters{},
                       .body = body,
                       .form_body = form_body}))
    return;
  // Without signatures requests look alike without being the same.
  if (signatures_.enabled() && !admit_repetition(request, signature)) return;
  const std::string* const line =
      place.line ? place.line : routes_.line_for(twilio::form_value(fields, "To"));
  // 503 lets Twilio go on to the number's fallback URL, another node for example.
  if (line && callbacks_.room(*line) == Room::kStopping)
    return refuse_for_now(request, *line, Room::kStopping);
  // Only of the URL, which is ours; what a form has is the caller's.
  const std::string room =
      twilio::form_value(post ? twilio::parse_form(request.query) : fields, "room");
  const std::string answer = twiml_for(line, fields, room);
  if (signatures_.enabled()) replays_.answered(signature, answer, g_get_monotonic_time() * 1000);
  HttpServer::answer(request.message, SOUP_STATUS_OK, "text/xml", answer);
}

void PhoneEntry::upgrade(const ServerRequest& request, const std::string& line) {
  if (!admit(request, {.url = media_url(line) + (request.query.empty() ? "" : "?" + request.query),
                       .signature = signature_of(request.message)}))
    return;
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
