#include "webhook.hpp"

#include <utility>
#include <vector>

#include "plugins/common/gstpp.hpp"
#include "twilio/signature.hpp"

namespace jackfield::simulate {
namespace {

constexpr std::size_t kMaxBody = 64 * 1024;

struct Exchange {
  gstpp::GObjectPtr<SoupMessage> message;
  gstpp::GObjectPtr<GCancellable> cancellable;
  gstpp::GObjectPtr<GInputStream> stream;
  std::vector<char> body;
  std::function<void(WebhookReply)> done;
};

std::string type_of(SoupMessage* message) {
  const char* type =
      soup_message_headers_get_content_type(soup_message_get_response_headers(message), nullptr);
  return type ? type : "";
}

void finish(std::unique_ptr<Exchange> exchange, std::string error, std::string body, bool reached) {
  if (g_cancellable_is_cancelled(exchange->cancellable.get())) return;
  WebhookReply reply;
  reply.reached = reached;
  reply.status = static_cast<int>(soup_message_get_status(exchange->message.get()));
  reply.body = std::move(body);
  reply.error = std::move(error);
  exchange->done(std::move(reply));
}

void on_body(GObject* object, GAsyncResult* result, gpointer data) {
  std::unique_ptr<Exchange> exchange{static_cast<Exchange*>(data)};
  gstpp::ErrorPtr error;
  gsize size = 0;
  if (!g_input_stream_read_all_finish(G_INPUT_STREAM(object), result, &size, gstpp::OutPtr{error}))
    return finish(std::move(exchange), error->message, {}, true);
  if (size > kMaxBody)
    return finish(std::move(exchange), "the answer is longer than 64 KiB", {}, true);
  SoupMessage* message = exchange->message.get();
  std::string body{exchange->body.data(), size};
  const int status = static_cast<int>(soup_message_get_status(message));
  const std::string type = type_of(message);
  std::string why;
  if (status < 200 || status > 299)
    why = "HTTP status " + std::to_string(status) + " " +
          (soup_message_get_reason_phrase(message) ? soup_message_get_reason_phrase(message) : "");
  else if (type != "text/xml" && type != "application/xml")
    why = "the answer's Content-Type is \"" + type + "\", not text/xml or application/xml";
  finish(std::move(exchange), std::move(why), std::move(body), true);
}

void on_answer(GObject* object, GAsyncResult* result, gpointer data) {
  std::unique_ptr<Exchange> exchange{static_cast<Exchange*>(data)};
  gstpp::ErrorPtr error;
  exchange->stream.reset(
      soup_session_send_finish(SOUP_SESSION(object), result, gstpp::OutPtr{error}));
  if (!exchange->stream) return finish(std::move(exchange), error->message, {}, false);
  exchange->body.resize(kMaxBody + 1);
  Exchange* raw = exchange.release();
  g_input_stream_read_all_async(raw->stream.get(), raw->body.data(), raw->body.size(),
                                G_PRIORITY_DEFAULT, raw->cancellable.get(), on_body, raw);
}

std::string host_and_port(const std::string& url) {
  const auto begin = url.find("://");
  if (begin == std::string::npos) return {};
  std::string host = url.substr(begin + 3, url.find_first_of("/?#", begin + 3) - begin - 3);
  if (const auto at = host.rfind('@'); at != std::string::npos) host.erase(0, at + 1);
  return host;
}

}  // namespace

std::string form_encode(const FormParameters& form) {
  std::string out;
  const auto append = [&](const std::string& text) {
    const gstpp::CharPtr escaped{g_uri_escape_string(text.c_str(), nullptr, FALSE)};
    for (const char* c = escaped.get(); *c; ++c) {
      if (std::string_view{c}.starts_with("%20")) {
        out += '+';
        c += 2;
      } else {
        out += *c;
      }
    }
  };
  for (const auto& [name, value] : form) {
    if (!out.empty()) out += '&';
    append(name);
    out += '=';
    append(value);
  }
  return out;
}

void send_webhook(SoupSession* session, const WebhookRequest& request, GCancellable* cancellable,
                  std::function<void(WebhookReply)> done) {
  const std::string form = form_encode(request.form);
  // With GET the parameters are part of the URL, for the signature too.
  const std::string query =
      request.get ? (request.url.find('?') == std::string::npos ? "?" : "&") + form : "";
  const std::string url = request.url + query;
  auto exchange = std::make_unique<Exchange>();
  exchange->message.reset(soup_message_new(request.get ? "GET" : "POST", url.c_str()));
  exchange->cancellable.reset(G_CANCELLABLE(g_object_ref(cancellable)));
  exchange->done = std::move(done);
  if (!exchange->message) {
    WebhookReply reply;
    reply.error = "\"" + url + "\" is not an HTTP URL";
    exchange->done(std::move(reply));
    return;
  }
  SoupMessage* message = exchange->message.get();
  // A redirect is an error of the webhook's (11200); credentials come with the URL or not at all.
  soup_message_set_flags(message, SOUP_MESSAGE_NO_REDIRECT);
  SoupMessageHeaders* headers = soup_message_get_request_headers(message);
  soup_message_headers_replace(headers, "Host", host_and_port(request.signed_url).c_str());
  soup_message_headers_replace(headers, "User-Agent", "TwilioProxy/1.1");
  soup_message_headers_replace(headers, "Accept", "*/*");
  if (!request.auth_token.empty()) {
    const std::string signature =
        twilio::twilio_signature(request.auth_token, request.signed_url + query,
                                 request.get ? FormParameters{} : request.form);
    soup_message_headers_replace(headers, "X-Twilio-Signature", signature.c_str());
  }
  if (!request.get) {
    const gstpp::BytesPtr body{g_bytes_new(form.data(), form.size())};
    soup_message_set_request_body_from_bytes(
        message, "application/x-www-form-urlencoded; charset=UTF-8", body.get());
  }
  soup_session_send_async(session, message, G_PRIORITY_DEFAULT, cancellable, on_answer,
                          exchange.release());
}

}  // namespace jackfield::simulate
