#include "webrtc/core/whip_sessions.hpp"

#include <algorithm>
#include <utility>

#include "serve/core/bearer_token.hpp"
#include "text/constant_time.hpp"
#include "url_query.hpp"

namespace jackfield::webrtc {
namespace {

constexpr char kEndpointMethods[] = "POST, GET, HEAD, OPTIONS";
constexpr char kSessionMethods[] = "PATCH, DELETE, GET, HEAD, OPTIONS";

// s until another try may do better.
constexpr unsigned kSoon = 1;
constexpr unsigned kStopped = 60;

WhipReply options(const char* methods) {
  return {
      .status = 200,
      .fields = {{"Allow", methods}, {"Accept-Post", kSdpType}, {"Accept-Patch", kFragmentType}},
      .type = {},
      .body = {}};
}

WhipReply empty(unsigned status) {
  return {.status = status, .fields = {}, .type = {}, .body = {}};
}

WhipReply not_this_method(const char* methods) {
  return problem(405, "this URL takes " + std::string{methods}, {{"Allow", methods}});
}

}  // namespace

WhipSessions::WhipSessions(Config config) : config_(std::move(config)) {}

std::optional<WhipAction> WhipSessions::next_action() {
  if (actions_.empty()) return std::nullopt;
  WhipAction next = std::move(actions_.front());
  actions_.pop_front();
  return next;
}

void WhipSessions::reply(ExchangeId exchange, WhipReply reply) {
  if (exchange != 0) act(action::Reply{exchange, std::move(reply)});
}

void WhipSessions::refuse(ExchangeId exchange, Refusal why, const std::string& detail,
                          WhipReply reply) {
  act(action::Refuse{why, detail});
  this->reply(exchange, std::move(reply));
}

void WhipSessions::received(ExchangeId exchange, const WhipRequest& request, std::uint64_t now) {
  now_ = std::max(now_, now);
  if (request.line.empty()) return reply(exchange, problem(404, "there is no such line"));
  if (request.session.empty()) return to_endpoint(exchange, request);
  to_session(exchange, request);
}

// `known_token`: one that is good whenever it has expired, "" for none.
bool WhipSessions::allowed(ExchangeId exchange, const WhipRequest& request,
                           std::string_view known_token, AccessClaims& claims) {
  const std::string_view token = bearer_token(request.authorization);
  if (token.empty() && !config_.require_token) return true;
  if (!token.empty() && !known_token.empty() && equal_in_constant_time(token, known_token))
    return true;
  const auto read = token.empty() ? std::nullopt : config_.check_token(token);
  std::string why;
  unsigned status = 403;
  std::string challenge = "Bearer realm=\"jackfield\"";
  if (token.empty()) {
    why = "a token is needed";
    status = 401;
  } else if (!read) {
    why = "the token is not valid (any more)";
    status = 401;
    challenge += ", error=\"invalid_token\"";
  } else if (read->line != request.line) {
    why = "the token is for another line";
  } else if (read->listen_only) {
    why = "the token is for listening only";
  }
  if (read) claims = *read;
  if (why.empty()) return true;
  if (status == 403) challenge += ", error=\"insufficient_scope\"";
  refuse(exchange, Refusal::kBadToken, "a WHIP client at " + request.client + ": " + why,
         problem(status, why, {{"WWW-Authenticate", challenge}}));
  return false;
}

// --- The endpoint -------------------------------------------------------------------------------

void WhipSessions::to_endpoint(ExchangeId exchange, const WhipRequest& request) {
  if (request.method == "OPTIONS") return reply(exchange, options(kEndpointMethods));
  if (request.method == "GET" || request.method == "HEAD") return reply(exchange, empty(204));
  if (request.method != "POST") return reply(exchange, not_this_method(kEndpointMethods));
  AccessClaims claims;
  if (!allowed(exchange, request, "", claims)) return;
  if (!is_media_type(request.content_type, kSdpType))
    return reply(exchange, problem(415, "an offer is of the type application/sdp",
                                   {{"Accept-Post", kSdpType}}));
  if (!accepts(request.accept, kSdpType))
    return reply(exchange, problem(406, "an answer is of the type application/sdp"));
  auto read = read_description(request.body);
  if (const auto* wrong = std::get_if<std::string>(&read))
    return reply(exchange, problem(request.body.starts_with("v=0") ? 422 : 400,
                                   "the offer cannot be used: " + *wrong));
  auto& offer = std::get<SessionDescription>(read);
  if (!sends(offer.audio.direction))
    return reply(exchange, problem(422, "the offer sends no sound (a=sendonly or a=sendrecv)"));
  if (has_room(exchange, request)) begin(exchange, request, std::move(offer), claims);
}

bool WhipSessions::has_room(ExchangeId exchange, const WhipRequest& request) {
  const WhipLimits& limits = config_.limits;
  const auto network = per_network_.find(request.network);
  if (stopping_) {
    refuse(exchange, Refusal::kStopping, "the server is stopping",
           problem(503, "the server is stopping", retry_after(kStopped)));
  } else if (sessions_.size() >= limits.sessions) {
    refuse(exchange, Refusal::kBusy, "no place for one more WHIP session",
           problem(503, "there are too many sessions", retry_after(kBusyFor)));
  } else if (!request.network.empty() && network != per_network_.end() &&
             network->second >= limits.sessions_per_address) {
    refuse(exchange, Refusal::kTooManyFromAddress,
           "more than " + std::to_string(limits.sessions_per_address) + " WHIP sessions from " +
               request.client,
           problem(503, "there are too many sessions from your address", retry_after(kBusyFor)));
  } else {
    return true;
  }
  return false;
}

void WhipSessions::begin(ExchangeId exchange, const WhipRequest& request, SessionDescription offer,
                         const AccessClaims& claims) {
  const CallNumber call = ++last_call_;
  Session& session = sessions_[call];
  session.id = config_.new_id();
  session.peer = config_.new_id();
  session.line = request.line;
  session.network = request.network;
  session.token = bearer_token(request.authorization);
  session.offer = std::move(offer);
  session.tag = '"' + config_.new_id() + '"';
  session.deadline = now_ + config_.limits.answer_time;
  session.waiting = exchange;
  session.rate = MessageRate{config_.limits.rate};
  by_id_.emplace(session.id, call);
  if (!session.network.empty()) ++per_network_[session.network];
  act(action::StartCall{call,
                        {.line = request.line,
                         .room = claims.room,
                         .peer = session.peer,
                         .name = claims.name,
                         .client_address = request.client,
                         .listen_only = false,
                         .room_of_token = !claims.room.empty(),
                         .name_of_token = !claims.name.empty()}});
  act(action::Describe{call, {.type = Description::Type::kOffer, .sdp = request.body}});
}

// --- A session ----------------------------------------------------------------------------------

void WhipSessions::to_session(ExchangeId exchange, const WhipRequest& request) {
  if (request.method == "OPTIONS") return reply(exchange, options(kSessionMethods));
  const auto known = by_id_.find(request.session);
  const auto it = known == by_id_.end() ? sessions_.end() : sessions_.find(known->second);
  const bool there = it != sessions_.end() && it->second.line == request.line;
  AccessClaims claims;
  if (!allowed(exchange, request, there ? it->second.token : "", claims)) return;
  if (!there) return reply(exchange, problem(404, "there is no such session (any more)"));
  auto& [call, session] = *it;
  if (request.method == "GET" || request.method == "HEAD") return reply(exchange, empty(204));
  if (request.method == "PATCH") return patch(exchange, request, call, session);
  if (request.method != "DELETE") return reply(exchange, not_this_method(kSessionMethods));
  hang_up(call, session, "the peer hung up");
  reply(exchange, empty(200));
}

void WhipSessions::patch(ExchangeId exchange, const WhipRequest& request, CallNumber call,
                         Session& session) {
  if (!session.rate.take(1, now_))
    return refuse(exchange, Refusal::kTooManyMessages,
                  "a WHIP client at " + request.client + " sends too many requests",
                  problem(429, "too many requests", retry_after(kSoon)));
  if (!is_media_type(request.content_type, kFragmentType))
    return reply(exchange,
                 problem(415, "what ICE says is of the type application/trickle-ice-sdpfrag",
                         {{"Accept-Patch", kFragmentType}}));
  if (request.if_match.empty())
    return reply(exchange,
                 problem(428, "If-Match has to say which ICE session this belongs to, or *"));
  if (!matches_tag(request.if_match, session.tag))
    return reply(exchange, problem(412, "ICE was restarted; this belongs to an older session"));
  auto read = read_fragment(request.body);
  if (const auto* wrong = std::get_if<std::string>(&read))
    return reply(exchange, problem(400, "the fragment cannot be used: " + *wrong));
  auto& fragment = std::get<SdpFragment>(read);
  const AudioLine& known = session.offer.audio;
  if (!fragment.ufrag.empty() &&
      (fragment.ufrag != known.ufrag || fragment.password != known.password))
    return restart(exchange, call, session, std::move(fragment));
  // To the one transport that there is, whatever line they stood at.
  for (std::string& candidate : fragment.candidates)
    act(action::Suggest{call, {.candidate = std::move(candidate), .mid = {}, .line = 0}});
  if (fragment.end_of_candidates)
    act(action::Suggest{call, {.candidate = std::nullopt, .mid = {}, .line = 0}});
  reply(exchange, empty(204));
}

// All of the offer that is not ICE's stays as it was (RFC 9725, section 4.3.3).
void WhipSessions::restart(ExchangeId exchange, CallNumber call, Session& session,
                           SdpFragment fragment) {
  if (session.state != State::kStanding)
    return reply(exchange, problem(409, "ICE is just being restarted", retry_after(kSoon)));
  AudioLine& audio = session.offer.audio;
  audio.ufrag = std::move(fragment.ufrag);
  audio.password = std::move(fragment.password);
  audio.candidates = std::move(fragment.candidates);
  audio.end_of_candidates = fragment.end_of_candidates;
  session.tag = '"' + config_.new_id() + '"';
  session.state = State::kOffered;
  session.deadline = now_ + config_.limits.answer_time;
  session.waiting = exchange;
  session.candidates.clear();
  act(action::Describe{call,
                       {.type = Description::Type::kOffer,
                        .sdp = write_description(session.offer, 1, ++session.version),
                        .restart = true}});
}

}  // namespace jackfield::webrtc
