#include "realtime_link.hpp"

#include <random>
#include <utility>

#include "io_pool.hpp"

namespace openai {
namespace {

// Of texts that were received and not yet looked at; a reply of ten minutes has 6.4 MB.
constexpr std::size_t kMostWaiting = 32 << 20;

constexpr uint64_t kGoodAfter = 10'000'000'000;  // ns that a connection must have lasted

double chance() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<>(0.0, 1.0)(random);
}

}  // namespace

RealtimeLink::RealtimeLink(Options options, RealtimeLinkHandler& handler)
    : options_(std::move(options)), handler_(handler), backoff_(options_.backoff) {
  task_ =
      std::make_shared<jackfield::SerialTask>(jackfield::WorkerPool::shared(), [this] { work(); });
  again_ = std::make_unique<jackfield::IoTimer>([this] { put({.kind = Item::Kind::kConnect}); });
  timer_ = std::make_unique<jackfield::IoTimer>([this] { put({.kind = Item::Kind::kTimer}); });
  put({.kind = Item::Kind::kConnect});
}

RealtimeLink::~RealtimeLink() {
  // First the task, which arms the timers; what they and the socket bring from now on stays.
  task_->stop();
  again_.reset();
  timer_.reset();
  close();
}

bool RealtimeLink::send(std::string text) {
  std::shared_ptr<jackfield::ClientWebSocket> socket;
  {
    std::lock_guard guard(lock_);
    socket = socket_;
  }
  return socket && socket->send_text(std::move(text));
}

void RealtimeLink::wake_in(uint64_t ns) { timer_->arm(jackfield::io_now_ns() + ns); }

void RealtimeLink::on_open() { put({.kind = Item::Kind::kOpen}); }

void RealtimeLink::on_text(std::string_view text) {
  put({.kind = Item::Kind::kText, .text = std::string(text)});
}

void RealtimeLink::on_end(const jackfield::WebSocketEnd& end) {
  put({.kind = Item::Kind::kEnd, .end = end});
}

void RealtimeLink::put(Item item) {
  {
    std::lock_guard guard(lock_);
    if (item_bytes_ + item.text.size() > kMostWaiting) {
      overrun_ = true;  // what follows makes no sense any more: a new connection is needed
      return;
    }
    item_bytes_ += item.text.size();
    items_.push_back(std::move(item));
  }
  task_->schedule();
}

void RealtimeLink::work() {
  for (;;) {
    Item item;
    {
      std::lock_guard guard(lock_);
      if (items_.empty()) {
        if (!std::exchange(overrun_, false)) return;
        item = {.kind = Item::Kind::kEnd, .end = {.text = "the service sends too fast"}};
      } else {
        item = std::move(items_.front());
        items_.pop_front();
        item_bytes_ -= item.text.size();
      }
    }
    take(item);
  }
}

void RealtimeLink::take(Item& item) {
  switch (item.kind) {
    case Item::Kind::kConnect:
      connect();
      break;
    case Item::Kind::kOpen:
      opened_at_ = jackfield::io_now_ns();
      handler_.link_opened();
      break;
    case Item::Kind::kText:
      handler_.link_text(item.text);
      break;
    case Item::Kind::kEnd:
      lost(item.end);
      break;
    case Item::Kind::kTimer:
      handler_.link_timer();
      break;
    case Item::Kind::kShut:
      close();
      shut_ = true;
      break;
  }
}

void RealtimeLink::close() {
  std::shared_ptr<jackfield::ClientWebSocket> socket;
  {
    std::lock_guard guard(lock_);
    socket = std::move(socket_);
  }
  if (socket) socket->cancel();
}

void RealtimeLink::shut() { put({.kind = Item::Kind::kShut}); }

void RealtimeLink::connect() {
  if (shut_) return;
  close();
  std::lock_guard guard(lock_);
  // Nothing of the old connection is meant for the new one.
  std::erase_if(items_, [&](const Item& item) {
    const bool gone = item.kind == Item::Kind::kOpen || item.kind == Item::Kind::kText ||
                      item.kind == Item::Kind::kEnd;
    if (gone) item_bytes_ -= item.text.size();
    return gone;
  });
  overrun_ = false;
  socket_ = std::make_shared<jackfield::ClientWebSocket>(options_.socket, *this);
}

void RealtimeLink::renew() { connect(); }

void RealtimeLink::lost(const jackfield::WebSocketEnd& end) {
  if (shut_) return;
  close();
  // A service that lets everybody in and sends them away at once is no better than one that is
  // shut.
  if (opened_at_ != 0 && jackfield::io_now_ns() - opened_at_ >= kGoodAfter) backoff_.reset();
  opened_at_ = 0;
  const auto wait = end.worth_retrying() ? backoff_.next(chance()) : std::nullopt;
  handler_.link_lost(end, wait.has_value());
  if (wait) again_->arm(jackfield::io_now_ns() + *wait);
}

}  // namespace openai
