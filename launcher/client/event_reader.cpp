#include "client/event_reader.hpp"

#include <glib.h>

#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "backoff.hpp"
#include "client_websocket.hpp"
#include "json_members.hpp"
#include "json_reader.hpp"

namespace jackfield::client {
namespace {

constexpr char kProtocol[] = "jackfield.events.v1";
constexpr char kPath[] = "/api/v1/events";
constexpr std::size_t kMostMessages = 8192;
constexpr std::size_t kMostBytes = 8 << 20;
constexpr std::size_t kLargestMessage = 4 << 20;
constexpr guint kAnswerMs = 15'000;     // until the subscription is answered
constexpr int kPolicyViolation = 1008;  // a subscription that is no good
constexpr int kBadRequest = 400;
// How much is worked off before others of the main context have their turn.
constexpr std::size_t kAtOnce = 256;

}  // namespace

class EventReader::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(const ApiClient& client, Config config, Callbacks callbacks)
      : client_(client), config_(std::move(config)), callbacks_(std::move(callbacks)) {}
  ~Impl() { stop(); }

  void connect() {
    error_.clear();
    connection_ = std::make_shared<Connection>(weak_from_this());
    connection_->start({.url = client_.address().websocket + kPath,
                        .headers = headers(),
                        .protocol = kProtocol,
                        .largest_message = kLargestMessage},
                       subscription());
    arm(kAnswerMs, [this] {
      lose(unreachable(client_.name(), "the event socket does not answer", true), false);
    });
  }

  void stop() {
    callbacks_ = {};
    disarm();
    connection_.reset();
  }

 private:
  struct Incoming {
    std::string text;
    std::optional<WebSocketEnd> end;
  };

  // One connection, and what has come over it. What is said late, when it is not the present one
  // any more, nobody hears.
  class Connection final : public std::enable_shared_from_this<Connection>,
                           private WebSocketListener {
   public:
    explicit Connection(std::weak_ptr<Impl> owner) : owner_(std::move(owner)) {}
    void start(WebSocketOptions options, std::string first) {
      WebSocketListener& listener = *this;
      socket_.emplace(std::move(options), listener);
      socket_->send_text(std::move(first));
    }
    // Of what has come; `more` when there is still some.
    std::deque<Incoming> take(bool& more, bool& overflowed) {
      std::deque<Incoming> taken;
      const std::lock_guard guard(lock_);
      while (!queue_.empty() && taken.size() < kAtOnce) {
        bytes_ -= queue_.front().text.size();
        taken.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      more = woken_ = !queue_.empty();
      overflowed = overflowed_;
      return taken;
    }

   private:
    // The I/O thread's.
    void on_text(std::string_view text) override { put({std::string{text}, std::nullopt}); }
    void on_end(const WebSocketEnd& end) override { put({{}, end}); }
    void put(Incoming incoming) {
      {
        const std::lock_guard guard(lock_);
        if (overflowed_) return;
        if (!incoming.end &&
            (queue_.size() >= kMostMessages || bytes_ + incoming.text.size() > kMostBytes)) {
          overflowed_ = true;
          queue_.clear();
          bytes_ = 0;
        } else {
          bytes_ += incoming.text.size();
          queue_.push_back(std::move(incoming));
        }
        if (std::exchange(woken_, true)) return;
      }
      g_idle_add_full(
          G_PRIORITY_DEFAULT_IDLE,
          [](gpointer data) -> gboolean {
            const auto self = static_cast<std::weak_ptr<Connection>*>(data)->lock();
            const auto owner = self ? self->owner_.lock() : nullptr;
            return owner && owner->connection_ == self && owner->work(*self) ? G_SOURCE_CONTINUE
                                                                             : G_SOURCE_REMOVE;
          },
          new std::weak_ptr<Connection>(weak_from_this()),
          [](gpointer data) { delete static_cast<std::weak_ptr<Connection>*>(data); });
    }

    const std::weak_ptr<Impl> owner_;
    std::mutex lock_;
    std::deque<Incoming> queue_;
    std::size_t bytes_ = 0;
    bool woken_ = false;
    bool overflowed_ = false;
    std::optional<ClientWebSocket> socket_;  // the last one: it calls as soon as it is there
  };

  std::vector<std::pair<std::string, std::string>> headers() const {
    if (client_.token().empty()) return {};
    return {{"Authorization", "Bearer " + std::string{client_.token().text()}}};
  }

  std::string subscription() const {
    const auto list = [](const std::vector<std::string>& words) {
      std::string text;
      for (const std::string& word : words) text += (text.empty() ? "[" : ",") + quote_json(word);
      return text + "]";
    };
    return "{\"type\":\"subscribe\",\"sessions\":" +
           (config_.sessions.empty() ? "\"all\"" : list(config_.sessions)) +
           ",\"events\":" + list(config_.events) + "}";
  }

  // Whether there is more.
  bool work(Connection& connection) {
    const auto keep = shared_from_this();
    bool more = false, overflowed = false;
    for (Incoming& incoming : connection.take(more, overflowed)) {
      if (incoming.end)
        ended(*incoming.end);
      else
        received(incoming.text);
      if (connection_.get() != &connection) return false;
    }
    if (overflowed)
      lose(unreachable(client_.name(), "events come faster than they are shown", false), false);
    return more && connection_.get() == &connection;
  }

  void received(const std::string& text) {
    const JsonResult parsed = parse_json(text);
    if (!parsed.value) return;
    const std::string type = string_member(*parsed.value, "type");
    if (type == "subscribed") {
      disarm();
      backoff_.reset();
      if (callbacks_.subscribed) callbacks_.subscribed(*parsed.value);
    } else if (type == "event") {
      if (callbacks_.event) callbacks_.event(*parsed.value);
    } else if (type == "lost") {
      // Only a new subscription tells again how things are.
      lose(unreachable(client_.name(), "events were lost", false), false);
    } else if (type == "error") {
      // Its end follows.
      error_ = text;
    }
  }

  void ended(const WebSocketEnd& end) {
    const bool has_token = !client_.token().empty();
    if (end.cause == WebSocketEnd::Cause::kRefused) {
      const Answer answer = refused_socket(end.http_status, client_.name(), has_token);
      return lose(answer, answer.outcome != Outcome::kUnreachable && !end.worth_retrying());
    }
    if (end.close_code == kPolicyViolation)
      return lose(read_answer({.status = kBadRequest, .location = {}, .body = error_},
                              client_.name(), has_token),
                  true);
    lose(unreachable(client_.name(), end.text, end.cause == WebSocketEnd::Cause::kTimeout),
         !end.worth_retrying());
  }

  void lose(const Answer& problem, bool final) {
    disarm();
    connection_.reset();
    if (!final) {
      const auto wait = backoff_.next(g_random_double());
      arm(wait ? static_cast<guint>(*wait / 1'000'000) : 0, [this] { connect(); });
    }
    if (callbacks_.lost) callbacks_.lost(problem, final);
  }

  void arm(guint milliseconds, std::function<void()> then) {
    disarm();
    then_ = std::move(then);
    timer_ = g_timeout_add(
        milliseconds,
        [](gpointer user) -> gboolean {
          const auto self = static_cast<Impl*>(user)->shared_from_this();
          self->timer_ = 0;
          std::exchange(self->then_, nullptr)();
          return G_SOURCE_REMOVE;
        },
        this);
  }
  void disarm() {
    if (timer_) g_source_remove(std::exchange(timer_, 0));
    then_ = nullptr;
  }

  const ApiClient& client_;
  const Config config_;
  Callbacks callbacks_;
  Backoff backoff_{{.first_ns = 250'000'000, .most_ns = 5'000'000'000}};
  std::shared_ptr<Connection> connection_;
  std::string error_;  // what the server said last
  std::function<void()> then_;
  guint timer_ = 0;
};

EventReader::EventReader(const ApiClient& client, Config config, Callbacks callbacks)
    : impl_(std::make_shared<Impl>(client, std::move(config), std::move(callbacks))) {
  impl_->connect();
}
EventReader::~EventReader() { impl_->stop(); }

}  // namespace jackfield::client
