// WHIP in virtual time: what it wants done is kept in lists, by exchange and by call.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "webrtc/core/whip_sessions.hpp"

namespace jackfield::webrtc {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr char kPassword[] = "0123456789012345678901";

constexpr char kCandidate[] = "candidate:1 1 udp 1 192.0.2.1 5 typ host";
inline const std::string kTrickled = std::string{"m=audio 9 RTP/AVP 0\r\na="} + kCandidate + "\r\n";
inline const std::string kRestart =
    "a=ice-ufrag:efgh\r\na=ice-pwd:1123456789012345678901\r\nm=audio 9 RTP/AVP 0\r\na=" +
    std::string{kCandidate} + "\r\n";

inline std::string sdp_of(const std::string& ufrag, const std::string& direction,
                          const std::string& more = "") {
  AudioLine audio;
  audio.ufrag = ufrag;
  audio.password = kPassword;
  audio.hash = "sha-256";
  for (int i = 0; i < 32; ++i) audio.fingerprint += i ? ":AB" : "AB";
  std::string sdp = write_description(only_audio(audio, "0"), 1, 1);
  sdp.replace(sdp.find("sendrecv"), 8, direction);
  return sdp + more;
}

class WhipSessionsFixture : public testing::Test {
 protected:
  void make(WhipLimits limits = {}, bool require_token = false) {
    whip.emplace(WhipSessions::Config{
        .limits = limits,
        .require_token = require_token,
        .check_token = [this](std::string_view token) -> std::optional<AccessClaims> {
          const auto it = tokens.find(std::string{token});
          if (it == tokens.end()) return std::nullopt;
          return it->second;
        },
        .new_id = [this] { return "id" + std::to_string(++ids); },
        .ice_servers =
            [](const std::string& peer) {
              IceServers servers;
              servers.servers.push_back({.kind = IceServer::Kind::kTurn,
                                         .host = "turn.example",
                                         .transport = {},
                                         .user = "9:" + peer,
                                         .password = "c"});
              return servers;
            },
        .base = "https://voice.example"});
  }

  static WhipRequest post(const std::string& body = sdp_of("abcd", "sendonly")) {
    return {.method = "POST",
            .line = "agent",
            .session = {},
            .content_type = "application/sdp",
            .accept = {},
            .if_match = {},
            .authorization = {},
            .body = body,
            .client = "1.2.3.4",
            .network = {}};
  }
  static WhipRequest to_session(const std::string& method, const std::string& session,
                                const std::string& body = {}, const std::string& if_match = {}) {
    WhipRequest request = post(body);
    request.method = method;
    request.session = session;
    request.content_type = kFragmentType;
    request.if_match = if_match;
    return request;
  }

  ExchangeId ask(const WhipRequest& request) {
    whip->received(++exchanges, request, now);
    collect();
    return exchanges;
  }
  // The status of what is answered at once; 0: nothing is.
  unsigned status(const WhipRequest& request) {
    const ExchangeId exchange = ask(request);
    return replies.contains(exchange) ? replies[exchange].status : 0;
  }
  void answer(CallNumber call, const std::string& sdp = sdp_of("wxyz", "recvonly")) {
    whip->call_describes(call, {.type = Description::Type::kAnswer, .sdp = sdp}, now);
    collect();
  }
  void suggest(CallNumber call, std::optional<std::string> candidate) {
    whip->call_suggests(call, {.candidate = std::move(candidate), .mid = "0", .line = 0}, now);
    collect();
  }
  // A session that stands; its URL's last part.
  std::string stand(WhipRequest request = post()) {
    const ExchangeId exchange = ask(request);
    answer(last_call);
    suggest(last_call, std::nullopt);
    if (!replies.contains(exchange) || replies[exchange].status != 201) {
      ADD_FAILURE() << replies[exchange].body;
      return {};
    }
    tag = field(exchange, "ETag");
    const std::string location = field(exchange, "Location");
    return location.substr(location.rfind('/') + 1);
  }
  std::string field(ExchangeId exchange, const std::string& name) {
    for (const auto& [key, value] : replies[exchange].fields) {
      if (key == name) return value;
    }
    return {};
  }

  void pass(std::uint64_t ns) {
    now += ns;
    whip->advance(now);
    collect();
  }
  void collect() {
    while (const auto next = whip->next_action()) {
      if (const auto* reply = std::get_if<action::Reply>(&*next)) {
        EXPECT_FALSE(replies.contains(reply->exchange)) << "two replies to one request";
        replies[reply->exchange] = reply->reply;
      } else if (const auto* start = std::get_if<action::StartCall>(&*next)) {
        last_call = start->call;
        requests.push_back(start->request);
      } else if (const auto* describe = std::get_if<action::Describe>(&*next)) {
        calls[describe->call].push_back(describe->description.restart ? "restart" : "offer");
        described = describe->description.sdp;
      } else if (const auto* suggest = std::get_if<action::Suggest>(&*next)) {
        calls[suggest->call].push_back("suggest " + suggest->candidate.candidate.value_or("end"));
      } else if (const auto* hang_up = std::get_if<action::HangUp>(&*next)) {
        calls[hang_up->call].push_back("hang up: " + hang_up->reason);
      } else if (const auto* drop = std::get_if<action::DropCall>(&*next)) {
        calls[drop->call].push_back("drop");
      } else if (const auto* refuse = std::get_if<action::Refuse>(&*next)) {
        refused.push_back(refuse->why);
      }
    }
  }
  // What was said to the call since the last time.
  std::vector<std::string> told(CallNumber call) { return std::exchange(calls[call], {}); }

  using Lines = std::vector<std::string>;
  std::optional<WhipSessions> whip;
  std::uint64_t now = 1000 * kSecond;
  int ids = 0;
  ExchangeId exchanges = 0;
  CallNumber last_call = 0;
  std::string tag, described;
  std::map<std::string, AccessClaims> tokens;
  std::map<ExchangeId, WhipReply> replies;
  std::map<CallNumber, Lines> calls;
  std::vector<CallRequest> requests;
  std::vector<Refusal> refused;
};

}  // namespace jackfield::webrtc
