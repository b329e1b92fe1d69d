#include "serve/twilio_requests.hpp"

#include <utility>

#include "serve/request_fields.hpp"

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

std::string with_query(const std::string& url, const ServerRequest& request) {
  return url + (request.query.empty() ? "" : "?" + request.query);
}

}  // namespace

bool TwilioRequests::admit(const ServerRequest& request,
                           const twilio::SignedRequest& signed_request) {
  if (signatures_.accepts(signed_request)) return true;
  // The query is the sender's: it does not belong on our terminal.
  const std::string url = signed_request.url.substr(0, signed_request.url.find('?'));
  refused_(Refusal::kBadSignature,
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
bool TwilioRequests::is_new(const ServerRequest& request, const std::string& signature) {
  using Verdict = twilio::ReplayGuard::Verdict;
  std::string answer;
  switch (replays_.judge(signature, g_get_monotonic_time() * 1000, answer)) {
    case Verdict::kNew:
      return true;
    case Verdict::kRepeated:
      HttpServer::answer(request.message, SOUP_STATUS_OK, "text/xml", answer);
      break;
    case Verdict::kReplayed:
      refused_(Refusal::kReplayed,
               "a webhook that was answered before came again from " + request.client);
      HttpServer::answer(request.message, SOUP_STATUS_FORBIDDEN, "text/plain",
                         "this request was answered before\n");
      break;
  }
  return false;
}

std::optional<TwilioRequest> TwilioRequests::admit_webhook(const ServerRequest& request,
                                                           const std::string& url) {
  const std::string method = soup_server_message_get_method(request.message);
  if (method != "POST" && method != "GET") {
    soup_message_headers_replace(soup_server_message_get_response_headers(request.message), "Allow",
                                 "GET, POST");
    HttpServer::answer(request.message, SOUP_STATUS_METHOD_NOT_ALLOWED, "text/plain",
                       "the voice webhook takes GET and POST\n");
    return std::nullopt;
  }
  const bool post = method == "POST";
  const std::string body = post ? body_of(request.message) : "";
  const bool form_body = post && has_form_body(request.message);
  TwilioRequest webhook{.post = post,
                        .fields = twilio::parse_form(form_body ? std::string_view{body}
                                                               : std::string_view{request.query}),
                        .signature = signature_of(request.message)};
  if (!admit(request, {.url = with_query(url, request),
                       .signature = webhook.signature,
                       .form = form_body ? webhook.fields : twilio::FormParameters{},
                       .body = body,
                       .form_body = form_body}))
    return std::nullopt;
  // Without signatures requests look alike without being the same.
  if (signatures_.enabled() && !is_new(request, webhook.signature)) return std::nullopt;
  return webhook;
}

void TwilioRequests::answer(const ServerRequest& request, const TwilioRequest& webhook,
                            const std::string& twiml) {
  if (signatures_.enabled())
    replays_.answered(webhook.signature, twiml, g_get_monotonic_time() * 1000);
  HttpServer::answer(request.message, SOUP_STATUS_OK, "text/xml", twiml);
}

bool TwilioRequests::admit_handshake(const ServerRequest& request, const std::string& url) {
  return admit(request,
               {.url = with_query(url, request), .signature = signature_of(request.message)});
}

}  // namespace jackfield
