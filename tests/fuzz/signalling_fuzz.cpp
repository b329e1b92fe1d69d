// What peers say to the signalling server, one message a line. The first byte of a line chooses who
// speaks, or what happens instead. Whatever is said, what is kept stays bounded, what goes out is
// understood by our own peers, and in the end everybody is gone.
#include <cstdlib>
#include <string>
#include <string_view>

#include "webrtc/core/access_claims.hpp"
#include "webrtc/core/origin_rules.hpp"
#include "webrtc/core/signal_rooms.hpp"

using namespace jackfield::webrtc;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

void require(bool ok) {
  if (!ok) std::abort();
}

// A line that says something to each offer.
class Server {
 public:
  Server()
      : rooms_({.limits = {.peers = 6, .peers_per_room = 3},
                .require_token = false,
                .check_token = [](std::string_view token) -> std::optional<AccessClaims> {
                  return decode_claims(token);
                },
                .new_id = [this] { return "p" + std::to_string(++ids_); },
                .ice_servers = [](const std::string&) { return std::string{"[]"}; }}) {
    for (int i = 0; i < 4; ++i) connect();
  }

  void connect() {
    rooms_.connected(++connections_, "agent", "192.0.2.1", "n", now_);
    drain();
  }
  void take(char who, std::string_view text) {
    const auto connection = connections_ - static_cast<ConnectionId>(who & 3);
    switch (who) {
      case 't':
        now_ += kSecond;
        rooms_.advance(now_);
        break;
      case 'd':
        rooms_.disconnected(connection, now_);
        connect();
        break;
      case 'o':
        rooms_.call_describes(call_, {.type = Description::Type::kOffer, .sdp = std::string{text}},
                              now_);
        break;
      case 'e':
        rooms_.call_ended(call_, std::string{text}, now_);
        break;
      case 's':
        rooms_.end_all("stop", now_);
        break;
      default:
        rooms_.received(connection, text, now_);
    }
    drain();
    require(rooms_.peers() <= 6 && rooms_.calls() <= rooms_.peers());
  }
  void end() {
    rooms_.end_all("end", now_);
    now_ += 10 * kSecond;
    rooms_.advance(now_);
    drain();
    require(rooms_.peers() == 0 && rooms_.calls() == 0 && rooms_.connections() == 0);
  }

 private:
  void drain() {
    while (const auto next = rooms_.next_action()) {
      if (const auto* send = std::get_if<action::Send>(&*next)) {
        const auto parsed = parse_server_message(send->text);
        require(parsed.message.has_value());
      } else if (const auto* start = std::get_if<action::StartCall>(&*next)) {
        call_ = start->call;
        rooms_.call_suggests(call_, {.candidate = "c", .mid = "0", .line = 0}, now_);
        if (call_ % 3 == 0) rooms_.call_refused(call_, code::kBusy, "no place", now_);
        if (call_ % 3 == 1)
          rooms_.call_describes(call_, {.type = Description::Type::kAnswer, .sdp = "a"}, now_);
      }
    }
  }

  int ids_ = 0;
  std::uint64_t now_ = kSecond;
  ConnectionId connections_ = 0;
  CallNumber call_ = 0;
  SignalRooms rooms_;
};

// What was understood is understood again when it is passed on.
void check_message(std::string_view text) {
  const auto parsed = parse_peer_message(text);
  require(parsed.message.has_value() == parsed.error.empty());
  if (!parsed.message) return;
  if (const auto* description = std::get_if<DescriptionMessage>(&*parsed.message)) {
    const auto again = parse_server_message(compose(*description, Speaker::kServer));
    require(again.message && std::get<DescriptionMessage>(*again.message).description.sdp ==
                                 description->description.sdp);
  } else if (const auto* join = std::get_if<JoinMessage>(&*parsed.message)) {
    const auto again = parse_peer_message(compose(*join));
    require(again.message && std::get<JoinMessage>(*again.message).room == join->room);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::size_t first = text.find('\n');
  if (const auto claims = decode_claims(text.substr(0, first))) {
    const auto again = decode_claims(encode_claims(*claims));
    require(again == claims);
  }
  origin_allowed(text.substr(0, first), "127.0.0.1:8080", {});
  without_credentials(std::string{text.substr(0, first)});
  Server server;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    check_message(line.substr(1));
    server.take(line.front(), line.substr(1));
  }
  server.end();
  return 0;
}
