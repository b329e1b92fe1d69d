#include "webrtc/signal_client.hpp"

#include <deque>
#include <mutex>
#include <utility>

#include "client_websocket.hpp"

namespace jackfield::webrtc {
namespace {

constexpr guint kTickMs = 100;
constexpr std::size_t kLargest = 4 * kMaxSignalMessage;

std::uint64_t now_ns() { return static_cast<std::uint64_t>(g_get_monotonic_time()) * 1000; }

// Runs `job` on the main context, in the order of the calls, and never within one. Any thread.
void on_main(std::function<void()> job) {
  static std::mutex lock;
  static auto* jobs = new std::deque<std::function<void()>>;
  {
    const std::lock_guard guard(lock);
    jobs->push_back(std::move(job));
  }
  g_idle_add_full(
      G_PRIORITY_DEFAULT,
      [](gpointer) -> gboolean {
        std::function<void()> next;
        {
          const std::lock_guard guard(lock);
          next = std::move(jobs->front());
          jobs->pop_front();
        }
        next();
        return G_SOURCE_REMOVE;
      },
      nullptr, nullptr);
}

}  // namespace

class SignalClient::Impl final : public SignalPeer, public std::enable_shared_from_this<Impl> {
 public:
  Impl(Config config, Callbacks callbacks)
      : config_(std::move(config)),
        callbacks_(std::move(callbacks)),
        side_(config_.calling, now_ns()) {}
  ~Impl() override { stop(); }

  void start() {
    tick_ = g_timeout_add(
        kTickMs,
        [](gpointer user) -> gboolean {
          const auto self = static_cast<Impl*>(user)->shared_from_this();
          self->side_.advance(now_ns());
          self->drain();
          return self->tick_ ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
        },
        this);
    drain();
  }

  void stop() {
    callbacks_ = {};
    if (tick_) g_source_remove(std::exchange(tick_, 0));
    connection_.reset();
    call_.reset();
  }

  void hang_up(const std::string& reason) {
    side_.hang_up(reason, now_ns());
    drain();
  }

  // --- SignalPeer: what the call says ---
  void send(const Description& description) override {
    side_.call_describes(description);
    drain();
  }
  void send(const Candidate& candidate) override {
    side_.call_suggests(candidate);
    drain();
  }
  // What is told here concerns the line, which has no use for it.
  void send_event(const std::string&, const std::string&) override {}
  void send_error(const std::string&, const std::string& text, const std::string&) override {
    error_ = text;
  }
  void call_ended(const std::string& reason) override {
    side_.call_ended(error_.empty() ? reason : error_, !error_.empty(), now_ns());
    drain();
  }

 private:
  // One connection; what it says late, when it is not the present one, nobody hears.
  class Connection final : private WebSocketListener {
   public:
    Connection(std::weak_ptr<Impl> owner, unsigned number, const std::string& url)
        : owner_(std::move(owner)),
          number_(number),
          socket_({.url = url,
                   .headers = {},
                   .protocol = kSignalProtocol,
                   .most_queued = 16 * kLargest,
                   .largest_message = kLargest},
                  *this) {}
    void send(std::string text) { socket_.send_text(std::move(text)); }
    void leave() { socket_.leave(); }

   private:
    void on_text(std::string_view text) override {
      on_main([owner = owner_, number = number_, copy = std::string{text}] {
        if (const auto self = owner.lock()) self->received(number, copy);
      });
    }
    void on_end(const WebSocketEnd& end) override {
      on_main([owner = owner_, number = number_, text = end.text, final = !end.worth_retrying()] {
        if (const auto self = owner.lock()) self->lost(number, text, final);
      });
    }

    const std::weak_ptr<Impl> owner_;
    const unsigned number_;
    ClientWebSocket socket_;  // the last one: it calls as soon as it is there
  };

  void received(unsigned number, const std::string& text) {
    if (number != number_) return;
    side_.received(text, now_ns());
    drain();
  }
  void lost(unsigned number, const std::string& text, bool final) {
    if (number != number_) return;
    side_.lost(text, final, now_ns());
    drain();
  }

  void drain() {
    if (std::exchange(draining_, true)) return;
    const auto keep = shared_from_this();
    while (auto next = side_.next_action())
      std::visit([this](auto& action) { perform(action); }, *next);
    draining_ = false;
  }

  void perform(const calling::Connect&) {
    connection_ = std::make_unique<Connection>(weak_from_this(), ++number_, config_.url);
  }
  void perform(calling::Send& send) {
    if (connection_) connection_->send(std::move(send.text));
  }
  void perform(const calling::Disconnect&) {
    ++number_;
    if (connection_) connection_->leave();
    connection_.reset();
  }
  void perform(const calling::Begin& begin) {
    std::string error;
    call_ = callbacks_.make_call(begin.room, begin.peer, begin.ice_servers_json, *this, error);
    if (call_) return call_->start_offer();
    side_.call_ended(error, true, now_ns());
  }
  void perform(const calling::Describe& describe) {
    if (call_) call_->remote(describe.description);
  }
  void perform(const calling::Suggest& suggest) {
    if (call_) call_->remote(suggest.candidate);
  }
  void perform(const calling::Tell& tell) {
    if (callbacks_.event) callbacks_.event(tell.event);
  }
  void perform(const calling::HangUp& hang_up) {
    if (call_) call_->hang_up(hang_up.reason);
  }
  void perform(const calling::End& end) {
    if (tick_) g_source_remove(std::exchange(tick_, 0));
    on_main([weak = weak_from_this(), outcome = end.outcome] {
      const auto self = weak.lock();
      if (!self) return;
      self->call_.reset();
      if (auto ended = std::exchange(self->callbacks_.ended, nullptr)) ended(outcome);
    });
  }

  const Config config_;
  Callbacks callbacks_;
  CallingSide side_;
  unsigned number_ = 0;  // of the present connection
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<OfferingCall> call_;
  std::string error_;
  bool draining_ = false;
  guint tick_ = 0;
};

SignalClient::SignalClient(Config config, Callbacks callbacks)
    : impl_(std::make_shared<Impl>(std::move(config), std::move(callbacks))) {
  impl_->start();
}
SignalClient::~SignalClient() { impl_->stop(); }
void SignalClient::hang_up(const std::string& reason) { impl_->hang_up(reason); }

}  // namespace jackfield::webrtc
