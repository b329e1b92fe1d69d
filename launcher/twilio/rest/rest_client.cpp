#include "twilio/rest/rest_client.hpp"

#include <glib.h>

#include <optional>
#include <span>
#include <utility>

#include "base64.hpp"
#include "http_client.hpp"
#include "plugins/common/gstpp.hpp"
#include "twilio/core/phone_address.hpp"

namespace jackfield::twilio {
namespace {

constexpr std::size_t kMostAnswer = 64 * 1024;  // bytes; a call is about 2 KiB

void add(std::string& form, const char* name, const std::string& value) {
  const gstpp::CharPtr escaped{g_uri_escape_string(value.c_str(), nullptr, FALSE)};
  if (!form.empty()) form += '&';
  form += name;
  form += '=';
  form += escaped.get();
}

RestAnswer::Transport transport_of(HttpFailure::Kind kind) {
  switch (kind) {
    case HttpFailure::Kind::kUrl:
    case HttpFailure::Kind::kResolve:
    case HttpFailure::Kind::kConnect:
    case HttpFailure::Kind::kTls:
      return RestAnswer::Transport::kNotSent;
    case HttpFailure::Kind::kStatus:
      return RestAnswer::Transport::kAnswered;
    case HttpFailure::Kind::kTimeout:
    case HttpFailure::Kind::kCut:
      break;
  }
  return RestAnswer::Transport::kUnsure;
}

}  // namespace

// A request with all its attempts.
class RestClient::Pending : public std::enable_shared_from_this<Pending> {
 public:
  Pending(RestClient& client, HttpRequest request, bool repeatable, Done done)
      : client_(client), request_(std::move(request)), retry_(repeatable), done_(std::move(done)) {}
  ~Pending() {
    if (exchange_) exchange_->cancel();
    if (timer_) g_source_remove(timer_);
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  void start() {
    body_.clear();
    exchange_ = HttpExchange::start(request_, [weak = weak_from_this()] {
      // The I/O thread's: it only wakes the main one.
      g_idle_add_full(
          G_PRIORITY_DEFAULT,
          [](gpointer data) -> gboolean {
            if (const auto self = static_cast<std::weak_ptr<Pending>*>(data)->lock()) self->look();
            return G_SOURCE_REMOVE;
          },
          new std::weak_ptr<Pending>(weak),
          [](gpointer data) { delete static_cast<std::weak_ptr<Pending>*>(data); });
    });
  }

 private:
  void look() {
    if (!exchange_) return;  // between two attempts
    while (exchange_->step() == HttpExchange::Step::kData) {
      body_ += exchange_->take();
      if (body_.size() > kMostAnswer) {
        exchange_->cancel();
        return judge({.transport = RestAnswer::Transport::kUnsure});
      }
    }
    if (exchange_->step() == HttpExchange::Step::kNothing) return;
    if (const auto failure = exchange_->failure()) {
      return judge({.transport = transport_of(failure->kind),
                    .status = failure->status,
                    .body = failure->body,
                    .retry_after = read_retry_after("", failure->head.header("Retry-After"),
                                                    g_get_real_time() / G_USEC_PER_SEC)});
    }
    const auto head = exchange_->head();
    if (!head) return judge({.transport = RestAnswer::Transport::kUnsure});
    judge({.status = head->status, .body = body_});
  }

  void judge(const RestAnswer& answer) {
    if (const auto delay = retry_.next(answer)) {
      exchange_.reset();
      timer_ = g_timeout_add(
          static_cast<guint>(*delay / 1'000'000),
          [](gpointer user) -> gboolean {
            const auto self = static_cast<Pending*>(user)->shared_from_this();
            self->timer_ = 0;
            self->start();
            return G_SOURCE_REMOVE;
          },
          this);
      return;
    }
    const RestResult result = judge_answer(answer);
    const auto self = shared_from_this();
    client_.pending_.erase(self);
    exchange_.reset();
    // The client may be gone when it returns.
    std::exchange(done_, nullptr)(result);
  }

  RestClient& client_;
  const HttpRequest request_;
  RestRetry retry_;
  Done done_;
  std::shared_ptr<HttpExchange> exchange_;
  std::string body_;
  guint timer_ = 0;
};

RestClient::RestClient(Config config) : config_(std::move(config)) {}

RestClient::~RestClient() = default;

std::string RestClient::calls_path(const std::string& sid) const {
  return "/2010-04-01/Accounts/" + config_.account + "/Calls" + (sid.empty() ? "" : "/" + sid) +
         ".json";
}

void RestClient::send(const char* method, const std::string& path, Form form, bool repeatable,
                      Done done) {
  if (pending_.size() >= kMostWaiting)
    return done({.kind = RestResult::Kind::kUnreachable,
                 .sid = {},
                 .status = {},
                 .code = 0,
                 .text = "too many requests to Twilio are under way"});
  const std::string login = config_.user + ":" + std::string{config_.password.text()};
  std::string basic = "Basic ";
  base64_append(basic,
                std::span{reinterpret_cast<const std::uint8_t*>(login.data()), login.size()});
  HttpRequest request{.method = method, .url = config_.base + path};
  request.headers = {
      {"Accept", "application/json"}, {"Authorization", std::move(basic)}, {"Connection", "close"}};
  if (!form.empty()) {
    request.content_type = "application/x-www-form-urlencoded";
    request.body = std::move(form);
  }
  request.first_byte_timeout = request.idle_timeout = request.total_timeout = config_.timeout;
  request.retry.max_retries = 0;
  auto pending = std::make_shared<Pending>(*this, std::move(request), repeatable, std::move(done));
  pending_.insert(pending);
  pending->start();
}

void RestClient::create_call(const NewCall& call, Done done) {
  Form form;
  add(form, "To", call.to);
  add(form, "From", call.from);
  add(form, "Url", call.url);
  add(form, "Method", "POST");
  add(form, "StatusCallback", call.status_url);
  add(form, "StatusCallbackMethod", "POST");
  add(form, "Timeout", std::to_string(call.ring_time));
  send("POST", calls_path(), std::move(form), false, std::move(done));
}

void RestClient::update_call(const std::string& sid, const std::string& twiml, Done done) {
  Form form;
  add(form, "Twiml", twiml);
  send("POST", calls_path(sid), std::move(form), true, std::move(done));
}

void RestClient::hang_up(const std::string& sid, Done done) {
  send("POST", calls_path(sid), "Status=completed", true, std::move(done));
}

void RestClient::fetch_call(const std::string& sid, Done done) {
  send("GET", calls_path(sid), {}, true, std::move(done));
}

}  // namespace jackfield::twilio
