#include "client/api_client.hpp"

#include <glib.h>

#include <utility>

#include "http_client.hpp"

namespace jackfield::client {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kConnectTime = 5 * kSecond;
constexpr std::uint64_t kAnswerTime = 15 * kSecond;

HttpRequest request_for(const ServerAddress& address, const Secret& token, const char* method,
                        const std::string& path, const std::string& body) {
  HttpRequest request{.method = method, .url = address.http + path};
  request.headers = {{"Accept", "application/json"}};
  if (!token.empty())
    request.headers.push_back({"Authorization", "Bearer " + std::string{token.text()}});
  request.content_type = "application/json";
  request.body = body;
  request.connect_timeout = kConnectTime;
  request.first_byte_timeout = request.idle_timeout = request.total_timeout = kAnswerTime;
  request.retry.max_retries = 0;
  return request;
}

// Takes what has come; nullopt while more is to come.
std::optional<Answer> advance(HttpExchange& exchange, std::string& body, const std::string& server,
                              bool has_token) {
  while (exchange.step() == HttpExchange::Step::kData) {
    body += exchange.take();
    if (body.size() > ApiClient::kLargest) {
      exchange.cancel();
      return read_answer({.status = 200, .location = {}, .body = {}}, server, has_token);
    }
  }
  if (exchange.step() == HttpExchange::Step::kNothing) return std::nullopt;
  const auto failure = exchange.failure();
  if (!failure) {
    const auto head = exchange.head();
    return read_answer({.status = head ? head->status : 0, .location = {}, .body = std::move(body)},
                       server, has_token);
  }
  if (failure->kind == HttpFailure::Kind::kStatus)
    return read_answer({.status = failure->status,
                        .location = failure->head.header("Location"),
                        .body = failure->body},
                       server, has_token);
  return unreachable(server, failure->text, failure->kind == HttpFailure::Kind::kTimeout);
}

}  // namespace

class PendingAnswer : public std::enable_shared_from_this<PendingAnswer> {
 public:
  PendingAnswer(std::string server, bool has_token, ApiClient::Done done)
      : server_(std::move(server)), has_token_(has_token), done_(std::move(done)) {}
  ~PendingAnswer() {
    if (exchange_) exchange_->cancel();
  }
  PendingAnswer(const PendingAnswer&) = delete;
  PendingAnswer& operator=(const PendingAnswer&) = delete;

  void start(HttpRequest request) {
    exchange_ = HttpExchange::start(std::move(request), [weak = weak_from_this()] {
      // The I/O thread's: it only wakes the main one.
      g_idle_add_full(
          G_PRIORITY_DEFAULT,
          [](gpointer data) -> gboolean {
            const auto self = static_cast<std::weak_ptr<PendingAnswer>*>(data)->lock();
            if (self) self->look();
            return G_SOURCE_REMOVE;
          },
          new std::weak_ptr<PendingAnswer>(weak),
          [](gpointer data) { delete static_cast<std::weak_ptr<PendingAnswer>*>(data); });
    });
  }

 private:
  void look() {
    if (!done_) return;
    if (const auto answer = advance(*exchange_, body_, server_, has_token_))
      std::exchange(done_, nullptr)(*answer);
  }

  const std::string server_;
  const bool has_token_;
  ApiClient::Done done_;
  std::shared_ptr<HttpExchange> exchange_;
  std::string body_;
};

Answer ApiClient::ask(const char* method, const std::string& path, const std::string& body) const {
  const auto exchange =
      HttpExchange::start(request_for(address_, token_, method, path, body), nullptr);
  std::string received;
  while (true) {
    exchange->wait(HttpExchange::kForever);
    if (auto answer = advance(*exchange, received, name(), !token_.empty()))
      return std::move(*answer);
  }
}

PendingAnswerPtr ApiClient::ask_later(const char* method, const std::string& path,
                                      const std::string& body, Done done) const {
  auto pending = std::make_shared<PendingAnswer>(name(), !token_.empty(), std::move(done));
  pending->start(request_for(address_, token_, method, path, body));
  return pending;
}

PendingAnswerPtr ApiClient::get_later(const std::string& path, Done done) const {
  return ask_later("GET", path, "", std::move(done));
}

PendingAnswerPtr ApiClient::post_later(const std::string& path, const std::string& body,
                                       Done done) const {
  return ask_later("POST", path, body, std::move(done));
}

}  // namespace jackfield::client
