// What sessions and their calls to the line have to say to each other.
#include <utility>

#include "url_query.hpp"
#include "webrtc/core/whip_sessions.hpp"

namespace jackfield::webrtc {
namespace {

// What is told to who waits when the call is refused or over.
WhipReply failure(const ErrorMessage& error, unsigned busy_for) {
  const std::string text = error.text.empty() ? "the call could not be made" : error.text;
  if (error.code == code::kBadMessage) return problem(422, text);
  if (error.code == code::kNoSuchLine || error.code == code::kNoSuchRoom) return problem(404, text);
  if (error.code == code::kBusy || error.code == code::kRoomFull || error.code == code::kTimeout)
    return problem(503, text, retry_after(busy_for));
  return problem(500, text);
}

}  // namespace

void WhipSessions::gone(ExchangeId exchange, std::uint64_t now) {
  now_ = std::max(now_, now);
  for (auto& [call, session] : sessions_) {
    if (session.waiting != exchange) continue;
    session.waiting = 0;
    // Nobody knows its URL.
    if (!session.begun) hang_up(call, session, "the client went away before its answer");
    return;
  }
}

void WhipSessions::call_describes(CallNumber call, const Description& description,
                                  std::uint64_t now) {
  now_ = std::max(now_, now);
  const auto it = sessions_.find(call);
  // It cannot offer anything to who does not listen.
  if (it == sessions_.end() || it->second.state != State::kOffered ||
      description.type != Description::Type::kAnswer)
    return;
  it->second.answer = description.sdp;
  it->second.state = State::kAnswered;
  it->second.deadline = now_ + config_.limits.gather_time;
}

void WhipSessions::call_suggests(CallNumber call, const Candidate& candidate, std::uint64_t now) {
  now_ = std::max(now_, now);
  const auto it = sessions_.find(call);
  if (it == sessions_.end() || it->second.state != State::kAnswered) return;
  if (!candidate.candidate) return answer(call, it->second);
  if (it->second.candidates.size() < kMaxCandidates)
    it->second.candidates.push_back(*candidate.candidate);
}

// With all candidates that were found.
void WhipSessions::answer(CallNumber call, Session& session) {
  const ExchangeId exchange = std::exchange(session.waiting, 0);
  const std::string sdp = std::exchange(session.answer, {});
  const std::vector<std::string> candidates = std::exchange(session.candidates, {});
  session.state = State::kStanding;
  if (!std::exchange(session.begun, true)) {
    const std::string path =
        std::string{kWhipPath} + "/" + percent_encode(session.line) + "/" + session.id;
    WhipReply created{.status = 201,
                      .fields = {{"Location", config_.base + path},
                                 {"ETag", session.tag},
                                 {"Accept-Patch", kFragmentType}},
                      .type = kSdpType,
                      .body = add_candidates(sdp, session.offer.audio_line, candidates)};
    for (auto& link : ice_links(config_.ice_servers(session.peer)))
      created.fields.push_back(std::move(link));
    return reply(exchange, std::move(created));
  }
  auto read = read_description(sdp, session.offer.lines[session.offer.audio_line].mid);
  if (!std::holds_alternative<SessionDescription>(read)) {
    reply(exchange, problem(500, "ICE could not be restarted"));
    return hang_up(call, session, "ICE could not be restarted");
  }
  auto& ours = std::get<SessionDescription>(read);
  ours.audio.candidates = candidates;
  ours.audio.end_of_candidates = true;
  reply(exchange, {.status = 200,
                   .fields = {{"ETag", session.tag}},
                   .type = kFragmentType,
                   .body = write_fragment(ours)});
}

// Its URL is no more, whatever the call still has to do.
void WhipSessions::hang_up(CallNumber call, Session& session, const std::string& reason) {
  if (session.state == State::kEnding) return;
  reply(std::exchange(session.waiting, 0), problem(409, "the session is over"));
  by_id_.erase(session.id);
  session.state = State::kEnding;
  session.deadline = now_ + config_.limits.hang_up_time;
  act(action::HangUp{call, reason});
}

void WhipSessions::remove(Sessions::iterator it, const WhipReply& to_who_waits) {
  const Session& session = it->second;
  reply(session.waiting, to_who_waits);
  by_id_.erase(session.id);
  if (const auto network = per_network_.find(session.network);
      network != per_network_.end() && --network->second == 0)
    per_network_.erase(network);
  sessions_.erase(it);
}

void WhipSessions::call_refused(CallNumber call, const std::string& code, const std::string& text,
                                std::uint64_t now) {
  now_ = std::max(now_, now);
  if (const auto it = sessions_.find(call); it != sessions_.end())
    remove(it, failure({.code = code, .text = text, .re = {}}, kBusyFor));
}

void WhipSessions::call_fails(CallNumber call, const ErrorMessage& error, std::uint64_t now) {
  now_ = std::max(now_, now);
  if (const auto it = sessions_.find(call); it != sessions_.end()) it->second.error = error;
}

void WhipSessions::call_ended(CallNumber call, const std::string&, std::uint64_t now) {
  now_ = std::max(now_, now);
  const auto it = sessions_.find(call);
  if (it == sessions_.end()) return;
  act(action::DropCall{call});
  const ErrorMessage error = it->second.error;
  remove(it, failure(error, kBusyFor));
}

void WhipSessions::advance(std::uint64_t now) {
  now_ = std::max(now_, now);
  std::vector<CallNumber> late;
  for (const auto& [call, session] : sessions_) {
    if (session.state != State::kStanding && now_ >= session.deadline) late.push_back(call);
  }
  for (const CallNumber call : late) {
    const auto it = sessions_.find(call);
    Session& session = it->second;
    switch (session.state) {
      case State::kOffered:
        reply(std::exchange(session.waiting, 0),
              problem(503, "the line did not answer in time", retry_after(kBusyFor)));
        hang_up(call, session, "no answer to an offer");
        break;
      case State::kAnswered:
        answer(call, session);
        break;
      default:
        act(action::DropCall{call});
        remove(it, failure({}, kBusyFor));
    }
  }
}

}  // namespace jackfield::webrtc
