#include "webrtc/whip_entry.hpp"

#include <algorithm>
#include <utility>

#include "serve/network_address.hpp"
#include "serve/request_fields.hpp"
#include "serve/text_socket.hpp"
#include "text/random_id.hpp"
#include "webrtc/access_token.hpp"

namespace jackfield::webrtc {
namespace {

constexpr guint kTickMs = 200;
const std::string kBelow = std::string{kWhipPath} + "/**";

void append(SoupMessageHeaders* headers, const HeaderFields& fields) {
  for (const auto& [name, value] : fields)
    soup_message_headers_append(headers, name.c_str(), value.c_str());
}

void fill_in(SoupServerMessage* message, const WhipReply& reply) {
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
  append(headers, reply.fields);
  // A session's description is for who asked for it.
  soup_message_headers_replace(headers, "Cache-Control", "no-store");
  if (!reply.type.empty())
    soup_server_message_set_response(message, reply.type.c_str(), SOUP_MEMORY_COPY,
                                     reply.body.data(), reply.body.size());
}

}  // namespace

WhipEntry::WhipEntry(HttpServer& server, Config config, CallFactory calls,
                     HttpServer::OnRefused on_refused)
    : server_(server),
      config_(std::move(config)),
      origins_{.public_url = config_.public_url,
               .allowed = config_.allowed_origins,
               .token_required = config_.require_token},
      on_refused_(std::move(on_refused)),
      sessions_(
          {.limits = config_.limits,
           .require_token = config_.require_token,
           .check_token =
               [this](std::string_view token) {
                 return check_token(config_.token_secret, token,
                                    g_get_real_time() / G_USEC_PER_SEC);
               },
           .new_id = random_id,
           .ice_servers = config_.ice_servers,
           .base = config_.public_url.substr(0, config_.public_url.find_last_not_of('/') + 1)}),
      calls_(sessions_, std::move(calls), on_refused_, [this] { drain(); }) {
  for (const std::string& path : {std::string{kWhipPath}, kBelow})
    server_.handle(path, [this](const ServerRequest& request) { handle(request); });
}

WhipEntry::~WhipEntry() {
  for (const std::string& path : {std::string{kWhipPath}, kBelow}) server_.handle(path, nullptr);
  if (tick_) g_source_remove(tick_);
  calls_.stop_draining();
  calls_.clear();
  for (const auto& [exchange, answer] : std::exchange(answers_, {})) {
    if (answer->begin(SOUP_STATUS_SERVICE_UNAVAILABLE)) answer->finish();
  }
}

bool WhipEntry::read_path(const std::string& path, WhipRequest& request) const {
  std::string rest = path.substr(sizeof kWhipPath - 1);
  if (rest.starts_with('/')) rest.erase(0, 1);
  const std::size_t slash = rest.find('/');
  request.line = rest.substr(0, slash);
  if (request.line.empty() && slash == std::string::npos && config_.lines.size() == 1)
    request.line = config_.lines.front();
  if (slash != std::string::npos) request.session = rest.substr(slash + 1);
  if (slash != std::string::npos &&
      (request.session.empty() || request.session.find('/') != std::string::npos))
    return false;
  if (std::find(config_.lines.begin(), config_.lines.end(), request.line) == config_.lines.end())
    request.line.clear();
  return true;
}

void WhipEntry::handle(const ServerRequest& request) {
  SoupServerMessage* message = request.message;
  const std::string origin = header_of(message, "Origin");
  if (!origin_allowed(origin, header_of(message, "Host"), origins_)) {
    if (on_refused_)
      on_refused_(Refusal::kForeignOrigin,
                  "a web page of somebody else wanted to call, in a browser at " + request.client);
    soup_server_message_set_status(message, SOUP_STATUS_FORBIDDEN, nullptr);
    return fill_in(message, problem(403, "pages of this origin may not call here"));
  }
  WhipRequest whip{
      .method = soup_server_message_get_method(message),
      .line = {},
      .session = {},
      .content_type = header_of(message, "Content-Type"),
      .accept = list_of(message, "Accept"),
      .if_match = list_of(message, "If-Match"),
      .authorization = header_of(message, "Authorization"),
      .body = body_of(message),
      .client = request.client,
      .network = is_loopback_address(request.client) ? "" : network_of(request.client)};
  append(soup_server_message_get_response_headers(message),
         cross_origin_fields(origin, origins_,
                             !header_of(message, "Access-Control-Request-Method").empty()));
  if (!read_path(request.path, whip)) whip.line.clear();
  const ExchangeId exchange = ++last_exchange_;
  answers_.emplace(exchange, std::make_unique<LateAnswer>(message, [this, exchange] {
                     answers_.erase(exchange);
                     sessions_.gone(exchange, monotonic_ns());
                     drain();
                   }));
  sessions_.received(exchange, whip, monotonic_ns());
  drain();
  if (const auto it = answers_.find(exchange); it != answers_.end()) it->second->wait();
  if (sessions_.sessions() > 0) keep_ticking();
}

void WhipEntry::drain() {
  const bool done =
      calls_.drain([this](auto& action) -> decltype(perform(action)) { perform(action); });
  if (done && calls_.has_ended()) keep_ticking();
}

void WhipEntry::perform(action::Reply& reply) {
  const auto it = answers_.find(reply.exchange);
  if (it == answers_.end()) return;
  const std::unique_ptr<LateAnswer> answer = std::move(it->second);
  answers_.erase(it);
  if (!answer->begin(reply.reply.status)) return;
  fill_in(answer->message(), reply.reply);
  answer->finish();
}

void WhipEntry::keep_ticking() {
  if (tick_) return;
  tick_ = g_timeout_add(
      kTickMs,
      [](gpointer user) -> gboolean {
        static_cast<WhipEntry*>(user)->tick();
        return static_cast<WhipEntry*>(user)->tick_ ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
      },
      this);
}

void WhipEntry::tick() {
  calls_.let_go_of_ended();
  std::vector<ExchangeId> gone;
  for (const auto& [exchange, answer] : answers_) {
    if (server_.is_gone(answer->message())) gone.push_back(exchange);
  }
  for (const ExchangeId exchange : gone) {
    sessions_.gone(exchange, monotonic_ns());
    // Nobody reads it, but libsoup lets go of the request.
    action::Reply nothing{exchange, {.status = SOUP_STATUS_SERVICE_UNAVAILABLE}};
    perform(nothing);
  }
  sessions_.advance(monotonic_ns());
  drain();
  if (sessions_.sessions() == 0 && !calls_.has_ended()) tick_ = 0;
}

}  // namespace jackfield::webrtc
