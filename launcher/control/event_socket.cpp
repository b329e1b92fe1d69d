#include "control/event_socket.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "control/api_answer.hpp"
#include "json_reader.hpp"
#include "records/call_record.hpp"
#include "serve/core/message_rate.hpp"
#include "serve/text_socket.hpp"
#include "text/redaction.hpp"

namespace jackfield {
namespace {

constexpr guint kSendMs = 20;
constexpr guint kTickMs = 200;
// Handed to a socket at a time. Who does not even take that much within Config::slowest is cut.
constexpr std::size_t kBatch = 16 * 1024;
// The answer to a subscription has all sessions in one message.
constexpr std::size_t kMostQueued = 64 * 1024 * 1024;
constexpr MessageRate::Config kSubscriptions{.burst = 20, .per_second = 1};
// RFC 6455, section 7.4.2: registered at IANA as "try again later".
constexpr std::uint16_t kCloseTryAgainLater = 1013;

EventFrame frame_of(std::string_view text) {
  auto frame = std::make_shared<std::vector<std::uint8_t>>();
  WebSocketFraming::write_text(*frame, text);
  return frame;
}

std::string error_text(const char* code, const std::string& message) {
  return R"({"type":"error","error":{"code":)" + quote_json(code) +
         ",\"message\":" + quote_json(message) + "}}";
}

std::string event_text(EventKind kind, const std::string& session, const std::string& line,
                       const JsonObjectPtr& data) {
  std::string text = R"({"type":"event","event":")" + std::string{event_name(kind)} + '"';
  if (!session.empty())
    text += ",\"session\":" + quote_json(session) + ",\"line\":" + quote_json(line);
  text += R"(,"at":")" + iso_time(g_get_real_time()) + R"(","data":)";
  return text + redacted(to_text(data.get())) + '}';
}

}  // namespace

struct EventSocket::Reader final : TextSocket::Owner {
  Reader(EventSocket& owner, ReaderId number) : events(owner), id(number) {}
  ~Reader() {
    if (socket) socket->drop();
  }

  void on_text(std::string_view text) override {
    heard = monotonic_ns();
    events.subscribe(*this, text);
  }
  void on_too_large() override {
    events.refuse(*this, kCloseTooLong, "too-long", "the message is too long");
  }
  void on_sign_of_life() override { heard = monotonic_ns(); }
  void on_drained() override { events.send_some(*this); }
  void on_gone() override { events.readers_.erase(id); }  // this

  EventSocket& events;
  const ReaderId id;
  std::shared_ptr<TextSocket> socket;
  std::shared_ptr<PendingLimits::Place> place;  // until it has subscribed
  std::string client;
  bool token_follows = false;
  bool subscribed = false;
  bool refused = false;
  EventFilter filter;
  EventOutbox outbox;
  MessageRate rate{kSubscriptions};
  std::uint64_t opened = 0, heard = 0, pinged = 0;
};

EventSocket::EventSocket(HttpServer& server, ApiAccess& access, const SessionDirectory& directory)
    : EventSocket(server, access, directory, Config{}) {}

EventSocket::EventSocket(HttpServer& server, ApiAccess& access, const SessionDirectory& directory,
                         Config config)
    : server_(server), access_(access), directory_(directory), config_(config) {
  server_.handle_upgrade(kEventPath, [this](const ServerRequest& request) { upgrade(request); });
}

EventSocket::~EventSocket() {
  server_.handle_upgrade(kEventPath, nullptr);
  if (send_timer_) g_source_remove(send_timer_);
  if (tick_) g_source_remove(tick_);
  for (const auto& [id, reader] : readers_) reader->socket->close(kCloseGoingAway);
  readers_.clear();
}

std::size_t EventSocket::readers() const {
  return static_cast<std::size_t>(
      std::count_if(readers_.begin(), readers_.end(),
                    [](const auto& entry) { return entry.second->subscribed; }));
}

bool EventSocket::wanted(EventKind kind, std::string_view session) const {
  return std::any_of(readers_.begin(), readers_.end(),
                     [&](const auto& entry) { return entry.second->filter.wants(kind, session); });
}

void EventSocket::publish(EventKind kind, const std::string& session, const std::string& line,
                          const JsonObjectPtr& data) {
  const std::uint64_t now = monotonic_ns();
  EventFrame frame;
  for (const auto& [id, reader] : readers_) {
    if (!reader->filter.take(kind, session, now)) continue;
    if (!frame) frame = frame_of(event_text(kind, session, line, data));
    reader->outbox.push(frame);
    send_soon();
  }
}

void EventSocket::publish(EventKind kind, const std::string& session, const JsonObjectPtr& data) {
  if (!wanted(kind, session)) return;
  if (const auto view = directory_.find(session)) publish(kind, session, view->line, data);
}

void EventSocket::upgrade(const ServerRequest& request) {
  bool token_follows = false;
  if (const auto denied = access_.check_socket(request, token_follows))
    return ApiAnswer{request.message}.error(denied->status, denied->code, denied->message);
  // Those that have not subscribed yet are bounded, too; but they must not keep out the others.
  if (readers() >= config_.max_readers || readers_.size() >= 2 * config_.max_readers)
    return ApiAnswer{request.message}.error(
        SOUP_STATUS_SERVICE_UNAVAILABLE, "too-many-readers",
        "all " + std::to_string(config_.max_readers) + " places for readers of events are taken");
  std::string error;
  if (server_.upgrade(
          request,
          [this, client = request.client, token_follows](UpgradedConnection connection) {
            connected(std::move(connection), client, token_follows);
          },
          error, kEventProtocol))
    return;
  ApiAnswer{request.message}.error(
      SOUP_STATUS_BAD_REQUEST, "no-websocket",
      std::string{"this is a WebSocket of the sub-protocol "} + kEventProtocol + ": " + error);
}

void EventSocket::connected(UpgradedConnection connection, const std::string& client,
                            bool token_follows) {
  const ReaderId id = ++last_id_;
  auto reader = std::make_unique<Reader>(*this, id);
  reader->place = std::move(connection.place);
  reader->client = client;
  reader->token_follows = token_follows;
  reader->opened = reader->heard = reader->pinged = monotonic_ns();
  reader->socket = TextSocket::open(std::move(connection.stream), *reader,
                                    {.max_bytes = kMostQueued, .max_age_ns = config_.slowest});
  readers_.emplace(id, std::move(reader));
  keep_ticking();
}

void EventSocket::refuse(Reader& reader, std::uint16_t close_code, const char* code,
                         const std::string& message) {
  if (std::exchange(reader.refused, true)) return;
  reader.subscribed = false;
  reader.filter = {};
  reader.outbox = {};
  reader.socket->send(error_text(code, message));
  reader.socket->close(close_code);
}

void EventSocket::subscribe(Reader& reader, std::string_view message) {
  if (reader.refused) return;
  if (!reader.rate.take(1, monotonic_ns()))
    return refuse(reader, kClosePolicyViolation, "too-many-messages", "too many messages");
  auto read = read_subscription(message);
  if (const auto* error = std::get_if<SubscriptionError>(&read))
    return refuse(reader, kClosePolicyViolation, error->code, error->text);
  auto& subscription = std::get<Subscription>(read);
  if (reader.token_follows) {
    if (const auto denied = access_.check_token(subscription.token, reader.client))
      return refuse(reader, kClosePolicyViolation, denied->code, denied->message);
    reader.token_follows = false;
  }
  if (!reader.subscribed && readers() >= config_.max_readers)
    return refuse(reader, kCloseTryAgainLater, "too-many-readers",
                  "all places for readers of events are taken");
  if (!reader.outbox.push_answer(frame_of(subscribed_text(subscription))))
    return refuse(reader, kClosePolicyViolation, "too-many-messages",
                  "read the answers before more messages are sent");
  reader.outbox.subscribed();
  reader.filter = EventFilter{std::move(subscription)};
  reader.subscribed = true;
  reader.place.reset();
  send_soon();
}

std::string EventSocket::subscribed_text(const Subscription& subscription) const {
  std::string text = R"({"type":"subscribed","sessions":[)";
  bool first = true;
  for (const SessionView& view : directory_.running_sessions()) {
    if (!subscription.all_sessions && !subscription.sessions.contains(view.id)) continue;
    if (!std::exchange(first, false)) text += ',';
    text += redacted(to_text(to_json(view).get()));
  }
  return text + "]}";
}

void EventSocket::send_soon() {
  if (send_timer_) return;
  send_timer_ = g_timeout_add(
      kSendMs,
      [](gpointer user) -> gboolean {
        auto* self = static_cast<EventSocket*>(user);
        self->send_timer_ = 0;
        self->send_all();
        return G_SOURCE_REMOVE;
      },
      this);
}

void EventSocket::send_all() {
  for (const auto& [id, reader] : readers_) send_some(*reader);
}

// As much as the system takes. The rest follows when it has taken what the socket holds.
void EventSocket::send_some(Reader& reader) {
  std::vector<std::uint8_t> batch;
  while (reader.socket->drained() && !reader.outbox.empty()) {
    batch.clear();
    while (batch.size() < kBatch) {
      const auto next = reader.outbox.pop();
      if (!next) break;
      if (next->frame) {
        batch.insert(batch.end(), next->frame->begin(), next->frame->end());
        continue;
      }
      WebSocketFraming::write_text(batch,
                                   R"({"type":"lost","count":)" + std::to_string(next->lost) + '}');
      lost_ += next->lost;
      // A subscription may have come meanwhile.
      if (reader.outbox.giving_up()) reader.filter = {};
    }
    reader.socket->send_frames(batch);
  }
}

void EventSocket::keep_ticking() {
  if (tick_) return;
  tick_ = g_timeout_add(
      kTickMs,
      [](gpointer user) -> gboolean {
        auto* self = static_cast<EventSocket*>(user);
        self->tick();
        if (!self->readers_.empty()) return G_SOURCE_CONTINUE;
        self->tick_ = 0;
        return G_SOURCE_REMOVE;
      },
      this);
}

void EventSocket::tick() {
  const std::uint64_t now = monotonic_ns();
  std::vector<ReaderId> silent;
  std::vector<std::shared_ptr<TextSocket>> sockets;
  for (const auto& [id, reader] : readers_) {
    if (!reader->subscribed && now - reader->opened >= config_.subscribe_time)
      refuse(*reader, kClosePolicyViolation, "too-slow", "no subscription came in time");
    if (now - reader->pinged >= config_.ping_interval) {
      reader->pinged = now;
      reader->socket->ping();
    }
    if (now - reader->heard >= config_.silence) silent.push_back(id);
    sockets.push_back(reader->socket);
  }
  for (const ReaderId id : silent) readers_.erase(id);
  for (const auto& socket : sockets) socket->check(now);
}

}  // namespace jackfield
