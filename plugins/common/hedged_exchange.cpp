#include "hedged_exchange.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "hedge.hpp"
#include "io_pool.hpp"

namespace jackfield {
namespace {

using Step = HttpExchange::Step;
using Judgement = HedgeSettings::Judgement;

constexpr std::size_t kMostServices = 256;

// Of all requests of the process, by address.
class Budgets {
 public:
  template <typename Use>
  static auto use(const std::string& url, Use&& use) {
    static std::mutex mutex;
    static std::map<std::string, HedgeBudget> budgets;
    const std::lock_guard lock(mutex);
    if (budgets.size() > kMostServices) budgets.clear();
    return use(budgets[http_describe(url)]);
  }
};

// Told of changes by the IoContext's thread, which may do so after the exchange is gone.
struct Changes {
  std::mutex mutex;
  std::condition_variable wake;
  std::uint64_t count = 0;
  bool cancelled = false;

  void tell() {
    {
      const std::lock_guard lock(mutex);
      ++count;
    }
    wake.notify_all();
  }
};

}  // namespace

class HedgedExchangeState {
 public:
  HedgedExchangeState(HttpRequest request, HedgeSettings settings)
      : request_(std::move(request)), settings_(std::move(settings)) {
    hedge_.emplace(settings_.after, io_now_ns());
    send(Hedge::kFirst);
    if (settings_.after == 0) return;
    Budgets::use(request_.url, [](HedgeBudget& budget) { budget.requested(); });
    // So that the second need not wait for one.
    http_prewarm(request_.url);
  }

  Step wait() {
    while (!hedge_->winner()) {
      std::uint64_t seen = 0;
      {
        const std::lock_guard lock(changes_->mutex);
        if (changes_->cancelled) return Step::kCancelled;
        seen = changes_->count;
      }
      read(Hedge::kFirst);
      read(Hedge::kSecond);
      if (hedge_->winner()) break;
      send_second();
      sleep_until(hedge_->deadline(), seen);
    }
    end_loser();
    if (!legs_[*hedge_->winner()].held.empty()) return cancelled() ? Step::kCancelled : Step::kData;
    return legs_[*hedge_->winner()].exchange->wait(HttpExchange::kForever);
  }

  std::string take() {
    if (!hedge_->winner()) return "";
    Leg& leg = legs_[*hedge_->winner()];
    return std::exchange(leg.held, {}) + leg.exchange->take();
  }

  std::optional<HttpFailure> failure() const {
    if (!hedge_->winner()) return std::nullopt;
    return legs_[*hedge_->winner()].exchange->failure();
  }

  void finish() {
    if (!hedge_->winner()) return cancel();
    end_loser();
    legs_[*hedge_->winner()].exchange->finish();
  }

  unsigned retries() const {
    unsigned sum = 0;
    for (const Leg& leg : legs_) sum += leg.exchange ? leg.exchange->figures().retries : 0;
    return sum;
  }

  HedgeFigures figures() const {
    return {.sent = hedge_->sent(),
            .won = hedge_->sent() && hedge_->winner() == Hedge::kSecond,
            .withheld = hedge_->withheld()};
  }

  void cancel() {
    std::array<std::shared_ptr<HttpExchange>, 2> exchanges;
    {
      const std::lock_guard lock(changes_->mutex);
      changes_->cancelled = true;
      for (std::size_t i = 0; i < legs_.size(); ++i) exchanges[i] = legs_[i].exchange;
    }
    changes_->wake.notify_all();
    for (const auto& exchange : exchanges) {
      if (exchange) exchange->cancel();
    }
  }

 private:
  struct Leg {
    std::shared_ptr<HttpExchange> exchange;  // written under Changes::mutex
    HedgeSettings::Judge judge;
    std::string held;  // read before it was known which answer counts
    bool over = false;
  };

  bool cancelled() const {
    const std::lock_guard lock(changes_->mutex);
    return changes_->cancelled;
  }

  void send(Hedge::Leg which) {
    Leg& leg = legs_[which];
    if (settings_.after > 0 && settings_.make_judge) leg.judge = settings_.make_judge();
    HttpRequest request = request_;
    if (which == Hedge::kSecond) request.retry.max_retries = 0;
    std::function<void()> on_change;
    if (settings_.after > 0) on_change = [changes = changes_] { changes->tell(); };
    // Nothing waits in start(), and a cancel() must find the exchange or keep it from starting.
    const std::lock_guard lock(changes_->mutex);
    if (changes_->cancelled) return;
    leg.exchange = HttpExchange::start(std::move(request), std::move(on_change));
  }

  void send_second() {
    if (io_now_ns() < hedge_->deadline()) return;
    const bool retried = legs_[Hedge::kFirst].exchange->figures().retries > 0;
    const bool due = Budgets::use(request_.url, [&](HedgeBudget& budget) {
      return hedge_->due(io_now_ns(), retried, budget);
    });
    if (due) send(Hedge::kSecond);
  }

  // Until its answer is judged.
  void read(Hedge::Leg which) {
    Leg& leg = legs_[which];
    while (leg.exchange && !leg.over && !hedge_->winner()) {
      switch (leg.exchange->step()) {
        case Step::kNothing:
        case Step::kCancelled:
          return;
        case Step::kEnd:  // with nothing in it: cut, most likely
        case Step::kFailed:
          leg.over = true;
          hedge_->failed(which);
          return;
        case Step::kData:
          judge(which, leg.exchange->take());
          break;
      }
    }
  }

  void judge(Hedge::Leg which, const std::string& bytes) {
    Leg& leg = legs_[which];
    leg.held += bytes;
    Judgement judgement = leg.judge ? leg.judge(bytes) : Judgement::kContent;
    if (leg.held.size() >= request_.max_buffered) judgement = Judgement::kContent;
    if (judgement == Judgement::kContent) {
      hedge_->content(which);
    } else if (judgement == Judgement::kUseless) {
      leg.over = true;
      hedge_->failed(which);
    }
  }

  void end_loser() {
    if (!hedge_->sent() || std::exchange(loser_ended_, true)) return;
    Leg& loser = legs_[hedge_->winner() == Hedge::kFirst ? Hedge::kSecond : Hedge::kFirst];
    if (loser.exchange) loser.exchange->cancel();
    loser.held = {};
  }

  void sleep_until(std::uint64_t deadline, std::uint64_t seen) {
    std::unique_lock lock(changes_->mutex);
    const auto changed = [&] { return changes_->count != seen || changes_->cancelled; };
    if (deadline == Hedge::kNever) return changes_->wake.wait(lock, changed);
    const std::uint64_t now = io_now_ns();
    if (now >= deadline) return;
    changes_->wake.wait_for(lock, std::chrono::nanoseconds(deadline - now), changed);
  }

  const HttpRequest request_;
  const HedgeSettings settings_;
  std::shared_ptr<Changes> changes_ = std::make_shared<Changes>();
  std::optional<Hedge> hedge_;
  std::array<Leg, 2> legs_;
  bool loser_ended_ = false;
};

std::shared_ptr<HedgedExchange> HedgedExchange::start(HttpRequest request, HedgeSettings settings) {
  return std::shared_ptr<HedgedExchange>(new HedgedExchange(
      std::make_unique<HedgedExchangeState>(std::move(request), std::move(settings))));
}

HedgedExchange::HedgedExchange(std::unique_ptr<HedgedExchangeState> state)
    : state_(std::move(state)) {}
HedgedExchange::~HedgedExchange() { cancel(); }
Step HedgedExchange::wait() { return state_->wait(); }
std::string HedgedExchange::take() { return state_->take(); }
std::optional<HttpFailure> HedgedExchange::failure() const { return state_->failure(); }
void HedgedExchange::finish() { state_->finish(); }
unsigned HedgedExchange::retries() const { return state_->retries(); }
HedgeFigures HedgedExchange::hedge() const { return state_->figures(); }
void HedgedExchange::cancel() { state_->cancel(); }

}  // namespace jackfield
