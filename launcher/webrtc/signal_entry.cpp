#include "webrtc/signal_entry.hpp"

#include <algorithm>
#include <utility>

#include "serve/network_address.hpp"
#include "serve/request_fields.hpp"
#include "serve/text_socket.hpp"
#include "text/random_id.hpp"
#include "twilio/core/form.hpp"
#include "webrtc/access_token.hpp"

namespace jackfield::webrtc {
namespace {

constexpr guint kTickMs = 200;

}  // namespace

// A peer's connection.
struct SignalEntry::Link : TextSocket::Owner {
  Link(SignalEntry& owner, ConnectionId number) : entry(owner), id(number) {}
  virtual ~Link() {
    if (socket) socket->drop();
  }

  void on_text(std::string_view text) override {
    entry.rooms_.received(id, text, monotonic_ns());
    entry.drain();
  }
  void on_too_large() override {
    entry.rooms_.received_too_large(id, monotonic_ns());
    entry.drain();
  }
  void on_sign_of_life() override { entry.rooms_.heard(id, monotonic_ns()); }
  void on_gone() override {
    SignalEntry& e = entry;
    e.rooms_.disconnected(id, monotonic_ns());
    e.sockets_.erase(id);  // this
    e.drain();
  }

  SignalEntry& entry;
  const ConnectionId id;
  std::shared_ptr<TextSocket> socket;
  std::shared_ptr<PendingLimits::Place> place;  // until it has joined
};

SignalEntry::SignalEntry(HttpServer& server, Config config, CallFactory calls,
                         HttpServer::OnRefused on_refused)
    : server_(server),
      config_(std::move(config)),
      origins_{.public_url = config_.public_url,
               .allowed = config_.allowed_origins,
               .token_required = config_.require_token},
      on_refused_(std::move(on_refused)),
      rooms_({.limits = config_.limits,
              .require_token = config_.require_token,
              .check_token =
                  [this](std::string_view token) {
                    return check_token(config_.token_secret, token,
                                       g_get_real_time() / G_USEC_PER_SEC);
                  },
              .new_id = random_id,
              .ice_servers =
                  [this](const std::string& peer) {
                    return config_.ice_servers ? config_.ice_servers(peer)
                                               : config_.ice_servers_json;
                  }}),
      calls_(rooms_, std::move(calls), on_refused_, [this] { drain(); }) {
  for (const std::string& path : {std::string{kSignalPath}, std::string{kSignalPath} + "/*"})
    server_.handle_upgrade(path, [this](const ServerRequest& request) { upgrade(request); });
}

SignalEntry::~SignalEntry() {
  for (const std::string& path : {std::string{kSignalPath}, std::string{kSignalPath} + "/*"})
    server_.handle_upgrade(path, nullptr);
  if (tick_) g_source_remove(tick_);
  calls_.stop_draining();
  calls_.clear();
  for (const auto& [id, link] : sockets_) link->socket->close(kCloseGoingAway);
  sockets_.clear();
}

void SignalEntry::end_all(const std::string& reason) {
  rooms_.end_all(reason, monotonic_ns());
  drain();
}

void SignalEntry::drop_connections() {
  const auto sockets = std::exchange(sockets_, {});
  for (const auto& [id, link] : sockets) rooms_.disconnected(id, monotonic_ns());
  drain();
}

// "" when there is no such line.
std::string SignalEntry::line_of(const ServerRequest& request) const {
  std::string line;
  if (request.path.size() > sizeof kSignalPath)
    line = request.path.substr(sizeof kSignalPath);
  else
    line = twilio::form_value(twilio::parse_form(request.query), "line");
  if (line.empty()) return config_.lines.size() == 1 ? config_.lines.front() : "";
  const auto known = std::find(config_.lines.begin(), config_.lines.end(), line);
  return known == config_.lines.end() ? "" : line;
}

void SignalEntry::upgrade(const ServerRequest& request) {
  const std::string origin = header_of(request.message, "Origin");
  if (!origin_allowed(origin, header_of(request.message, "Host"), origins_)) {
    if (on_refused_)
      on_refused_(Refusal::kForeignOrigin,
                  "a web page of somebody else wanted to call, in a browser at " + request.client);
    HttpServer::answer(request.message, SOUP_STATUS_FORBIDDEN, "text/plain",
                       "pages of this origin may not call here\n");
    return;
  }
  std::string error;
  if (server_.upgrade(
          request,
          [this, line = line_of(request), client = request.client](UpgradedConnection connection) {
            connected(std::move(connection), line, client);
          },
          error, kSignalProtocol))
    return;
  HttpServer::answer(request.message, SOUP_STATUS_BAD_REQUEST, "text/plain",
                     std::string{"this is a WebSocket of the sub-protocol "} + kSignalProtocol +
                         ": " + error + "\n");
}

void SignalEntry::connected(UpgradedConnection connection, const std::string& line,
                            const std::string& client) {
  const ConnectionId id = ++last_connection_;
  auto link = std::make_unique<Link>(*this, id);
  link->place = std::move(connection.place);
  link->socket = TextSocket::open(std::move(connection.stream), *link);
  sockets_.emplace(id, std::move(link));
  keep_ticking();
  rooms_.connected(id, line, client, is_loopback_address(client) ? "" : network_of(client),
                   monotonic_ns());
  drain();
}

void SignalEntry::drain() {
  const bool done =
      calls_.drain([this](auto& action) -> decltype(perform(action)) { perform(action); });
  if (done && calls_.has_ended()) keep_ticking();
}

void SignalEntry::perform(const action::Send& send) {
  if (const auto it = sockets_.find(send.connection); it != sockets_.end())
    it->second->socket->send(send.text);
}

void SignalEntry::perform(const action::Ping& ping) {
  if (const auto it = sockets_.find(ping.connection); it != sockets_.end())
    it->second->socket->ping();
}

void SignalEntry::perform(const action::Close& close) {
  if (const auto it = sockets_.find(close.connection); it != sockets_.end())
    it->second->socket->close(close.code);
}

void SignalEntry::perform(const action::Cut& cut) { sockets_.erase(cut.connection); }

void SignalEntry::perform(const action::Admit& admit) {
  if (const auto it = sockets_.find(admit.connection); it != sockets_.end())
    it->second->place.reset();
}

void SignalEntry::keep_ticking() {
  if (tick_) return;
  tick_ = g_timeout_add(
      kTickMs,
      [](gpointer user) -> gboolean {
        static_cast<SignalEntry*>(user)->tick();
        return static_cast<SignalEntry*>(user)->tick_ ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
      },
      this);
}

void SignalEntry::tick() {
  const std::uint64_t now = monotonic_ns();
  calls_.let_go_of_ended();
  rooms_.advance(now);
  drain();
  std::vector<std::shared_ptr<TextSocket>> sockets;
  for (const auto& [id, link] : sockets_) sockets.push_back(link->socket);
  for (const auto& socket : sockets) socket->check(now);
  if (sockets_.empty() && !calls_.has_ended() && rooms_.peers() == 0) tick_ = 0;
}

}  // namespace jackfield::webrtc
