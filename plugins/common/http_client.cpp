// One exchange. What the user's threads and the IoContext's thread share is under `mutex`; all else
// belongs to the IoContext's thread. `calling` is held around on_change, and so by cancel() to wait
// for it; nothing else is held then. Whatever is under way (a send, a read, a timer) owns a share
// of the state.
#include "http_client.hpp"

#include <libsoup/soup.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "http_session.hpp"
#include "io_context.hpp"

namespace jackfield {
namespace {

constexpr gsize kPiece = 16 * 1024;
constexpr std::size_t kMostErrorBody = 64 * 1024;
constexpr std::size_t kMostDiscarded = 64 * 1024;  // read in vain to keep a connection
constexpr gint64 kLongestDiscard = 2 * G_TIME_SPAN_SECOND;

gint64 microseconds(std::uint64_t ns) {
  return static_cast<gint64>(std::min<std::uint64_t>(ns / 1000, G_MAXINT64 / 4));
}
std::uint64_t since(gint64 start) {
  return static_cast<std::uint64_t>(g_get_monotonic_time() - start) * 1000;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && g_ascii_strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string_view HttpHead::header(std::string_view name) const {
  for (const HttpHeader& h : headers) {
    if (equal_ignoring_case(h.name, name)) return h.value;
  }
  return {};
}

class HttpExchangeState : public std::enable_shared_from_this<HttpExchangeState> {
 public:
  HttpExchangeState(HttpRequest request, std::function<void()> on_change)
      : request_(std::move(request)),
        policy_(request_.retry, static_cast<std::uint64_t>(g_get_monotonic_time())),
        on_change_(std::move(on_change)) {}

  // Any thread.
  HttpExchange::Step step() const {
    const std::lock_guard lock(mutex);
    return step_locked();
  }
  HttpExchange::Step wait(std::uint64_t timeout) {
    std::unique_lock lock(mutex);
    const auto changed = [&] { return step_locked() != HttpExchange::Step::kNothing; };
    if (timeout == HttpExchange::kForever) {
      changed_.wait(lock, changed);
    } else {
      changed_.wait_for(lock, std::chrono::nanoseconds(timeout), changed);
    }
    return step_locked();
  }
  std::string take();
  void cancel(bool drain);

  mutable std::mutex mutex;
  std::optional<HttpHead> head;
  std::optional<HttpFailure> failure;
  HttpFigures figures;

  // The IoContext's thread.
  void begin();

 private:
  enum class Phase { kConnecting, kAsking, kReading, kWaiting, kOver };
  using Self = std::shared_ptr<HttpExchangeState>;

  HttpExchange::Step step_locked() const {
    if (cancelled_) return HttpExchange::Step::kCancelled;
    if (!buffer_.empty()) return HttpExchange::Step::kData;
    if (failure) return HttpExchange::Step::kFailed;
    return ended_ ? HttpExchange::Step::kEnd : HttpExchange::Step::kNothing;
  }
  void tell();
  void set_timer(std::uint64_t timeout);
  void on_timer();
  void on_sent(GAsyncResult* result);
  void read();
  void on_read(GAsyncResult* result);
  void resume();
  void take_bytes(std::string_view bytes);
  void finish_reading();
  void stop();
  HttpFailure describe(const GError* error) const;
  void failed(HttpFailure failure);
  void over();
  static void on_starting(SoupMessage*, gpointer self);
  static void on_network_event(SoupMessage*, GSocketClientEvent, GIOStream*, gpointer self);

  const HttpRequest request_;
  RetryPolicy policy_;

  // Under `mutex`.
  std::condition_variable changed_;
  std::string buffer_;
  bool ended_ = false;
  bool cancelled_ = false;
  bool draining_ = false;
  bool paused_ = false;

  std::mutex calling_;
  std::function<void()> on_change_;  // under `calling_`

  // Of the IoContext's thread.
  Phase phase_ = Phase::kConnecting;
  gstpp::GObjectPtr<SoupMessage> message_;
  gstpp::GObjectPtr<GCancellable> cancellable_;
  gstpp::GObjectPtr<GInputStream> stream_;
  std::optional<IoTimer> timer_;
  gint64 started_ = 0;
  gint64 attempt_started_ = 0;
  bool timed_out_ = false;
  bool new_connection_ = false;
  bool body_begun_ = false;
  HttpHead head_;
  std::string error_body_;
  std::size_t discarded_ = 0;
};

void HttpExchangeState::tell() {
  changed_.notify_all();
  const std::lock_guard lock(calling_);
  {
    const std::lock_guard state_lock(mutex);
    if (cancelled_) return;
  }
  if (on_change_) on_change_();
}

void HttpExchangeState::set_timer(std::uint64_t timeout) {
  const gint64 now = g_get_monotonic_time();
  gint64 at = now + microseconds(timeout);
  if (phase_ != Phase::kWaiting) at = std::min(at, started_ + microseconds(request_.total_timeout));
  if (!timer_) {
    timer_.emplace([weak = weak_from_this()] {
      if (const Self self = weak.lock()) self->on_timer();
    });
  }
  timer_->arm(static_cast<std::uint64_t>(at) * 1000);
}

void HttpExchangeState::on_timer() {
  if (phase_ == Phase::kWaiting) {
    begin();
  } else if (phase_ != Phase::kOver) {
    timed_out_ = true;
    stop();
  }
}

void HttpExchangeState::on_starting(SoupMessage*, gpointer data) {
  auto* self = static_cast<HttpExchangeState*>(data);
  if (self->phase_ != Phase::kConnecting) return;
  self->phase_ = Phase::kAsking;
  self->set_timer(self->request_.first_byte_timeout);
  const std::lock_guard lock(self->mutex);
  self->figures.connected = self->new_connection_ ? since(self->attempt_started_) : 0;
}

void HttpExchangeState::on_network_event(SoupMessage*, GSocketClientEvent event, GIOStream*,
                                         gpointer data) {
  if (event == G_SOCKET_CLIENT_RESOLVING || event == G_SOCKET_CLIENT_CONNECTING) {
    static_cast<HttpExchangeState*>(data)->new_connection_ = true;
  }
}

void HttpExchangeState::begin() {
  {
    const std::lock_guard lock(mutex);
    if (cancelled_) return over();
  }
  phase_ = Phase::kConnecting;
  timed_out_ = new_connection_ = false;
  attempt_started_ = g_get_monotonic_time();
  if (started_ == 0) started_ = attempt_started_;
  head_ = {};
  error_body_.clear();
  message_.reset(soup_message_new(request_.method.c_str(), request_.url.c_str()));
  if (!message_) {
    failed({.kind = HttpFailure::Kind::kUrl,
            .text = "\"" + http_describe(request_.url) + "\" is not a URL of http or https"});
    return;
  }
  SoupMessage* message = message_.get();
  // libsoup uses kept connections for idempotent requests only; ours may all be sent again.
  soup_message_set_flags(message, static_cast<SoupMessageFlags>(SOUP_MESSAGE_NO_REDIRECT |
                                                                SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE |
                                                                SOUP_MESSAGE_IDEMPOTENT));
  SoupMessageHeaders* headers = soup_message_get_request_headers(message);
  for (const HttpHeader& h : request_.headers) {
    soup_message_headers_append(headers, h.name.c_str(), h.value.c_str());
  }
  if (!request_.body.empty()) {
    const gstpp::BytesPtr body{g_bytes_new(request_.body.data(), request_.body.size())};
    soup_message_set_request_body_from_bytes(message, request_.content_type.c_str(), body.get());
  }
  HttpSession::instance().trust(message);
  g_signal_connect(message, "starting", G_CALLBACK(on_starting), this);
  g_signal_connect(message, "network-event", G_CALLBACK(on_network_event), this);
  cancellable_.reset(g_cancellable_new());
  set_timer(request_.connect_timeout);
  soup_session_send_async(
      HttpSession::instance().soup(), message, G_PRIORITY_DEFAULT, cancellable_.get(),
      [](GObject*, GAsyncResult* result, gpointer data) {
        const std::unique_ptr<Self> self{static_cast<Self*>(data)};
        (*self)->on_sent(result);
      },
      new Self(shared_from_this()));
}

void HttpExchangeState::on_sent(GAsyncResult* result) {
  gstpp::ErrorPtr error;
  stream_.reset(
      soup_session_send_finish(HttpSession::instance().soup(), result, gstpp::OutPtr{error}));
  g_signal_handlers_disconnect_by_data(message_.get(), this);
  if (!stream_) return failed(describe(error.get()));
  phase_ = Phase::kReading;
  head_.status = static_cast<int>(soup_message_get_status(message_.get()));
  soup_message_headers_foreach(
      soup_message_get_response_headers(message_.get()),
      [](const char* name, const char* value, gpointer data) {
        static_cast<HttpHead*>(data)->headers.push_back({name, value});
      },
      &head_);
  if (head_.status / 100 == 2) {
    {
      const std::lock_guard lock(mutex);
      head = head_;
      figures.first_byte = since(started_);
    }
    tell();
  }
  read();
}

void HttpExchangeState::read() {
  set_timer(request_.idle_timeout);
  g_input_stream_read_bytes_async(
      stream_.get(), kPiece, G_PRIORITY_DEFAULT, cancellable_.get(),
      [](GObject*, GAsyncResult* done, gpointer data) {
        const std::unique_ptr<Self> self{static_cast<Self*>(data)};
        (*self)->on_read(done);
      },
      new Self(shared_from_this()));
}

void HttpExchangeState::on_read(GAsyncResult* result) {
  gstpp::ErrorPtr error;
  const gstpp::BytesPtr bytes{
      g_input_stream_read_bytes_finish(stream_.get(), result, gstpp::OutPtr{error})};
  if (!bytes) return failed(describe(error.get()));
  gsize size = 0;
  const auto* data = static_cast<const char*>(g_bytes_get_data(bytes.get(), &size));
  if (size == 0) return finish_reading();
  take_bytes({data, size});
}

void HttpExchangeState::take_bytes(std::string_view bytes) {
  if (head_.status / 100 != 2) {
    error_body_ += bytes.substr(0, kMostErrorBody - std::min(kMostErrorBody, error_body_.size()));
    if (error_body_.size() >= kMostErrorBody) return finish_reading();
    return read();
  }
  bool pause = false;
  {
    const std::lock_guard lock(mutex);
    if (draining_) {
      discarded_ += bytes.size();
    } else if (!cancelled_) {
      buffer_ += bytes;
      pause = paused_ = buffer_.size() >= request_.max_buffered;
    }
  }
  body_begun_ = true;
  if (discarded_ > kMostDiscarded) return stop();
  tell();
  if (!pause) return read();
  // Whoever takes the bytes decides when it goes on.
  timer_->disarm();
}

void HttpExchangeState::resume() {
  if (phase_ == Phase::kReading) read();
}

void HttpExchangeState::finish_reading() {
  g_input_stream_close_async(stream_.get(), G_PRIORITY_DEFAULT, nullptr, nullptr, nullptr);
  if (head_.status / 100 != 2) {
    const bool hopeless = request_.hopeless && request_.hopeless(head_.status, error_body_);
    return failed({.kind = HttpFailure::Kind::kStatus,
                   .status = head_.status,
                   .text = "the server answered " + std::to_string(head_.status),
                   .body = error_body_,
                   .head = head_,
                   .retryable = !hopeless && is_transient_status(head_.status)});
  }
  HttpSession::instance().retry_budget(soup_message_get_uri(message_.get())).succeeded();
  {
    const std::lock_guard lock(mutex);
    ended_ = true;
  }
  over();
  tell();
}

// Ends what is under way; its callback comes soon, with an error.
void HttpExchangeState::stop() {
  if (phase_ == Phase::kReading && stream_) {
    bool paused = false;
    {
      const std::lock_guard lock(mutex);
      paused = std::exchange(paused_, false);
    }
    if (paused || discarded_ > kMostDiscarded) {  // no read is under way
      g_cancellable_cancel(cancellable_.get());
      g_input_stream_close_async(stream_.get(), G_PRIORITY_DEFAULT, cancellable_.get(), nullptr,
                                 nullptr);
      return over();
    }
  }
  if (cancellable_) g_cancellable_cancel(cancellable_.get());
  if (phase_ == Phase::kWaiting) over();
}

HttpFailure HttpExchangeState::describe(const GError* error) const {
  HttpFailure f;
  const std::string where = http_describe(request_.url);
  f.retryable = true;
  if (timed_out_) {
    f.kind = HttpFailure::Kind::kTimeout;
    f.text = where + (phase_ == Phase::kConnecting ? ": no connection in time"
                      : phase_ == Phase::kAsking   ? ": no answer in time"
                                                   : ": the answer stopped coming");
    return f;
  }
  using Kind = HttpFailure::Kind;
  f.kind = phase_ == Phase::kConnecting ? Kind::kConnect : Kind::kCut;
  if (error->domain == G_RESOLVER_ERROR) f.kind = Kind::kResolve;
  if (error->domain == G_TLS_ERROR && phase_ == Phase::kConnecting) {
    f.kind = Kind::kTls;
    f.retryable = error->code != G_TLS_ERROR_BAD_CERTIFICATE;
  }
  const std::string certificate = HttpSession::certificate_problem(message_.get());
  f.text = where + ": " + (certificate.empty() ? error->message : certificate);
  return f;
}

void HttpExchangeState::failed(HttpFailure f) {
  {
    const std::lock_guard lock(mutex);
    if (cancelled_) return over();
  }
  FailedAttempt attempt{.status = f.status,
                        .answer_begun = body_begun_,
                        .hopeless = !f.retryable && f.kind != HttpFailure::Kind::kStatus};
  attempt.stale = f.kind == HttpFailure::Kind::kCut && phase_ == Phase::kAsking && !new_connection_;
  if (f.kind == HttpFailure::Kind::kStatus) {
    attempt.hopeless = request_.hopeless && request_.hopeless(f.status, f.body);
    const std::string_view should = head_.header("x-should-retry");
    if (should == "true" || should == "false") attempt.should_retry = should == "true";
    attempt.retry_after =
        read_retry_after(head_.header("retry-after-ms"), head_.header("retry-after"),
                         g_get_real_time() / G_USEC_PER_SEC);
  }
  std::optional<std::uint64_t> delay;
  if (message_) delay = policy_.next_delay(attempt, since(started_));
  if (delay && *delay > 0 && !request_.patient &&
      !HttpSession::instance().retry_budget(soup_message_get_uri(message_.get())).spend()) {
    delay.reset();
  }
  if (delay) {
    phase_ = Phase::kWaiting;
    stream_.reset();
    {
      const std::lock_guard lock(mutex);
      figures.retries = policy_.retries();
      head.reset();
    }
    return set_timer(*delay);
  }
  {
    const std::lock_guard lock(mutex);
    failure = std::move(f);
  }
  over();
  tell();
}

void HttpExchangeState::over() {
  phase_ = Phase::kOver;
  if (timer_) timer_->disarm();
  if (message_) g_signal_handlers_disconnect_by_data(message_.get(), this);
  stream_.reset();
  message_.reset();
}

std::string HttpExchangeState::take() {
  std::string taken;
  bool go_on = false;
  {
    const std::lock_guard lock(mutex);
    taken = std::exchange(buffer_, {});
    go_on = std::exchange(paused_, false);
  }
  if (go_on) IoContext::shared().post([self = shared_from_this()] { self->resume(); });
  return taken;
}

void HttpExchangeState::cancel(bool drain) {
  bool resume_first = false;
  {
    const std::lock_guard lock(mutex);
    if (cancelled_) return;
    cancelled_ = true;
    draining_ = drain && head && !failure && !ended_;
    buffer_ = {};
    if (draining_) resume_first = std::exchange(paused_, false);
    changed_.notify_all();
    drain = draining_;
  }
  IoContext& thread = IoContext::shared();
  thread.post([self = shared_from_this(), drain, resume_first] {
    if (self->phase_ == Phase::kOver) return;
    if (!drain) return self->stop();
    if (resume_first) self->resume();
    // From now on the timer is that of the rest.
    self->started_ = g_get_monotonic_time() - microseconds(self->request_.total_timeout);
    self->started_ += kLongestDiscard;
    if (self->phase_ != Phase::kOver && self->timer_) self->set_timer(HttpExchange::kForever);
  });
  if (thread.is_current()) return;
  const std::lock_guard lock(calling_);
  on_change_ = nullptr;
}

std::shared_ptr<HttpExchange> HttpExchange::start(HttpRequest request,
                                                  std::function<void()> on_change) {
  auto state = std::make_shared<HttpExchangeState>(std::move(request), std::move(on_change));
  IoContext::shared().post([state] { state->begin(); });
  return std::shared_ptr<HttpExchange>(new HttpExchange(std::move(state)));
}

HttpExchange::~HttpExchange() { cancel(); }
HttpExchange::Step HttpExchange::step() const { return state_->step(); }
HttpExchange::Step HttpExchange::wait(std::uint64_t timeout) { return state_->wait(timeout); }
std::string HttpExchange::take() { return state_->take(); }
void HttpExchange::cancel() { state_->cancel(false); }
void HttpExchange::finish() { state_->cancel(true); }

std::optional<HttpHead> HttpExchange::head() const {
  const std::lock_guard lock(state_->mutex);
  return state_->head;
}
std::optional<HttpFailure> HttpExchange::failure() const {
  const std::lock_guard lock(state_->mutex);
  return state_->failure;
}
HttpFigures HttpExchange::figures() const {
  const std::lock_guard lock(state_->mutex);
  return state_->figures;
}

}  // namespace jackfield
