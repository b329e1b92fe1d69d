// What WHIP clients send: the first line of the input is the value of a header field, the rest a
// body. That is read as a fragment of ICE's, and sent to a session that stands, and in place of its
// offer. What was taken reads the same when it was written anew, each request has one reply, and in
// the end every session is gone.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "serve/core/bearer_token.hpp"
#include "webrtc/core/ice_text.hpp"
#include "webrtc/core/whip_sessions.hpp"

namespace {

using namespace jackfield::webrtc;

constexpr std::uint64_t kSecond = 1'000'000'000;

void require(bool ok) {
  if (!ok) std::abort();
}

// What may stand in a header field.
bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127; });
}

std::string sdp_of(AudioLine::Direction direction) {
  AudioLine audio;
  audio.ufrag = "abcd";
  audio.password = "0123456789012345678901";
  audio.hash = "sha-256";
  for (int i = 0; i < 32; ++i) audio.fingerprint += i ? ":AB" : "AB";
  audio.direction = direction;
  return write_description(only_audio(audio, "0"), 1, 1);
}

// A line that answers each offer.
class Server {
 public:
  Server()
      : whip_({.limits = {.sessions = 4},
               .check_token = [](std::string_view token) -> std::optional<AccessClaims> {
                 return decode_claims(token);
               },
               .new_id = [this] { return "p" + std::to_string(++ids_); },
               .ice_servers = [](const std::string&) { return IceServers{}; },
               .base = {}}) {}

  void ask(WhipRequest request) {
    whip_.received(++exchange_, request, now_);
    drain();
    require(whip_.sessions() <= 4);
  }
  void end() {
    for (int i = 0; i < 3; ++i) {
      now_ += 20 * kSecond;
      whip_.advance(now_);
      drain();
    }
    for (CallNumber call = 1; call <= call_; ++call) whip_.call_ended(call, "end", now_);
    drain();
    require(whip_.sessions() == 0);
    for (ExchangeId exchange = 1; exchange <= exchange_; ++exchange)
      require(replies_[exchange] == 1);
  }
  std::string session, tag;

 private:
  void drain() {
    while (auto next = whip_.next_action()) {
      if (const auto* reply = std::get_if<action::Reply>(&*next)) {
        ++replies_[reply->exchange];
        require(reply->reply.status >= 200 && reply->reply.status < 600);
        for (const auto& [name, value] : reply->reply.fields) {
          require(printable(name) && printable(value));
          if (name == "Location") session = value.substr(value.rfind('/') + 1);
          if (name == "ETag") tag = value;
        }
      } else if (const auto* start = std::get_if<action::StartCall>(&*next)) {
        call_ = start->call;
      } else if (const auto* suggest = std::get_if<action::Suggest>(&*next)) {
        require(!suggest->candidate.candidate || usable_candidate(*suggest->candidate.candidate));
      } else if (const auto* describe = std::get_if<action::Describe>(&*next)) {
        require(std::holds_alternative<SessionDescription>(
            read_description(describe->description.sdp)));
        whip_.call_describes(
            describe->call,
            {.type = Description::Type::kAnswer, .sdp = sdp_of(AudioLine::Direction::kRecvOnly)},
            now_);
        whip_.call_suggests(describe->call, {.candidate = std::nullopt, .mid = {}}, now_);
      }
    }
  }

  int ids_ = 0;
  std::uint64_t now_ = kSecond;
  ExchangeId exchange_ = 0;
  CallNumber call_ = 0;
  std::map<ExchangeId, int> replies_;
  WhipSessions whip_;
};

void check_fragment(std::string_view text) {
  const auto read = read_fragment(text);
  if (const auto* error = std::get_if<std::string>(&read)) {
    require(!error->empty() && printable(*error));
    return;
  }
  const auto& fragment = std::get<SdpFragment>(read);
  require(fragment.candidates.size() <= kMaxCandidates);
  require(fragment.ufrag.empty() == fragment.password.empty());
  for (const std::string& candidate : fragment.candidates) require(usable_candidate(candidate));
  if (fragment.ufrag.empty()) return;
  AudioLine audio;
  audio.ufrag = fragment.ufrag;
  audio.password = fragment.password;
  audio.candidates = fragment.candidates;
  audio.end_of_candidates = fragment.end_of_candidates;
  const auto again = read_fragment(write_fragment(only_audio(audio, "0")));
  require(std::holds_alternative<SdpFragment>(again));
  const auto& second = std::get<SdpFragment>(again);
  require(second.ufrag == fragment.ufrag && second.password == fragment.password &&
          second.candidates == fragment.candidates &&
          second.end_of_candidates == fragment.end_of_candidates);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::size_t end = std::min(text.find('\n'), size);
  const std::string field{text.substr(0, end)};
  const std::string body{text.substr(std::min(end + 1, size))};
  accepts(field, kSdpType);
  jackfield::bearer_token(field);
  check_fragment(body);

  Server server;
  const auto request = [&](const char* method, const std::string& session, const std::string& type,
                           const std::string& content) {
    return WhipRequest{.method = method,
                       .line = "agent",
                       .session = session,
                       .content_type = type,
                       .accept = {},
                       .if_match = {},
                       .authorization = {},
                       .body = content,
                       .client = "192.0.2.1",
                       .network = "n"};
  };
  server.ask(request("POST", "", kSdpType, sdp_of(AudioLine::Direction::kSendOnly)));
  require(!server.session.empty());
  const std::string standing = server.session;
  for (const std::string& tag : {field, server.tag, std::string{"*"}, std::string{"*"}}) {
    auto patch = request("PATCH", standing, kFragmentType, body);
    patch.if_match = tag;
    server.ask(patch);
  }
  auto offer = request("POST", "", kSdpType, body);
  server.ask(offer);
  offer.authorization = field;
  offer.accept = field;
  server.ask(offer);
  server.ask(request(field.c_str(), standing, field, body));
  server.ask(request("DELETE", standing, "", ""));
  server.end();
  return 0;
}
